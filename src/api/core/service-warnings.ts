import { warningsForCIDR, warningsForIP } from "../../machinery/validation/ip.ts";
import type { Service } from "./v1.ts";

/** What the annotation of topology modes was called. */
export const topologyHints = "service.kubernetes.io/topology-aware-hints";

export function serviceWarnings(service: Readonly<Service>, _old: Readonly<Service> | undefined): string[] {
  const warnings: string[] = [];
  const spec = service.spec;
  if (!spec) return warnings;
  if (service.metadata.annotations?.[topologyHints] !== undefined) {
    warnings.push(`annotation ${topologyHints} is deprecated, please use service.kubernetes.io/topology-mode instead`);
  }
  const headless = spec.type === "ClusterIP" && spec.clusterIP === "None";
  if (spec.clusterIP && spec.clusterIP !== "None") {
    for (const [index, ip] of (spec.clusterIPs ?? []).entries()) warnings.push(...warningsForIP(`spec.clusterIPs[${index}]`, ip));
  }
  const external = (spec.externalIPs?.length ?? 0) > 0;
  if (headless) {
    if (spec.loadBalancerIP) warnings.push("spec.loadBalancerIP is ignored for headless services");
    if (external) warnings.push("spec.externalIPs is ignored for headless services");
    if (spec.sessionAffinity !== "None") warnings.push("spec.SessionAffinity is ignored for headless services");
  }
  for (const [index, ip] of (spec.externalIPs ?? []).entries()) warnings.push(...warningsForIP(`spec.externalIPs[${index}]`, ip));
  if (external && !headless && spec.type !== "ExternalName") {
    warnings.push("spec.externalIPs is deprecated and may no longer be implemented in some clusters");
  }
  if (spec.loadBalancerIP) warnings.push(...warningsForIP("spec.loadBalancerIP", spec.loadBalancerIP));
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    warnings.push(...warningsForCIDR(`spec.loadBalancerSourceRanges[${index}]`, range));
  }
  if (spec.type === "ExternalName" && external) {
    warnings.push(`spec.externalIPs is ignored when spec.type is "ExternalName"`);
  }
  if (spec.type !== "ExternalName" && spec.externalName) {
    warnings.push(`spec.externalName is ignored when spec.type is not "ExternalName"`);
  }
  if (spec.trafficDistribution === "PreferClose") {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return warnings;
}
