import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type CommandResult, root } from "../harness/cluster.ts";

/** Where `build.ts` puts what it builds. */
export const built = join(root, "build", "clients");

/** A client's program: from the directory that KYBERN_CLIENTS names, from PATH, or as built; undefined when it is nowhere. */
export function binary(name: string): string | undefined {
  const directories = [process.env.KYBERN_CLIENTS ?? "", ...(process.env.PATH ?? "").split(delimiter), built];
  return directories
    .filter((directory) => directory !== "")
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path) && isWanted(name, path));
}

/** The minor version that a program must have: a machine's own kubectl is of any. */
const minors: Readonly<Record<string, string>> = { kubectl: "36", "kubectl-1.32": "32" };

function isWanted(name: string, path: string): boolean {
  const minor = minors[name];
  if (minor === undefined) return true;
  const { stdout } = spawnSync(path, ["version", "--client", "-o", "json"], { encoding: "utf8" });
  return stdout?.includes(`"minor": "${minor}"`) ?? false;
}

/** Why tests with these programs can't run; undefined when they can. */
export function whyNoBinaries(...names: string[]): string | undefined {
  if (!existsSync(join(root, "dist", "main.js"))) return "dist/ is not built: run npm run build";
  const missing = names.filter((name) => !binary(name));
  if (missing.length === 0) return undefined;
  return `there is no ${missing.join(", no ")}: npm run test:clients builds what is missing`;
}

/** The path of a program that is there. */
export function found(name: string): string {
  const path = binary(name);
  if (!path) throw new Error(`there is no ${name}`);
  return path;
}

/** Runs a client with nothing of this process's environment but what it needs. */
export function run(program: string, words: readonly string[], environment: Record<string, string>, input = ""): CommandResult {
  const env = { PATH: process.env.PATH, TZ: "UTC", ...environment };
  const { status, stdout, stderr, error } = spawnSync(program, words, { env, input, maxBuffer: 64 * 1024 * 1024 });
  if (error) throw error;
  return { stdout: stdout.toString(), stderr: stderr.toString(), code: status ?? -1 };
}
