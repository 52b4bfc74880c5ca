import { closeSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, unlinkSync, writeFileSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";

interface RotationOptions {
  path: string;
  maxSizeBytes: number;
  /** Old files are kept for so many days; 0: whatever their age. */
  maxAgeDays: number;
  /** So many old files are kept; 0: all. */
  maxBackups: number;
  compress: boolean;
}

const dayMilliseconds = 24 * 3600 * 1000;
const gzipped = promisify(gzip);

/**
 * A file that lines are appended to. When it grows beyond its limit it is renamed to one with the time in its name, as upstream's
 * logs are, and old ones go.
 */
export class RotatingFile {
  readonly #options: RotationOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #descriptor: number | undefined;
  #size = 0;
  #tidying: Promise<void> = Promise.resolve();

  constructor(deps: { clock: Clock; logger: Logger }, options: RotationOptions) {
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#options = options;
    mkdirSync(dirname(options.path), { recursive: true });
    this.#open();
  }

  append(text: string): void {
    const bytes = Buffer.from(text);
    if (this.#size > 0 && this.#size + bytes.length > this.#options.maxSizeBytes) this.#rotate();
    this.#descriptor ??= this.#open();
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#descriptor, bytes, at);
    this.#size += bytes.length;
  }

  async close(): Promise<void> {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    await this.#tidying;
  }

  #open(): number {
    const descriptor = openSync(this.#options.path, "a", 0o600);
    this.#descriptor = descriptor;
    this.#size = fstatSync(descriptor).size;
    return descriptor;
  }

  #rotate(): void {
    const { path } = this.#options;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    const extension = extname(path);
    const time = new Date(this.#clock.now()).toISOString().slice(0, 23).replaceAll(":", "-");
    renameSync(path, `${path.slice(0, path.length - extension.length)}-${time}${extension}`);
    this.#open();
    this.#tidying = this.#tidying
      .then(() => this.#tidy())
      .catch((error: unknown) => this.#logger.warn("old audit logs could not be tidied up", { error }));
  }

  async #tidy(): Promise<void> {
    const { path, maxBackups, maxAgeDays, compress } = this.#options;
    const directory = dirname(path);
    const extension = extname(path);
    const prefix = `${basename(path, extension)}-`;
    const backups = readdirSync(directory)
      .map((name) => ({ name, time: timeIn(name, prefix, extension) }))
      .filter(({ time }) => !Number.isNaN(time))
      .sort((a, b) => b.time - a.time);
    const oldest = maxAgeDays > 0 ? this.#clock.now() - maxAgeDays * dayMilliseconds : Number.NEGATIVE_INFINITY;
    for (const [at, { name, time }] of backups.entries()) {
      const file = join(directory, name);
      if ((maxBackups > 0 && at >= maxBackups) || time < oldest) unlinkSync(file);
      else if (compress && !name.endsWith(".gz")) {
        writeFileSync(`${file}.gz`, await gzipped(await readFile(file)), { mode: 0o600 });
        unlinkSync(file);
      }
    }
  }
}

/** When a file of that name was put aside; NaN for other files. */
function timeIn(name: string, prefix: string, extension: string): number {
  const bare = name.endsWith(`${extension}.gz`) ? name.slice(0, -3) : name;
  if (!bare.startsWith(prefix) || !bare.endsWith(extension)) return Number.NaN;
  const time = bare.slice(prefix.length, bare.length - extension.length);
  const parts = /^(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(time);
  return parts ? Date.parse(`${parts[1]}T${parts[2]}:${parts[3]}:${parts[4]}Z`) : Number.NaN;
}
