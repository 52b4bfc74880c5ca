import { expect, it } from "vitest";
import { anySignal } from "./any-signal.ts";

it("a signal follows several others, the first that is aborted counts", () => {
  const [a, b] = [new AbortController(), new AbortController()];
  const any = anySignal(a.signal, b.signal);
  expect(any.aborted).toBe(false);
  b.abort("b");
  a.abort("a");
  expect([any.aborted, any.reason]).toEqual([true, "b"]);
  expect(anySignal(a.signal, b.signal).reason).toBe("a");
  expect(anySignal().aborted).toBe(false);
});
