import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Where `tools/unpack-busybox.ts` puts it. */
export const unpackedBusybox = join(import.meta.dirname, "..", "..", "..", "..", "build", "busybox", "bin", "busybox");

/** A busybox that runs here; undefined where there is none. */
export function findBusybox(): string | undefined {
  const runs = (file: string) => existsSync(file) && spawnSync(file, ["sh", "-c", "exit 3"]).status === 3;
  return [unpackedBusybox, "/usr/bin/busybox", "/bin/busybox"].find(runs);
}
