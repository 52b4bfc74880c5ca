import { createHash } from "node:crypto";
import { formatCidr, parseCidr } from "../network/address.ts";
import { type FamilyWords, familyWords, markChain, rangesOf, rejectChain } from "./base-ruleset.ts";
import type { Chain, Fragment, MapElement, NamedSet, RulesetOptions } from "./ruleset.ts";
import type { ServicePortTargets, Target } from "./service-ports.ts";

/** The rules of one service: its chains, its endpoints' chains, and its places in the table's maps. */
export function serviceFragment(ports: readonly ServicePortTargets[], options: RulesetOptions): Fragment {
  const chains: Chain[] = [];
  const sets: NamedSet[] = [];
  const elements: MapElement[] = [];
  for (const port of ports) new PortRules(port, options, chains, sets, elements).add();
  return { chains, sets, elements };
}

class PortRules {
  readonly #port: ServicePortTargets;
  readonly #words: FamilyWords;
  readonly #options: RulesetOptions;
  readonly #chains: Chain[];
  readonly #sets: NamedSet[];
  readonly #elements: MapElement[];
  /** What the chains of this port end with: a digest that keeps them apart, and the name for people. */
  readonly #suffix: string;

  constructor(port: ServicePortTargets, options: RulesetOptions, chains: Chain[], sets: NamedSet[], elements: MapElement[]) {
    this.#port = port;
    this.#words = familyWords[port.family];
    this.#options = options;
    this.#chains = chains;
    this.#sets = sets;
    this.#elements = elements;
    this.#suffix = chainSuffix(`${port.name}/${port.family}`, port.name);
  }

  add(): void {
    const { cluster, local, internalLocal, externalLocal } = this.#port;
    const usesLocal = internalLocal || externalLocal;
    // With both policies Local, the endpoints of other nodes still serve what comes from this node's pods to an external address.
    const usesCluster = !internalLocal || this.#hasExternal();
    const targets = new Map<string, Target>();
    for (const target of [...(usesCluster ? cluster : []), ...(usesLocal ? local : [])]) targets.set(`${target.ip}/${target.port}`, target);
    const endpoints = new Map<string, string>();
    for (const [key, target] of targets) endpoints.set(key, this.#addEndpoint(target));
    if (usesCluster) this.#addBalancer(this.#clusterChain, cluster, endpoints);
    if (usesLocal) this.#addBalancer(this.#localChain, local, endpoints);
    this.#addClusterIp();
    if (this.#hasExternal()) this.#addExternal();
    this.#addFirewall();
  }

  get #clusterChain(): string {
    return `service-${this.#suffix}`;
  }

  get #localChain(): string {
    return `service-local-${this.#suffix}`;
  }

  #hasExternal(): boolean {
    const { nodePort, externalIps, loadBalancerIps } = this.#port;
    return nodePort !== undefined || externalIps.length > 0 || loadBalancerIps.length > 0;
  }

  #addEndpoint(target: Target): string {
    const { family, protocol, affinitySeconds } = this.#port;
    const { ip } = this.#words;
    const key = `${target.ip}/${target.port}`;
    const name = `endpoint-${chainSuffix(`${this.#port.name}/${key}`, `${this.#port.name}__${key}`)}`;
    // A pod that reaches itself would drop a packet from its own address.
    const rules = [`${ip} saddr ${target.ip} jump ${markChain}`];
    if (affinitySeconds !== undefined) {
      const set = this.#affinitySet(target, affinitySeconds);
      this.#sets.push({
        name: set,
        definition: `type ${this.#words.addressType}; flags dynamic,timeout; timeout ${affinitySeconds}s;`,
      });
      rules.push(`update @${set} { ${ip} saddr }`);
    }
    rules.push(`meta l4proto ${protocol} dnat ${ip} to ${family === 6 ? `[${target.ip}]` : target.ip}:${target.port}`);
    this.#chains.push({ name, rules });
    return name;
  }

  #affinitySet(target: Target, seconds: number): string {
    const key = `${target.ip}/${target.port}`;
    return `affinity-${chainSuffix(`${this.#port.name}/${key}/${seconds}`, `${this.#port.name}__${key}`)}`;
  }

  #addBalancer(name: string, targets: readonly Target[], endpoints: ReadonlyMap<string, string>): void {
    if (targets.length === 0) return;
    const { clusterIp, protocol, port, affinitySeconds } = this.#port;
    const { ip } = this.#words;
    const chainOf = (target: Target) => endpoints.get(`${target.ip}/${target.port}`) as string;
    const rules: string[] = [];
    const toClusterIp = `${ip} daddr ${clusterIp} ${protocol} dport ${port}`;
    if (this.#options.masqueradeAll) rules.push(`${toClusterIp} jump ${markChain}`);
    else {
      const inside = rangesOf(this.#port.family, this.#options.clusterCidrs);
      // Who isn't a pod may be unreachable for the endpoint's node, or be answered past this node.
      if (inside.length > 0) rules.push(`${toClusterIp} ${ip} saddr != { ${inside.join(", ")} } jump ${markChain}`);
    }
    if (affinitySeconds !== undefined) {
      for (const target of targets) rules.push(`${ip} saddr @${this.#affinitySet(target, affinitySeconds)} goto ${chainOf(target)}`);
    }
    const choices = targets.map((target, index) => `${index} : goto ${chainOf(target)}`);
    rules.push(`numgen random mod ${targets.length} vmap { ${choices.join(", ")} }`);
    this.#chains.push({ name, rules });
  }

  #addClusterIp(): void {
    const { cluster, local, internalLocal, clusterIp, family } = this.#port;
    this.#elements.push({ map: `cluster-ips${family}`, key: clusterIp });
    const targets = internalLocal ? local : cluster;
    if (targets.length > 0) {
      const chain = internalLocal ? this.#localChain : this.#clusterChain;
      this.#element("service-ips", this.#address(clusterIp), `goto ${chain}`);
    } else {
      // Endpoints of other nodes exist, but policy keeps traffic on this node: dropped, as upstream does.
      this.#element("no-endpoint-services", this.#address(clusterIp), cluster.length > 0 ? "drop" : `goto ${rejectChain}`);
    }
  }

  #addExternal(): void {
    const { cluster, local, externalLocal, externalIps, loadBalancerIps, nodePort } = this.#port;
    const name = `external-${this.#suffix}`;
    const rules: string[] = [];
    if (!externalLocal) {
      if (cluster.length > 0) rules.push(`jump ${markChain}`, `goto ${this.#clusterChain}`);
    } else {
      if (cluster.length > 0) {
        // What comes from inside the cluster is not what the policy is about.
        for (const range of rangesOf(this.#port.family, this.#options.clusterCidrs)) {
          rules.push(`${this.#words.ip} saddr ${range} goto ${this.#clusterChain}`);
        }
        rules.push(`fib saddr type local jump ${markChain}`, `fib saddr type local goto ${this.#clusterChain}`);
      }
      if (local.length > 0) rules.push(`goto ${this.#localChain}`);
    }
    const addresses = [...externalIps, ...loadBalancerIps].map((ip) => this.#address(ip));
    const port = nodePort === undefined ? undefined : `${this.#port.protocol} . ${nodePort}`;
    if (rules.length > 0) {
      this.#chains.push({ name, rules });
      for (const address of addresses) this.#element("service-ips", address, `goto ${name}`);
      if (port) this.#element("service-nodeports", port, `goto ${name}`);
    }
    if ((externalLocal ? local : cluster).length === 0) {
      const verdict = cluster.length > 0 ? "drop" : `goto ${rejectChain}`;
      for (const address of addresses) this.#element("no-endpoint-services", address, verdict);
      if (port) this.#element("no-endpoint-nodeports", port, verdict);
    }
  }

  #addFirewall(): void {
    const { loadBalancerIps, sourceRanges, family } = this.#port;
    const ranges = sourceRanges.flatMap((text) => parseCidr(text) ?? []).filter((range) => range.family === family);
    if (loadBalancerIps.length === 0 || sourceRanges.length === 0 || ranges.some((range) => range.prefix === 0)) return;
    const name = `firewall-${this.#suffix}`;
    const { ip } = this.#words;
    const allowed = [...ranges.map(formatCidr), ...loadBalancerIps];
    this.#chains.push({ name, rules: [...allowed.map((source) => `${ip} saddr ${source} return`), "drop"] });
    for (const address of loadBalancerIps) this.#element("firewall-ips", this.#address(address), `goto ${name}`);
  }

  #address(ip: string): string {
    return `${ip} . ${this.#port.protocol} . ${this.#port.port}`;
  }

  #element(map: string, key: string, value: string): void {
    this.#elements.push({ map: `${map}${this.#port.family}`, key, value });
  }
}

/** The kernel takes names of up to 255 bytes, older tools 127. */
const longestName = 100;

/** A digest over the identity, then as much of the readable name as fits. */
export function chainSuffix(identity: string, readable: string): string {
  const digest = createHash("sha256").update(identity).digest("hex").slice(0, 10);
  const text = readable.replace(/[^A-Za-z0-9/_.-]/g, ".");
  return `${digest}-${text.length > longestName ? text.slice(0, longestName) : text}`;
}
