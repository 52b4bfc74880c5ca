import { expect, it } from "vitest";
import { ageOf, humanDuration } from "./duration.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

it.each([
  [-2 * second, "<invalid>"],
  [-second, "0s"],
  [0, "0s"],
  [119 * second, "119s"],
  [2 * minute, "2m"],
  [3 * minute + 20 * second, "3m20s"],
  [10 * minute + 20 * second, "10m"],
  [179 * minute, "179m"],
  [3 * hour, "3h"],
  [5 * hour + 10 * minute, "5h10m"],
  [47 * hour, "47h"],
  [2 * day, "2d"],
  [2 * day + 3 * hour, "2d3h"],
  [8 * day + 3 * hour, "8d"],
  [729 * day, "729d"],
  [2 * 365 * day, "2y"],
  [3 * 365 * day + 20 * day, "3y20d"],
  [9 * 365 * day, "9y"],
])("%d ms is %s", (milliseconds, text) => expect(humanDuration(milliseconds)).toBe(text));

it("doesn't know the age of what has no time", () => {
  expect(ageOf(undefined, 0)).toBe("<unknown>");
  expect(ageOf("2026-01-01T00:00:00Z", Date.UTC(2026, 0, 1, 0, 0, 42))).toBe("42s");
});
