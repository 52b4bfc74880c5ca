import { Resolver } from "node:dns/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { TestCluster, whyNoContainers } from "./harness/cluster.ts";

const why = whyNoContainers();

/** Holds the main thread of a Node process up, by way of its inspector. */
async function blockMainThread(pid: number, milliseconds: number): Promise<void> {
  process.kill(pid, "SIGUSR1");
  let address: string | undefined;
  for (let attempt = 0; attempt < 50 && !address; attempt++) {
    try {
      const targets = (await (await fetch("http://127.0.0.1:9229/json/list")).json()) as { webSocketDebuggerUrl: string }[];
      address = targets[0]?.webSocketDebuggerUrl;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  if (!address) throw new Error("the inspector did not open");
  const socket = new WebSocket(address);
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const expression = `{ const end = Date.now() + ${milliseconds}; while (Date.now() < end); }`;
  socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression } }));
  await new Promise((resolve) => socket.once("message", resolve));
  socket.close();
}

describe.skipIf(why)(`a held-up API thread${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    cluster.importImages("busybox");
  });
  afterAll(() => cluster?.delete());

  it("fails no probe, restarts no container, and delays no name", async () => {
    const probe = { httpGet: { path: "/", port: 8080 }, periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1 };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "probed" },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [
          {
            name: "c",
            image: "busybox",
            imagePullPolicy: "IfNotPresent",
            command: ["sh", "-c", "mkdir /www; echo x > /www/index.html; httpd -f -h /www -p 8080"],
            startupProbe: { ...probe, failureThreshold: 30 },
            livenessProbe: probe,
            readinessProbe: probe,
          },
        ],
      },
    };
    cluster.feed(JSON.stringify(pod), "create", "-f", "-");
    const ready = () => cluster.ok("get", "pod", "probed", "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}') === "True";
    await cluster.until("the pod is ready", ready);

    const resolver = new Resolver({ timeout: 1000, tries: 1 });
    resolver.setServers([cluster.ok("get", "service", "kube-dns", "-n", "kube-system", "-o", "jsonpath={.spec.clusterIP}")]);
    const expected = cluster.ok("get", "service", "kubernetes", "-o", "jsonpath={.spec.clusterIP}");
    const blocked = blockMainThread(cluster.pid, 3000);
    let over = false;
    void blocked.finally(() => {
      over = true;
    });
    let answers = 0;
    while (!over) {
      expect(await resolver.resolve4("kubernetes.default.svc.cluster.local")).toEqual([expected]);
      answers++;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await blocked;
    expect(answers).toBeGreaterThan(20);

    // Whatever the node's thread had to say meanwhile has been said by now.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(ready()).toBe(true);
    expect(cluster.ok("get", "pod", "probed", "-o", "jsonpath={.status.containerStatuses[0].restartCount}")).toBe("0");
    const events = cluster.json<{ items: { reason: string; message: string }[] }>("get", "events");
    expect(events.items.filter(({ reason, message }) => reason === "Unhealthy" && !message.startsWith("Startup"))).toEqual([]);
  });
});
