import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Service } from "../../api/core/v1.ts";
import type { EndpointSlice } from "../../api/discovery/v1.ts";
import { endpointslices, nodes, services } from "../../api/refs.ts";
import { createInformerFactory } from "../../client/informer-factory.ts";
import { createMemoryClient, type MemoryClient } from "../../client/testing/memory-client.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { seededRandom } from "../../machinery/random.ts";
import type { HostPort, ServiceHealth, ServiceProxy } from "./service-proxy.ts";
import { type ProxyOptions, startProxy } from "./start-proxy.ts";

const service = (name: string, port = 80): Service => ({
  metadata: { namespace: "default", name },
  spec: { clusterIP: "10.96.0.5", ports: [{ port }] },
});

const slice = (name: string, of: string): EndpointSlice => ({
  metadata: { namespace: "default", name, labels: { "kubernetes.io/service-name": of } },
  addressType: "IPv4",
  endpoints: [{ addresses: ["10.244.0.5"] }],
});

/** Records what it is told, as lines. */
class RecordingProxy implements ServiceProxy {
  readonly lines: string[] = [];
  intact = true;
  failures = 0;
  health: ServiceHealth[] = [];

  setService(key: string, of: Service | undefined, slices: readonly EndpointSlice[]): void {
    this.lines.push(
      `${key} ${of ? `port ${of.spec?.ports?.[0]?.port}` : "gone"} ${slices.map((one) => one.metadata.name).join(",")}`.trim(),
    );
  }
  setNode({ zone }: { zone: string | undefined }): void {
    this.lines.push(`zone ${zone}`);
  }
  setHostPorts(ports: readonly HostPort[]): void {
    this.lines.push(`host ports ${ports.map(({ hostPort }) => hostPort).join(",")}`.trim());
  }
  async sync() {
    if (this.failures > 0) {
      this.failures--;
      this.lines.push("failed");
      throw new Error("no");
    }
    this.lines.push("sync");
    return { full: false, unchanged: false };
  }
  async verify() {
    this.lines.push("verify");
    return this.intact;
  }
  invalidate(): void {
    this.lines.push("invalidate");
  }
  async remove() {}
  healthChecks() {
    return this.health;
  }
  take(): string[] {
    return this.lines.splice(0);
  }
}

describe("the proxy component", () => {
  let clock: VirtualClock;
  let client: MemoryClient;
  let proxy: RecordingProxy;

  beforeEach(() => {
    clock = new VirtualClock();
    client = createMemoryClient({ clock });
    proxy = new RecordingProxy();
  });

  const start = async (options: Partial<ProxyOptions> = {}) => {
    const end = new AbortController();
    const deps = { client, clock, random: seededRandom(1), logger: silentLogger, signal: end.signal };
    const informers = createInformerFactory(deps);
    const component = await startProxy(
      { ...deps, informers },
      { nodeName: "n1", table: "t", clusterCidrs: ["10.244.0.0/16"], verifyPeriodMilliseconds: 60_000, proxy, ...options },
    );
    onTestFinished(async () => {
      await component.stop();
      end.abort();
    });
    return component;
  };

  it("writes nothing before it has the whole picture, then everything at once", async () => {
    client.seed(nodes, { metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": "west" } } }, { metadata: { name: "n2" } });
    client.seed(services, service("a"), service("b"));
    client.seed(endpointslices, slice("a-1", "a"), slice("a-2", "a"));
    const component = await start();
    expect(proxy.lines).not.toContain("sync");
    await clock.advance(0);
    await component.whenReady();
    expect(proxy.take().sort()).toEqual(["default/a port 80 a-1,a-2", "default/b port 80", "host ports", "sync", "zone west"]);
  });

  it("writes what changes, and what changes soon after together", async () => {
    await start();
    await clock.advance(1000);
    proxy.take();
    client.seed(services, service("a", 1));
    await clock.advance(0);
    expect(proxy.take()).toEqual(["default/a port 1", "sync"]);
    client.seed(services, service("a", 2));
    await client.settle();
    client.seed(endpointslices, slice("a-1", "a"));
    client.seed(services, service("b", 3));
    await clock.advance(99);
    expect(proxy.take()).toEqual([]);
    await clock.advance(1);
    expect(proxy.take()).toEqual(["default/a port 2 a-1", "default/b port 3", "sync"]);
    client.drop(services, "default/a");
    client.drop(endpointslices, "default/a-1");
    await clock.advance(100);
    expect(proxy.take()).toEqual(["default/a gone", "sync"]);
    await clock.advance(10_000);
    expect(proxy.take()).toEqual([]);
  });

  it("moves a slice from one service to another", async () => {
    client.seed(services, service("a"), service("b"));
    client.seed(endpointslices, slice("s", "a"));
    await start();
    await clock.advance(1000);
    proxy.take();
    client.seed(endpointslices, slice("s", "b"));
    await clock.advance(0);
    expect(proxy.take().sort()).toEqual(["default/a port 80", "default/b port 80 s", "sync"]);
  });

  it("tries again after a failure, ever more slowly, and is unhealthy only when that lasts", async () => {
    proxy.failures = 3;
    const component = await start({ healthz: { host: "127.0.0.1", port: 0 } });
    const healthz = async (path = "/healthz") => (await fetch(`http://127.0.0.1:${component.healthzPort()}${path}`)).status;
    await clock.advance(0);
    expect(proxy.take()).toEqual(["host ports", "failed"]);
    expect(await healthz()).toBe(503);
    await clock.advance(999);
    expect(proxy.take()).toEqual([]);
    await clock.advance(1);
    expect(proxy.take()).toEqual(["failed"]);
    await clock.advance(2000);
    expect(proxy.take()).toEqual(["failed"]);
    await clock.advance(4000);
    expect(proxy.take()).toEqual(["sync"]);
    expect(await healthz()).toBe(200);
    proxy.failures = 1000;
    client.seed(services, service("a"));
    await clock.advance(50_000);
    expect(await healthz()).toBe(200);
    await clock.advance(11_000);
    expect(await healthz()).toBe(503);
    expect(await healthz("/livez")).toBe(503);
    expect(await healthz("/nope")).toBe(404);
  });

  it("tells load balancers to leave a node that is being deleted", async () => {
    client.seed(nodes, { metadata: { name: "n1" } });
    const component = await start({ healthz: { host: "127.0.0.1", port: 0 } });
    await clock.advance(0);
    const get = async (path: string) => await fetch(`http://127.0.0.1:${component.healthzPort()}${path}`);
    expect(await (await get("/healthz")).json()).toMatchObject({ nodeEligible: true });
    client.seed(nodes, { metadata: { name: "n1", deletionTimestamp: "2026-01-01T00:00:00Z" } });
    await clock.advance(1000);
    const gone = await get("/healthz");
    expect(gone.status).toBe(503);
    expect(await gone.json()).toMatchObject({ nodeEligible: false });
    expect((await get("/livez")).status).toBe(200);
  });

  it("writes anew when the table is gone, and every hour in any case", async () => {
    await start();
    await clock.advance(0);
    proxy.take();
    await clock.advance(60_000);
    expect(proxy.take()).toEqual(["verify"]);
    proxy.intact = false;
    await clock.advance(60_000);
    expect(proxy.take()).toEqual(["verify", "sync"]);
    proxy.intact = true;
    await clock.advance(3_600_000 - 120_000);
    expect(proxy.take().filter((line) => line !== "verify")).toEqual(["invalidate", "sync"]);
  });

  it("follows host ports", async () => {
    const port = { pod: "default/a", hostPort: 8080, containerPort: 80, protocol: "TCP" as const, podIps: ["10.244.0.5"] };
    let list: HostPort[] = [];
    let changed = () => {};
    const onChange = (callback: () => void) => {
      changed = callback;
      return () => {};
    };
    await start({ hostPorts: { list: () => list, onChange } });
    await clock.advance(1000);
    proxy.take();
    list = [port];
    changed();
    await clock.advance(0);
    expect(proxy.take()).toEqual(["host ports 8080", "sync"]);
  });

  it("answers load balancers on a service's health check port", async () => {
    proxy.health = [{ namespace: "default", name: "lb", port: 21_750, localEndpoints: 2 }];
    await start();
    await clock.advance(0);
    const get = async () => {
      for (;;) {
        const response = await fetch("http://127.0.0.1:21750/").catch(() => undefined);
        if (response) return response;
      }
    };
    const response = await get();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ service: { namespace: "default", name: "lb" }, localEndpoints: 2, serviceProxyHealthy: true });
    proxy.health = [{ namespace: "default", name: "lb", port: 21_750, localEndpoints: 0 }];
    client.seed(services, service("x"));
    await clock.advance(1000);
    expect((await get()).status).toBe(503);
  });
});
