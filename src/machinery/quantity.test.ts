import { describe, expect, it } from "vitest";
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  isFractionalQuantity,
  isZeroQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityOf,
  quantitySign,
  quantityValue,
  roundedToThousandths,
  subtractQuantities,
} from "./quantity.ts";
import { seededRandom } from "./random.ts";

describe("canonicalQuantity", () => {
  // Pairs of what was sent and what kube-apiserver v1.36 answered.
  const pairs: [string, string][] = [
    ["0", "0"],
    ["1", "1"],
    ["1000m", "1"],
    ["0.5", "500m"],
    ["1500m", "1500m"],
    ["1024", "1024"],
    ["1024Mi", "1Gi"],
    ["1000Mi", "1000Mi"],
    ["0.5Gi", "512Mi"],
    ["1.5Gi", "1536Mi"],
    ["1e3", "1e3"],
    ["1E2", "100"],
    ["1e30", "1e30"],
    ["5E-10", "1e-9"],
    ["0.1n", "1n"],
    ["-0.1n", "-1n"],
    ["1000u", "1m"],
    ["1000k", "1M"],
    ["1E", "1E"],
    ["9223372036854775808", "9223372036854775808"],
    ["+5", "+5"],
    ["007", "007"],
    ["5.", "5."],
    [".5", "500m"],
    [".", "0"],
    ["-", "0"],
    ["0m", "0"],
    ["1.0000000001", "1000000001n"],
    ["0.1Ki", "102400m"],
    ["0.5Ki", "512"],
    ["8Ei", "9223372036854775807"],
    ["-9Ei", "-9223372036854775807"],
    ["7.99Ei", "9211842821808707338240m"],
    ["-1.5Ki", "-1536"],
    ["1048576Ki", "1Gi"],
    ["123456789012345678", "123456789012345678"],
    ["12345678901234567890.5", "12345678901234567890500m"],
    ["1.23456789e3", "1234567890e-6"],
    ["0.9999999999Gi", "1073741823892625818n"],
    ["1e19", "10e18"],
    ["110e-2", "1100e-3"],
    ["1e-99", "1e-9"],
    ["1.000000001", "1.000000001"],
  ];
  for (const [sent, answered] of pairs) {
    it(`${sent} is ${answered}`, () => expect(canonicalQuantity(sent)).toBe(answered));
  }

  it("refuses what is no quantity, in upstream's words", () => {
    const format = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    for (const text of ["", "abc", "1..2", "1.2.3", "0x10", "1 2", "1e3Ki"]) expect(() => canonicalQuantity(text), text).toThrow(format);
    for (const text of ["1K", "1ki", "1mi", "1Kii", "1e", "1e-"]) {
      expect(() => canonicalQuantity(text), text).toThrow("unable to parse quantity's suffix");
    }
  });

  it("gives at a glance what a close look gives, and the same again", () => {
    const seed = 7;
    const random = seededRandom(seed);
    const suffixes = ["", "m", "k", "M", "G", "Ki", "Mi", "Gi", "Ti", "n", "u", "e3"];
    for (let i = 0; i < 3000; i++) {
      const text = `${Math.floor(10 ** (random.next() * 10))}${suffixes[Math.floor(random.next() * suffixes.length)]}`;
      const canonical = canonicalQuantity(text);
      expect(canonical, `seed ${seed}, ${text}`).toBe(formatQuantity(parseQuantity(text)));
      expect(compareQuantities(canonical, text), `seed ${seed}, ${text}`).toBe(0);
      expect(canonicalQuantity(canonical), `seed ${seed}, ${text}`).toBe(canonical);
    }
  });

  it("is quick with absurd exponents", () => {
    expect(canonicalQuantity("1e-999999999")).toBe("1e-9");
    expect(() => canonicalQuantity("1e999999999")).toThrow("unable to parse quantity's suffix");
  });
});

it("rounds values up", () => {
  expect(quantityValue("100m")).toBe(1);
  expect(quantityValue("-100m")).toBe(-1);
  expect(quantityValue("1500m")).toBe(2);
  expect(quantityValue("2Gi")).toBe(2147483648);
  expect(quantityMilliValue("0.1")).toBe(100);
  expect(quantityMilliValue("1n")).toBe(1);
  expect(quantityMilliValue("2")).toBe(2000);
  expect(quantityMilliValue("9007199254740993m")).toBe(9007199254740992);
  expect(quantityValue("1E")).toBe(1e18);
});

it("compares across formats", () => {
  expect(compareQuantities("1Gi", "1G")).toBe(1);
  expect(compareQuantities("1024Mi", "1Gi")).toBe(0);
  expect(compareQuantities("999m", "1")).toBe(-1);
  expect(compareQuantities("1e3", "1k")).toBe(0);
  expect(quantitySign("-1n")).toBe(-1);
  expect(isZeroQuantity(parseQuantity("0Ki"))).toBe(true);
});

it("adds and subtracts", () => {
  expect(formatQuantity(addQuantities("500m", "1"))).toBe("1500m");
  expect(formatQuantity(addQuantities("512Mi", "512Mi"))).toBe("1Gi");
  expect(formatQuantity(addQuantities(quantityOf(0), "1Gi"))).toBe("1Gi");
  expect(formatQuantity(subtractQuantities("1Gi", "1"))).toBe("1073741823");
  expect(formatQuantity(subtractQuantities("1", "1"))).toBe("0");
  expect(formatQuantity(addQuantities("9223372036854775807", "9223372036854775807"))).toBe("18446744073709551614");
});

it("reads plain quantities as exactly as any other", () => {
  const random = seededRandom(7);
  for (let i = 0; i < 5000; i++) {
    const digits = String(Math.floor(random.next() * 10 ** Math.floor(random.next() * 13)));
    const suffixes = ["", "m", "k", "K", "M", "G", "T", "Ki", "ki", "Mi", "Gi", "Ti", "e3", "i", "mi", "x"];
    const text = `${random.next() < 0.1 ? "0" : ""}${digits}${suffixes[Math.floor(random.next() * suffixes.length)]}`;
    const of = (read: () => number) => {
      try {
        return read();
      } catch (error) {
        return String(error);
      }
    };
    expect([text, of(() => quantityValue(text))]).toEqual([text, of(() => quantityValue(parseQuantity(text)))]);
    expect([text, of(() => quantityMilliValue(text))]).toEqual([text, of(() => quantityMilliValue(parseQuantity(text)))]);
  }
});

it("rounds up to thousandths in the form that it came in", () => {
  const rounded = ["1n", "0.0001", "1e-4", "1e-1", "1e-3", "1500u", "2"].map(roundedToThousandths);
  expect(rounded).toEqual(["1m", "1m", "1e-3", "1e-1", "1e-3", "2m", "2"]);
});

it("takes a number for a fraction as upstream does, whose count of thousandths overflows", () => {
  expect(["1500m", "1e-3", "1Ei", "123456789012345678901234567890"].map(isFractionalQuantity)).toEqual([true, true, true, true]);
  expect(["1", "2000m", "1E", "10e99", "9223372036854775807", "1Pi"].map(isFractionalQuantity)).toEqual(Array(6).fill(false));
});
