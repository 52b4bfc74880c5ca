import { expect, it } from "vitest";
import { VirtualClock } from "../machinery/clock.ts";
import { Expectations } from "./expectations.ts";

it("is satisfied when all was seen, each deletion once", () => {
  const expectations = new Expectations(new VirtualClock());
  expect(expectations.satisfied("rs")).toBe(true);
  expectations.expect("rs", { creations: 2, deletions: ["u1", "u2"] });
  expectations.creationObserved("rs");
  expectations.deletionObserved("rs", "u1");
  expectations.deletionObserved("rs", "u1");
  expectations.deletionObserved("other", "u2");
  expect(expectations.pending("rs")).toEqual({ creations: 1, deletions: 1 });
  expect(expectations.satisfied("rs")).toBe(false);
  expectations.creationObserved("rs");
  expect(expectations.satisfied("rs")).toBe(false);
  expectations.deletionObserved("rs", "u2");
  expect(expectations.satisfied("rs")).toBe(true);
});

it("gives up after five minutes, and forgets", async () => {
  const clock = new VirtualClock();
  const expectations = new Expectations(clock);
  expectations.expect("rs", { creations: 1 });
  await clock.advance(5 * 60_000);
  expect(expectations.satisfied("rs")).toBe(false);
  await clock.advance(1);
  expect(expectations.satisfied("rs")).toBe(true);
  expectations.expect("rs", { creations: 1 });
  expectations.forget("rs");
  expect(expectations.satisfied("rs")).toBe(true);
});
