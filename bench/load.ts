/** The load generator: a process of its own. `node bench/load.ts JSON`, where the JSON is a `Load`; prints one JSON line. */

import { setTimeout as sleep } from "node:timers/promises";
import type { ApiClient, Endpoint } from "./api-client.ts";
import { benchNamespace, benchPod, podName } from "./bench-pod.ts";
import { customName, customObject, customPath, definition } from "./custom-kind.ts";
import { Http1Client } from "./http1-client.ts";
import { Http2Client } from "./http2-client.ts";
import { figuresOf } from "./process-figures.ts";
import { admitNode, benchNode, type PodFormName, podForms } from "./scheduling-pods.ts";

export interface Load {
  endpoint: Endpoint;
  action:
    | "prepare"
    | "create"
    | "get"
    | "list"
    | "list-gzip"
    | "list-label"
    | "patch"
    | "delete"
    | "watch"
    | "define"
    | "create-custom"
    | "get-custom"
    | "patch-custom"
    | "nodes"
    | "admit-nodes"
    | "pods";
  /** Requests to send, or for a watch: events to cause. */
  count: number;
  /** Pods that there are. */
  pods: number;
  connections: number;
  inFlight: number;
  /** Of the server, to tell what they use while the clock runs. */
  processes?: readonly number[];
  watchers?: number;
  /** HTTP/2 unless told. */
  protocol?: "http1";
  /** What the names of created and deleted pods begin with, where not as all others'. */
  owner?: string;
  /** What pods to make for the scheduler. */
  form?: PodFormName;
}

export interface LoadResult {
  seconds: number;
  operations: number;
  bytes: number;
  medianMilliseconds: number;
  p99Milliseconds: number;
  /** Processor time while the clock ran: of the server, and of the load generator itself. */
  serverCpuSeconds: number;
  clientCpuSeconds: number;
}

const base = `/api/v1/namespaces/${benchNamespace}/pods`;

async function connect({ endpoint, protocol }: Load): Promise<ApiClient> {
  return protocol === "http1" ? new Http1Client(endpoint) : Http2Client.connect(endpoint);
}

async function perform(load: Load): Promise<LoadResult> {
  const clients = await Promise.all(Array.from({ length: load.connections }, () => connect(load)));
  try {
    if (load.action === "prepare") await prepare(clients[0] as ApiClient);
    if (load.action === "define") await define(clients[0] as ApiClient);
    if (load.count > 0) await warmUp(load, clients);
    if (load.action === "watch") return await fanOut(load, clients);
    return await requests(load, clients, operationOf(load));
  } finally {
    for (const client of clients) client.close();
  }
}

/** Connections are there before the clock starts, and this process has run what it runs. */
async function warmUp(load: Load, clients: readonly ApiClient[]): Promise<void> {
  await requests({ ...load, count: 2000 }, clients, async (client) => (await client.expect("GET", "/version")).length);
}

/** The namespace and what pods need in it. */
async function prepare(client: ApiClient): Promise<void> {
  const namespace = { kind: "Namespace", apiVersion: "v1", metadata: { name: benchNamespace } };
  await client.expect("POST", "/api/v1/namespaces", { body: JSON.stringify(namespace) });
  const account = { kind: "ServiceAccount", apiVersion: "v1", metadata: { name: "default" } };
  const made = await client.request("POST", `/api/v1/namespaces/${benchNamespace}/serviceaccounts`, { body: JSON.stringify(account) });
  // Where controllers run they may have been faster.
  if (made.status !== 201 && made.status !== 409) throw new Error(`the service account was not made: ${made.status}`);
}

/** The custom kind, once it is served. */
async function define(client: ApiClient): Promise<void> {
  await client.expect("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", { body: JSON.stringify(definition) });
  for (let tries = 0; tries < 600; tries++) {
    if ((await client.request("POST", `${customPath}?dryRun=All`, { body: customObject(0) })).status === 201) return;
    await sleep(50);
  }
  throw new Error("the custom kind was not served within half a minute");
}

type Operation = (client: ApiClient, index: number) => Promise<number>;

function operationOf({ action, pods, owner, form = "plain" }: Load): Operation {
  const pod = (index: number) => podName((index * 7919) % pods);
  // A patch that changes nothing would be no write.
  const run = process.pid;
  switch (action) {
    case "create":
      return async (client, index) => (await client.expect("POST", base, { body: benchPod(index, owner) })).length;
    case "get":
      return async (client, index) => (await client.expect("GET", `${base}/${pod(index)}`)).length;
    case "list":
      return async (client) => (await client.expect("GET", base)).length;
    case "list-gzip":
      return async (client) => {
        const { headers, length } = await client.expect("GET", base, { headers: { "accept-encoding": "gzip" } });
        if (headers["content-encoding"] !== "gzip") throw new Error("the list was not compressed");
        return length;
      };
    case "list-label":
      return async (client, index) => (await client.expect("GET", `${base}?labelSelector=shard%3Ds${index % 50}`)).length;
    case "patch":
      return async (client, index) => {
        const body = JSON.stringify({ metadata: { annotations: { "example.com/round": `${run}-${index}` } } });
        return (await client.expect("PATCH", `${base}/${pod(index)}`, { body, contentType: "application/merge-patch+json" })).length;
      };
    case "delete":
      return async (client, index) => (await client.expect("DELETE", `${base}/${podName(index, owner)}?gracePeriodSeconds=0`)).length;
    case "create-custom":
      return async (client, index) => (await client.expect("POST", customPath, { body: customObject(index) })).length;
    case "get-custom":
      return async (client, index) => (await client.expect("GET", `${customPath}/${customName((index * 7919) % pods)}`)).length;
    case "patch-custom":
      return async (client, index) => {
        const body = JSON.stringify({ metadata: { annotations: { "example.com/round": `${run}-${index}` } } });
        const path = `${customPath}/${customName((index * 7919) % pods)}`;
        return (await client.expect("PATCH", path, { body, contentType: "application/merge-patch+json" })).length;
      };
    case "nodes":
      return async (client, index) => (await client.expect("POST", "/api/v1/nodes", { body: JSON.stringify(benchNode(index)) })).length;
    case "admit-nodes":
      return async (client, index) => {
        const body = JSON.stringify(admitNode);
        return (await client.expect("PATCH", `/api/v1/nodes/node-${index}`, { body, contentType: "application/merge-patch+json" })).length;
      };
    case "pods":
      return async (client, index) => {
        const pod = podForms[form].pod(index);
        pod.metadata.namespace = benchNamespace;
        return (await client.expect("POST", base, { body: JSON.stringify(pod) })).length;
      };
    default:
      return async () => 0;
  }
}

async function requests(
  load: Load,
  clients: readonly ApiClient[],
  operation: Operation,
  beforeEach?: (sent: number) => Promise<void> | undefined,
): Promise<LoadResult> {
  const times: number[] = [];
  let next = 0;
  let bytes = 0;
  const begun = beginning(load);
  const worker = async (id: number) => {
    const client = clients[id % clients.length] as ApiClient;
    while (next < load.count) {
      if (beforeEach) await beforeEach(next);
      if (next >= load.count) return;
      const sent = performance.now();
      const length = await operation(client, next++);
      bytes += length;
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: load.inFlight }, (_, id) => worker(id)));
  return summary(load, begun, load.count, bytes, times);
}

/** How many events a watcher may be behind before patches wait: a server closes a watch that falls too far behind. */
const mostBehind = 100;

/** Watchers with a connection each; this process counts what they get while it patches, as fast as they keep up. */
async function fanOut(load: Load, clients: readonly ApiClient[]): Promise<LoadResult> {
  const watchers = load.watchers ?? 50;
  const expected = load.count * watchers;
  const connections = await Promise.all(Array.from({ length: watchers }, () => connect(load)));
  try {
    const list = await (clients[0] as ApiClient).expect("GET", `${base}?limit=1`, { keepBody: true });
    const { resourceVersion } = JSON.parse(String(list.body)).metadata;
    let seen = 0;
    let bytes = 0;
    let done = () => {};
    let failed = (_error: Error) => {};
    const all = new Promise<void>((resolve, reject) => {
      done = resolve;
      failed = reject;
    });
    const onEnd = (error?: Error) => failed(error ?? new Error(`the server ended a watch after ${seen} of ${expected} events`));
    let sent = 0;
    const waiting: (() => void)[] = [];
    const seenBy = new Array<number>(watchers).fill(0);
    const isBehind = () => sent - Math.min(...seenBy) > mostBehind;
    const pace = (next: number) => {
      sent = next;
      return isBehind() ? new Promise<void>((resolve) => waiting.push(resolve)) : undefined;
    };
    const onData = (watcher: number, chunk: Buffer) => {
      bytes += chunk.length;
      let events = 0;
      // Each event is a line.
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) events++;
      seen += events;
      seenBy[watcher] = (seenBy[watcher] as number) + events;
      if (waiting.length > 0 && !isBehind()) for (const resume of waiting.splice(0)) resume();
      if (seen >= expected) done();
    };
    const path = `${base}?watch=1&resourceVersion=${resourceVersion}`;
    await Promise.all(connections.map((connection, i) => connection.open(path, (chunk) => onData(i, chunk), onEnd)));
    const begun = beginning(load);
    const patches = requests(load, clients, operationOf({ ...load, action: "patch" }), pace);
    await Promise.all([patches, all]);
    return { ...(await patches), ...summary(load, begun, expected, bytes, []) };
  } finally {
    for (const connection of connections) connection.close();
  }
}

interface Moment {
  readonly milliseconds: number;
  readonly server: number;
  readonly client: NodeJS.CpuUsage;
}

function beginning({ processes = [] }: Load): Moment {
  return { milliseconds: performance.now(), server: figuresOf(processes).cpuSeconds, client: process.cpuUsage() };
}

function summary(load: Load, begun: Moment, operations: number, bytes: number, times: number[]): LoadResult {
  const seconds = (performance.now() - begun.milliseconds) / 1000;
  const { user, system } = process.cpuUsage(begun.client);
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
  return {
    seconds,
    operations,
    bytes,
    medianMilliseconds: at(0.5),
    p99Milliseconds: at(0.99),
    serverCpuSeconds: figuresOf(load.processes ?? []).cpuSeconds - begun.server,
    clientCpuSeconds: (user + system) / 1e6,
  };
}

console.log(JSON.stringify(await perform(JSON.parse(process.argv[2] ?? "{}") as Load)));
