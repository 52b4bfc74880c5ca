import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Base } from "./bases.ts";

/** One object a line. */
const file = join(import.meta.dirname, "grown-bases.jsonl");

/** Objects with as many fields as kube-apiserver takes, as `npm run parity -- --grow` found them. */
export function grownBases(): Base[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Base);
}

export function writeGrownBases(bases: readonly Base[]): void {
  writeFileSync(file, bases.map((base) => `${JSON.stringify(base)}\n`).join(""));
}
