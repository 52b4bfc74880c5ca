import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root, run, TestCluster, whyNoContainers } from "./harness/cluster.ts";
import { kubeconfigFor, OtherMachine, TestNode } from "./harness/node.ts";

const talks = join(root, "examples", "talks", "guestbook");
const why = whyNoContainers();

interface PodObject {
  metadata: { name: string; uid: string };
  spec: { nodeName: string };
  status: { podIP: string; containerStatuses?: { containerID: string; restartCount: number }[]; conditions?: Condition[] };
}
interface NodeObject {
  metadata: { name: string; annotations?: Record<string, string> };
  spec: { podCIDR: string };
  status: { conditions: Condition[]; addresses: { type: string; address: string }[] };
}
interface Condition {
  type: string;
  status: string;
}

const isReady = ({ status }: { status: { conditions?: Condition[] } }) =>
  status.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") === true;

/** A web server on a node, which answers with the node's name. */
const web = (name: string, node: string) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: "web" } },
    spec: {
      nodeName: node,
      terminationGracePeriodSeconds: 1,
      containers: [
        {
          name: "web",
          image: "busybox",
          imagePullPolicy: "IfNotPresent",
          command: ["sh", "-c", `echo ${name} has started; mkdir /www; echo ${name} > /www/index.html; exec httpd -f -h /www -p 80`],
          readinessProbe: { httpGet: { path: "/index.html", port: 80 }, periodSeconds: 1 },
        },
      ],
    },
  });

describe.skipIf(why)(`a second node${why ? ` (${why})` : ""}`, () => {
  let machine: OtherMachine;
  let cluster: TestCluster;
  let node: TestNode;
  /** How the second machine reaches the API server. */
  let kubeconfig: string;
  /** The name of the node beside the API server. */
  let first: string;

  const pods = (selector: string) => cluster.json<{ items: PodObject[] }>("get", "pods", "-l", selector).items;
  const pod = (name: string) => cluster.json<PodObject>("get", "pod", name);
  const nodes = () => cluster.json<{ items: NodeObject[] }>("get", "nodes").items;
  const wget = (from: string, url: string) => cluster.ok("exec", from, "--", "wget", "-q", "-O", "-", url).trim();

  beforeAll(async () => {
    machine = OtherMachine.make();
    cluster = await TestCluster.start("--bind-address", `127.0.0.1,${machine.hostAddress}`, "--advertise-address", machine.hostAddress);
    first = cluster.ok("get", "nodes", "-o", "jsonpath={.items[0].metadata.name}");
    kubeconfig = join(cluster.directory, "kubeconfig-node");
    kubeconfigFor(kubeconfig, cluster.kubeconfig, machine.hostAddress);
    node = new TestNode(machine, kubeconfig);
    await node.start();
    for (const each of [cluster, node]) each.importImages("busybox", "redis", "redis-slave", "php-redis");
  });
  afterAll(async () => {
    await node?.delete();
    await cluster?.delete();
    machine?.delete();
  });

  it("joins, with a range of its own for its pods", async () => {
    await cluster.until("both nodes are ready", () => nodes().length === 2 && nodes().every(isReady));
    const second = nodes().find(({ metadata }) => metadata.name === "second") as NodeObject;
    expect(second.status.addresses).toContainEqual({ type: "InternalIP", address: machine.address });
    expect(new Set(nodes().map(({ spec }) => spec.podCIDR)).size).toBe(2);
    // Both certificates of the node, its own and its agent's, were approved and issued without a person.
    const certificates = cluster.ok("get", "csr", "--no-headers").trim().split("\n");
    expect(certificates).toHaveLength(2);
    expect(certificates).toContainEqual(
      expect.stringMatching(/ kubernetes\.io\/kube-apiserver-client-kubelet +kubernetes-admin +<none> +Approved,Issued$/),
    );
    expect(certificates).toContainEqual(
      expect.stringMatching(/ kubernetes\.io\/kubelet-serving +system:node:second +<none> +Approved,Issued$/),
    );
    expect(node.output).toContain(`node second at ${machine.address}, pods ${second.spec.podCIDR}`);
  });

  it("reaches pods, services and names of the other node, both ways", async () => {
    cluster.feed(web("web-first", first), "create", "-f", "-");
    cluster.feed(web("web-second", "second"), "create", "-f", "-");
    cluster.ok("create", "service", "clusterip", "web", "--tcp=80");
    await cluster.until("both are ready", () => pods("app=web").filter(isReady).length === 2);
    const addresses = Object.fromEntries(pods("app=web").map(({ metadata, status }) => [metadata.name, status.podIP]));
    await cluster.until("there is a way between the pods", () => wget("web-first", `http://${addresses["web-second"]}/`) === "web-second");
    expect(wget("web-second", `http://${addresses["web-first"]}/`)).toBe("web-first");
    // From the machines themselves too.
    expect(machine.get(`http://${addresses["web-first"]}/`)).toBe("web-first\n");
    expect(await ask(`http://${addresses["web-second"]}/`)).toBe("web-second\n");

    const service = cluster.ok("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}");
    const answers = async (ask: () => string | Promise<string>) => {
      const seen = new Set<string>();
      await cluster.until("the service has answered from both nodes", async () => {
        seen.add((await ask()).trim());
        return seen.size === 2;
      });
      expect([...seen].sort()).toEqual(["web-first", "web-second"]);
    };
    await answers(() => ask(`http://${service}/`));
    await answers(() => machine.get(`http://${service}/`));
    await answers(() => wget("web-first", "http://web/"));
    await answers(() => wget("web-second", "http://web.default.svc.cluster.local/"));
    for (const from of ["web-first", "web-second"]) {
      expect(cluster.ok("exec", from, "--", "nslookup", "web.default.svc.cluster.local")).toContain(service);
      expect(cluster.ok("exec", from, "--", "nslookup", "kubernetes.default.svc.cluster.local")).toMatch(/Address.*: 10\./);
    }
  });

  it("runs both slaves of the guestbook, which want the same port of their node", async () => {
    for (const file of [
      "redis-master.json",
      "redis-master-service.json",
      "redis-slave-controller.json",
      "redis-slave-service.json",
      "frontend-controller.json",
    ]) {
      cluster.ok("create", "-f", join(talks, file));
    }
    cluster.ok("expose", "rc", "frontend-controller", "--name=frontend", "--port=80", "--type=NodePort");
    await cluster.until("both slaves are ready", () => pods("name=redisslave").filter(isReady).length === 2, 90);
    await cluster.until("three front ends are ready", () => pods("name=frontend").filter(isReady).length === 3, 90);
    await cluster.until("the master is ready", () => pods("name=redis-master").filter(isReady).length === 1);
    expect(
      pods("name=redisslave")
        .map(({ spec }) => spec.nodeName)
        .sort(),
    ).toEqual([first, "second"].sort());
    expect(new Set(pods("name=frontend").map(({ spec }) => spec.nodeName)).size).toBe(2);
  });

  it("shows through every front end, on either node, what was written through one", async () => {
    const [writer, ...others] = pods("name=frontend").map(({ status }) => status.podIP);
    const message = "Hi from two nodes!";
    const set = `http://${writer}/index.php?cmd=set&key=messages&value=${encodeURIComponent(message)}`;
    await cluster.until("a message can be written", async () => (await ask(set)).includes("Updated"));
    for (const address of [...others, writer]) {
      const get = `http://${address}/index.php?cmd=get&key=messages`;
      await cluster.until("the message is read", async () => (await ask(get)).includes(message));
      await cluster.until("the message is read on the second node", () => machine.get(get).includes(message));
    }
    const { clusterIP, ports } = cluster.json<{ spec: { clusterIP: string; ports: { nodePort: number }[] } }>(
      "get",
      "service",
      "frontend",
    ).spec;
    const page = "index.php?cmd=get&key=messages";
    for (const host of [clusterIP, `${machine.address}:${ports[0]?.nodePort}`, `${machine.hostAddress}:${ports[0]?.nodePort}`]) {
      await cluster.until(`${host} answers`, async () => (await ask(`http://${host}/${page}`)).includes(message));
      await cluster.until(`${host} answers on the second node`, () => machine.get(`http://${host}/${page}`).includes(message));
    }
  });

  it("gives logs, runs commands and forwards ports of pods on the second node", async () => {
    expect(cluster.ok("logs", "web-second")).toBe("web-second has started\n");
    expect(cluster.ok("exec", "web-second", "--", "hostname").trim()).toBe("web-second");
    expect(cluster.feed("through standard input\n", "exec", "-i", "web-second", "--", "cat").stdout).toBe("through standard input\n");
    expect(cluster.kubectl("exec", "web-second", "--", "sh", "-c", "exit 7").code).toBe(7);
    expect(cluster.ok("get", "--raw", "/api/v1/nodes/second/proxy/healthz")).toBe("ok");

    const port = await freePort();
    const forward = spawn("kubectl", ["--kubeconfig", cluster.kubeconfig, "port-forward", "pod/web-second", `${port}:80`], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((resolve) => forward.once("exit", resolve));
    try {
      await new Promise((resolve) => forward.stdout.once("data", resolve));
      expect(await ask(`http://127.0.0.1:${port}/`)).toBe("web-second\n");
    } finally {
      forward.kill();
      await ended;
    }
  });

  it("goes on with its containers when it is killed and started again", async () => {
    const before = pod("web-second").status.containerStatuses?.[0];
    await node.signal("SIGKILL");
    await node.start();
    await cluster.until("it is ready again", () => nodes().every(isReady) && isReady(pod("web-second")));
    expect(pod("web-second").status.containerStatuses?.[0]).toMatchObject({ containerID: before?.containerID, restartCount: 0 });
    expect(cluster.ok("exec", "web-second", "--", "hostname").trim()).toBe("web-second");
  });

  it("leaves when it is stopped and its object deleted: its pods are replaced, the way to it is gone", async () => {
    const range = nodes().find(({ metadata }) => metadata.name === "second")?.spec.podCIDR as string;
    expect(run("ip", ["route"]).stdout).toContain(`${range} via ${machine.address}`);
    expect(await node.stop()).toBe(0);
    cluster.ok("delete", "node", "second");
    await cluster.until(
      "no pod is bound to it",
      () => cluster.ok("get", "pods", "-A", "--field-selector", "spec.nodeName=second", "-o", "name") === "",
      120,
    );
    await cluster.until("three front ends are ready", () => pods("name=frontend").filter(isReady).length === 3, 90);
    await cluster.until("no route leads to it", () => !run("ip", ["route"]).stdout.includes(range));
    // Pods of a node that is gone are collected after 40 s, as upstream does.
  }, 300_000);

  it("leaves its machine as it was after down --delete", async () => {
    const { id, directory } = node;
    await node.delete();
    for (const command of [
      ["ip", "-o", "link"],
      ["ip", "route"],
      ["nft", "list", "tables"],
      ["sh", "-c", "cat /proc/mounts"],
      ["sh", "-c", "find /sys/fs/cgroup -maxdepth 3 -type d"],
      ["ps", "-eo", "args"],
    ]) {
      const text = machine.ok(...command);
      expect(text).not.toContain(id);
      expect(text).not.toContain(directory);
    }
    expect(machine.ok("ip", "-o", "link").trim().split("\n")).toHaveLength(2);
    expect(machine.ok("nft", "list", "tables")).toBe("");
    expect(existsSync(directory)).toBe(false);
    expect(existsSync(`/run/kybern/${id}`)).toBe(false);
  });

  it("services are served on a machine that is no node, by the proxy alone, for as long as it runs", async () => {
    const proxy = new TestNode(machine, kubeconfig, "proxy");
    try {
      await proxy.start();
      expect(proxy.output).toContain("services are served by the nftables table ");
      const service = cluster.ok("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}");
      await cluster.until("the service answers", () => machine.get(`http://${service}/`) === "web-first\n");
      expect(await proxy.stop()).toBe(0);
      expect(machine.ok("nft", "list", "tables")).toBe("");
    } finally {
      await proxy.delete();
    }
  });
});

async function ask(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000), headers: { connection: "close" } });
  return await response.text();
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
