import { Bag, type Bagged } from "../machinery/bag.ts";
import type { Clock, Timer } from "../machinery/clock.ts";
import { utf8 } from "./bytes.ts";
import type { ApiResponse } from "./request.ts";

/** How often requests are looked at that have the usual time. */
const sweepMilliseconds = 1000;

/** One request that may take only so long. */
export interface Deadline {
  /** The client gives it this long, in milliseconds. */
  shorten(milliseconds: number): void;
  /** It has been answered, or may take as long as it likes. */
  end(): void;
}

/** Answers in place of requests that take too long. One timer is for all, and there is none while nothing is asked. */
export class RequestDeadlines {
  readonly #clock: Clock;
  readonly #limitMilliseconds: number;
  readonly #running = new Bag<Running>();
  #sweep: Timer | undefined;

  constructor(clock: Clock, limitMilliseconds: number) {
    this.#clock = clock;
    this.#limitMilliseconds = limitMilliseconds;
  }

  begin(onLate: () => void): Deadline {
    const running = new Running(this.#running, this.#clock, this.#limitMilliseconds, onLate);
    this.#running.add(running);
    this.#sweep ??= this.#clock.setTimeout(() => this.#sweepOnce(), sweepMilliseconds);
    return running;
  }

  close(): void {
    this.#sweep?.cancel();
    this.#running.clear();
  }

  #sweepOnce(): void {
    this.#sweep = undefined;
    const now = this.#clock.now();
    for (const running of this.#running) {
      if (running.until > now) continue;
      this.#running.delete(running);
      running.onLate();
    }
    if (this.#running.size > 0) this.#sweep = this.#clock.setTimeout(() => this.#sweepOnce(), sweepMilliseconds);
  }
}

class Running implements Deadline, Bagged {
  place = -1;
  readonly until: number;
  readonly onLate: () => void;
  readonly #among: Bag<Running>;
  readonly #clock: Clock;
  readonly #limitMilliseconds: number;
  #own: Timer | undefined;

  constructor(among: Bag<Running>, clock: Clock, limitMilliseconds: number, onLate: () => void) {
    this.#among = among;
    this.#clock = clock;
    this.#limitMilliseconds = limitMilliseconds;
    this.until = clock.now() + limitMilliseconds;
    this.onLate = onLate;
  }

  shorten(milliseconds: number): void {
    if (milliseconds > 0 && milliseconds < this.#limitMilliseconds) this.#own = this.#clock.setTimeout(this.onLate, milliseconds);
  }

  end(): void {
    this.#own?.cancel();
    this.#among.delete(this);
  }
}

const lateStatus = {
  metadata: {},
  status: "Failure",
  message: "Timeout: request did not complete within the allotted timeout",
  reason: "Timeout",
  details: {},
  code: 504,
};

/** What a client is told whose request takes too long. The request itself may go on. */
export function lateAnswer(): ApiResponse {
  return {
    status: 504,
    headers: { "cache-control": "no-cache, private", "content-type": "text/plain; charset=utf-8" },
    body: { form: "bytes", bytes: utf8(`${JSON.stringify(lateStatus)}\n`) },
  };
}

/** Of an answer that nobody waits for any more: what another server sends is let go. */
export function discard({ body }: ApiResponse): void {
  if (body.form === "source") void body.source[Symbol.asyncIterator]().return?.();
}
