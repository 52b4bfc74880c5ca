import { setImmediate as nodeSetImmediate } from "node:timers";
import { systemClock } from "../client/system-clock.ts";
import { type Clock, type Timer, VirtualClock } from "../machinery/clock.ts";

/** Taken when this is loaded: a test may put a faked one in its place later. */
const setImmediate = nodeSetImmediate;

/** Keeps time from moving until it is released. */
export interface Hold {
  release(): void;
  [Symbol.dispose](): void;
}

/** A cluster's time. Components see it as their clock. */
export interface ClusterTime extends Clock {
  readonly virtual: boolean;
  /** Time stands still until the hold is released; `what` names it in errors. On real time nothing comes of it. */
  hold(what: string): Hold;
  /** Takes all holds back: at the end nobody is waited for. */
  releaseAll(): void;
  /** A request has begun: time stands still until it has ended. Cheaper than a hold. */
  enter(): void;
  leave(): void;
  /** Resolves when nothing is left to do at this time. On real time: when the callbacks that are due have run. */
  rest(): Promise<void>;
  /**
   * Lets time pass until `end` (milliseconds since the epoch), or until the condition holds, which is asked whenever all is at rest.
   * Resolves with whether it held.
   */
  passUntil(end: number, holds?: () => boolean | Promise<boolean>): Promise<boolean>;
}

/** When nothing ends within this real time, what time waits for is told as an error. */
const patienceMilliseconds = 30_000;

/** Time that moves only when it is told to, and only while nothing is under way. */
export class VirtualTime implements ClusterTime {
  readonly virtual = true;
  readonly #clock: VirtualClock;
  readonly #holds = new Set<string[]>();
  #requests = 0;
  #waiting: (() => void)[] = [];

  constructor(startMilliseconds?: number) {
    this.#clock = new VirtualClock(startMilliseconds, () => this.rest());
  }

  now(): number {
    return this.#clock.now();
  }

  setTimeout(callback: () => void, delayMilliseconds: number): Timer {
    if (delayMilliseconds > 0) return this.#clock.setTimeout(callback, delayMilliseconds);
    // No time has to pass for it.
    let cancelled = false;
    this.enter();
    setImmediate(() => {
      try {
        if (!cancelled) callback();
      } finally {
        this.leave();
      }
    });
    return {
      cancel: () => {
        cancelled = true;
      },
    };
  }

  hold(what: string): Hold {
    const entry = [what];
    this.#holds.add(entry);
    const release = () => {
      if (this.#holds.delete(entry)) this.#wake();
    };
    return { release, [Symbol.dispose]: release };
  }

  releaseAll(): void {
    this.#holds.clear();
    this.#wake();
  }

  enter(): void {
    this.#requests++;
  }

  leave(): void {
    this.#requests--;
    this.#wake();
  }

  async rest(): Promise<void> {
    await turn();
    while (this.#requests > 0 || this.#holds.size > 0) {
      await this.#change();
      await turn();
    }
  }

  async passUntil(end: number, holds?: () => boolean | Promise<boolean>): Promise<boolean> {
    await this.rest();
    for (;;) {
      if (holds && (await holds())) return true;
      if (!(await this.#clock.step(end))) break;
    }
    this.#clock.skipTo(end);
    return false;
  }

  #wake(): void {
    if (this.#requests > 0 || this.#holds.size > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #change(): Promise<void> {
    return new Promise((resolve, reject) => {
      const impatience = systemClock.setTimeout(() => {
        this.#waiting = this.#waiting.filter((each) => each !== done);
        const names = [...this.#holds].flat();
        if (this.#requests > 0) names.push(`${this.#requests} unanswered ${this.#requests === 1 ? "request" : "requests"}`);
        reject(new Error(`time can't move: waiting for ${names.join(", ")} since ${patienceMilliseconds / 1000} s`));
      }, patienceMilliseconds);
      const done = () => {
        impatience.cancel();
        resolve();
      };
      this.#waiting.push(done);
    });
  }
}

/** The wall clock. */
export class RealTime implements ClusterTime {
  readonly virtual = false;

  now(): number {
    return systemClock.now();
  }

  setTimeout(callback: () => void, delayMilliseconds: number): Timer {
    return systemClock.setTimeout(callback, delayMilliseconds);
  }

  hold(): Hold {
    return { release() {}, [Symbol.dispose]() {} };
  }

  releaseAll(): void {}

  enter(): void {}

  leave(): void {}

  rest(): Promise<void> {
    return turn();
  }

  async passUntil(end: number, holds?: () => boolean | Promise<boolean>): Promise<boolean> {
    for (;;) {
      if (holds && (await holds())) return true;
      const left = end - this.now();
      if (left <= 0) return false;
      await new Promise<void>((resolve) => this.setTimeout(resolve, Math.min(left, holds ? lookMilliseconds : left)));
    }
  }
}

const lookMilliseconds = 20;

/** All promise callbacks run to their end, and what is ready to be read is read. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
