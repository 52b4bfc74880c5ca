import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { moveCustomObjects } from "./custom-keys.ts";
import type { Tables } from "./tables.ts";

/** What LMDB calls its file. */
export const dataFile = "data.mdb";

/** Raised with every change to what is on disk; an older program refuses a newer format, a newer one brings older data up to it. */
export const formatVersion = 2;

/** Makes the directory where it isn't there. `sync` puts it on disk: a file survives a power cut only with the way to it. */
export function makeDirectory(directory: string): { sync(): void } {
  const firstMade = mkdirSync(directory, { recursive: true, mode: 0o700 });
  return { sync: () => syncDirectories(directory, firstMade) };
}

/**
 * How many ranges of free pages are kept in a sorted list, into which each page that is given up is put: a long list makes writes slow.
 * lmdb-js takes these and doesn't declare them.
 */
const freePages: object = { maxFreeSpaceToLoad: 4000, maxFreeSpaceToRetain: 6000 };

/** Opens the data file in `directory`, making it when it isn't there. */
export async function openTables(directory: string): Promise<Tables> {
  const { open } = await import("lmdb");
  const root = open({
    path: directory,
    // Durable means on disk when the write's promise resolves. Overlapping sync resolves earlier, and after a crash without a
    // reboot it takes the newest transaction for whole, which a failed disk can't promise.
    overlappingSync: false,
    // Address space only; the file grows with its content, and the map with the file.
    mapSize: 1024 * 1024 * 1024,
    maxDbs: 4,
    // Most objects fit into one page, which any page that has been given up can take: where they need two, free pages end up as
    // single ones between others.
    pageSize: 8192,
    ...freePages,
    encoding: "binary",
    // Each batch is one block of writes already.
    eventTurnBatching: false,
  });
  try {
    const tables: Tables = {
      root,
      index: root.openDB<Uint8Array, string>("index", { encoding: "binary" }),
      log: root.openDB<Uint8Array, number>("log", { encoding: "binary" }),
      meta: root.openDB<number, string>("meta", { encoding: "json" }),
    };
    await checkFormat(tables, directory);
    return tables;
  } catch (error) {
    await root.close();
    throw error;
  }
}

async function checkFormat(tables: Tables, directory: string): Promise<void> {
  const format = tables.meta.get("format");
  if (format === formatVersion) return;
  if (format === 1) {
    tables.root.transactionSync(() => {
      moveCustomObjects(tables);
      tables.meta.putSync("format", formatVersion);
    });
    return;
  }
  if (format === undefined && tables.log.getKeysCount({ limit: 1 }) === 0) {
    await tables.meta.put("format", formatVersion);
    return;
  }
  throw new Error(
    `the data in ${directory} has format ${format}, and this version of kybern knows formats up to ${formatVersion}: ` +
      "use the version that wrote it, or another data directory",
  );
}

function syncDirectories(directory: string, firstMade: string | undefined): void {
  let path = resolve(directory);
  const end = firstMade === undefined ? path : dirname(resolve(firstMade));
  for (;;) {
    const descriptor = openSync(path, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (path === end || path === dirname(path)) return;
    path = dirname(path);
  }
}
