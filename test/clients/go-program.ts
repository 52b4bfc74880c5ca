import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { whyNoBinaries } from "./binaries.ts";

/** A Go program of this directory, built in a directory of its own. */
export interface GoProgram {
  directory: string;
  /** The built program; there is none when `why` says why. Modules come from Go's cache, or from its proxy. */
  path: string;
  why: string | undefined;
  remove(): void;
}

export function buildGoProgram(name: string): GoProgram {
  const directory = mkdtempSync(join(tmpdir(), "kybern-go-"));
  return {
    directory,
    path: join(directory, "program"),
    why: build(name, directory),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function build(name: string, directory: string): string | undefined {
  const why = whyNoBinaries();
  if (why) return why;
  if (spawnSync("go", ["version"]).status !== 0) return "Go is not installed";
  cpSync(join(import.meta.dirname, name), directory, { recursive: true });
  const { status, stderr } = spawnSync("go", ["build", "-o", "program", "."], { cwd: directory, timeout: 600_000 });
  return status === 0 ? undefined : `go build failed: ${stderr.toString().trim().split("\n").at(-1)}`;
}
