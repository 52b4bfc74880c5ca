import { describe, expect, it } from "vitest";
import { VirtualClock } from "../machinery/clock.ts";
import { conflict } from "../machinery/errors.ts";
import { silentLogger } from "../machinery/logger.ts";
import { recordingLogger } from "./testing/recording-logger.ts";
import { createWorkQueue, runWorkers } from "./work-queue-impl.ts";

function setup() {
  const clock = new VirtualClock();
  const stop = new AbortController();
  return { clock, stop, queue: createWorkQueue({ name: "test", clock, signal: stop.signal }) };
}

describe("a work queue", () => {
  it("gives keys in order, each once", async () => {
    const { queue } = setup();
    for (const key of ["a", "b", "a", "c"]) queue.add(key);
    expect(queue.length).toBe(3);
    expect([await queue.next(), await queue.next(), await queue.next()]).toEqual(["a", "b", "c"]);
  });

  it("holds back a key that is worked on until it is done", async () => {
    const { queue } = setup();
    queue.add("a");
    expect(await queue.next()).toBe("a");
    queue.add("a");
    queue.add("a");
    expect(queue.length).toBe(0);
    queue.done("a");
    expect(queue.length).toBe(1);
    expect(await queue.next()).toBe("a");
    queue.done("a");
    expect(queue.length).toBe(0);
  });

  it("adds later, at the earliest of the times asked for", async () => {
    const { queue, clock } = setup();
    queue.addAfter("a", 1000);
    queue.addAfter("a", 500);
    queue.addAfter("a", 2000);
    await clock.advance(499);
    expect(queue.length).toBe(0);
    await clock.advance(1);
    expect(queue.length).toBe(1);
    await clock.advance(5000);
    expect(queue.length).toBe(1);
    queue.addAfter("b", 0);
    expect(queue.length).toBe(2);
  });

  it("backs off per key: 5 ms doubling to 1,000 s", async () => {
    const { queue, clock } = setup();
    const delays: number[] = [];
    for (let i = 0; i < 20; i++) {
      queue.addRateLimited("a");
      const at = clock.now();
      delays.push((clock.nextTimer() as number) - at);
      await clock.advance(delays.at(-1) as number);
    }
    expect(delays.slice(0, 4)).toEqual([5, 10, 20, 40]);
    expect(delays.slice(16)).toEqual([327_680, 655_360, 1_000_000, 1_000_000]);
    expect(queue.failures("a")).toBe(20);
    queue.forget("a");
    expect(queue.failures("a")).toBe(0);
    queue.addRateLimited("a");
    expect((clock.nextTimer() as number) - clock.now()).toBe(5);
  });

  it("shares one bucket of 100, 10 a second, among retries only", async () => {
    const { queue, clock } = setup();
    for (let i = 0; i < 103; i++) queue.addRateLimited(`k${i}`);
    for (let i = 0; i < 50; i++) queue.add(`free${i}`);
    expect(queue.length).toBe(50);
    await clock.advance(5);
    expect(queue.length).toBe(150);
    await clock.advance(95);
    expect(queue.length).toBe(151);
    await clock.advance(200);
    expect(queue.length).toBe(153);
  });

  it("stops: who waits gets undefined, timers are gone, nothing goes in", async () => {
    const { queue, clock, stop } = setup();
    queue.addAfter("a", 1000);
    const waiting = queue.next();
    stop.abort();
    expect(await waiting).toBeUndefined();
    expect(clock.nextTimer()).toBeUndefined();
    queue.add("b");
    queue.addAfter("b", 1);
    queue.addRateLimited("b");
    expect(queue.length).toBe(0);
    expect(await queue.next()).toBeUndefined();
  });
});

describe("workers", () => {
  it("retry what fails and log it, conflicts quietly", async () => {
    const { queue, clock, stop } = setup();
    const logger = recordingLogger();
    const tries: string[] = [];
    const handler = async (key: string) => {
      tries.push(`${key}@${clock.now() - start}`);
      if (tries.length === 1) throw new Error("out of luck");
      if (tries.length === 2) throw conflict({ group: "", resource: "pods" }, "p", "changed");
    };
    const start = clock.now();
    const running = runWorkers(queue, 1, handler, { logger, signal: stop.signal });
    queue.add("a");
    await clock.advance(1000);
    expect(tries).toEqual(["a@0", "a@5", "a@15"]);
    expect(queue.failures("a")).toBe(0);
    expect(logger.lines).toEqual([
      { level: "error", message: "sync failed, trying again", fields: { queue: "test", key: "a", failures: 1, error: "out of luck" } },
      {
        level: "debug",
        message: "sync failed, trying again",
        fields: { queue: "test", key: "a", failures: 2, error: 'Operation cannot be fulfilled on pods "p": changed' },
      },
    ]);
    stop.abort();
    await running;
  });

  it("work on as many keys at a time as there are workers, never on one twice", async () => {
    const { queue, clock, stop } = setup();
    const open = new Map<string, () => void>();
    let most = 0;
    const handler = (key: string) =>
      new Promise<void>((resolve) => {
        expect(open.has(key)).toBe(false);
        open.set(key, resolve);
        most = Math.max(most, open.size);
      });
    const running = runWorkers(queue, 2, handler, { logger: silentLogger, signal: stop.signal });
    const finish = async (key: string) => {
      open.get(key)?.();
      open.delete(key);
      await clock.advance(0);
    };
    for (const key of ["a", "b", "c"]) queue.add(key);
    await clock.advance(0);
    queue.add("a");
    expect([...open.keys()]).toEqual(["a", "b"]);
    await finish("a");
    expect([...open.keys()]).toEqual(["b", "c"]);
    await finish("b");
    expect([...open.keys()]).toEqual(["c", "a"]);
    stop.abort();
    await finish("c");
    await finish("a");
    await running;
    expect(most).toBe(2);
  });
});
