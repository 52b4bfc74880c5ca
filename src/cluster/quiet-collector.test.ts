import { describe, expect, it } from "vitest";
import { VirtualClock } from "../machinery/clock.ts";
import { heapOfProcess, startQuietCollector } from "./quiet-collector.ts";

const megabyte = 1024 * 1024;

describe("the collector of quiet times", () => {
  it("collects once after a burst, when it is over", async () => {
    const clock = new VirtualClock();
    const process = { used: 40 * megabyte, work: 0, collections: 0, released: 0 };
    const release = () => {
      expect(process.released++).toBe(process.collections);
    };
    const collector = startQuietCollector(clock, release, {
      usedBytes: () => process.used,
      utilization: () => process.work,
      collect() {
        process.collections++;
        process.used = 30 * megabyte;
      },
    });
    await clock.advance(60_000);
    expect(process.collections).toBe(1);

    Object.assign(process, { used: 90 * megabyte, work: 0.9 });
    await clock.advance(60_000);
    expect(process.collections).toBe(1);
    process.work = 0.01;
    await clock.advance(5000);
    expect(process.collections).toBe(2);

    process.used = 45 * megabyte;
    await clock.advance(600_000);
    expect(process.collections).toBe(2);

    process.used = 90 * megabyte;
    await collector.stop();
    await clock.advance(60_000);
    expect(process.collections).toBe(2);
  });

  it("gives the heap of this process back", () => {
    const heap = heapOfProcess();
    let garbage: number[][] | undefined = Array.from({ length: 300 }, () => new Array<number>(20_000).fill(1.5));
    const before = heap.usedBytes();
    expect(garbage.length).toBe(300);
    garbage = undefined;
    heap.collect();
    expect(heap.usedBytes()).toBeLessThan(before - 30 * megabyte);
    expect(heap.utilization()).toBeGreaterThanOrEqual(0);
  });
});
