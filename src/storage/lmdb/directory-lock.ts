import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Who holds a directory. The start time tells a process from a later one that was given the same pid. */
interface Holder {
  pid: number;
  started: string;
}

/** A directory that this process holds, until `release`. */
export interface DirectoryLock {
  release(): void;
}

/** Takes a directory for this process alone. Throws, naming the pid, when a living process has it; takes it over from a dead one. */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, "lock");
  const self: Holder = { pid: process.pid, started: startOf(process.pid) ?? "" };
  // Written beside and linked: a lock that is seen is complete.
  const own = `${path}.${self.pid}`;
  writeFileSync(own, `${JSON.stringify(self)}\n`);
  try {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        linkSync(own, path);
        return { release: () => unlinkSync(path) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const text = readIfThere(path);
      if (text === undefined) continue;
      const holder = parse(text);
      if (holder !== undefined && startOf(holder.pid) === holder.started) {
        const who = holder.pid === self.pid ? `this process (pid ${holder.pid})` : `another process (pid ${holder.pid})`;
        throw new Error(`the data directory ${directory} is in use by ${who}`);
      }
      takeAside(path, text, self.pid);
    }
    throw new Error(`the data directory ${directory} can't be locked: others take and release it all the time`);
  } finally {
    unlinkSync(own);
  }
}

/** Removes a dead holder's lock. Should another process have replaced it meanwhile, that one is put back. */
function takeAside(path: string, text: string, pid: number): void {
  const aside = `${path}.stale.${pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  try {
    if (readFileSync(aside, "utf8") !== text) linkSync(aside, path);
  } finally {
    unlinkSync(aside);
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function parse(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isInteger(holder.pid) ? holder : undefined;
  } catch {
    // Not a lock of ours, or cut short by a crash: nobody holds it.
    return undefined;
  }
}

/** When the process started, as its boot's id and ticks; undefined when there is no such process. */
function startOf(pid: number): string | undefined {
  if (process.platform !== "linux") return isAlive(pid) ? "unknown" : undefined;
  const stat = readIfThere(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name, in parentheses, may have spaces; the start time is the 20th field after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (fields[0] === "Z" || fields[0] === "X") return undefined;
  return `${readIfThere("/proc/sys/kernel/random/boot_id")?.trim() ?? ""} ${fields[19]}`;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
