import { canonicalAddress, type Family, familyOf } from "../network/address.ts";
import { familyWords, markChain, rangesOf } from "./base-ruleset.ts";
import type { Chain, Fragment, MapElement, RulesetOptions } from "./ruleset.ts";
import { chainSuffix } from "./service-fragment.ts";
import type { HostPort } from "./service-proxy.ts";

/** The rules of all host ports of a node. Of two pods that want one port, the first in the list has it. */
export function hostPortFragment(ports: readonly HostPort[], families: readonly Family[], options: RulesetOptions): Fragment {
  const chains: Chain[] = [];
  const elements: MapElement[] = [];
  const taken = new Set<string>();
  for (const port of ports) {
    for (const podIp of port.podIps) {
      const family = familyOf(podIp);
      if (!family || !families.includes(family)) continue;
      const anywhere = !port.hostIp || port.hostIp === "0.0.0.0" || port.hostIp === "::";
      if (!anywhere && familyOf(port.hostIp as string) !== family) continue;
      const protocol = port.protocol.toLowerCase();
      const map = anywhere ? `host-ports-any${family}` : `host-ports${family}`;
      const key = `${anywhere ? "" : `${canonicalAddress(port.hostIp as string)} . `}${protocol} . ${port.hostPort}`;
      if (taken.has(`${map} ${key}`)) continue;
      taken.add(`${map} ${key}`);
      const { ip, loopback } = familyWords[family];
      const target = canonicalAddress(podIp);
      const name = `hostport-${chainSuffix(`${map} ${key} ${target} ${port.containerPort}`, `${port.pod}/${protocol}/${port.hostPort}`)}`;
      // The pod itself, and neighbours on its bridge, would otherwise be answered directly and not know the answer's address.
      const sources = [...rangesOf(family, options.podCidrs ?? options.clusterCidrs), loopback];
      chains.push({
        name,
        rules: [
          `${ip} saddr { ${sources.join(", ")} } jump ${markChain}`,
          `meta l4proto ${protocol} dnat ${ip} to ${family === 6 ? `[${target}]` : target}:${port.containerPort}`,
        ],
      });
      elements.push({ map, key, value: `goto ${name}` });
    }
  }
  return { chains, sets: [], elements };
}
