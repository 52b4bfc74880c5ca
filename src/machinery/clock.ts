/** Time as components see it. Nothing in the project reads the wall clock or sets a raw timer except the system clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once, after the delay. The timer does not keep the process alive. */
  setTimeout(callback: () => void, delayMilliseconds: number): Timer;
}

export interface Timer {
  cancel(): void;
}

/** The time of a clock in the form of `metadata.creationTimestamp`: RFC 3339, whole seconds, UTC. */
export function timestamp(clock: Clock): string {
  return formatTime(clock.now());
}

export function formatTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/** The form of a MicroTime: RFC 3339 with six fractional digits. */
export function formatMicroTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 23)}000Z`;
}

/** Resolves after the delay; rejects with the signal's reason when it is aborted first. */
export function sleep(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Calls back every period until the signal is aborted; the first call comes after one period. */
export function every(clock: Clock, periodMilliseconds: number, signal: AbortSignal, callback: () => void): void {
  if (signal.aborted) return;
  let timer: Timer;
  const arm = () => {
    timer = clock.setTimeout(() => {
      arm();
      callback();
    }, periodMilliseconds);
  };
  arm();
  signal.addEventListener("abort", () => timer.cancel(), { once: true });
}

interface Pending {
  at: number;
  sequence: number;
  callback: () => void;
}

/** A clock that stands still until `advance` moves it. Timers fire in order of their time, then of their creation. */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  #timers: Pending[] = [];

  constructor(startMilliseconds: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMilliseconds;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMilliseconds: number): Timer {
    const timer = { at: this.#now + Math.max(0, delayMilliseconds), sequence: this.#sequence++, callback };
    this.#timers.push(timer);
    return {
      cancel: () => {
        const index = this.#timers.indexOf(timer);
        if (index >= 0) this.#timers.splice(index, 1);
      },
    };
  }

  /** The time of the earliest timer, in milliseconds since the epoch. */
  nextTimer(): number | undefined {
    return this.#timers.reduce<number | undefined>(
      (least, timer) => (least === undefined || timer.at < least ? timer.at : least),
      undefined,
    );
  }

  /** Moves time forward and fires what falls due, letting pending promise callbacks run after each timer. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    for (;;) {
      let due: Pending | undefined;
      for (const timer of this.#timers) {
        if (timer.at > end) continue;
        if (!due || timer.at < due.at || (timer.at === due.at && timer.sequence < due.sequence)) due = timer;
      }
      if (!due) break;
      this.#timers.splice(this.#timers.indexOf(due), 1);
      this.#now = Math.max(this.#now, due.at);
      due.callback();
      await settle();
    }
    this.#now = end;
  }
}

/** Lets chains of promise callbacks run to their end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
