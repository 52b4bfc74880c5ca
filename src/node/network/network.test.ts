import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodes } from "../../api/refs.ts";
import { createInformerFactory } from "../../client/informer-factory.ts";
import { createMemoryClient } from "../../client/testing/memory-client.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { seededRandom } from "../../machinery/random.ts";
import { ensureBridge, removeBridge } from "./bridge.ts";
import { cniConfig, removeCniConfig, writeCniConfig } from "./cni-config.ts";
import type { CommandRunner } from "./command.ts";
import { ensureForwarding, removeForwarding } from "./forwarding.ts";
import { freeLeftoverAddresses } from "./leftovers.ts";
import { networkNames } from "./names.ts";
import { listeningPorts, takenCidrs } from "./ranges.ts";
import { removeRoutes, startRoutes } from "./routes.ts";
import { TestNetwork, testRanges, whyNoTestNetwork } from "./testing/test-network.ts";

const reason = whyNoTestNetwork();
const clock = new VirtualClock();

const options = { clusterId: "nt", podCidrs: [testRanges.podCidr] };

describe("the CNI configuration", () => {
  it("names everything after the cluster and leaves masquerading and host ports to the proxy", () => {
    expect(cniConfig({ ...options, ipamDirectory: "/data/ipam", mtu: 1400 })).toEqual({
      cniVersion: "0.4.0",
      name: "kybern-nt",
      plugins: [
        {
          type: "bridge",
          bridge: "kyb-nt",
          isGateway: true,
          isDefaultGateway: true,
          ipMasq: false,
          hairpinMode: true,
          mtu: 1400,
          ipam: { type: "host-local", dataDir: "/data/ipam", ranges: [[{ subnet: "10.98.1.0/24", gateway: "10.98.1.1" }]] },
        },
      ],
    });
  });

  it("is written whole and removed", async () => {
    const directory = mkdtempSync(join(tmpdir(), "kybern-cni-"));
    const path = await writeCniConfig(join(directory, "net.d"), { ...options, ipamDirectory: join(directory, "ipam") });
    expect(JSON.parse(readFileSync(path, "utf8")).name).toBe("kybern-nt");
    expect(readdirSync(join(directory, "net.d"))).toEqual(["10-kybern-nt.conflist"]);
    await removeCniConfig(join(directory, "net.d"), "nt");
    expect(readdirSync(join(directory, "net.d"))).toEqual([]);
    rmSync(directory, { recursive: true });
  });

  it("keeps interface names within the kernel's limit, and ids out of scripts", () => {
    expect(networkNames("abc123").bridge).toBe("kyb-abc123");
    const long = networkNames("a-very-long-cluster-id").bridge;
    expect(long).toHaveLength(15);
    expect(networkNames("a-very-long-cluster-ie").bridge).not.toBe(long);
    expect(() => networkNames("a; b")).toThrow('cluster id "a; b" must consist of lower-case letters, digits and inner dashes');
  });
});

describe("addresses of sandboxes that are gone", () => {
  it("are freed, but for young ones and those of sandboxes that are there", async () => {
    const directory = mkdtempSync(join(tmpdir(), "kybern-ipam-"));
    const reservations = join(directory, "ipam", "kybern-nt");
    const cache = join(directory, "results");
    mkdirSync(reservations, { recursive: true });
    mkdirSync(cache);
    writeFileSync(join(reservations, "10.98.1.2"), "alive\r\neth0");
    writeFileSync(join(reservations, "10.98.1.3"), "dead\r\neth0");
    writeFileSync(join(reservations, "last_reserved_ip.0"), "10.98.1.3");
    writeFileSync(join(reservations, "lock"), "");
    writeFileSync(join(cache, "kybern-nt-alive-eth0"), "{}");
    writeFileSync(join(cache, "kybern-nt-dead-eth0"), "{}");
    writeFileSync(join(cache, "other-dead-eth0"), "{}");
    const call = {
      clusterId: "nt",
      ipamDirectory: join(directory, "ipam"),
      sandboxIds: new Set(["alive"]),
      cniCacheDirectory: cache,
    };
    const now = { now: () => Date.now() + 1000, setTimeout: clock.setTimeout.bind(clock) };
    expect(await freeLeftoverAddresses(now, { ...call, minimumAgeMilliseconds: 600_000 })).toEqual([]);
    expect(await freeLeftoverAddresses(now, { ...call, minimumAgeMilliseconds: 0 })).toEqual(["10.98.1.3"]);
    expect(readdirSync(reservations).sort()).toEqual(["10.98.1.2", "last_reserved_ip.0", "lock"]);
    expect(readdirSync(cache).sort()).toEqual(["kybern-nt-alive-eth0", "other-dead-eth0"]);
    expect(await freeLeftoverAddresses(now, { ...call, ipamDirectory: "/nowhere", minimumAgeMilliseconds: 0 })).toEqual([]);
    rmSync(directory, { recursive: true });
  });
});

describe.skipIf(reason !== undefined)(`a machine's network${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let network: TestNetwork;
  let node: CommandRunner;
  const setting = async (name: string) => (await node(["cat", `/proc/sys/net/${name}`])).trim();

  beforeAll(async () => {
    network = await TestNetwork.create("nt", clock);
    node = network.node;
  });

  afterAll(async () => {
    await network?.close();
  });

  it("makes the bridge, once, with the ranges' first addresses and the services' route", async () => {
    expect(network.bridge).toEqual({ name: "kyb-nt", addresses: ["10.98.1.1"], bridgeNetfilter: true });
    expect(await setting("ipv4/ip_forward")).toBe("1");
    expect(await setting("ipv4/conf/kyb-nt/route_localnet")).toBe("1");
    const before = await node(["ip", "-o", "link", "show", "dev", "kyb-nt"]);
    expect(before).toContain("link/ether 0a:58:");
    expect(await ensureBridge(network.deps, network.bridgeOptions)).toEqual(network.bridge);
    expect(await node(["ip", "-o", "link", "show", "dev", "kyb-nt"])).toBe(before);
    expect(await node(["ip", "route", "show", "dev", "kyb-nt", testRanges.serviceCidr])).toMatch("src 10.98.1.1");
  });

  it("moves the bridge to another range, and takes a second family", async () => {
    const moved = {
      ...network.bridgeOptions,
      podCidrs: ["10.98.2.0/24", "fd98::/64"],
      serviceCidrs: ["10.98.128.0/20", "fd98:0:0:1::/112"],
    };
    expect((await ensureBridge(network.deps, moved)).addresses).toEqual(["10.98.2.1", "fd98::1"]);
    expect(await setting("ipv6/conf/all/forwarding")).toBe("1");
    expect(await node(["ip", "-br", "addr", "show", "dev", "kyb-nt"])).toMatch(/10\.98\.2\.1\/24 fd98::1\/64/);
    expect(await node(["ip", "-6", "route", "show", "fd98:0:0:1::/112"])).toMatch("src fd98::1");
    await ensureBridge(network.deps, network.bridgeOptions);
    expect(await node(["ip", "-br", "addr", "show", "dev", "kyb-nt"])).toMatch(/10\.98\.1\.1\/24/);
  });

  it("puts kernel settings back when the last cluster that needs them is gone", async () => {
    const other = { ...network.bridgeOptions, clusterId: "nt2", podCidrs: ["10.98.3.0/24"], serviceCidrs: [] };
    await ensureBridge(network.deps, other);
    await removeBridge(network.deps, network.bridgeOptions);
    expect(await setting("ipv4/ip_forward")).toBe("1");
    expect(await removeBridge(network.deps, other)).toMatchObject({ "net.ipv4.ip_forward": "0" });
    expect(await setting("ipv4/ip_forward")).toBe("0");
    expect(await node(["ip", "-br", "link", "show", "type", "bridge"])).toBe("");
    expect(existsSync(join(network.directory, "run", "settings"))).toBe(false);
    await ensureBridge(network.deps, network.bridgeOptions);
  });

  it("opens chains that drop, leaves others alone, and takes its rules back", async () => {
    await node([
      "nft",
      `add table ip filter
       add chain ip filter FORWARD { type filter hook forward priority 0; policy drop; }
       add chain ip filter INPUT { type filter hook input priority 0; policy drop; }
       add table inet firewalld
       add chain inet firewalld filter_FORWARD { type filter hook forward priority 10; policy accept; }
       add rule inet firewalld filter_FORWARD ct state established accept
       add rule inet firewalld filter_FORWARD reject with icmpx admin-prohibited
       add table inet harmless
       add chain inet harmless forward { type filter hook forward priority 0; policy accept; }`,
    ]);
    const before = await node(["nft", "list", "ruleset"]);
    const forwarding = { clusterId: "nt", openPorts: [{ protocol: "udp" as const, port: 53 }] };
    expect((await ensureForwarding(network.deps, forwarding)).sort()).toEqual([
      "inet firewalld filter_FORWARD",
      "ip filter FORWARD",
      "ip filter INPUT",
    ]);
    expect(await ensureForwarding(network.deps, forwarding)).toEqual([]);
    const rules = await node(["nft", "list", "chain", "ip", "filter", "FORWARD"]);
    expect(rules).toContain('iifname "kyb-nt" accept comment "kybern nt: from pods"');
    expect(rules).toContain('oifname "kyb-nt" accept comment "kybern nt: to pods"');
    expect(await node(["nft", "list", "chain", "ip", "filter", "INPUT"])).toContain('iifname "kyb-nt" udp dport 53 accept');
    // Another cluster's rules are its own.
    await ensureForwarding(network.deps, { clusterId: "nt2" });
    await removeForwarding(network.deps, forwarding);
    expect(await node(["nft", "list", "chain", "ip", "filter", "FORWARD"])).toContain('comment "kybern nt2: from pods"');
    await removeForwarding(network.deps, { clusterId: "nt2" });
    expect(await node(["nft", "list", "ruleset"])).toBe(before);
  });

  it("opens the old kernel interface's chains too", async () => {
    const iptables = async (...args: string[]) => await node(["iptables-legacy", ...args]);
    if (!existsSync("/usr/sbin/iptables-legacy") || (await iptables("-S").catch(() => undefined)) === undefined) return;
    await iptables("-P", "FORWARD", "DROP");
    const before = await iptables("-S");
    const forwarding = { clusterId: "nt" };
    expect(await ensureForwarding(network.deps, forwarding)).toContain("iptables-legacy FORWARD");
    expect(await ensureForwarding(network.deps, forwarding)).toEqual([]);
    expect(await iptables("-S", "FORWARD")).toContain('-A FORWARD -i kyb-nt -m comment --comment "kybern nt: from pods" -j ACCEPT');
    await removeForwarding(network.deps, forwarding);
    expect(await iptables("-S")).toBe(before);
    await iptables("-P", "FORWARD", "ACCEPT");
  });

  it("routes to the pods of nodes on the same network, and to no others", async () => {
    const client = createMemoryClient({ clock });
    const end = new AbortController();
    const deps = { client, clock, random: seededRandom(1), logger: silentLogger, signal: end.signal };
    const informers = createInformerFactory(deps);
    const other = (name: string, cidr: string, address: string) => ({
      metadata: { name },
      spec: { podCIDR: cidr, podCIDRs: [cidr] },
      status: { addresses: [{ type: "InternalIP", address }] },
    });
    client.seed(
      nodes,
      other("self", testRanges.podCidr, testRanges.nodeIp),
      other("near", "10.98.5.0/24", testRanges.outsideIp),
      other("far", "10.98.6.0/24", "10.98.250.1"),
    );
    const routes = startRoutes({ ...deps, informers }, { nodeName: "self", clusterCidrs: [testRanges.clusterCidr], run: node });
    const shown = async () => (await node(["ip", "route", "show", "proto", "75"])).trim();
    const until = async (text: string) => {
      for (let i = 0; i < 200 && (await shown()) !== text; i++) await client.settle();
      return await shown();
    };
    expect(await until("10.98.5.0/24 via 10.98.200.2 dev eth0")).toBe("10.98.5.0/24 via 10.98.200.2 dev eth0");
    // Somebody removes it.
    await node(["ip", "route", "del", "10.98.5.0/24"]);
    await clock.advance(60_000);
    expect(await until("10.98.5.0/24 via 10.98.200.2 dev eth0")).toBe("10.98.5.0/24 via 10.98.200.2 dev eth0");
    client.seed(nodes, other("near", "10.98.7.0/24", testRanges.outsideIp));
    expect(await until("10.98.7.0/24 via 10.98.200.2 dev eth0")).toBe("10.98.7.0/24 via 10.98.200.2 dev eth0");
    client.drop(nodes, "near");
    expect(await until("")).toBe("");
    client.seed(nodes, other("near", "10.98.5.0/24", testRanges.outsideIp));
    await until("10.98.5.0/24 via 10.98.200.2 dev eth0");
    await routes.stop();
    end.abort();
    await removeRoutes(node, [testRanges.clusterCidr]);
    expect(await shown()).toBe("");
  });

  it("sees what is taken on the machine", async () => {
    const taken = await takenCidrs(node, "kyb-nt");
    expect(taken).toContain("10.98.200.0/24");
    expect(taken).not.toContain(testRanges.podCidr);
    await network.addPod("listener", "10.98.1.77");
    await network.serve("listener", 21_700);
    expect([...(await listeningPorts(network.in("listener")))]).toEqual([21_700]);
  });

  const plugin = ["/usr/lib/cni/bridge", "/opt/cni/bin/bridge"].find(existsSync);
  it.skipIf(!plugin)("is what the CNI plug-in makes a pod's network of", async () => {
    const ipamDirectory = join(network.directory, "ipam");
    const { plugins, ...top } = cniConfig({ clusterId: "nt", podCidrs: [testRanges.podCidr], ipamDirectory });
    const config = JSON.stringify({ ...top, ...(plugins as object[])[0] });
    await network.addNamespace("cni");
    const call = (command: string) =>
      node(
        [
          "env",
          `CNI_COMMAND=${command}`,
          "CNI_CONTAINERID=box1",
          `CNI_NETNS=/var/run/netns/${network.namespace("cni")}`,
          "CNI_IFNAME=eth0",
          `CNI_PATH=${join(plugin as string, "..")}`,
          plugin as string,
        ],
        { input: config },
      );
    const result = JSON.parse(await call("ADD")) as { ips: { address: string; gateway: string }[] };
    expect(result.ips).toMatchObject([{ address: "10.98.1.2/24", gateway: "10.98.1.1" }]);
    expect(await network.in("cni")(["ip", "route", "show", "default"])).toMatch("default via 10.98.1.1 dev eth0");
    expect(readFileSync(join(ipamDirectory, "kybern-nt", "10.98.1.2"), "utf8")).toBe("box1\r\neth0");
    const sandboxIds = new Set<string>();
    const now = { now: () => Date.now() + 1000, setTimeout: clock.setTimeout.bind(clock) };
    const leftovers = { clusterId: "nt", ipamDirectory, sandboxIds, minimumAgeMilliseconds: 0, cniCacheDirectory: "/nowhere" };
    expect(await freeLeftoverAddresses(now, leftovers)).toEqual(["10.98.1.2"]);
    await call("DEL");
  });
});
