import { warningsForCIDR, warningsForIP } from "../../machinery/validation/ip.ts";
import type { Service } from "./v1.ts";

export function serviceWarnings(service: Readonly<Service>, _old: Readonly<Service> | undefined): string[] {
  const warnings: string[] = [];
  const spec = service.spec;
  if (!spec) return warnings;
  const topology = service.metadata.annotations?.["service.kubernetes.io/topology-aware-hints"];
  if (topology !== undefined) {
    warnings.push(
      "metadata.annotations[service.kubernetes.io/topology-aware-hints]: annotation is deprecated, please use spec.trafficDistribution instead",
    );
  }
  if (service.metadata.annotations?.["service.kubernetes.io/topology-mode"] !== undefined) {
    warnings.push(
      "metadata.annotations[service.kubernetes.io/topology-mode]: annotation is deprecated, please use spec.trafficDistribution instead",
    );
  }
  if (spec.clusterIP !== undefined && spec.clusterIP !== "None") {
    for (const [index, ip] of (spec.clusterIPs ?? []).entries()) warnings.push(...warningsForIP(`spec.clusterIPs[${index}]`, ip));
  }
  for (const [index, ip] of (spec.externalIPs ?? []).entries()) warnings.push(...warningsForIP(`spec.externalIPs[${index}]`, ip));
  if (spec.loadBalancerIP) warnings.push(...warningsForIP("spec.loadBalancerIP", spec.loadBalancerIP));
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    warnings.push(...warningsForCIDR(`spec.loadBalancerSourceRanges[${index}]`, range));
  }
  if (spec.type === "ExternalName" && (spec.externalIPs?.length ?? 0) > 0) {
    warnings.push(`spec.externalIPs is ignored when spec.type is "ExternalName"`);
  }
  if (spec.type !== "ExternalName" && spec.externalName) {
    warnings.push(`spec.externalName is ignored when spec.type is not "ExternalName"`);
  }
  if (spec.trafficDistribution === "PreferClose") {
    warnings.push("spec.trafficDistribution: PreferClose is deprecated, please use PreferSameZone");
  }
  return warnings;
}
