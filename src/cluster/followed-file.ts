import { readFile } from "node:fs/promises";
import type { FollowedText } from "../apiserver/followed-text.ts";
import { type Clock, pause } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";

const periodMilliseconds = 2000;

/** A file whose changes are told. Whoever opened it closes it. */
export class FollowedFile implements FollowedText {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #listeners: ((text: string) => void)[] = [];
  #current: string;
  #isReadable = true;

  private constructor(deps: { clock: Clock; logger: Logger }, path: string, current: string) {
    this.#path = path;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#current = current;
  }

  static async open(deps: { clock: Clock; logger: Logger }, path: string): Promise<FollowedFile> {
    return new FollowedFile(deps, path, await readFile(path, "utf8"));
  }

  get current(): string {
    return this.#current;
  }

  follow(listener: (text: string) => void): void {
    this.#listeners.push(listener);
    if (this.#listeners.length > 1) return;
    this.#look().catch((error: unknown) => this.#logger.error("a file is not followed any more", { file: this.#path, error }));
  }

  close(): void {
    this.#stopping.abort();
  }

  async #look(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await pause(this.#clock, periodMilliseconds, signal); // closed: the loop ends
      if (signal.aborted) return;
      try {
        const text = await readFile(this.#path, "utf8");
        this.#isReadable = true;
        if (text === this.#current) continue;
        this.#current = text;
        for (const listener of this.#listeners) listener(text);
      } catch (error) {
        if (this.#isReadable) this.#logger.error("a file that is followed can't be read", { file: this.#path, error });
        this.#isReadable = false;
      }
    }
  }
}
