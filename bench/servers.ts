import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Endpoint } from "./api-client.ts";
import { Http2Client } from "./http2-client.ts";

/**
 * Which parts run: the API server with its store alone, with the scheduler, with all that a cluster without nodes has, or (kybern
 * only) with this machine as its node.
 */
export type Parts = "apiserver" | "scheduler" | "all" | "node";

/** A server under test. */
export interface Server {
  readonly endpoint: Endpoint;
  /** From the start of the API server's process to the first answered request. */
  readonly readyMilliseconds: number;
  /** Its processes by name. */
  readonly processes: ReadonlyMap<string, number>;
  /** How long the server's thread was held at a time, at most, since this was asked before: kybern only. */
  longestBlockMilliseconds?(): Promise<number>;
  stop(): Promise<void>;
}

/** Something that serves the Kubernetes API, over data of its own that outlive a stop. */
export interface Contender {
  readonly name: string;
  start(directory: string, parts: Parts): Promise<Server>;
  /** Takes away what a server leaves outside its directory. */
  remove?(directory: string): Promise<void>;
}

/** The processes of one server, each with its log in the directory. */
export class Processes {
  readonly #children = new Map<string, ChildProcess>();
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  spawn(name: string, command: string, args: readonly string[], env?: Record<string, string>): ChildProcess {
    const log = openSync(join(this.#directory, `${name}.log`), "a");
    const child = spawn(command, args, { stdio: ["ignore", log, log], env: { ...process.env, ...env } });
    this.#children.set(name, child);
    return child;
  }

  get pids(): Map<string, number> {
    return new Map([...this.#children].map(([name, child]) => [name, child.pid as number]));
  }

  /** Ends the processes one after another, the last one started first. */
  async stop(): Promise<void> {
    for (const child of [...this.#children.values()].reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await exited;
      clearTimeout(timer);
    }
  }

  failure(name: string): Error | undefined {
    const child = this.#children.get(name);
    if (child?.exitCode === null && child.signalCode === null) return undefined;
    return new Error(`${name} ended:\n${readFileSync(join(this.#directory, `${name}.log`), "utf8").slice(-2000)}`);
  }
}

/** Waits for a request that finds the API; each try is a new connection. */
export async function untilReady(processes: Processes, name: string, endpoint: () => Endpoint): Promise<number> {
  const begun = performance.now();
  while (performance.now() - begun < 60_000) {
    const failure = processes.failure(name);
    if (failure) throw failure;
    try {
      const client = await Http2Client.connect(endpoint());
      const { status } = await client.request("GET", "/api/v1/namespaces/default");
      client.close();
      if (status === 200) return performance.now() - begun;
    } catch {
      // not there yet
    }
    await sleep(5);
  }
  throw new Error(`${name} did not become ready`);
}
