import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Endpoint } from "./api-client.ts";
import type { Load, LoadResult } from "./load.ts";
import { figuresOf } from "./process-figures.ts";
import type { Contender, Server } from "./servers.ts";

/** One figure of one contender. */
export interface Figure {
  value: number;
  unit: string;
  /** More to know about it. */
  detail?: Record<string, unknown>;
}

export type Figures = Map<string, Figure>;

/** A group of measures that share a run of the server. */
export interface Scenario {
  /** What it measures, as the command line takes it. */
  readonly measures: readonly string[];
  /** kybern alone: there is no such part among the peer's binaries. */
  readonly alone?: true;
  run(contender: Contender, directory: string, wanted: ReadonlySet<string>): Promise<Figures>;
}

/** How many pods the loads are about. */
export const pods = 5000;

const runProgram = promisify(execFile);

/** Runs the load generator. */
export async function drive(endpoint: Endpoint, load: Omit<Load, "endpoint" | "pods">): Promise<LoadResult> {
  const program = join(import.meta.dirname, "load.ts");
  const given: Load = { endpoint, pods, ...load };
  // The error's own message would repeat the whole command line, key and all.
  const complain = ({ stderr, message }: { stderr?: string; message: string }) => {
    throw new Error(`the load generator failed at ${load.action}: ${stderr || message.slice(0, 200)}`);
  };
  const { stdout } = await runProgram(process.execPath, [program, JSON.stringify(given)], {
    maxBuffer: 1024 * 1024,
    timeout: 300_000,
  }).catch(complain);
  return JSON.parse(stdout) as LoadResult;
}

/** The namespace of the loads, and what pods need in it. */
export async function prepare(endpoint: Endpoint): Promise<void> {
  await drive(endpoint, { action: "prepare", count: 0, connections: 1, inFlight: 1 });
}

export function memoryByProcess(server: Server): Record<string, number> {
  return Object.fromEntries([...server.processes].map(([name, pid]) => [name, Math.round(figuresOf([pid]).residentMegabytes)]));
}

/** Three significant digits. */
export function round(value: number): number {
  return Number(value.toPrecision(value >= 1000 ? 4 : 3));
}
