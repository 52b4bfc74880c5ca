import { expect, it } from "vitest";
import { VirtualClock } from "../machinery/clock.ts";
import { inSlices, stepsInSlices } from "./slices.ts";
import { testPlatform } from "./testing/test-server.ts";

it("takes all items at once while that is quick", () => {
  const taken: number[] = [];
  expect(inSlices({ clock: new VirtualClock(), platform: testPlatform }, [1, 2, 3], (item) => taken.push(item))).toBeUndefined();
  expect(taken).toEqual([1, 2, 3]);
});

it("pauses when 5 ms are over, and goes on until all are taken", async () => {
  let milliseconds = 0;
  const clock = { now: () => milliseconds, setTimeout: () => ({ cancel() {} }) };
  const taken: (number | string)[] = [];
  const platform = {
    ...testPlatform,
    async pause() {
      taken.push("pause");
    },
  };
  const take = (item: number) => {
    milliseconds += 2;
    taken.push(item);
  };
  await inSlices({ clock, platform }, [1, 2, 3, 4, 5, 6, 7], take);
  expect(taken).toEqual([1, 2, 3, "pause", 4, 5, 6, "pause", 7]);
});

it("rejects with what taking an item threw, also after a pause", async () => {
  let milliseconds = 0;
  const clock = { now: () => milliseconds, setTimeout: () => ({ cancel() {} }) };
  const take = (item: number) => {
    milliseconds += 9;
    if (item === 2) throw new Error("two");
  };
  await expect(inSlices({ clock, platform: testPlatform }, [1, 2], take)).rejects.toThrow("two");
});

it("runs steps with pauses between, and gives what they made", async () => {
  let milliseconds = 0;
  const clock = { now: () => milliseconds, setTimeout: () => ({ cancel() {} }) };
  const taken: (number | string)[] = [];
  const platform = {
    ...testPlatform,
    async pause() {
      taken.push("pause");
    },
  };
  function* steps(): Generator<void, string> {
    for (let i = 1; i <= 4; i++) {
      milliseconds += 3;
      taken.push(i);
      yield;
    }
    return "made";
  }
  expect(await stepsInSlices({ clock, platform }, steps())).toBe("made");
  expect(taken).toEqual([1, 2, "pause", 3, 4, "pause"]);
});
