import { expect, test } from "vitest";
import { sourceOf } from "./story.ts";
import { writeStory } from "./write.ts";

test("a seed tells one story, each time the same", () => {
  const seeds = Array.from({ length: 300 }, (_, seed) => seed);
  const tell = () => seeds.map((seed) => writeStory(seed).map(sourceOf).join("\n"));
  const told = tell();
  expect(tell()).toEqual(told);
  expect(new Set(told).size).toBe(seeds.length);
  for (const seed of seeds) {
    const { length } = writeStory(seed);
    expect(length).toBeGreaterThanOrEqual(5);
    expect(length).toBeLessThanOrEqual(40);
  }
});
