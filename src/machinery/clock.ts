/** Time as components see it. Nothing in the project reads the wall clock or sets a raw timer except the system clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once, after the delay. The timer does not keep the process alive. */
  setTimeout(callback: () => void, delayMilliseconds: number): Timer;
}

/** A callback that is due at some time. */
export interface Timer {
  cancel(): void;
}

/** The time of a clock in the form of `metadata.creationTimestamp`: RFC 3339, whole seconds, UTC. */
export function timestamp(clock: Clock): string {
  return formatTime(clock.now());
}

/** Timestamps of many things that happen in one second: one text for all of them. */
export class Timestamps {
  readonly #clock: Clock;
  #second = Number.NaN;
  #text = "";

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): string {
    const milliseconds = this.#clock.now();
    const second = Math.floor(milliseconds / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = formatTime(milliseconds);
    }
    return this.#text;
  }
}

export function formatTime(milliseconds: number): string {
  const date = new Date(milliseconds);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth() + 1;
  const day = date.getUTCDate();
  const hours = date.getUTCHours();
  const minutes = date.getUTCMinutes();
  const seconds = date.getUTCSeconds();
  // Made of its characters, the text is one piece: objects keep it, and what is put together or cut keeps what it came from.
  const century = Math.floor(year / 100);
  // biome-ignore format: a date is one line
  return String.fromCharCode(
    tens(century), ones(century), tens(year % 100), ones(year), 0x2d, tens(month), ones(month), 0x2d, tens(day), ones(day), 0x54,
    tens(hours), ones(hours), 0x3a, tens(minutes), ones(minutes), 0x3a, tens(seconds), ones(seconds), 0x5a,
  );
}

/** The characters of a number below 100. */
function tens(number: number): number {
  return 0x30 + Math.floor(number / 10);
}

function ones(number: number): number {
  return 0x30 + (number % 10);
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

/** Resolves after the delay, or as soon as the signal is aborted: for loops that look at the signal next. */
export function pause(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
  return sleep(clock, milliseconds, signal).catch(() => {});
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
  cancelled: boolean;
}

/** A clock that stands still until `advance` moves it. Timers fire in order of their time, then of their creation. */
export class VirtualClock implements Clock {
  #now: number;
  #sequence = 0;
  /** A binary heap; what was cancelled lies in it until its time comes, or until it is half of all. */
  #timers: Pending[] = [];
  #cancelled = 0;
  readonly #rest: () => Promise<void>;

  /** `rest` resolves when all that was under way has ended: time moves only then. Unless told: when a while of promise callbacks is over. */
  constructor(startMilliseconds: number = Date.UTC(2026, 0, 1), rest: () => Promise<void> = promiseCallbacks) {
    this.#now = startMilliseconds;
    this.#rest = rest;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMilliseconds: number): Timer {
    // Whole milliseconds, as a clock tells them.
    const timer = { at: this.#now + Math.max(0, Math.ceil(delayMilliseconds)), sequence: this.#sequence++, callback, cancelled: false };
    this.#timers.push(timer);
    this.#up(this.#timers.length - 1);
    return {
      cancel: () => {
        if (timer.cancelled) return;
        timer.cancelled = true;
        timer.callback = () => {};
        if (++this.#cancelled > 32 && this.#cancelled * 2 > this.#timers.length) this.#sweep();
      },
    };
  }

  /** The time of the earliest timer, in milliseconds since the epoch. */
  nextTimer(): number | undefined {
    while (this.#timers[0]?.cancelled) {
      this.#pop();
      this.#cancelled--;
    }
    return this.#timers[0]?.at;
  }

  /** Moves time forward and fires what falls due, letting everything come to rest at each moment. */
  async advance(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await this.#rest();
    while (await this.step(end));
    this.#now = Math.max(this.#now, end);
  }

  /**
   * Fires the timers of the earliest moment, where it is not after `end`, and lets everything come to rest. False: there is none, and
   * nothing was done. What begins at one moment goes side by side: many do the same, and take less time so than one after the other.
   */
  async step(end: number): Promise<boolean> {
    const at = this.nextTimer();
    if (at === undefined || at > end) return false;
    this.#now = Math.max(this.#now, at);
    const next = this.#sequence;
    while (this.nextTimer() === at && (this.#timers[0] as Pending).sequence < next) {
      const due = this.#pop();
      due.cancelled = true;
      due.callback();
    }
    await this.#rest();
    return true;
  }

  /** Moves time to a point where nothing is due before it. */
  skipTo(milliseconds: number): void {
    this.#now = Math.max(this.#now, milliseconds);
  }

  #sweep(): void {
    this.#timers = this.#timers.filter(({ cancelled }) => !cancelled).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#cancelled = 0;
  }

  #pop(): Pending {
    const first = this.#timers[0] as Pending;
    const last = this.#timers.pop() as Pending;
    if (first !== last) {
      this.#timers[0] = last;
      this.#down(0);
    }
    return first;
  }

  #up(index: number): void {
    const timers = this.#timers;
    const timer = timers[index] as Pending;
    let at = index;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(timer, timers[parent] as Pending)) break;
      timers[at] = timers[parent] as Pending;
      at = parent;
    }
    timers[at] = timer;
  }

  #down(index: number): void {
    const timers = this.#timers;
    const timer = timers[index] as Pending;
    let at = index;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= timers.length) break;
      if (child + 1 < timers.length && isBefore(timers[child + 1] as Pending, timers[child] as Pending)) child++;
      if (!isBefore(timers[child] as Pending, timer)) break;
      timers[at] = timers[child] as Pending;
      at = child;
    }
    timers[at] = timer;
  }
}

function isBefore(a: Pending, b: Pending): boolean {
  return a.at < b.at || (a.at === b.at && a.sequence < b.sequence);
}

/** Lets chains of promise callbacks run to their end. */
async function promiseCallbacks(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}
