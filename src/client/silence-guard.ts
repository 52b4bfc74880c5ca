import type { Clock, Timer } from "../machinery/clock.ts";

/** Calls back when nothing was heard for some time. */
export class SilenceGuard {
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #onSilence: () => void;
  #heardAt: number;
  #timer: Timer | undefined;

  /** 0 milliseconds: never. */
  constructor(clock: Clock, milliseconds: number, onSilence: () => void) {
    this.#clock = clock;
    this.#milliseconds = milliseconds;
    this.#onSilence = onSilence;
    this.#heardAt = clock.now();
    if (milliseconds > 0) this.#arm(milliseconds);
  }

  /** Cheap, since it comes with every piece: the timer is left to find out. */
  heard(): void {
    this.#heardAt = this.#clock.now();
  }

  end(): void {
    this.#timer?.cancel();
  }

  #arm(delayMilliseconds: number): void {
    this.#timer = this.#clock.setTimeout(() => {
      const left = this.#heardAt + this.#milliseconds - this.#clock.now();
      if (left <= 0) this.#onSilence();
      else this.#arm(left);
    }, delayMilliseconds);
  }
}

export function silenceText(milliseconds: number): string {
  return `no event and no bookmark for ${milliseconds / 1000} s`;
}
