/** What one node told at one time. */
export interface NodeSample {
  /** Milliseconds since the epoch: of the node's own reading where it tells it. */
  at: number;
  node: Counter;
  /** By `namespace/pod`, then by container. */
  pods: Map<string, Map<string, Counter>>;
}

export interface Counter {
  cpuSeconds?: number;
  memoryBytes?: number;
  /** When the reading was made, where that is told: milliseconds since the epoch. */
  at?: number;
  /** When the counter began: milliseconds since the epoch. */
  startedAt?: number;
}

const line = /^([a-z_]+)(?:\{([^}]*)\})? (\S+)(?: (\d+))?$/;
const label = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

/** Reads what a node agent answers on /metrics/resource: Prometheus text under the kubelet's names. Other metrics are passed over. */
export function parseResourceMetrics(text: string, receivedAt: number): NodeSample {
  const node: Counter = {};
  const pods: NodeSample["pods"] = new Map();
  for (const row of text.split("\n")) {
    const match = line.exec(row);
    if (!match) continue;
    const [, metric = "", labels = "", value = "", time] = match;
    if (metric.startsWith("node_")) set(node, metric.slice("node_".length), Number(value), time);
    else if (metric.startsWith("container_")) {
      const { namespace, pod, container } = labelsOf(labels);
      if (!namespace || !pod || !container) continue;
      const key = `${namespace}/${pod}`;
      const containers = pods.get(key) ?? new Map<string, Counter>();
      const counter = containers.get(container) ?? {};
      if (set(counter, metric.slice("container_".length), Number(value), time)) {
        containers.set(container, counter);
        pods.set(key, containers);
      }
    }
  }
  return { at: node.at ?? receivedAt, node, pods };
}

function set(counter: Counter, metric: string, value: number, time: string | undefined): boolean {
  if (!Number.isFinite(value)) return false;
  switch (metric) {
    case "cpu_usage_seconds_total":
      counter.cpuSeconds = value;
      if (time !== undefined) counter.at = Number(time);
      return true;
    case "memory_working_set_bytes":
      counter.memoryBytes = value;
      return true;
    case "start_time_seconds":
      counter.startedAt = Math.round(value * 1000);
      return true;
    default:
      return false;
  }
}

function labelsOf(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(label))
    labels[name] = value.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c));
  return labels;
}
