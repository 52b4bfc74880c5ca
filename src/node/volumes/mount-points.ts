import { readFile, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type CommandRunner, runCommand } from "../network/command.ts";

export interface TmpfsOptions {
  sizeBytes?: number;
}

/** The mount points of this machine, as the kernel tells them: they outlive the agent. */
export class MountPoints {
  readonly #run: CommandRunner;
  readonly #readTable: () => Promise<string>;

  constructor(run: CommandRunner = runCommand, readTable = () => readFile("/proc/self/mountinfo", "utf8")) {
    this.#run = run;
    this.#readTable = readTable;
  }

  async isMountPoint(directory: string): Promise<boolean> {
    const path = await resolved(directory);
    return parseMountPoints(await this.#readTable()).includes(path);
  }

  /** The directory and all mount points below it, innermost first; one mounted over another counts twice. */
  async within(directory: string): Promise<string[]> {
    const path = await resolved(directory);
    return parseMountPoints(await this.#readTable())
      .filter((point) => point === path || point.startsWith(`${path}/`))
      .reverse()
      .sort((a, b) => b.split("/").length - a.split("/").length);
  }

  /** Makes a file system in memory. Its contents stay out of swap space where the kernel can promise that. */
  async mountTmpfs(directory: string, { sizeBytes }: TmpfsOptions = {}): Promise<void> {
    const options = sizeBytes === undefined ? [] : [`size=${sizeBytes}`];
    if (await hasSwap()) {
      try {
        await this.#mount(directory, ["noswap", ...options]);
        return;
      } catch {
        // Kernels before 6.3 don't know the option; any other reason shows itself again below.
      }
    }
    await this.#mount(directory, options);
  }

  async unmount(directory: string): Promise<void> {
    await this.#run(["umount", directory]);
  }

  async #mount(directory: string, options: readonly string[]): Promise<void> {
    await this.#run(["mount", "-t", "tmpfs", ...(options.length > 0 ? ["-o", options.join(",")] : []), "tmpfs", directory]);
  }
}

/** The mount points of a mountinfo table, in its order: what was mounted later comes later. */
function parseMountPoints(table: string): string[] {
  return table
    .split("\n")
    .map((line) => line.split(" ")[4])
    .filter((point) => point !== undefined)
    .map((point) => point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))));
}

/** The kernel tells mount points without links on the way. The directory itself need not exist. */
async function resolved(directory: string): Promise<string> {
  try {
    return await realpath(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(directory) === directory) throw error;
    return join(await resolved(dirname(directory)), basename(directory));
  }
}

async function hasSwap(): Promise<boolean> {
  const swaps = await readFile("/proc/swaps", "utf8").catch(() => "");
  return swaps.trim().split("\n").length > 1;
}
