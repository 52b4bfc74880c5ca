import { readHead, withKey } from "./record.ts";
import type { Tables } from "./tables.ts";

const definitions = "/registry/apiextensions.k8s.io/customresourcedefinitions/";
/** Sorts after all that begins with a key and a slash. */
const afterSlash = "0";

/**
 * In format 1 custom objects were kept under `/registry/PLURAL.GROUP/`; now they are where upstream has them, under
 * `/registry/GROUP/PLURAL/`. Moves those of each definition, and what the log has of them. Runs within a transaction.
 */
export function moveCustomObjects({ index, log }: Tables): void {
  const moves = new Map<string, string>();
  for (const key of index.getKeys({ start: definitions, end: definitions.slice(0, -1) + afterSlash })) {
    const name = key.slice(definitions.length);
    const dot = name.indexOf(".");
    moves.set(`/registry/${name}/`, `/registry/${name.slice(dot + 1)}/${name.slice(0, dot)}/`);
  }
  for (const [from, to] of moves) {
    for (const { key, value } of [...index.getRange({ start: from, end: from.slice(0, -1) + afterSlash })]) {
      index.putSync(to + key.slice(from.length), value);
      index.removeSync(key);
    }
  }
  if (moves.size === 0) return;
  for (const revision of [...log.getKeys()]) {
    const record = log.get(revision) as Uint8Array;
    const { key } = readHead(record);
    const from = key.slice(0, key.indexOf("/", "/registry/".length) + 1);
    const to = moves.get(from);
    if (to !== undefined) log.putSync(revision, withKey(record, to + key.slice(from.length)));
  }
}
