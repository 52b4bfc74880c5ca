import { createSocket } from "node:dgram";
import { Resolver } from "node:dns/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Pod } from "../api/core/v1.ts";
import { configmaps, deployments, endpointslices, namespaces, nodes, pods, serviceaccounts, services } from "../api/refs.ts";
import type { Client } from "../client/client.ts";
import type { ServerConnection } from "../client/kubeconfig.ts";
import { systemClock, systemRandom } from "../client/system-clock.ts";
import { recordingLogger } from "../client/testing/recording-logger.ts";
import { type RunningComponent, runComponent } from "./run-component.ts";
import type { RunnableComponent, RunOptions } from "./run-options.ts";
import { freePort, TestControlPlane, until } from "./testing/test-control-plane.ts";

describe("a component that runs by itself", () => {
  let cluster: TestControlPlane;
  let client: Client;
  let admin: ServerConnection;
  const running: RunningComponent[] = [];

  beforeAll(async () => {
    cluster = await TestControlPlane.start();
    ({ client, admin } = cluster);
    await client.create(namespaces, { metadata: { name: "work" } });
  });
  afterAll(async () => {
    await Promise.all(running.splice(0).map((component) => component.stop()));
    await cluster?.delete();
  });

  const options = (component: RunnableComponent, more: Partial<RunOptions> = {}): RunOptions => ({
    component,
    connection: admin,
    dataDirectory: join(cluster.directory, component),
    nodeName: "n1",
    port: 10250,
    ...more,
  });

  /** Starts one; what it tells the person who waits goes into the list. */
  const start = async (component: RunnableComponent, more: Partial<RunOptions> = {}, told: string[] = []) => {
    const deps = {
      clock: systemClock,
      random: systemRandom,
      logger: recordingLogger(),
      signal: new AbortController().signal,
      tell: (text: string) => told.push(text),
    };
    const started = await runComponent(deps, options(component, more));
    running.push(started);
    return started;
  };
  const refusal = async (component: RunnableComponent, more: Partial<RunOptions>) => {
    const error = await start(component, more).then(
      () => undefined,
      (reason: Error) => reason,
    );
    return `${error?.name}: ${error?.message}`;
  };
  const waitingPod: Pod = {
    metadata: { name: "waiting", namespace: "work" },
    spec: { containers: [{ name: "main", image: "image" }], automountServiceAccountToken: false },
  };

  it("the controllers, then the scheduler: a deployment gets its pods, a node its range, each pod its node", async () => {
    const told: string[] = [];
    await start("controllers", { clusterCidr: "10.130.0.0/16" }, told);
    await client.create(nodes, { metadata: { name: "n1" } });
    await client.create(deployments, {
      metadata: { name: "web", namespace: "work" },
      spec: {
        replicas: 2,
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "image" }] } },
      },
    });
    const all = async () => (await client.list(pods, { namespace: "work" })).items;
    await until("there are two pods", async () => (await all()).length === 2);
    await until("the node has a range", async () => (await client.get(nodes, "n1")).spec?.podCIDR === "10.130.0.0/24");
    expect((await client.get(serviceaccounts, "default", { namespace: "work" })).metadata.name).toBe("default");
    // Pods are told of the authority that the kubeconfig names.
    expect((await client.get(configmaps, "kube-root-ca.crt", { namespace: "work" })).data?.["ca.crt"]).toBe(admin.certificateAuthority);
    expect(told).toEqual([expect.stringMatching(/^at work as .+_[0-9a-f-]{36}$/)]);

    // A node that nothing runs on is not ready by itself: here it only has to take pods.
    const ready = { type: "Ready", status: "True", reason: "KubeletReady", lastHeartbeatTime: new Date().toISOString() };
    await client.patch(
      nodes,
      "n1",
      {
        type: "application/merge-patch+json",
        body: {
          status: {
            allocatable: { cpu: "4", memory: "4Gi", pods: "10" },
            capacity: { cpu: "4", memory: "4Gi", pods: "10" },
            conditions: [ready],
          },
        },
      },
      { subresource: "status" },
    );
    await until("the node takes pods", async () => ((await client.get(nodes, "n1")).spec?.taints ?? []).length === 0);
    await start("scheduler");
    await until("each pod has its node", async () => (await all()).every(({ spec }) => spec?.nodeName === "n1"));
  });

  it("waits while another one of its kind is at work", async () => {
    const told: string[] = [];
    const second = await start("scheduler", {}, told);
    await until("it says so", () => told.length > 0);
    expect(told).toEqual([expect.stringMatching(/^waiting: .+_[0-9a-f-]{36} is at work$/)]);
    await second.stop();
    expect(second.failure.aborted).toBe(false);
  });

  it("stops for good: a scheduler that was stopped binds nothing any more", async () => {
    await Promise.all(running.splice(0).map((component) => component.stop()));
    const made = await client.create(pods, waitingPod);
    const version = made.metadata.resourceVersion;
    await client.delete(serviceaccounts, "default", { namespace: "work" });
    await start("controllers");
    await until("the controllers are at work again", async () => {
      return (await client.get(serviceaccounts, "default", { namespace: "work" })).metadata.name === "default";
    });
    expect((await client.get(pods, "waiting", { namespace: "work" })).metadata.resourceVersion).toBe(version);
    expect((await client.get(pods, "waiting", { namespace: "work" })).spec?.nodeName).toBeUndefined();
  });

  it("DNS, wherever it is told to listen", async () => {
    const service = await client.create(services, { metadata: { name: "db", namespace: "work" }, spec: { ports: [{ port: 5432 }] } });
    await client.create(endpointslices, {
      metadata: { name: "db-1", namespace: "work", labels: { "kubernetes.io/service-name": "db" } },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.130.0.7"] }],
      ports: [{ port: 5432 }],
    });
    const port = await freeUdpPort();
    const told: string[] = [];
    await start("dns", { listen: { host: "127.0.0.1", port } }, told);
    expect(told).toEqual([`DNS listens on 127.0.0.1:${port}`]);
    const resolver = new Resolver();
    resolver.setServers([`127.0.0.1:${port}`]);
    expect(await resolver.resolve4("db.work.svc.cluster.local")).toEqual([service.spec?.clusterIP]);
    expect(await resolver.resolve4("kubernetes.default.svc.cluster.local")).toEqual(["10.97.0.1"]);
    await expect(resolver.resolve4("none.work.svc.cluster.local")).rejects.toMatchObject({ code: "ENOTFOUND" });
  });

  it("says in a line why it doesn't start", async () => {
    const unused = await freePort();
    const server = `https://127.0.0.1:${unused}`;
    expect(await refusal("scheduler", { connection: { server } })).toBe(
      `UsageError: the API server at ${server} can't be reached: Get "${server}/version": connect ECONNREFUSED 127.0.0.1:${unused}`,
    );
    expect(await refusal("controllers", { connection: { server: admin.server } })).toBe(
      `UsageError: the API server at ${admin.server} can't be reached: Get "${admin.server}/version": self-signed certificate in certificate chain`,
    );
    const stranger = { server: admin.server, certificateAuthority: admin.certificateAuthority as string, token: "stranger" };
    expect(await refusal("scheduler", { connection: stranger })).toBe(
      `UsageError: the API server at ${admin.server} doesn't know the kubeconfig's user: its credentials are wrong or too old`,
    );
    expect(await refusal("controllers", { pkiDirectory: "/nonexistent" })).toBe(
      "UsageError: /nonexistent has no ca.crt and ca.key: --pki takes the pki directory of kybern up",
    );
    expect(await refusal("dns", {})).toBe("UsageError: kybern run dns needs --listen with an address and a port such as 10.0.0.1:53");
  });
});

async function freeUdpPort(): Promise<number> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
