import { expect, test } from "vitest";
import { Bag } from "./bag.ts";

const item = (name: string) => ({ name, place: -1 });
const names = (bag: Bag<ReturnType<typeof item>>) => [...bag].map(({ name }) => name).sort();

test("a bag holds what was put in and not taken out", () => {
  const bag = new Bag<ReturnType<typeof item>>();
  const [a, b, c] = [item("a"), item("b"), item("c")] as const;
  for (const one of [a, b, c, a]) bag.add(one);
  expect(names(bag)).toEqual(["a", "b", "c"]);
  bag.delete(a);
  bag.delete(a);
  expect(names(bag)).toEqual(["b", "c"]);
  bag.delete(c);
  bag.add(a);
  expect(names(bag)).toEqual(["a", "b"]);
  expect([a.place, b.place, c.place].sort()).toEqual([-1, 0, 1]);
});

test("what is taken out while it is gone through is still seen, and nothing twice", () => {
  const bag = new Bag<ReturnType<typeof item>>();
  for (const name of ["a", "b", "c"]) bag.add(item(name));
  const seen: string[] = [];
  for (const one of bag) {
    seen.push(one.name);
    bag.delete(one);
  }
  expect(seen).toEqual(["a", "b", "c"]);
  expect(bag.size).toBe(0);
});

test("a bag that is emptied takes the same things again", () => {
  const bag = new Bag<ReturnType<typeof item>>();
  const a = item("a");
  bag.add(a);
  bag.clear();
  expect(bag.size).toBe(0);
  bag.add(a);
  expect(names(bag)).toEqual(["a"]);
});
