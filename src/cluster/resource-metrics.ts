import type { NodeProxy } from "../apiserver/options.ts";
import type { ApiResponse } from "../apiserver/request.ts";
import type { NodeMetrics, PodMetrics, ResourceMetricsSource, ResourceUsage } from "../apiserver/resource-metrics.ts";
import { type Clock, formatTime, pause } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import { type Counter, type NodeSample, parseResourceMetrics } from "./resource-metrics-text.ts";

export interface ResourceMetricsDeps {
  clock: Clock;
  logger: Logger;
  nodeProxy: NodeProxy;
  /** The nodes there are, with their labels. */
  nodes(): readonly MetricsSubject[];
  /** The pods there are, with their labels. */
  pods(): readonly MetricsSubject[];
  signal: AbortSignal;
}

export interface MetricsSubject {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
}

const periodMilliseconds = 15_000;
/** Nobody has asked for so long: measuring ends. */
const idleMilliseconds = 60_000;
/** Between the two measurements of a first answer. */
const firstWindowMilliseconds = 2000;
/** A shorter time says nothing about a rate. */
const leastWindowMilliseconds = 500;
const timeoutMilliseconds = 10_000;

/** The two measurements of a node that its rates come from. */
interface Pair {
  before: NodeSample;
  after: NodeSample;
}

/**
 * What nodes and pods use, asked from the node agents: every 15 seconds for as long as somebody wants to know, and not at all
 * otherwise. The first question waits for two measurements, since a rate needs both.
 */
export class ResourceMetrics implements ResourceMetricsSource {
  readonly #deps: ResourceMetricsDeps;
  readonly #last = new Map<string, NodeSample>();
  readonly #pairs = new Map<string, Pair>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #measuring: Promise<void> | undefined;
  #ready: Promise<void> | undefined;

  constructor(deps: ResourceMetricsDeps) {
    this.#deps = deps;
  }

  async nodes(): Promise<NodeMetrics[]> {
    await this.#measured();
    const metrics: NodeMetrics[] = [];
    for (const subject of this.#deps.nodes()) {
      const pair = this.#pairs.get(subject.name);
      const usage = pair && usageOf(pair.before.node, pair.after.node, pair);
      if (usage) metrics.push({ ...headOf(subject, usage), usage: usage.usage });
    }
    return metrics;
  }

  async pods(namespace?: string): Promise<PodMetrics[]> {
    await this.#measured();
    const subjects = new Map<string, MetricsSubject>();
    for (const pod of this.#deps.pods()) {
      if (namespace === undefined || pod.namespace === namespace) subjects.set(`${pod.namespace}/${pod.name}`, pod);
    }
    const metrics: PodMetrics[] = [];
    for (const pair of this.#pairs.values()) {
      for (const [key, containers] of pair.after.pods) {
        const subject = subjects.get(key);
        if (!subject) continue;
        const usages: { name: string; usage: Usage }[] = [];
        for (const [name, after] of containers) {
          const usage = usageOf(pair.before.pods.get(key)?.get(name), after, pair);
          if (usage) usages.push({ name, usage });
        }
        const [first] = usages;
        // A pod is told of when all its containers are: part of it would look like all of it.
        if (!first || usages.length < containers.size) continue;
        metrics.push({ ...headOf(subject, first.usage), containers: usages.map(({ name, usage }) => ({ name, usage: usage.usage })) });
      }
    }
    return metrics.sort((a, b) => compare(a.metadata.namespace, b.metadata.namespace) || compare(a.metadata.name, b.metadata.name));
  }

  /** Resolves when there is something to answer from, and keeps measuring for a while. */
  async #measured(): Promise<void> {
    this.#askedAt = this.#deps.clock.now();
    if (!this.#measuring) {
      this.#last.clear();
      this.#pairs.clear();
      this.#ready = this.#measureTwice();
      const ready = this.#ready;
      this.#measuring = this.#keepMeasuring(ready).finally(() => {
        this.#measuring = undefined;
      });
    }
    await this.#ready;
  }

  async #measureTwice(): Promise<void> {
    const { clock, signal } = this.#deps;
    await this.#measure();
    await pause(clock, firstWindowMilliseconds, signal);
    await this.#measure();
  }

  async #keepMeasuring(ready: Promise<void>): Promise<void> {
    const { clock, signal } = this.#deps;
    await ready;
    for (;;) {
      await pause(clock, periodMilliseconds, signal);
      if (signal.aborted || clock.now() - this.#askedAt > idleMilliseconds) return;
      await this.#measure();
    }
  }

  /** One look at every node. A node that doesn't answer is left out, with its older figures. */
  async #measure(): Promise<void> {
    const names = new Set(this.#deps.nodes().map(({ name }) => name));
    for (const known of this.#last.keys()) {
      if (names.has(known)) continue;
      this.#last.delete(known);
      this.#pairs.delete(known);
    }
    await Promise.all([...names].map((name) => this.#measureNode(name)));
  }

  async #measureNode(name: string): Promise<void> {
    const { clock, logger, nodeProxy, signal } = this.#deps;
    const limit = new AbortController();
    const timer = clock.setTimeout(() => limit.abort(new Error("timed out")), timeoutMilliseconds);
    try {
      const response = await nodeProxy.forward(name, "/metrics/resource", {
        method: "GET",
        path: "/metrics/resource",
        query: new URLSearchParams(),
        headers: { accept: "text/plain" },
        signal: AbortSignal.any([signal, limit.signal]),
      });
      if (response.status !== 200) throw new Error(`status ${response.status}`);
      const after = parseResourceMetrics(await textOf(response), clock.now());
      const before = this.#last.get(name);
      if (before && after.at - before.at < leastWindowMilliseconds) return;
      this.#last.set(name, after);
      if (before) this.#pairs.set(name, { before, after });
    } catch (error) {
      this.#last.delete(name);
      this.#pairs.delete(name);
      if (!signal.aborted)
        logger.warn("a node's metrics could not be read", { node: name, error: error instanceof Error ? error.message : String(error) });
    } finally {
      timer.cancel();
    }
  }
}

interface Usage {
  usage: ResourceUsage;
  endsAt: number;
  windowMilliseconds: number;
}

/** The rate between two readings of a counter; of one that began anew meanwhile, since it began. */
function usageOf(before: Counter | undefined, after: Counter, pair: Pair): Usage | undefined {
  if (after.cpuSeconds === undefined || after.memoryBytes === undefined) return undefined;
  const endsAt = after.at ?? pair.after.at;
  const restarted =
    !before || before.cpuSeconds === undefined || before.cpuSeconds > after.cpuSeconds || before.startedAt !== after.startedAt;
  const startsAt = restarted ? after.startedAt : (before.at ?? pair.before.at);
  if (startsAt === undefined || endsAt - startsAt < leastWindowMilliseconds) return undefined;
  const cpuSeconds = after.cpuSeconds - (restarted ? 0 : (before.cpuSeconds as number));
  const windowMilliseconds = endsAt - startsAt;
  return {
    usage: { cpu: `${Math.round((cpuSeconds / windowMilliseconds) * 1e12)}n`, memory: `${Math.floor(after.memoryBytes / 1024)}Ki` },
    endsAt,
    windowMilliseconds,
  };
}

function headOf({ name, namespace, labels }: MetricsSubject, { endsAt, windowMilliseconds }: Usage) {
  const timestamp = formatTime(endsAt);
  return {
    metadata: { name, ...(namespace ? { namespace } : {}), creationTimestamp: timestamp, ...(labels ? { labels } : {}) },
    timestamp,
    window: durationText(windowMilliseconds),
  };
}

/** As Go writes a duration: `15.02s`, `1m0.5s`, `2h0m1s`. */
function durationText(milliseconds: number): string {
  const rounded = Math.round(milliseconds);
  const minutes = Math.floor(rounded / 60_000);
  const seconds = `${(rounded - minutes * 60_000) / 1000}s`;
  if (minutes === 0) return seconds;
  const hours = Math.floor(minutes / 60);
  return hours === 0 ? `${minutes}m${seconds}` : `${hours}h${minutes % 60}m${seconds}`;
}

function compare(a = "", b = ""): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function textOf({ body }: ApiResponse): Promise<string> {
  const decoder = new TextDecoder();
  if (body.form === "bytes") return decoder.decode(body.bytes);
  if (body.form === "chunks") return body.chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
  if (body.form !== "source") throw new Error(`an answer in the form ${body.form}`);
  let text = "";
  for await (const chunk of body.source) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}
