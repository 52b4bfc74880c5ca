import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Component } from "../../client/client.ts";
import { anySignal } from "../../machinery/any-signal.ts";
import { type Clock, pause } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { ContainerRuntime } from "../runtime/runtime.ts";

export interface LogRotationDeps {
  runtime: Pick<ContainerRuntime, "listContainers" | "containerStatus" | "reopenContainerLog">;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
}

export interface LogRotationOptions {
  /** A log is put aside when it has grown to this size: 10 MiB when absent. */
  maxBytes?: number;
  /** How many files of one log there are at most, the one that is written to among them: 5 when absent. */
  maxFiles?: number;
  /** How often sizes are looked at: every 10 seconds when absent. */
  periodMilliseconds?: number;
}

/** Keeps the logs of running containers small: puts full ones aside, compresses them, removes the oldest. */
export function startLogRotation(deps: LogRotationDeps, options: LogRotationOptions = {}): Component {
  const stopping = new AbortController();
  const signal = anySignal(deps.signal, stopping.signal);
  const rotation = new LogRotation(deps, options, signal);
  const running = rotation.run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

class LogRotation {
  readonly #deps: LogRotationDeps;
  readonly #signal: AbortSignal;
  readonly #maxBytes: number;
  readonly #maxFiles: number;
  readonly #periodMilliseconds: number;
  /** Where the log of a container is; it stays there for the container's life. */
  #paths = new Map<string, string>();

  constructor(deps: LogRotationDeps, options: LogRotationOptions, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#maxBytes = options.maxBytes ?? 10 * 1024 * 1024;
    this.#maxFiles = options.maxFiles ?? 5;
    this.#periodMilliseconds = options.periodMilliseconds ?? 10_000;
  }

  async run(): Promise<void> {
    while (!this.#signal.aborted) {
      await pause(this.#deps.clock, this.#periodMilliseconds, this.#signal);
      if (this.#signal.aborted) return;
      try {
        await this.#round();
      } catch (error) {
        this.#deps.logger.warn("containers could not be listed for the rotation of their logs", { error });
      }
    }
  }

  async #round(): Promise<void> {
    const containers = await this.#deps.runtime.listContainers({ state: "running" });
    const known = this.#paths;
    this.#paths = new Map();
    for (const { id } of containers) {
      if (this.#signal.aborted) return;
      try {
        const path = known.get(id) ?? (await this.#deps.runtime.containerStatus(id)).logPath;
        this.#paths.set(id, path);
        if (path !== "") await this.#look(id, path);
      } catch (error) {
        this.#deps.logger.warn("a container's log could not be rotated", { container: id, error });
      }
    }
  }

  async #look(id: string, path: string): Promise<void> {
    let size: number;
    try {
      ({ size } = await stat(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      // A rotation that was cut short, or somebody removed it: the runtime writes to a file without a name.
      await this.#deps.runtime.reopenContainerLog(id);
      return;
    }
    if (size >= this.#maxBytes) await this.#rotate(id, path);
  }

  async #rotate(id: string, path: string): Promise<void> {
    const kept = await this.#removeOld(path);
    for (const file of kept) if (!file.endsWith(".gz")) await compress(file);
    // The newest one stays as it is: the container may still write to it, and readers are reading it.
    const aside = `${path}.${compactTime(this.#deps.clock.now())}`;
    await rename(path, aside);
    try {
      await this.#deps.runtime.reopenContainerLog(id);
    } catch (error) {
      await rename(aside, path);
      throw error;
    }
  }

  /** Removes what a broken-off rotation left and what there is too much of; answers the rest, the oldest first. */
  async #removeOld(path: string): Promise<string[]> {
    const directory = dirname(path);
    const prefix = `${basename(path)}.`;
    const names = (await readdir(directory)).filter((name) => name.startsWith(prefix)).sort();
    const isLeft = (name: string) => name.endsWith(".tmp") || (!name.endsWith(".gz") && names.includes(`${name}.gz`));
    const whole = names.filter((name) => !isLeft(name));
    // Beside these there will be the one put aside now and the one written to.
    const excess = whole.splice(0, Math.max(0, whole.length - Math.max(0, this.#maxFiles - 2)));
    for (const name of [...names.filter(isLeft), ...excess]) await rm(join(directory, name), { force: true });
    return whole.map((name) => join(directory, name));
  }
}

async function compress(file: string): Promise<void> {
  const temporary = `${file}.tmp`;
  try {
    const { mode } = await stat(file);
    await pipeline(createReadStream(file), createGzip(), createWriteStream(temporary, { mode }));
    await rename(temporary, `${file}.gz`);
    await rm(file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** `20260131-235959`, in UTC: sorts as the times do. */
function compactTime(milliseconds: number): string {
  const [date = "", time = ""] = new Date(milliseconds).toISOString().split("T");
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}`;
}
