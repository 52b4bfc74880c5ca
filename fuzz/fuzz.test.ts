import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fuzz, targets } from "./fuzz.ts";

/** Of each target, the seeds of inputs that once failed. */
const kept = JSON.parse(readFileSync(new URL("seeds.json", import.meta.url), "utf8")) as Record<string, number[]>;

test.each(targets.map((target) => [target.name, target] as const))("%s: nothing fails or hangs", async (name, target) => {
  const some = await fuzz(target, 1, 20 * target.weight);
  const again = await Promise.all((kept[name] ?? []).map((seed) => fuzz(target, seed, 1)));
  expect([some, ...again].flatMap(({ failures }) => failures)).toEqual([]);
});

test("kept seeds are of targets that there are", () => {
  expect(Object.keys(kept).filter((name) => !targets.some((target) => target.name === name))).toEqual([]);
});
