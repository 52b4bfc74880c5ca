import { expect, it } from "vitest";
import { seededRandom } from "../../machinery/random.ts";
import { IndexSet } from "./index-set.ts";

it("reads and writes the text of the status", () => {
  expect(IndexSet.of([5, 3, 4, 0, 9, 8]).toString()).toBe("0,3-5,8,9");
  expect(IndexSet.parse("0,3-5,8,9", 9).toString()).toBe("0,3-5,8");
  expect(IndexSet.parse("", 5).size).toBe(0);
  expect(IndexSet.parse("1-3", 10).firstMissing(3, 6)).toEqual([0, 4, 5]);
  expect(IndexSet.parse("1-3", 10).overlap(IndexSet.parse("0,2-9", 10))).toBe(2);
});

it("agrees with a plain set", () => {
  const random = seededRandom(7);
  for (let round = 0; round < 50; round++) {
    const plain = new Set(Array.from({ length: 20 }, () => Math.floor(random.next() * 40)));
    const set = IndexSet.of(plain);
    expect(set.size).toBe(plain.size);
    for (let index = 0; index < 40; index++) expect(set.has(index)).toBe(plain.has(index));
    expect(IndexSet.parse(set.toString(), 40).toString()).toBe(set.toString());
  }
});
