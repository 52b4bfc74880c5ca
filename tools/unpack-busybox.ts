/** Puts Debian's static busybox into `build/busybox/`, where `findBusybox` looks: the tests run it in containers. Nothing is installed. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unpackedBusybox } from "../src/node/runtime/testing/busybox.ts";
import { resolvePackages, unpackPackages } from "./images/debian-packages.ts";

const build = join(import.meta.dirname, "..", "build");
if (!existsSync(unpackedBusybox)) {
  mkdirSync(build, { recursive: true });
  const scratch = mkdtempSync(join(build, ".busybox-"));
  try {
    unpackPackages(resolvePackages(["busybox-static"]), join(scratch, "packages"), join(scratch, "root"));
    rmSync(join(build, "busybox"), { recursive: true, force: true });
    renameSync(join(scratch, "root"), join(build, "busybox"));
  } catch (error) {
    process.stderr.write(`${(error as Error).message.trim()}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
