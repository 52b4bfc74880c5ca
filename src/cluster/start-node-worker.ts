import { Worker } from "node:worker_threads";
import type { Logger } from "../machinery/logger.ts";
import type { LogLevel } from "./logger.ts";
import type { NodeCertificates, NodeSide, NodeSideOptions } from "./node-side.ts";

/** What the worker is given. */
export interface NodeWorkerData {
  options: NodeSideOptions;
  log: { level: LogLevel; file?: string };
}

/** What the worker says. */
export type NodeWorkerMessage = { type: "started" } | { type: "ready" } | { type: "failed"; message: string } | { type: "stopped" };
/** What the worker is told. */
export type NodeWorkerCommand = { type: "stop"; pods: boolean; graceSeconds: number } | { type: "renew"; certificates: NodeCertificates };

/**
 * Runs the node's side in a thread of its own: the API server's thread may be held up for a moment without a probe failing or
 * a name not being answered. Resolves when it has started.
 */
export async function startNodeWorker(data: NodeWorkerData, logger: Logger, onFailure: (message: string) => void): Promise<NodeSide> {
  const file = import.meta.url.endsWith(".ts") ? "./node-worker.ts" : "./node-worker.js";
  const worker = new Worker(new URL(file, import.meta.url), {
    workerData: data,
    // Sockets over pipes to processes close their files themselves: the thread's own record of them would be wrong.
    trackUnmanagedFds: false,
    // Smaller than the default: this thread's heap is part of the machine's cost of a quiet cluster.
    resourceLimits: { maxYoungGenerationSizeMb: 16 },
  });
  let stopped = false;
  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  const waiting = new Map<NodeWorkerMessage["type"], () => void>();
  const next = (type: NodeWorkerMessage["type"]) => new Promise<void>((resolve) => waiting.set(type, resolve));
  const started = next("started");
  const ready = next("ready");
  let fail: (error: Error) => void = () => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  const onTrouble = (message: string) => {
    if (stopped) return;
    logger.error("the node's thread has failed", { reason: message });
    fail(new Error(message));
    onFailure(message);
  };
  worker.on("message", (message: NodeWorkerMessage) => {
    if (message.type === "failed") onTrouble(message.message);
    else waiting.get(message.type)?.();
  });
  worker.on("error", (error) => onTrouble(error instanceof Error ? (error.stack ?? error.message) : String(error)));
  worker.on("exit", () => onTrouble("the node's thread has ended by itself"));
  await Promise.race([started, failed]);
  const readyOrFailed = Promise.race([ready, failed]);
  readyOrFailed.catch(() => {});
  return {
    ready: readyOrFailed,
    renew(certificates) {
      worker.postMessage({ type: "renew", certificates } satisfies NodeWorkerCommand);
    },
    async stop({ pods, graceSeconds }) {
      stopped = true;
      worker.postMessage({ type: "stop", pods, graceSeconds } satisfies NodeWorkerCommand);
      await exited;
    },
  };
}
