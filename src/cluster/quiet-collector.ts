import { performance } from "node:perf_hooks";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Component } from "../client/client.ts";
import { type Clock, every } from "../machinery/clock.ts";

const periodMilliseconds = 5000;
/** The part of a period that the thread may have been at work in for it to count as quiet. */
const quietUtilization = 0.05;
const worthwhileBytes = 16 * 1024 * 1024;
/** A collection of so much takes a third of a second. */
const longHeapBytes = 256 * 1024 * 1024;

/** What the collector asks of the process. */
export interface HeapOfProcess {
  usedBytes(): number;
  /** The part of the time since the last call in which the thread was at work: 0 to 1. */
  utilization(): number;
  collect(): void;
}

/**
 * Collects the heap once when things are quiet after a burst, with what `release` gives up for it. V8 looks at what a burst left behind
 * only when the next one comes, which on a cluster's machine may be never: a third of the memory with 5,000 pods was garbage.
 */
export function startQuietCollector(clock: Clock, release: () => void, heap: HeapOfProcess = heapOfProcess()): Component {
  const stopping = new AbortController();
  // The start of the server is a burst too.
  let kept = 0;
  heap.utilization();
  every(clock, periodMilliseconds, stopping.signal, () => {
    if (heap.utilization() > quietUtilization || heap.usedBytes() < kept + worthwhileBytes) return;
    release();
    heap.collect();
    kept = heap.usedBytes();
  });
  return {
    async stop() {
      stopping.abort();
    },
  };
}

/** The heap of this thread. */
export function heapOfProcess(): HeapOfProcess {
  let before = performance.eventLoopUtilization();
  // The function is given to contexts made after the flag: it need not be given at the start, where children would inherit it.
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options: { type: "major"; flavor: "regular" | "last-resort" }) => void;
  setFlagsFromString("--no-expose-gc");
  const usedBytes = () => getHeapStatistics().used_heap_size;
  return {
    usedBytes,
    utilization() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
    // The last resort gives back the room for young objects too, which a burst had grown, and takes twice as long.
    collect: () => collect({ type: "major", flavor: usedBytes() < longHeapBytes ? "last-resort" : "regular" }),
  };
}
