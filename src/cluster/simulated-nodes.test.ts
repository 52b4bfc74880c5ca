import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Pod } from "../api/core/v1.ts";
import { configmaps, nodes, pods } from "../api/refs.ts";
import type { Component } from "../client/client.ts";
import { createInProcessClient } from "../client/in-process-client.ts";
import { recordingLogger } from "../client/testing/recording-logger.ts";
import { ServerHarness } from "../controllers/testing/server-harness.ts";
import { seededRandom } from "../machinery/random.ts";
import { type SimulatedNodesOptions, startSimulatedNodes } from "./simulated-nodes.ts";

describe("simulated nodes", () => {
  let harness: ServerHarness;
  let running: Component[];
  const logger = recordingLogger();

  beforeEach(async () => {
    logger.lines.length = 0;
    running = [];
    harness = await ServerHarness.started();
    await harness.makeNamespace("kube-node-lease");
  });

  afterEach(async () => {
    await Promise.all(running.map((component) => component.stop()));
    await harness.stop();
  });

  async function start(options: Partial<SimulatedNodesOptions> = {}): Promise<Component> {
    const starting = startSimulatedNodes(
      {
        clock: harness.clock,
        random: seededRandom(1),
        logger,
        clientAs: (name, groups = []) =>
          createInProcessClient({
            handle: (request) => harness.server.server.handle(request),
            identity: { name, groups: name.startsWith("system:node:") ? [...groups] : ["system:masters"] },
          }),
      },
      { count: 1, clusterCidr: "10.200.0.0/16", localVolumeDirectory: "/simulated/volumes", ...options },
    );
    starting.catch(() => {});
    for (let step = 0; step < 5; step++) await harness.rest();
    const nodesRunning = await starting;
    running.push(nodesRunning);
    return nodesRunning;
  }

  const pod = (name: string, node: string, spec: Partial<NonNullable<Pod["spec"]>> = {}): Pod => ({
    metadata: { name },
    spec: { nodeName: node, automountServiceAccountToken: false, containers: [{ name: "c", image: "web" }], ...spec },
  });
  const isReady = ({ status }: Pod) => status?.conditions?.find(({ type }) => type === "Ready")?.status;

  it("say what they are, and are ready", async () => {
    await start({ count: 3 });
    const all = await harness.list(nodes);
    expect(all.map(({ metadata }) => metadata.name)).toEqual(["simulated-1", "simulated-2", "simulated-3"]);
    const [first, second] = all;
    expect(first?.metadata.labels).toMatchObject({ "kybern.io/simulated": "true", "kubernetes.io/hostname": "simulated-1" });
    expect(second?.spec?.podCIDR).toBe("10.200.2.0/24");
    expect(second?.status?.addresses).toEqual([
      { type: "InternalIP", address: "10.200.2.1" },
      { type: "Hostname", address: "simulated-2" },
    ]);
    expect(first?.status?.nodeInfo?.containerRuntimeVersion).toBe("simulated://1.0.0");
    expect(first?.status?.nodeInfo?.osImage).toBe("kybern simulated node");
    expect(first?.status?.capacity).toMatchObject({ cpu: "32", memory: "256Gi", pods: "110" });
    expect(first?.status?.conditions?.find(({ type }) => type === "Ready")?.status).toBe("True");
  });

  it("run pods as data: ready, with addresses, probes answered, volumes waited for", async () => {
    await start();
    await harness.makePod(
      pod("web", "simulated-1", {
        containers: [
          {
            name: "c",
            image: "web",
            ports: [{ containerPort: 80 }],
            readinessProbe: { httpGet: { port: 80 } },
            lifecycle: { postStart: { httpGet: { port: 80 } } },
            volumeMounts: [{ name: "v", mountPath: "/v", subPath: "a/b" }],
          },
        ],
        volumes: [{ name: "v", configMap: { name: "late" } }],
      }),
    );
    await harness.makePod(pod("plain", "simulated-1"));
    await harness.pass(3000);
    expect(isReady(await harness.get(pods, "plain"))).toBe("True");
    expect((await harness.get(pods, "plain")).status?.podIP).toBe("10.200.1.2");
    expect((await harness.get(pods, "web")).status?.phase).toBe("Pending");
    expect(await harness.events()).toContainEqual(
      expect.stringContaining('Warning FailedMount web: MountVolume.SetUp failed for volume "v" : configmap "late" not found'),
    );
    await harness.client.create(configmaps, { metadata: { name: "late", namespace: "default" } });
    await harness.pass(60_000, 1000);
    const web = await harness.get(pods, "web");
    expect([web.status?.phase, isReady(web), web.status?.podIP]).toEqual(["Running", "True", "10.200.1.3"]);
    await harness.client.delete(pods, "web", { namespace: "default" });
    await harness.pass(3000);
    expect(await harness.find(pods, "web")).toBeUndefined();
  });

  it("end what others wait for: init containers, jobs, and pods that say so", async () => {
    await start();
    const run = async (name: string, metadata: object, spec: object) => {
      const { spec: plain } = pod(name, "simulated-1", { restartPolicy: "Never", ...spec });
      await harness.makePod({ metadata: { name, ...metadata }, ...(plain ? { spec: plain } : {}) });
    };
    await run("initialised", {}, { initContainers: [{ name: "first", image: "web" }] });
    await run("job", { labels: { "batch.kubernetes.io/job-name": "j" } }, {});
    await run("short", { annotations: { "kybern.io/simulated-run-seconds": "0.5", "kybern.io/simulated-exit-code": "3" } }, {});
    await harness.pass(5000);
    const phase = async (name: string) => (await harness.get(pods, name)).status?.phase;
    expect([await phase("initialised"), await phase("job"), await phase("short")]).toEqual(["Running", "Succeeded", "Failed"]);
    const short = await harness.get(pods, "short");
    expect(short.status?.containerStatuses?.[0]?.state?.terminated?.exitCode).toBe(3);
  });

  it("start their pods again, and go when there are fewer of them", async () => {
    const before = await start({ count: 2 });
    await harness.makePod(pod("web", "simulated-1"));
    await harness.pass(2000);
    await before.stop();
    running = [];
    await start({ count: 1 });
    await harness.pass(3000);
    expect((await harness.list(nodes)).map(({ metadata }) => metadata.name)).toEqual(["simulated-1"]);
    const web = await harness.get(pods, "web");
    expect([web.status?.phase, isReady(web)]).toEqual(["Running", "True"]);
  });

  it("need room for their pods' addresses", async () => {
    await expect(start({ count: 300 })).rejects.toThrow(
      "300 simulated nodes need a larger range of pod addresses than 10.200.0.0/16; name one with --cluster-cidr (a /8 has room for 65,535 nodes)",
    );
  });
});
