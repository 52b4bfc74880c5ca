import { describe, expect, it } from "vitest";
import { resourceMetricsResources } from "../apiserver/resource-metrics.ts";
import { TestServer } from "../apiserver/testing/test-server.ts";
import { recordingLogger } from "../client/testing/recording-logger.ts";
import { VirtualClock } from "../machinery/clock.ts";
import { ResourceMetrics } from "./resource-metrics.ts";
import { parseResourceMetrics } from "./resource-metrics-text.ts";

const started = Date.UTC(2026, 0, 1);

/** A node agent whose one container and whose machine use a steady share of the processor. */
function setup() {
  const clock = new VirtualClock(started);
  const logger = recordingLogger();
  const asked: string[] = [];
  let broken = false;
  let startedAt = started - 60_000;
  const stop = new AbortController();
  const metrics = new ResourceMetrics({
    clock,
    logger,
    signal: stop.signal,
    nodeProxy: {
      async forward(node, path) {
        asked.push(`${node} ${path}`);
        if (broken) throw new Error("connection refused");
        const now = clock.now();
        const age = (now - startedAt) / 1000;
        const text = [
          "# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds",
          "# TYPE node_cpu_usage_seconds_total counter",
          `node_cpu_usage_seconds_total ${0.5 * ((now - started) / 1000) + 100} ${now}`,
          `node_memory_working_set_bytes 2.147483648e+09 ${now}`,
          `container_cpu_usage_seconds_total{container="main",namespace="default",pod="web"} ${0.25 * age} ${now}`,
          `container_memory_working_set_bytes{container="main",namespace="default",pod="web"} 1.048577e+06 ${now}`,
          `container_start_time_seconds{container="main",namespace="default",pod="web"} ${startedAt / 1000}`,
          'pod_cpu_usage_seconds_total{namespace="default",pod="web"} 17',
          "resource_scrape_error 0",
        ].join("\n");
        return { status: 200, headers: {}, body: { form: "bytes", bytes: new TextEncoder().encode(text) } };
      },
      upgrade: () => Promise.reject(new Error("not here")),
    },
    nodes: () => [{ name: "node", labels: { zone: "a" } }],
    pods: () => [
      { name: "web", namespace: "default", labels: { app: "web" } },
      { name: "other", namespace: "default" },
    ],
  });
  return {
    clock,
    logger,
    asked,
    metrics,
    stop: () => stop.abort(),
    break: () => (broken = true),
    restart: () => (startedAt = clock.now()),
  };
}

describe("resource metrics", () => {
  it("come from two measurements", async () => {
    const { clock, asked, metrics, stop } = setup();
    const answer = metrics.nodes();
    await clock.advance(2000);
    expect(await answer).toEqual([
      {
        metadata: { name: "node", creationTimestamp: "2026-01-01T00:00:02Z", labels: { zone: "a" } },
        timestamp: "2026-01-01T00:00:02Z",
        window: "2s",
        usage: { cpu: "500000000n", memory: "2097152Ki" },
      },
    ]);
    expect(await metrics.pods("default")).toEqual([
      {
        metadata: { name: "web", namespace: "default", creationTimestamp: "2026-01-01T00:00:02Z", labels: { app: "web" } },
        timestamp: "2026-01-01T00:00:02Z",
        window: "2s",
        containers: [{ name: "main", usage: { cpu: "250000000n", memory: "1024Ki" } }],
      },
    ]);
    expect(await metrics.pods("elsewhere")).toEqual([]);
    expect(asked).toEqual(["node /metrics/resource", "node /metrics/resource"]);
    stop();
  });

  it("are measured every 15 seconds while somebody asks, and then no more", async () => {
    const { clock, asked, metrics, stop } = setup();
    void metrics.nodes();
    await clock.advance(17_000);
    expect(asked).toHaveLength(3);
    expect((await metrics.nodes())[0]).toMatchObject({ timestamp: "2026-01-01T00:00:17Z", window: "15s" });
    await clock.advance(600_000);
    const count = asked.length;
    expect(count).toBe(7);
    const later = metrics.nodes();
    await clock.advance(2000);
    expect((await later)[0]).toMatchObject({ timestamp: "2026-01-01T00:10:19Z", window: "2s" });
    stop();
  });

  it("count a restarted container from its start", async () => {
    const { clock, metrics, restart, stop } = setup();
    void metrics.pods();
    await clock.advance(10_000);
    restart();
    await clock.advance(7000);
    expect(await metrics.pods()).toMatchObject([{ window: "7s", containers: [{ usage: { cpu: "250000000n" } }] }]);
    stop();
  });

  it("leave out a node that doesn't answer, and say so", async () => {
    const { clock, logger, metrics, break: fail, stop } = setup();
    fail();
    const answer = metrics.nodes();
    await clock.advance(2000);
    expect(await answer).toEqual([]);
    expect(logger.lines[0]).toMatchObject({ level: "warn", fields: { node: "node", error: "connection refused" } });
    stop();
  });
});

it("reads Prometheus text, escapes and exponents too", () => {
  const text =
    'container_cpu_usage_seconds_total{container="a",namespace="n",pod="p\\"q"} 1.5e-3 1700000000123\nnode_cpu_usage_seconds_total NaN\n';
  const sample = parseResourceMetrics(text, 5);
  expect(sample).toEqual({ at: 5, node: {}, pods: new Map([['n/p"q', new Map([["a", { cpuSeconds: 0.0015, at: 1_700_000_000_123 }]])]]) });
});

describe("metrics.k8s.io", () => {
  const metadata = { name: "web", namespace: "default", creationTimestamp: "2026-01-01T00:00:00Z", labels: { app: "web" } };
  const pod = {
    metadata,
    timestamp: "2026-01-01T00:00:00Z",
    window: "15s",
    containers: [{ name: "a", usage: { cpu: "7n", memory: "8Ki" } }],
  };
  const virtual = resourceMetricsResources({ nodes: async () => [], pods: async (namespace) => (namespace === "empty" ? [] : [pod]) });
  const base = "/apis/metrics.k8s.io/v1beta1";

  it("is in discovery, and in no OpenAPI document", async () => {
    const server = await TestServer.started({ virtual });
    expect((await server.get(base)).body).toEqual({
      kind: "APIResourceList",
      apiVersion: "v1",
      groupVersion: "metrics.k8s.io/v1beta1",
      resources: [
        { name: "nodes", singularName: "", namespaced: false, kind: "NodeMetrics", verbs: ["get", "list"] },
        { name: "pods", singularName: "", namespaced: true, kind: "PodMetrics", verbs: ["get", "list"] },
      ],
    });
    expect((await server.get("/openapi/v3")).text).not.toContain("metrics.k8s.io");
  });

  it("answers gets, lists with selectors, and tables", async () => {
    const server = await TestServer.started({ virtual });
    const one = await server.get(`${base}/namespaces/default/pods/web`);
    expect(one.body).toEqual({ kind: "PodMetrics", apiVersion: "metrics.k8s.io/v1beta1", ...pod });
    const all = await server.get(`${base}/pods?labelSelector=app%3Dweb`);
    expect(all.body).toEqual({ kind: "PodMetricsList", apiVersion: "metrics.k8s.io/v1beta1", metadata: {}, items: [pod] });
    expect((await server.get(`${base}/pods?labelSelector=app%3Ddb`)).body.items).toEqual([]);
    expect((await server.get(`${base}/namespaces/empty/pods/web`)).body).toMatchObject({
      code: 404,
      message: 'podmetrics.metrics.k8s.io "empty/web" not found',
    });
    const table = await server.get(`${base}/pods`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } });
    expect((table.body.rows as { cells: unknown[] }[])[0]?.cells.slice(0, 4)).toEqual(["web", "7n", "8Ki", "15s"]);
  });

  it("takes no writes and no watches", async () => {
    const server = await TestServer.started({ virtual });
    const watch = await server.get(`${base}/nodes?watch=true`);
    expect(watch.body).toMatchObject({ code: 405, message: 'watch is not supported on resources of kind "nodes.metrics.k8s.io"' });
    for (const answer of [await server.post(`${base}/nodes`, {}), await server.delete(`${base}/nodes/a`)]) {
      expect(answer.body).toMatchObject({ code: 405, message: "the server does not allow this method on the requested resource" });
    }
  });
});
