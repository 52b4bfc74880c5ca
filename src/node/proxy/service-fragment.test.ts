import { describe, expect, it } from "vitest";
import type { Service } from "../../api/core/v1.ts";
import type { EndpointSlice } from "../../api/discovery/v1.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { CommandError, type CommandRunner } from "../network/command.ts";
import { ConntrackCleaner, staleFlows } from "./conntrack.ts";
import { createNftablesProxy } from "./nftables-proxy.ts";
import { serviceFragment } from "./service-fragment.ts";
import { servicePorts } from "./service-ports.ts";

const node = { name: "n1", zone: "west" };
const options = { clusterCidrs: ["10.244.0.0/16", "fd00::/56"] };

function service(spec: Service["spec"] = {}): Service {
  return { metadata: { namespace: "ns", name: "web" }, spec: { clusterIP: "10.96.0.5", ports: [{ name: "p", port: 80 }], ...spec } };
}

type Endpoints = NonNullable<EndpointSlice["endpoints"]>;

function slice(endpoints: Endpoints, more: Partial<EndpointSlice> = {}): EndpointSlice {
  return { metadata: { namespace: "ns", name: "web-1" }, addressType: "IPv4", ports: [{ name: "p", port: 8080 }], endpoints, ...more };
}

const targets = (spec: Service["spec"], ...slices: EndpointSlice[]) => servicePorts(service(spec), slices, node, [4, 6]);
const ips = (list: { ip: string }[] | undefined) => list?.map(({ ip }) => ip);

describe("the endpoints of a service", () => {
  it("are the ready ones, or else those that serve while they terminate", () => {
    const leaving = { addresses: ["10.244.0.1"], conditions: { ready: false, serving: true, terminating: true } };
    const dead = { addresses: ["10.244.0.2"], conditions: { ready: false, serving: false, terminating: true } };
    const unready = { addresses: ["10.244.0.3"], conditions: { ready: false } };
    const ready = { addresses: ["10.244.0.4"], conditions: { ready: true } };
    const unknown = { addresses: ["10.244.0.5"] };
    expect(ips(targets({}, slice([leaving, dead, unready]))[0]?.cluster)).toEqual(["10.244.0.1"]);
    expect(ips(targets({}, slice([leaving, dead, unready, ready, unknown]))[0]?.cluster)).toEqual(["10.244.0.4", "10.244.0.5"]);
  });

  it("are known once, though two slices have them", () => {
    const one = { addresses: ["10.244.0.4"] };
    expect(ips(targets({}, slice([{ ...one, conditions: { ready: false } }]), slice([one]))[0]?.cluster)).toEqual(["10.244.0.4"]);
  });

  it("match the port by name and protocol", () => {
    expect(targets({}, slice([{ addresses: ["10.244.0.4"] }], { ports: [{ name: "other", port: 1 }] }))[0]?.cluster).toEqual([]);
    expect(targets({}, slice([{ addresses: ["10.244.0.4"] }], { ports: [{ name: "p", port: 1, protocol: "UDP" }] }))[0]?.cluster).toEqual(
      [],
    );
  });

  it("of each family serve that family's address", () => {
    const ports = targets(
      { clusterIPs: ["10.96.0.5", "FD00:1::5"] },
      slice([{ addresses: ["10.244.0.4"] }]),
      slice([{ addresses: ["fd00::4"] }], { addressType: "IPv6" }),
    );
    expect(ports.map(({ clusterIp, cluster }) => [clusterIp, ips(cluster)])).toEqual([
      ["10.96.0.5", ["10.244.0.4"]],
      ["fd00:1::5", ["fd00::4"]],
    ]);
    expect(serviceFragment(ports.slice(1), options).chains[0]?.rules.at(-1)).toBe("meta l4proto tcp dnat ip6 to [fd00::4]:8080");
  });

  it("follow hints for this node, then for this zone, when all have them", () => {
    const hinted = (address: string, zone: string, onNode: string) => ({
      addresses: [address],
      hints: { forZones: [{ name: zone }], forNodes: [{ name: onNode }] },
    });
    expect(ips(targets({}, slice([hinted("10.244.0.1", "west", "n2"), hinted("10.244.0.2", "west", "n1")]))[0]?.cluster)).toEqual([
      "10.244.0.2",
    ]);
    expect(ips(targets({}, slice([hinted("10.244.0.1", "west", "n2"), hinted("10.244.0.2", "east", "n3")]))[0]?.cluster)).toEqual([
      "10.244.0.1",
    ]);
    expect(targets({}, slice([hinted("10.244.0.1", "east", "n2"), hinted("10.244.0.2", "east", "n3")]))[0]?.cluster).toHaveLength(2);
    expect(targets({}, slice([hinted("10.244.0.1", "west", "n2"), { addresses: ["10.244.0.2"] }]))[0]?.cluster).toHaveLength(2);
  });

  it("of headless, external and others' services are not this proxy's", () => {
    expect(targets({ clusterIP: "None" })).toEqual([]);
    expect(targets({ type: "ExternalName", externalName: "x" })).toEqual([]);
    const labelled = service();
    labelled.metadata.labels = { "service.kubernetes.io/service-proxy-name": "other" };
    expect(servicePorts(labelled, [], node, [4])).toEqual([]);
  });
});

describe("the rules of a service", () => {
  it("lead from the maps to chains by endpoint", () => {
    const { chains, elements, sets } = serviceFragment(
      targets({}, slice([{ addresses: ["10.244.0.4"] }, { addresses: ["10.244.0.5"] }])),
      options,
    );
    const [first, second, balancer] = chains.map(({ name }) => name);
    expect(balancer).toMatch(/^service-[0-9a-f]{10}-ns\/web\/tcp\/p$/);
    expect(first).toMatch(/^endpoint-[0-9a-f]{10}-ns\/web\/tcp\/p__10.244.0.4\/8080$/);
    expect(chains[0]?.rules).toEqual(["ip saddr 10.244.0.4 jump mark-for-masquerade", "meta l4proto tcp dnat ip to 10.244.0.4:8080"]);
    expect(chains[2]?.rules).toEqual([
      "ip daddr 10.96.0.5 tcp dport 80 ip saddr != { 10.244.0.0/16 } jump mark-for-masquerade",
      `numgen random mod 2 vmap { 0 : goto ${first}, 1 : goto ${second} }`,
    ]);
    expect(elements).toEqual([
      { map: "cluster-ips4", key: "10.96.0.5" },
      { map: "service-ips4", key: "10.96.0.5 . tcp . 80", value: `goto ${balancer}` },
    ]);
    expect(sets).toEqual([]);
  });

  it("say no or nothing for a port without endpoints, by policy", () => {
    const verdict = (spec: Service["spec"], ...slices: EndpointSlice[]) =>
      serviceFragment(targets(spec, ...slices), options).elements.filter(({ map }) => map.startsWith("no-endpoint"));
    expect(verdict({})).toEqual([{ map: "no-endpoint-services4", key: "10.96.0.5 . tcp . 80", value: "goto reject-chain" }]);
    const elsewhere = slice([{ addresses: ["10.244.1.4"], nodeName: "n2" }]);
    expect(verdict({ internalTrafficPolicy: "Local" }, elsewhere)).toEqual([
      { map: "no-endpoint-services4", key: "10.96.0.5 . tcp . 80", value: "drop" },
    ]);
    expect(
      verdict({ type: "NodePort", externalTrafficPolicy: "Local", ports: [{ name: "p", port: 80, nodePort: 30_080 }] }, elsewhere),
    ).toEqual([{ map: "no-endpoint-nodeports4", key: "tcp . 30080", value: "drop" }]);
  });

  it("keep names of any length apart and within limits", () => {
    const long = (name: string) => {
      const one = service({ ports: [{ name: "p".repeat(15), port: 80 }] });
      one.metadata = { namespace: "n".repeat(63), name };
      const ready = slice([{ addresses: ["10.244.0.4"] }], { ports: [{ name: "p".repeat(15), port: 80 }] });
      return serviceFragment(servicePorts(one, [ready], node, [4]), options).chains.map((chain) => chain.name);
    };
    const names = [...long(`${"s".repeat(62)}a`), ...long(`${"s".repeat(62)}b`)];
    expect(new Set(names).size).toBe(4);
    for (const name of names) expect(name.length).toBeLessThanOrEqual(127);
  });

  it("take no text from a service but names and addresses", () => {
    const nasty = { type: "LoadBalancer", externalIPs: ["1.2.3.4; flush ruleset"], loadBalancerSourceRanges: ["1.2.3.4/8 accept"] };
    const one = service(nasty);
    one.status = { loadBalancer: { ingress: [{ ip: "10.98.0.1" }] } };
    const text = JSON.stringify(serviceFragment(servicePorts(one, [], node, [4]), options));
    expect(text).not.toMatch(/flush|accept/);
  });
});

describe("transactions", () => {
  it("touch only what a change is about, and delete chains one transaction after they were emptied", async () => {
    const scripts: string[] = [];
    const run: CommandRunner = async (_, input) => {
      if (input?.input) scripts.push(input.input);
      return "";
    };
    const proxy = createNftablesProxy({ ...options, table: "kybern-x", nodeName: "n1", run, logger: silentLogger });
    for (let i = 0; i < 50; i++) {
      const one = service({ clusterIP: `10.96.1.${i}` });
      one.metadata.name = `s${i}`;
      proxy.setService(`ns/s${i}`, one, [slice([{ addresses: [`10.244.1.${i}`] }])]);
    }
    proxy.setService("ns/web", service(), [slice([{ addresses: ["10.244.0.4"] }])]);
    await proxy.sync();
    expect(scripts[0]).toMatch(/^add table inet kybern-x\ndelete table inet kybern-x\ntable inet kybern-x \{\n/);
    scripts.length = 0;
    const short = (script: string | undefined) =>
      script
        ?.replace(/-[0-9a-f]{10}-/g, "-")
        .replaceAll("inet kybern-x ", "")
        .trim()
        .split("\n");
    proxy.setService("ns/web", service(), [slice([{ addresses: ["10.244.0.5"] }])]);
    await proxy.sync();
    expect(short(scripts.pop())).toEqual([
      "add chain endpoint-ns/web/tcp/p__10.244.0.5/8080",
      "flush chain service-ns/web/tcp/p",
      "flush chain endpoint-ns/web/tcp/p__10.244.0.4/8080",
      "add rule endpoint-ns/web/tcp/p__10.244.0.5/8080 ip saddr 10.244.0.5 jump mark-for-masquerade",
      "add rule endpoint-ns/web/tcp/p__10.244.0.5/8080 meta l4proto tcp dnat ip to 10.244.0.5:8080",
      "add rule service-ns/web/tcp/p ip daddr 10.96.0.5 tcp dport 80 ip saddr != { 10.244.0.0/16 } jump mark-for-masquerade",
      "add rule service-ns/web/tcp/p numgen random mod 1 vmap { 0 : goto endpoint-ns/web/tcp/p__10.244.0.5/8080 }",
    ]);
    proxy.setService("ns/web", service(), []);
    await proxy.sync();
    expect(short(scripts.pop())).toEqual([
      "flush chain endpoint-ns/web/tcp/p__10.244.0.5/8080",
      "flush chain service-ns/web/tcp/p",
      "delete element service-ips4 { 10.96.0.5 . tcp . 80 }",
      "add element no-endpoint-services4 { 10.96.0.5 . tcp . 80 : goto reject-chain }",
      "delete chain endpoint-ns/web/tcp/p__10.244.0.4/8080",
    ]);
    // The old endpoint comes back before its chain was deleted.
    proxy.setService("ns/web", service(), [slice([{ addresses: ["10.244.0.5"] }])]);
    await proxy.sync();
    expect(short(scripts.pop())?.slice(0, 1)).toEqual([
      "add rule endpoint-ns/web/tcp/p__10.244.0.5/8080 ip saddr 10.244.0.5 jump mark-for-masquerade",
    ]);
    expect(await proxy.sync()).toEqual({ full: false, unchanged: true });
    expect(scripts).toEqual([]);
  });

  it("are followed by a full one when one fails", async () => {
    let fail = false;
    const scripts: string[] = [];
    const run: CommandRunner = async (command, input) => {
      if (fail) throw new CommandError(command, 1, "No such file or directory");
      if (input?.input) scripts.push(input.input);
      return "";
    };
    const proxy = createNftablesProxy({ ...options, table: "kybern-x", nodeName: "n1", run, logger: silentLogger });
    await proxy.sync();
    fail = true;
    proxy.setService("ns/web", service(), []);
    await expect(proxy.sync()).rejects.toThrow("nft -f -: exit code 1: No such file or directory");
    fail = false;
    expect(await proxy.sync()).toEqual({ full: true, unchanged: false });
    expect(scripts.at(-1)).toContain("add element inet kybern-x cluster-ips4 { 10.96.0.5 }");
  });
});

describe("UDP flows", () => {
  const udp = (...addresses: string[]) =>
    servicePorts(
      service({ type: "NodePort", ports: [{ name: "p", port: 53, protocol: "UDP", nodePort: 30_053 }] }),
      [
        slice(
          addresses.map((address) => ({ addresses: [address] })),
          { ports: [{ name: "p", port: 53, protocol: "UDP" }] },
        ),
      ],
      node,
      [4],
    );

  it("to endpoints that are gone are forgotten, and those from before there were any", () => {
    expect(staleFlows(udp("10.244.0.4", "10.244.0.5"), udp("10.244.0.5"))).toEqual([
      { family: 4, address: "10.96.0.5", port: 53, endpoint: "10.244.0.4" },
      { family: 4, port: 30_053, endpoint: "10.244.0.4" },
    ]);
    expect(staleFlows(udp(), udp("10.244.0.5"))).toEqual([
      { family: 4, address: "10.96.0.5", port: 53 },
      { family: 4, port: 30_053 },
    ]);
    expect(staleFlows(udp("10.244.0.5"), [])).toHaveLength(2);
    expect(staleFlows(udp("10.244.0.5"), udp("10.244.0.5", "10.244.0.6"))).toEqual([]);
  });

  it("stay where the tool is missing, which is said once", async () => {
    const commands: string[] = [];
    const warnings: string[] = [];
    const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
    const cleaner = new ConntrackCleaner(async (command) => {
      commands.push(command.join(" "));
      throw new CommandError(command, undefined, "", true);
    }, logger);
    const flows = staleFlows(udp("10.244.0.4"), udp());
    await cleaner.forget(flows);
    await cleaner.forget(flows);
    expect(commands).toEqual(["conntrack -D -f ipv4 -p udp --orig-port-dst 53 --orig-dst 10.96.0.5 --dst-nat 10.244.0.4"]);
    expect(warnings).toEqual([
      "the conntrack tool is not installed: UDP clients that keep their port go on sending to an endpoint that is gone for up to two minutes",
    ]);
  });
});
