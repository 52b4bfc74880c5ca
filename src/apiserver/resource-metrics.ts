import { ageOf } from "../machinery/duration.ts";
import type { ObjectMeta } from "../machinery/meta/v1.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { VirtualResource } from "./virtual.ts";

const group = "metrics.k8s.io";
const version = "v1beta1";

export interface ResourceUsage {
  /** In billionths of a core: `1234n`. */
  cpu: string;
  /** `5678Ki` */
  memory: string;
}

interface Metrics {
  metadata: ObjectMeta;
  /** The end of the window, RFC 3339. */
  timestamp: string;
  /** How long before that the measurement began: `15.02s`. */
  window: string;
}

export interface NodeMetrics extends Metrics {
  usage: ResourceUsage;
}

export interface PodMetrics extends Metrics {
  containers: { name: string; usage: ResourceUsage }[];
}

/** What nodes and pods use at present. Those that nothing is known of are left out. */
export interface ResourceMetricsSource {
  nodes(): Promise<NodeMetrics[]>;
  /** Of one namespace, or of all. */
  pods(namespace?: string): Promise<PodMetrics[]>;
}

/** metrics.k8s.io, over a source: what `kubectl top` and the pod autoscaler read. */
export function resourceMetricsResources(source: ResourceMetricsSource): VirtualResource[] {
  const nodes = async () => (await source.nodes()).map((metrics) => withKind("NodeMetrics", metrics));
  const pods = async (namespace: string) => (await source.pods(namespace || undefined)).map((metrics) => withKind("PodMetrics", metrics));
  return [
    {
      facts: factsOf("nodes", "NodeMetrics", false),
      row: (metrics, { now }) => cells(metrics, [(metrics as unknown as NodeMetrics).usage], now),
      source: { list: nodes, get: async (_namespace, name) => (await nodes()).find(({ metadata }) => metadata.name === name) },
    },
    {
      facts: factsOf("pods", "PodMetrics", true),
      row: (metrics, { now }) =>
        cells(
          metrics,
          (metrics as unknown as PodMetrics).containers.map(({ usage }) => usage),
          now,
        ),
      source: { list: pods, get: async (namespace, name) => (await pods(namespace)).find(({ metadata }) => metadata.name === name) },
    },
  ];
}

function factsOf(resource: string, kind: string, namespaced: boolean): VirtualResource["facts"] {
  return {
    group,
    version,
    resource,
    kind,
    singular: "",
    namespaced,
    verbs: ["get", "list"],
    columns: [
      ["Name", "string", "name", 0],
      ["CPU", "string", "", 0],
      ["Memory", "string", "", 0],
      ["Window", "string", "", 0],
      ["Age", "string", "", 1],
    ],
  };
}

function withKind(kind: string, metrics: NodeMetrics | PodMetrics): AnyObject {
  return { kind, apiVersion: `${group}/${version}`, ...metrics };
}

function cells(metrics: Readonly<AnyObject>, usages: readonly ResourceUsage[], now: number): string[] {
  const cpu = usages.reduce((sum, usage) => sum + Number.parseInt(usage.cpu, 10), 0);
  const memory = usages.reduce((sum, usage) => sum + Number.parseInt(usage.memory, 10), 0);
  return [metrics.metadata.name ?? "", `${cpu}n`, `${memory}Ki`, String(metrics.window), ageOf(String(metrics.timestamp), now)];
}
