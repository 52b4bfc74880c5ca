import { type FSWatcher, watch } from "node:fs";
import type { Clock } from "../../machinery/clock.ts";

/** How long to wait for a change that a watch tells of; where there is no watch, the directory is looked at more often. */
const watchedMilliseconds = 1000;
const unwatchedMilliseconds = 250;

/** Tells of changes in a directory, and now and then without one: not every file system tells of them. */
export class DirectoryChanges {
  readonly #clock: Clock;
  #watcher: FSWatcher | undefined;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(directory: string, clock: Clock) {
    this.#clock = clock;
    try {
      this.#watcher = watch(directory, { persistent: false }, () => this.#tell());
      this.#watcher.on("error", () => this.close());
    } catch {
      // The machine has no watches left: looking now and then has to do.
    }
  }

  /** Resolves after a change since the last call, after a while, or when the signal is aborted. One call at a time. */
  async next(signal: AbortSignal): Promise<void> {
    if (!this.#changed && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const timer = this.#clock.setTimeout(() => wake(), this.#watcher ? watchedMilliseconds : unwatchedMilliseconds);
        const wake = () => {
          timer.cancel();
          signal.removeEventListener("abort", wake);
          this.#wake = undefined;
          resolve();
        };
        signal.addEventListener("abort", wake, { once: true });
        this.#wake = wake;
      });
    }
    this.#changed = false;
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #tell(): void {
    this.#changed = true;
    this.#wake?.();
  }
}
