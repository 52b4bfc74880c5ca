import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./cluster.ts";

/** Why there is no Node 22 here to run anything on. */
export function whyNoNode22(): string | undefined {
  if (process.env.KYBERN_NODE22 !== undefined || process.platform === "linux") return undefined;
  return `npm has no Node 22 for ${process.platform} that is known here: name one in KYBERN_NODE22`;
}

/**
 * The oldest Node that the package is for: the one that `tools/node22` names, installed into `build/` by npm when it isn't there yet,
 * or wherever `KYBERN_NODE22` says that it is.
 */
export function node22(): string {
  if (process.env.KYBERN_NODE22 !== undefined) return process.env.KYBERN_NODE22;
  const [from, to] = [join(root, "tools", "node22"), join(root, "build", "node22")];
  const name = `node-linux-${process.arch}`;
  const node = join(to, "node_modules", name, "bin", "node");
  if (existsSync(node) && versionOf(join(to, "node_modules", name)) === lockedVersion(from, name)) return node;
  mkdirSync(to, { recursive: true });
  for (const file of ["package.json", "package-lock.json"]) copyFileSync(join(from, file), join(to, file));
  execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], { cwd: to, stdio: "pipe" });
  return node;
}

function versionOf(directory: string): string {
  return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")).version;
}

function lockedVersion(directory: string, name: string): string {
  return JSON.parse(readFileSync(join(directory, "package-lock.json"), "utf8")).packages[`node_modules/${name}`].version;
}
