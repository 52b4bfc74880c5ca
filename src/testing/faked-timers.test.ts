import { afterEach, expect, it, vi } from "vitest";
import { jobs } from "../api/refs.ts";
import { deployment } from "./fixtures/started.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.resetModules();
});

it("a cluster runs where timers and dates are faked before it is loaded", async () => {
  vi.useFakeTimers({
    toFake: ["Date", "setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "clearImmediate", "performance"],
  });
  vi.resetModules();
  const { startCluster } = await import("./start-cluster.ts");
  const cluster = await startCluster({ nodes: 1 });
  await cluster.apply([
    deployment("web", 1),
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "once" },
      spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "c", image: "i" }] } } },
    } as never,
  ]);
  await cluster.until("deployment/web", "available");
  await cluster.until("job/once", "complete");
  expect((await cluster.client.get(jobs, "once")).status?.completionTime).toMatch(/^2026-01-01T00:00:/);
  const { url } = await cluster.serve();
  expect(url).toMatch(/^https:/);
  await cluster.stop();
});
