import { existsSync } from "node:fs";
import { mkdir, open, readdir, readFile, rm, rmdir, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, sleep } from "../../machinery/clock.ts";
import type { CommandRunner } from "./command.ts";

/** Reads and writes `/proc/sys` of the network namespace in which the runner runs. Names are dotted: `net.ipv4.ip_forward`. */
export interface KernelSettings {
  /** Undefined when this kernel has no such setting. */
  read(name: string): Promise<string | undefined>;
  write(name: string, value: string): Promise<void>;
}

export function kernelSettings(run: CommandRunner): KernelSettings {
  // An interface's name may hold a dot; in settings it is written as a slash.
  const path = (name: string) => `/proc/sys/${name.replace(/[./]/g, (c) => (c === "." ? "/" : "."))}`;
  return {
    async read(name) {
      const text = await run(["sh", "-c", 'if [ -e "$1" ]; then cat "$1"; fi', "sh", path(name)]);
      return text === "" ? undefined : text.trim();
    },
    async write(name, value) {
      await run(["sh", "-c", 'printf %s "$2" > "$1"', "sh", path(name), value]);
    },
  };
}

/**
 * Changes settings of the whole machine on behalf of a cluster and puts the old values back when the last cluster that wanted the
 * change is gone. The book-keeping is files under a directory that must vanish with a reboot (below `/run`), as settings do:
 * `<setting>/old` has the value before any cluster came, `<setting>/users/<cluster id>` says who relies on the change.
 */
export class SharedSettings {
  readonly #settings: KernelSettings;
  readonly #directory: string;
  readonly #clock: Clock;

  constructor(settings: KernelSettings, directory: string, clock: Clock) {
    this.#settings = settings;
    this.#directory = join(directory, "settings");
    this.#clock = clock;
  }

  /** Answers the value that the setting had before; undefined when the kernel doesn't know it. */
  async acquire(name: string, value: string, clusterId: string): Promise<string | undefined> {
    return await this.#locked(async () => {
      const current = await this.#settings.read(name);
      if (current === undefined) return undefined;
      const directory = join(this.#directory, name);
      const oldPath = join(directory, "old");
      // Nobody needs to put back what was right before.
      if (current === value && !existsSync(oldPath)) return current;
      await mkdir(join(directory, "users"), { recursive: true });
      await writeFile(join(directory, "users", clusterId), "");
      if (!existsSync(oldPath)) await writeFile(oldPath, current);
      if (current !== value) await this.#settings.write(name, value);
      return current;
    });
  }

  /** Lets go of all settings that the cluster relies on; answers those that were put back. */
  async release(clusterId: string): Promise<Record<string, string>> {
    return await this.#locked(async () => {
      const restored: Record<string, string> = {};
      for (const name of await entries(this.#directory)) {
        const directory = join(this.#directory, name);
        if (!existsSync(join(directory, "users", clusterId))) continue;
        await unlink(join(directory, "users", clusterId));
        if ((await entries(join(directory, "users"))).length > 0) continue;
        const old = await readFile(join(directory, "old"), "utf8");
        if ((await this.#settings.read(name)) !== undefined) {
          await this.#settings.write(name, old);
          restored[name] = old;
        }
        await rm(directory, { recursive: true });
      }
      await rmdir(this.#directory).catch(ignoreNotEmpty);
      return restored;
    });
  }

  /** Two clusters may start or go at the same moment. A lock whose owner is dead is taken over. */
  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const lock = `${this.#directory}.lock`;
    await mkdir(this.#directory, { recursive: true });
    for (let attempt = 0; ; attempt++) {
      try {
        const file = await open(lock, "wx");
        await file.writeFile(String(process.pid));
        await file.close();
        break;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const owner = Number(await readFile(lock, "utf8").catch(() => ""));
      // An empty file is one that its owner is about to fill, unless it stays so.
      if (owner > 0 ? !isAlive(owner) : attempt > 50) await rm(lock, { force: true });
      else if (attempt > 500) throw new Error(`${lock} is held by process ${owner}; remove it if that process is not kybern`);
      await sleep(this.#clock, 20);
    }
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function entries(directory: string): Promise<string[]> {
  return await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
}

function ignoreNotEmpty(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOTEMPTY" && error.code !== "ENOENT") throw error;
}
