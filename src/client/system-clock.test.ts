import { expect, it } from "vitest";
import { uuid } from "../machinery/random.ts";
import { systemRandom } from "./system-clock.ts";

it("never gives the same random bytes twice", () => {
  const seen = new Set(Array.from({ length: 2000 }, () => uuid(systemRandom)));
  expect(seen.size).toBe(2000);
});

it("keeps what it has handed out", () => {
  const first = systemRandom.bytes(16);
  const copy = [...first];
  for (let i = 0; i < 1000; i++) systemRandom.bytes(16);
  expect([...first]).toEqual(copy);
  expect(first.some((byte) => byte !== 0)).toBe(true);
});

it("gives any number of bytes", () => {
  for (const length of [0, 1, 255, 256, 257, 5000]) expect(systemRandom.bytes(length).length).toBe(length);
});
