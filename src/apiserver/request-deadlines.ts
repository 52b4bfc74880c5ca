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

interface Running {
  until: number;
  onLate(): void;
}

/** Answers in place of requests that take too long. One timer is for all, and there is none while nothing is asked. */
export class RequestDeadlines {
  readonly #clock: Clock;
  readonly #limitMilliseconds: number;
  readonly #running = new Set<Running>();
  #sweep: Timer | undefined;

  constructor(clock: Clock, limitMilliseconds: number) {
    this.#clock = clock;
    this.#limitMilliseconds = limitMilliseconds;
  }

  begin(onLate: () => void): Deadline {
    const running: Running = { until: this.#clock.now() + this.#limitMilliseconds, onLate };
    let own: Timer | undefined;
    this.#running.add(running);
    this.#sweep ??= this.#clock.setTimeout(() => this.#sweepOnce(), sweepMilliseconds);
    return {
      shorten: (milliseconds) => {
        if (milliseconds > 0 && milliseconds < this.#limitMilliseconds) own = this.#clock.setTimeout(running.onLate, milliseconds);
      },
      end: () => {
        own?.cancel();
        this.#running.delete(running);
      },
    };
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
