import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Base } from "./bases.ts";

const file = join(import.meta.dirname, "grown-bases.json");

/** Objects with as many fields as kube-apiserver takes, as `npm run parity -- --grow` found them. */
export function grownBases(): Base[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}

/** One object a line. */
export function writeGrownBases(bases: readonly Base[]): void {
  writeFileSync(file, `[\n${bases.map((base) => JSON.stringify(base)).join(",\n")}\n]\n`);
}
