import { readFile, rename, writeFile } from "node:fs/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import type { MachineTable } from "../cluster/simulated-nodes.ts";
import type { Image } from "../node/runtime/runtime.ts";
import type { StoreSnapshot } from "../storage/memory/snapshot.ts";
import type { ClusterKeys } from "./cluster-keys.ts";
import type { PendingEviction } from "./pod-evictions.ts";
import type { PodStage } from "./pod-stage.ts";
import type { LoggedRequest } from "./request-log.ts";
import type { Selection } from "./start-options.ts";

const format = 3;

/** A whole cluster at one moment, as it lies in a file: gzipped JSON. */
export interface ClusterFile {
  /** Milliseconds since the epoch, of the cluster's time. */
  now: number;
  virtual: boolean;
  /** The state of the random source. */
  random: number;
  selection: Selection;
  nodes: number;
  stages: readonly PodStage[];
  pullFailures: readonly [string, number][];
  evictions: readonly [string, PendingEviction][];
  tables: readonly [string, MachineTable & { images: readonly Image[] }][];
  disableAdmissionPlugins: readonly string[];
  keys: ClusterKeys;
  requests: readonly LoggedRequest[];
  store: StoreSnapshot;
}

/** The file has the cluster's keys: only its owner may read it. */
export async function writeClusterFile(path: string, file: ClusterFile): Promise<void> {
  const { stages, tables, ...plain } = file;
  const text = JSON.stringify({ kybern: "cluster", format, ...plain, scripted: JSON.stringify({ stages, tables }, unlikeJson) });
  await writeFile(`${path}.new`, gzipSync(text, { level: 1 }), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Rejects with an error that says what the file is instead. */
export async function readClusterFile(path: string): Promise<ClusterFile> {
  const bytes = await readFile(path);
  let file: Omit<ClusterFile, keyof Scripted> & { kybern?: string; format?: number; scripted: string };
  try {
    file = JSON.parse(gunzipSync(bytes).toString());
  } catch (error) {
    throw new Error(`${path} is no saved cluster`, { cause: error });
  }
  if (file.kybern !== "cluster") throw new Error(`${path} is no saved cluster`);
  if (file.format !== format) throw new Error(`${path} has format ${file.format}; this version reads format ${format}`);
  return { ...file, ...(JSON.parse(file.scripted, asBefore) as Scripted) };
}

/** What a test wrote, and what came of it: regular expressions and endless times are no JSON. */
type Scripted = Pick<ClusterFile, "stages" | "tables">;

function unlikeJson(_key: string, value: unknown): unknown {
  if (isRegExp(value)) return { $regexp: [value.source, value.flags] };
  return value === Number.POSITIVE_INFINITY ? { $number: "Infinity" } : value;
}

function asBefore(_key: string, value: { $regexp?: [string, string]; $number?: string } | null): unknown {
  if (value?.$regexp) return new RegExp(...value.$regexp);
  return value?.$number === undefined ? value : Number(value.$number);
}

function isRegExp(value: unknown): value is RegExp {
  return Object.prototype.toString.call(value) === "[object RegExp]";
}
