import { expect, it } from "vitest";
import { exactInteger, exactJson, exactNumber } from "./exact-json.ts";
import { parseExact } from "./schema/json-text.ts";

it("keeps integers of 64 bits, and nothing beyond", () => {
  expect(exactNumber("9007199254740991")).toBe(9007199254740991);
  expect(exactNumber("9007199254740992")).toBe(9007199254740992n);
  expect(exactNumber("-9223372036854775808")).toBe(-9223372036854775808n);
  expect(exactNumber("9223372036854775808")).toBe(2 ** 63);
  expect(exactNumber("9007199254740993.0")).toBe(9007199254740992);
  expect(exactNumber("1e16")).toBe(1e16);
  expect(Object.is(exactNumber("-0"), 0)).toBe(true);
  expect(exactInteger(5n)).toBe(5);
});

it("writes and reads them as numbers", () => {
  const value = { a: 9007199254740993n, b: [-9007199254740993n, 1.5, 16], c: "9007199254740993" };
  const text = '{"a":9007199254740993,"b":[-9007199254740993,1.5,16],"c":"9007199254740993"}';
  expect(exactJson(value)).toBe(text);
  expect(parseExact(text)).toEqual(value);
  expect(parseExact("9007199254740993")).toBe(9007199254740993n);
  expect(exactJson([9007199254740993n], 2)).toBe("[\n  9007199254740993\n]");
  expect(exactJson({ a: 1 })).toBe('{"a":1}');
});
