import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

test("work that comes at once begins in order, a few pieces in each turn of the event loop", async () => {
  const begun: number[] = [];
  const turns = new Turns<number>((item) => begun.push(item));
  for (let item = 0; item < 20; item++) turns.add(item);
  const atEachTurn = [begun.length];
  while (begun.length < 20) {
    await new Promise((resolve) => setImmediate(resolve));
    atEachTurn.push(begun.length);
  }
  expect(atEachTurn).toEqual([8, 16, 20]);
  expect(begun).toEqual(Array.from({ length: 20 }, (_, item) => item));
});

test("what comes while work waits begins after it", async () => {
  const begun: string[] = [];
  const turns = new Turns<string>((item) => begun.push(item));
  for (let item = 0; item < 17; item++) turns.add(`early ${item}`);
  await new Promise((resolve) => setImmediate(resolve));
  turns.add("late");
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun.slice(15)).toEqual(["early 15", "early 16", "late"]);
});
