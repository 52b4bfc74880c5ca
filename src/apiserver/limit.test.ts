import { describe, expect, it } from "vitest";
import { InflightLimiter, Overloaded } from "./limit.ts";

describe("the limit of requests in flight", () => {
  it("counts reads and writes apart, and frees a place once", () => {
    const limiter = new InflightLimiter(2, 1);
    const leave = limiter.enter(true);
    limiter.enter(false);
    limiter.enter(false);
    expect(limiter.inflight).toEqual({ reads: 2, writes: 1 });
    expect(() => limiter.enter(true)).toThrow(Overloaded);
    expect(() => limiter.enter(false)).toThrow(Overloaded);
    leave();
    leave();
    limiter.enter(true);
    expect(() => limiter.enter(true)).toThrow(Overloaded);
  });

  it("has no bound at 0", () => {
    const limiter = new InflightLimiter(0, 0);
    for (let at = 0; at < 1000; at++) limiter.enter(at % 2 === 0);
    expect(limiter.inflight).toEqual({ reads: 500, writes: 500 });
  });
});
