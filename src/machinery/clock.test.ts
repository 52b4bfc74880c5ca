import { describe, expect, it } from "vitest";
import { every, pause, sleep, VirtualClock } from "./clock.ts";

describe("waiting", () => {
  it("sleeps for the delay, and rejects with the signal's reason when it is aborted first", async () => {
    const clock = new VirtualClock();
    const stopping = new AbortController();
    const started = clock.now();
    const slept = sleep(clock, 1000, stopping.signal).then(() => clock.now());
    await clock.advance(5000);
    expect(await slept).toBe(started + 1000);

    const cut = sleep(clock, 1000, stopping.signal);
    stopping.abort(new Error("stopped"));
    await expect(cut).rejects.toThrow("stopped");
    await expect(sleep(clock, 1000, stopping.signal)).rejects.toThrow("stopped");
    expect(clock.nextTimer()).toBeUndefined();
  });

  it("pauses for the delay, or until the signal is aborted", async () => {
    const clock = new VirtualClock();
    const stopping = new AbortController();
    const started = clock.now();
    const paused = pause(clock, 1000, stopping.signal).then(() => clock.now());
    await clock.advance(5000);
    expect(await paused).toBe(started + 1000);

    const cut = pause(clock, 1000, stopping.signal);
    stopping.abort(new Error("stopped"));
    await cut;
    await pause(clock, 1000, stopping.signal);
    expect(clock.nextTimer()).toBeUndefined();
  });

  it("calls back every period until the signal is aborted", async () => {
    const clock = new VirtualClock();
    const stopping = new AbortController();
    const started = clock.now();
    const calls: number[] = [];
    every(clock, 10, stopping.signal, () => calls.push(clock.now() - started));
    await clock.advance(35);
    stopping.abort();
    await clock.advance(100);
    expect(calls).toEqual([10, 20, 30]);
  });
});
