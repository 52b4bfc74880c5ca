import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Service } from "../../api/core/v1.ts";
import type { EndpointSlice } from "../../api/discovery/v1.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { ensureForwarding, removeForwarding } from "../network/forwarding.ts";
import { networkNames } from "../network/names.ts";
import { TestNetwork, testRanges, whyNoTestNetwork } from "../network/testing/test-network.ts";
import { createNftablesProxy } from "./nftables-proxy.ts";
import type { ServiceProxy } from "./service-proxy.ts";

const reason = whyNoTestNetwork();
const a = "10.98.1.10";
const b = "10.98.1.11";

function service(name: string, spec: Service["spec"], status?: Service["status"]): Service {
  return {
    metadata: { namespace: "default", name },
    spec: { type: "ClusterIP", ports: [{ port: 80, protocol: "TCP" }], ...spec },
    ...(status ? { status } : {}),
  };
}

function slice(name: string, addresses: string[], more: Partial<EndpointSlice> = {}): EndpointSlice {
  return {
    addressType: "IPv4",
    metadata: { namespace: "default", name, labels: { "kubernetes.io/service-name": name } },
    ports: [{ name: "", port: 8080, protocol: "TCP" }],
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true }, nodeName: "node" })),
    ...more,
  };
}

describe.skipIf(reason !== undefined)(`the nftables proxy in a real kernel${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let network: TestNetwork;
  let proxy: ServiceProxy;

  const set = async (one: Service, ...slices: EndpointSlice[]) => {
    proxy.setService(`default/${one.metadata.name}`, one, slices);
    return await proxy.sync();
  };

  beforeAll(async () => {
    network = await TestNetwork.create("px", new VirtualClock());
    await Promise.all([network.addPod("a", a), network.addPod("b", b)]);
    await Promise.all([network.serve("a", 8080), network.serve("b", 8080), network.serve("outside", 8080)]);
    // As Docker and ufw leave a machine.
    await network.node(["nft", "add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }"]);
    await ensureForwarding(network.deps, { clusterId: "px" });
    proxy = createNftablesProxy({
      table: networkNames("px").table,
      nodeName: "node",
      clusterCidrs: [testRanges.clusterCidr],
      podCidrs: [testRanges.podCidr],
      serviceCidrs: [testRanges.serviceCidr],
      bridge: network.bridge.name,
      run: network.node,
      logger: silentLogger,
    });
    expect(await proxy.sync()).toEqual({ full: true, unchanged: false });
  });

  afterAll(async () => {
    if (!network) return;
    await removeForwarding(network.deps, { clusterId: "px" });
    await network.close();
  });

  it("leads a cluster address to its endpoints, from pods and from the node", async () => {
    expect(await set(service("web", { clusterIP: "10.98.128.10" }), slice("web", [b]))).toEqual({ full: false, unchanged: false });
    expect(await network.connect("a", "10.98.128.10", 80)).toBe(`b ${a}`);
    expect(await network.connect("node", "10.98.128.10", 80)).toBe("b 10.98.1.1");
  });

  it("spreads connections over all endpoints, and lets a pod reach itself", async () => {
    await set(service("both", { clusterIP: "10.98.128.11" }), slice("both", [a, b]));
    const answers = new Set<string>();
    for (let i = 0; i < 40 && answers.size < 2; i++) answers.add(await network.connect("a", "10.98.128.11", 80));
    expect([...answers].sort()).toEqual(["a 10.98.1.1", `b ${a}`]);
  });

  it("changes nothing when nothing changed", async () => {
    expect(await set(service("both", { clusterIP: "10.98.128.11" }), slice("both", [a, b]))).toEqual({ full: false, unchanged: true });
  });

  it("refuses connections to a service without endpoints, and to addresses that are no service's", async () => {
    await set(service("empty", { clusterIP: "10.98.128.12", type: "NodePort", ports: [{ port: 80, nodePort: 30012 }] }));
    expect(await network.connect("a", "10.98.128.12", 80)).toBe("refused");
    expect(await network.connect("node", "10.98.128.12", 80)).toBe("refused");
    expect(await network.connect("outside", testRanges.nodeIp, 30012)).toBe("refused");
    expect(await network.connect("a", "10.98.128.99", 80)).toBe("refused");
    expect(await network.connect("a", "10.98.128.12", 81)).toBe("refused");
  });

  it("serves node ports on every address of the node, loopback included", async () => {
    await set(service("np", { clusterIP: "10.98.128.13", type: "NodePort", ports: [{ port: 80, nodePort: 30013 }] }), slice("np", [b]));
    expect(await network.connect("outside", testRanges.nodeIp, 30013)).toBe("b 10.98.1.1");
    expect(await network.connect("node", testRanges.nodeIp, 30013)).toBe("b 10.98.1.1");
    expect(await network.connect("node", "127.0.0.1", 30013)).toBe("b 10.98.1.1");
    expect(await network.connect("a", testRanges.nodeIp, 30013)).toBe("b 10.98.1.1");
  });

  it("keeps the client's address with the policy Local, and drops when this node has no endpoint", async () => {
    const spec = { type: "NodePort", externalTrafficPolicy: "Local", ports: [{ port: 80, nodePort: 30014 }] };
    await set(service("local", { clusterIP: "10.98.128.14", ...spec }), slice("local", [b]));
    expect(await network.connect("outside", testRanges.nodeIp, 30014)).toBe(`b ${testRanges.outsideIp}`);
    const elsewhere = slice("local", [], { endpoints: [{ addresses: [b], nodeName: "other" }] });
    await set(service("local", { clusterIP: "10.98.128.14", ...spec }), elsewhere);
    expect(await network.connect("outside", testRanges.nodeIp, 30014)).toBe("timeout");
    // Who is inside the cluster is not what the policy is about.
    expect(await network.connect("a", testRanges.nodeIp, 30014)).toBe(`b ${a}`);
    expect(await network.connect("node", testRanges.nodeIp, 30014)).toBe("b 10.98.1.1");
  });

  it("serves external addresses and load balancer addresses, these from the allowed sources only", async () => {
    const spec = {
      clusterIP: "10.98.128.15",
      type: "LoadBalancer",
      externalIPs: ["10.98.240.5"],
      loadBalancerSourceRanges: ["10.98.200.2/32"],
    };
    const status = { loadBalancer: { ingress: [{ ip: "10.98.240.6" }] } };
    await set(service("lb", spec, status), slice("lb", [b]));
    expect(await network.connect("outside", "10.98.240.5", 80)).toBe("b 10.98.1.1");
    expect(await network.connect("outside", "10.98.240.6", 80)).toBe("b 10.98.1.1");
    await set(service("lb", { ...spec, loadBalancerSourceRanges: ["10.98.200.77/32"] }, status), slice("lb", [b]));
    expect(await network.connect("outside", "10.98.240.6", 80)).toBe("timeout");
    expect(await network.connect("outside", "10.98.240.5", 80)).toBe("b 10.98.1.1");
  });

  it("keeps a client with its endpoint, also through a full rewrite", async () => {
    const spec = { clusterIP: "10.98.128.16", sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } } };
    await set(service("sticky", spec), slice("sticky", [a, b]));
    const first = await network.connect("outside", "10.98.128.16", 80).then(() => network.connect("node", "10.98.128.16", 80));
    for (let i = 0; i < 6; i++) expect(await network.connect("node", "10.98.128.16", 80)).toBe(first);
    proxy.invalidate();
    expect(await proxy.sync()).toEqual({ full: true, unchanged: false });
    for (let i = 0; i < 6; i++) expect(await network.connect("node", "10.98.128.16", 80)).toBe(first);
  });

  it("lets pods reach the world with the node's address", async () => {
    expect(await network.connect("a", testRanges.outsideIp, 8080)).toBe(`outside ${testRanges.nodeIp}`);
  });

  it("serves host ports, on all addresses or on one", async () => {
    proxy.setHostPorts([
      { pod: "default/b", hostPort: 9000, containerPort: 8080, protocol: "TCP", podIps: [b] },
      { pod: "default/b", hostIp: "127.0.0.1", hostPort: 9001, containerPort: 8080, protocol: "TCP", podIps: [b] },
      { pod: "default/a", hostPort: 9000, containerPort: 8080, protocol: "TCP", podIps: [a] },
    ]);
    await proxy.sync();
    expect(await network.connect("outside", testRanges.nodeIp, 9000)).toBe(`b ${testRanges.outsideIp}`);
    expect(await network.connect("b", testRanges.nodeIp, 9000)).toBe("b 10.98.1.1");
    expect(await network.connect("node", "127.0.0.1", 9000)).toBe("b 10.98.1.1");
    expect(await network.connect("node", "127.0.0.1", 9001)).toBe("b 10.98.1.1");
    expect(await network.connect("outside", testRanges.nodeIp, 9001)).toBe("refused");
    proxy.setHostPorts([]);
    await proxy.sync();
    expect(await network.connect("outside", testRanges.nodeIp, 9000)).toBe("refused");
  });

  it("translates UDP", async () => {
    const ports = [{ name: "dns", port: 53, protocol: "UDP" }];
    const endpoints = slice("udp", [b], { ports: [{ name: "dns", port: 8080, protocol: "UDP" }] });
    await set(service("udp", { clusterIP: "10.98.128.17", ports }), endpoints);
    expect(await network.send("a", "10.98.128.17", 53)).toBe(`b ${a}`);
  });

  it("goes on with endpoints that still serve while they terminate, when there are no others", async () => {
    const conditions = { ready: false, serving: true, terminating: true };
    const leaving = slice("leaving", [], { endpoints: [{ addresses: [b], conditions, nodeName: "node" }] });
    await set(service("leaving", { clusterIP: "10.98.128.18" }), leaving);
    expect(await network.connect("a", "10.98.128.18", 80)).toBe(`b ${a}`);
    await set(service("leaving", { clusterIP: "10.98.128.18" }), leaving, slice("more", [a]));
    expect(await network.connect("node", "10.98.128.18", 80)).toBe("a 10.98.1.1");
  });

  it("leaves established connections alone when endpoints change, when the service goes, and at a full rewrite", async () => {
    await set(service("flow", { clusterIP: "10.98.128.19" }), slice("flow", [b]));
    const script =
      'exec 3<>/dev/tcp/10.98.128.19/80; read -r line <&3; echo "$line"; while read -r word; do echo "$word" >&3; read -r -t 2 line <&3; echo "$line"; done';
    const talk = startTalk(network.namespace("a"), script);
    expect(await talk.line()).toBe(`b ${a}`);
    await set(service("flow", { clusterIP: "10.98.128.19" }), slice("flow", [a]));
    expect(await talk.say("one")).toBe("one");
    proxy.setService("default/flow", undefined, []);
    await proxy.sync();
    expect(await talk.say("two")).toBe("two");
    proxy.invalidate();
    await proxy.sync();
    expect(await talk.say("three")).toBe("three");
    await talk.end();
    expect(await network.connect("a", "10.98.128.19", 80)).toBe("refused");
  });

  it("gives a contested external address to the first service, and to the next when that goes", async () => {
    const spec = { externalIPs: ["10.98.240.9"] };
    await set(service("first", { clusterIP: "10.98.128.20", ...spec }), slice("first", [a]));
    await set(service("second", { clusterIP: "10.98.128.21", ...spec }), slice("second", [b]));
    expect(await network.connect("outside", "10.98.240.9", 80)).toBe("a 10.98.1.1");
    proxy.setService("default/first", undefined, []);
    await proxy.sync();
    expect(await network.connect("outside", "10.98.240.9", 80)).toBe("b 10.98.1.1");
  });

  it("notices that its table is gone, writes it anew, and removes it in the end", async () => {
    await network.node(["nft", "delete", "table", "inet", networkNames("px").table]);
    expect(await network.connect("a", "10.98.128.10", 80)).not.toBe(`b ${a}`);
    expect(await proxy.verify()).toBe(false);
    expect(await proxy.sync()).toEqual({ full: true, unchanged: false });
    expect(await network.connect("a", "10.98.128.10", 80)).toBe(`b ${a}`);
    expect(await proxy.verify()).toBe(true);
    await proxy.remove();
    expect(await network.node(["nft", "list", "tables", "inet"])).toBe("");
  });
});

function startTalk(namespace: string, script: string) {
  const child = spawn("ip", ["netns", "exec", namespace, "bash", "-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async () => (await lines.next()).value as string;
  return {
    line,
    async say(word: string) {
      child.stdin.write(`${word}\n`);
      return await line();
    },
    async end() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin.end();
      await ended;
    },
  };
}
