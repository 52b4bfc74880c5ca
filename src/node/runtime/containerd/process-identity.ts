import { readFile } from "node:fs/promises";

/** A process as a file remembers it: the start time tells it from a later process with the same pid, and from another boot's. */
export interface ProcessIdentity {
  pid: number;
  /** In the kernel's ticks since the boot. */
  startTicks: string;
  bootId: string;
}

/** The identity of a running process; undefined when there is none, or only its remains. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const [stat, bootId] = await Promise.all([readFile(`/proc/${pid}/stat`, "utf8"), readFile("/proc/sys/kernel/random/boot_id", "utf8")]);
    // The second field is the program's name in parentheses, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    return { pid, startTicks: fields[19] ?? "", bootId: bootId.trim() };
  } catch {
    return process.platform === "linux" ? undefined : withoutProc(pid);
  }
}

/** Where there is no /proc a process is known by its pid alone. */
function withoutProc(pid: number): ProcessIdentity | undefined {
  try {
    process.kill(pid, 0);
    return { pid, startTicks: "", bootId: "" };
  } catch {
    return undefined;
  }
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now !== undefined && now.startTicks === identity.startTicks && now.bootId === identity.bootId;
}
