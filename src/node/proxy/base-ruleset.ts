import { type Family, formatCidr, mustParseCidr } from "../network/address.ts";
import type { BaseRuleset, RulesetOptions } from "./ruleset.ts";

/** The expressions in which the families differ. */
export interface FamilyWords {
  family: Family;
  /** `ip` or `ip6`. */
  ip: "ip" | "ip6";
  addressType: string;
  loopback: string;
  multicast: string;
}

export const familyWords: Record<Family, FamilyWords> = {
  4: { family: 4, ip: "ip", addressType: "ipv4_addr", loopback: "127.0.0.0/8", multicast: "224.0.0.0/4" },
  6: { family: 6, ip: "ip6", addressType: "ipv6_addr", loopback: "::1", multicast: "ff00::/8" },
};

export const markChain = "mark-for-masquerade";
export const rejectChain = "reject-chain";

/** The families that the cluster has addresses of. */
export function familiesOf(options: RulesetOptions): Family[] {
  const families = new Set(options.clusterCidrs.map((cidr) => mustParseCidr(cidr).family));
  return ([4, 6] as const).filter((family) => families.has(family));
}

/** The ranges of one family in canonical form. */
export function rangesOf(family: Family, cidrs: readonly string[] | undefined): string[] {
  const parsed = (cidrs ?? []).map(mustParseCidr);
  return parsed.filter((cidr) => cidr.family === family).map(formatCidr);
}

/** `{ a, b }`, or the one member alone. */
function anonymousSet(members: readonly string[]): string {
  return members.length === 1 ? (members[0] as string) : `{ ${members.join(", ")} }`;
}

/**
 * Base chains and maps. New connections look themselves up in maps by destination; the verdict is a jump to the service's chain. All
 * hooks of one kind have their own chain, because a packet that is already translated must be judged after the translation.
 */
export function baseRuleset(options: RulesetOptions): BaseRuleset {
  const families = familiesOf(options).map((family) => familyWords[family]);
  const bit = `0x${(options.masqueradeBit ?? 0x4000).toString(16)}`;
  const each = (lines: (words: FamilyWords) => string[]) => families.flatMap(lines);
  const bridge = options.bridge;
  const sections = [
    ...each(({ family, addressType }) => [
      map(`service-ips${family}`, `${addressType} . inet_proto . inet_service`),
      map(`service-nodeports${family}`, "inet_proto . inet_service"),
      map(`host-ports${family}`, `${addressType} . inet_proto . inet_service`),
      map(`host-ports-any${family}`, "inet_proto . inet_service"),
      map(`no-endpoint-services${family}`, `${addressType} . inet_proto . inet_service`),
      map(`no-endpoint-nodeports${family}`, "inet_proto . inet_service"),
      map(`firewall-ips${family}`, `${addressType} . inet_proto . inet_service`),
      `set cluster-ips${family} { type ${addressType}; }`,
    ]),
    chain(markChain, [`meta mark set meta mark or ${bit}`]),
    chain(rejectChain, ["meta l4proto tcp reject with tcp reset", "reject"]),
    chain("masquerade-marked", [`meta mark set meta mark xor ${bit}`, "masquerade fully-random"]),
    chain(
      "services",
      each((words) => serviceLookups(words, options)),
    ),
    chain(
      "no-endpoints",
      each(({ family, ip, loopback }) => [
        `${ip} daddr . meta l4proto . th dport vmap @no-endpoint-services${family}`,
        `fib daddr type local ${ip} daddr != ${loopback} meta l4proto . th dport vmap @no-endpoint-nodeports${family}`,
      ]),
    ),
    chain(
      "unknown-cluster-ips",
      each(({ family, ip }) => [
        `${ip} daddr @cluster-ips${family} goto ${rejectChain}`,
        ...rangesOf(family, options.serviceCidrs).map((range) => `${ip} daddr ${range} goto ${rejectChain}`),
      ]),
    ),
    chain(
      "firewall",
      each(({ family, ip }) => [`${ip} daddr . meta l4proto . th dport vmap @firewall-ips${family}`]),
    ),
    // Pods must not reach what listens on the node's loopback, which the bridge's route_localnet would let them.
    ...(bridge
      ? [
          chain("guard-loopback", [
            "type filter hook prerouting priority raw; policy accept;",
            `iifname "${bridge}" ip daddr 127.0.0.0/8 drop`,
            `iifname "${bridge}" ip saddr 127.0.0.0/8 drop`,
          ]),
        ]
      : []),
    chain("firewall-prerouting", ["type filter hook prerouting priority -110; policy accept;", "ct state new jump firewall"]),
    chain("firewall-output", ["type filter hook output priority -110; policy accept;", "ct state new jump firewall"]),
    chain("nat-prerouting", ["type nat hook prerouting priority -100; policy accept;", "jump services"]),
    chain("nat-output", ["type nat hook output priority -100; policy accept;", "jump services"]),
    chain("filter-input", ["type filter hook input priority -10; policy accept;", "ct state new jump no-endpoints"]),
    chain("filter-forward", [
      "type filter hook forward priority -10; policy accept;",
      // A late packet of a translated connection that conntrack has forgotten would reach the client with the pod's address, and make
      // it reset the connection.
      ...each(({ family, ip }) =>
        rangesOf(family, options.clusterCidrs).flatMap((range) => [
          `ct state invalid ${ip} saddr ${range} drop`,
          `ct state invalid ${ip} daddr ${range} drop`,
        ]),
      ),
      "ct state new jump no-endpoints",
      "ct state new jump unknown-cluster-ips",
    ]),
    chain("filter-output", [
      "type filter hook output priority -10; policy accept;",
      "ct state new jump no-endpoints",
      "ct state new jump unknown-cluster-ips",
    ]),
    chain("nat-postrouting", [
      "type nat hook postrouting priority 100; policy accept;",
      `meta mark and ${bit} == ${bit} goto masquerade-marked`,
      ...each(({ family, ip, multicast }) => {
        const cluster = rangesOf(family, options.clusterCidrs);
        const pods = rangesOf(family, options.podCidrs ?? options.clusterCidrs);
        return pods.map((range) => `${ip} saddr ${range} ${ip} daddr != { ${[...cluster, multicast].join(", ")} } masquerade fully-random`);
      }),
    ]),
  ];
  return { body: sections.join("\n") };
}

function serviceLookups({ family, ip, loopback }: FamilyWords, options: RulesetOptions): string[] {
  // Connections to 127.0.0.1 come back from the bridge only; ::1 can't leave the machine at all.
  const local = `fib daddr type local${family === 4 && options.bridge ? "" : ` ${ip} daddr != ${loopback}`}`;
  const addresses = rangesOf(family, options.nodePortAddresses);
  const anyListed = (options.nodePortAddresses ?? []).length > 0;
  const nodePorts = `fib daddr type local ${
    anyListed ? `${ip} daddr ${anonymousSet(addresses)}` : local.slice("fib daddr type local ".length)
  }`.trimEnd();
  return [
    `${ip} daddr . meta l4proto . th dport vmap @service-ips${family}`,
    `fib daddr type local ${ip} daddr . meta l4proto . th dport vmap @host-ports${family}`,
    `meta nfproto ipv${family} ${local} meta l4proto . th dport vmap @host-ports-any${family}`,
    ...(anyListed && addresses.length === 0
      ? []
      : [`meta nfproto ipv${family} ${nodePorts} meta l4proto . th dport vmap @service-nodeports${family}`]),
  ];
}

function map(name: string, key: string): string {
  return `map ${name} { type ${key} : verdict; }`;
}

function chain(name: string, rules: readonly string[]): string {
  return `chain ${name} {\n${rules.join("\n")}\n}`;
}
