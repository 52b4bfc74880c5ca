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

describe("a virtual clock", () => {
  it("fires what is due at one moment side by side, in the order of its making, and rests once after it", async () => {
    const seen: string[] = [];
    const clock = new VirtualClock(0, async () => {
      await Promise.resolve();
      seen.push("rest");
    });
    const called = (name: string) => async () => {
      seen.push(`${name} at ${clock.now()}`);
      await Promise.resolve();
      seen.push(`${name} went on`);
    };
    clock.setTimeout(called("late"), 20);
    clock.setTimeout(() => {
      seen.push("first");
      other.cancel();
      clock.setTimeout(called("made meanwhile"), 0);
    }, 10);
    const other = clock.setTimeout(called("cancelled"), 10);
    clock.setTimeout(called("second"), 10);
    await clock.advance(20);
    expect(seen).toEqual([
      "rest",
      "first",
      "second at 10",
      "second went on",
      "rest",
      "made meanwhile at 10",
      "made meanwhile went on",
      "rest",
      "late at 20",
      "late went on",
      "rest",
    ]);
  });
});
