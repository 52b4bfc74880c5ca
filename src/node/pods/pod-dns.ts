import type { Pod } from "../../api/core/v1.ts";
import { namespaceOf } from "../../machinery/object.ts";
import type { DnsConfig } from "../runtime/runtime.ts";

export interface DnsSettings {
  /** The cluster's DNS server; absent: pods use the host's. */
  clusterDns?: string;
  clusterDomain: string;
  /** What the host's resolv.conf says. */
  host: DnsConfig;
}

const maxNameservers = 3;
const maxSearches = 32;

/** What the pod's resolv.conf will say. */
export function podDns(pod: Pod, settings: DnsSettings): DnsConfig {
  const policy = pod.spec?.dnsPolicy ?? "ClusterFirst";
  const useCluster = policy === "ClusterFirstWithHostNet" || (policy === "ClusterFirst" && !pod.spec?.hostNetwork);
  let config: DnsConfig;
  if (policy === "None") config = { servers: [], searches: [], options: [] };
  else if (useCluster && settings.clusterDns) {
    const { clusterDomain } = settings;
    config = {
      servers: [settings.clusterDns],
      searches: [`${namespaceOf(pod)}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain, ...settings.host.searches],
      options: ["ndots:5"],
    };
  } else config = { ...settings.host };
  const own = pod.spec?.dnsConfig;
  if (own) {
    const options = new Map(config.options.map((option) => [option.split(":")[0] as string, option]));
    for (const { name = "", value } of own.options ?? []) options.set(name, value === undefined ? name : `${name}:${value}`);
    config = {
      servers: [...new Set([...config.servers, ...(own.nameservers ?? [])])],
      searches: [...new Set([...config.searches, ...(own.searches ?? [])])],
      options: [...options.values()],
    };
  }
  return { ...config, servers: config.servers.slice(0, maxNameservers), searches: config.searches.slice(0, maxSearches) };
}

/** Reads the text of a resolv.conf. */
export function parseResolvConf(text: string): DnsConfig {
  const config: DnsConfig = { servers: [], searches: [], options: [] };
  for (const line of text.split("\n")) {
    const [keyword, ...values] = line
      .replace(/[#;].*$/, "")
      .trim()
      .split(/\s+/);
    if (keyword === "nameserver" && values[0]) config.servers.push(values[0]);
    else if (keyword === "search" || keyword === "domain") config.searches = values;
    else if (keyword === "options") config.options.push(...values);
  }
  return config;
}
