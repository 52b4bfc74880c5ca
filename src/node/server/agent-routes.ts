import type { IncomingMessage, ServerResponse } from "node:http";
import type { Container, Pod } from "../../api/core/v1.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import { uidOf } from "../../machinery/object.ts";
import { podLabels } from "../pods/labels.ts";
import type { ContainerRuntime } from "../runtime/runtime.ts";
import { metricsContentType, metricsText } from "../stats/metrics-text.ts";
import { resourceMetrics } from "../stats/resource-metrics.ts";
import type { StatsProvider } from "../stats/stats-provider.ts";
import { serveContainerLogs } from "./container-logs.ts";
import { serveHostLogs } from "./host-logs.ts";
import type { PodLookup } from "./pod-lookup.ts";
import { RequestRefusal } from "./request-refusal.ts";

export interface RoutesDeps {
  lookup: PodLookup;
  runtime: ContainerRuntime;
  clock: Clock;
  logger: Logger;
  stats: StatsProvider;
  pods(): readonly Pod[];
  nodeName: string;
  hostLogs: string;
}

/** What the agent's API answers to plain requests, who asks being allowed to. */
export class AgentRoutes {
  readonly #deps: RoutesDeps;

  constructor(deps: RoutesDeps) {
    this.#deps = deps;
  }

  async serve(request: IncomingMessage, path: string, query: URLSearchParams, response: ServerResponse): Promise<void> {
    if (request.method !== "GET" && request.method !== "HEAD") throw new RequestRefusal(405, "405: Method Not Allowed");
    let parts: string[];
    try {
      parts = path.slice(1).split("/").map(decodeURIComponent);
    } catch {
      throw new RequestRefusal(400, "400: Bad Request");
    }
    const [kind = "", ...names] = parts;
    switch (kind) {
      case "healthz":
        send(response, "text/plain; charset=utf-8", "ok");
        return;
      case "containerLogs":
        await serveContainerLogs(this.#deps, names, query, response);
        return;
      case "logs":
        await serveHostLogs(this.#deps.hostLogs, names.join("/"), response);
        return;
      case "pods":
        sendJson(response, podList(this.#deps.pods()));
        return;
      case "runningpods":
        sendJson(response, podList(await this.#runningPods()));
        return;
      case "stats":
        if (names[0] !== "summary") break;
        sendJson(
          response,
          await (query.get("only_cpu_and_memory") === "true" ? this.#deps.stats.cpuAndMemory() : this.#deps.stats.summary()),
        );
        return;
      case "metrics":
        if (names.length > 0 && names[0] !== "" && names[0] !== "resource") break;
        send(response, metricsContentType, names[0] === "resource" ? await this.#resourceMetrics() : await this.#metrics());
        return;
      case "configz":
        sendJson(response, { kubeletconfig: configuration });
        return;
    }
    throw new RequestRefusal(404, "404 page not found\n");
  }

  async #resourceMetrics(): Promise<string> {
    try {
      return resourceMetrics(await this.#deps.stats.cpuAndMemory());
    } catch (error) {
      this.#deps.logger.warn("usage could not be read for the metrics", { error });
      return resourceMetrics(undefined);
    }
  }

  async #metrics(): Promise<string> {
    const containers = await this.#deps.runtime.listContainers();
    const states = new Map<string, number>();
    for (const { state } of containers) states.set(state, (states.get(state) ?? 0) + 1);
    const running = new Set(containers.filter(({ state }) => state === "running").map(({ labels }) => labels[podLabels.uid]));
    const { user, system } = process.cpuUsage();
    return metricsText([
      {
        name: "kubelet_node_name",
        help: "[ALPHA] The node's name. The count is always 1.",
        type: "gauge",
        samples: [{ labels: { node: this.#deps.nodeName }, value: 1 }],
      },
      {
        name: "kubelet_running_pods",
        help: "[BETA] Number of pods that have a running pod sandbox",
        type: "gauge",
        samples: [{ value: running.size }],
      },
      {
        name: "kubelet_running_containers",
        help: "[BETA] Number of containers currently running",
        type: "gauge",
        samples: [...states].map(([state, value]) => ({ labels: { container_state: state }, value })),
      },
      {
        name: "process_cpu_seconds_total",
        help: "Total user and system CPU time spent in seconds.",
        type: "counter",
        samples: [{ value: (user + system) / 1e6 }],
      },
      {
        name: "process_resident_memory_bytes",
        help: "Resident memory size in bytes.",
        type: "gauge",
        samples: [{ value: process.memoryUsage.rss() }],
      },
      {
        name: "process_start_time_seconds",
        help: "Start time of the process since unix epoch in seconds.",
        type: "gauge",
        samples: [{ value: Math.round(this.#deps.clock.now() / 1000 - process.uptime()) }],
      },
    ]);
  }

  /** The pods as the runtime has them: names and images, nothing of their specs. */
  async #runningPods(): Promise<Pod[]> {
    const containers = await this.#deps.runtime.listContainers({ state: "running" });
    const pods = new Map<string, Pod>();
    for (const { name, image, labels } of containers) {
      const uid = labels[podLabels.uid];
      if (uid === undefined) continue;
      const container: Container = { name, image };
      const known = pods.get(uid);
      if (known) known.spec?.containers.push(container);
      else {
        const metadata = { name: labels[podLabels.name] ?? "", namespace: labels[podLabels.namespace] ?? "", uid };
        pods.set(uid, { metadata, spec: { containers: [container] }, status: {} });
      }
    }
    return [...pods.values()].sort((a, b) => (uidOf(a) < uidOf(b) ? -1 : 1));
  }
}

/** What of the kubelet's configuration has a meaning here. */
const configuration = {
  kind: "KubeletConfiguration",
  apiVersion: "kubelet.config.k8s.io/v1beta1",
  authentication: { x509: {}, webhook: { enabled: true, cacheTTL: "2m0s" }, anonymous: { enabled: false } },
  authorization: { mode: "Webhook", webhook: { cacheAuthorizedTTL: "5m0s", cacheUnauthorizedTTL: "30s" } },
  cgroupDriver: "cgroupfs",
  maxPods: 110,
  containerLogMaxSize: "10Mi",
  containerLogMaxFiles: 5,
};

function podList(pods: readonly Pod[]): object {
  return { kind: "PodList", apiVersion: "v1", metadata: {}, items: pods.map(({ kind: _, apiVersion: __, ...pod }) => pod) };
}

function sendJson(response: ServerResponse, value: object): void {
  send(response, "application/json", JSON.stringify(value));
}

function send(response: ServerResponse, contentType: string, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(200, { "content-type": contentType, "content-length": body.length });
  response.end(body);
}
