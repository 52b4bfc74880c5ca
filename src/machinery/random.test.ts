import { expect, it } from "vitest";
import { hex, type Random, seededRandom, uuid } from "./random.ts";

it("makes version 4 UUIDs", () => {
  expect(uuid(seededRandom(1))).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const ones: Random = { next: () => 0, bytes: (length) => new Uint8Array(length).fill(0xff) };
  expect(uuid(ones)).toBe("ffffffff-ffff-4fff-bfff-ffffffffffff");
});

it("writes bytes in hexadecimal digits", () => {
  expect(hex(Uint8Array.of(0, 1, 0x7f, 0xa0, 0xff))).toBe("00017fa0ff");
});
