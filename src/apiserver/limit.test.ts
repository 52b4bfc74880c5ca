import { describe, expect, it } from "vitest";
import type { StatusError } from "../machinery/errors.ts";
import { InflightLimiter } from "./limit.ts";

describe("the limit of requests in flight", () => {
  it("counts reads and writes apart, and frees a place once", () => {
    const limiter = new InflightLimiter(2, 1);
    const leave = limiter.enter(true);
    limiter.enter(false);
    limiter.enter(false);
    expect(limiter.inflight).toEqual({ reads: 2, writes: 1 });
    const refused = (write: boolean) => {
      try {
        limiter.enter(write);
      } catch (error) {
        return (error as StatusError).status;
      }
      return undefined;
    };
    expect(refused(true)).toMatchObject({
      code: 429,
      reason: "TooManyRequests",
      message: "Too many requests, please try again later.",
      details: { retryAfterSeconds: 1 },
    });
    expect(refused(false)).toMatchObject({ code: 429 });
    leave();
    leave();
    limiter.enter(true);
    expect(refused(true)).toMatchObject({ code: 429 });
  });
});
