import { deepEqual } from "../../machinery/object.ts";
import { age, labelsText } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { serviceNameRule, validateService, validateServiceStatus, validateServiceUpdate } from "./service-validation.ts";
import { serviceWarnings } from "./service-warnings.ts";
import type { Service, ServicePort, ServiceSpec } from "./v1.ts";

export const services = defineResource<Service>("", "services", {
  updateChecks: ["metaUpdate", "update", "kind"],
  default(service) {
    service.spec ??= {};
    const { spec } = service;
    spec.sessionAffinity ||= "None";
    if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
    if (spec.sessionAffinity === "ClientIP") {
      spec.sessionAffinityConfig ??= {};
      spec.sessionAffinityConfig.clientIP ??= {};
      spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= 10800;
    }
    spec.type ||= "ClusterIP";
    for (const port of spec.ports ?? []) {
      port.protocol ||= "TCP";
      if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === "") port.targetPort = port.port;
    }
    if (needsExternalPolicy(spec)) spec.externalTrafficPolicy ||= "Cluster";
    if (spec.type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
    if (spec.type === "LoadBalancer") {
      spec.allocateLoadBalancerNodePorts ??= true;
      for (const ingress of service.status?.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= "VIP";
    }
    service.status ??= {};
    service.status.loadBalancer ??= {};
  },
  prepareForCreate(service) {
    service.status = { loadBalancer: {} };
    const { spec } = service;
    if (!spec) return;
    syncClusterIPs(spec, undefined);
    hideInternalPolicy(spec);
  },
  prepareForUpdate(service, old, { subresource }) {
    if (subresource === "status") return;
    if (service.spec && old.spec) {
      keepAllocated(service.spec, old.spec);
      syncClusterIPs(service.spec, old.spec);
      dropTypeDependentFields(service.spec, old.spec);
      hideInternalPolicy(service.spec);
      if (service.spec.type !== "LoadBalancer" && service.status) service.status = { ...service.status, loadBalancer: {} };
    }
  },
  withHidden: (old, managedFields) =>
    old.spec?.type === "ExternalName" && managedFields.includes('"f:internalTrafficPolicy"')
      ? { ...old, spec: { ...old.spec, internalTrafficPolicy: "Cluster" } }
      : old,
  validateName: serviceNameRule,
  validate: (service) => validateService(service),
  validateChange: (service, old) => validateService(service, old.spec),
  validateUpdate: validateServiceUpdate,
  validateStatus: validateServiceStatus,
  warnings: serviceWarnings,
  row(service, { now }) {
    return [
      service.metadata.name ?? "",
      service.spec?.type ?? "",
      service.spec?.clusterIPs?.[0] ?? service.spec?.clusterIP ?? "<none>",
      externalAddress(service),
      (service.spec?.ports ?? []).map(portText).join(",") || "<none>",
      age(service.metadata, now),
      labelsText(service.spec?.selector),
    ];
  },
  selectableFields: {
    "spec.clusterIP": (service) => service.spec?.clusterIP ?? "",
    "spec.type": (service) => service.spec?.type ?? "",
  },
  returnsDeletedObject: true,
  allowCreateOnUpdate: true,
  countsGenerations: false,
});

export function isHeadless(service: Readonly<Service>): boolean {
  return service.spec?.clusterIP === "None";
}

/** Whether services of this type have an address inside the cluster, unless they are headless. */
function hasClusterIP(spec: Readonly<ServiceSpec>): boolean {
  return spec.type !== "ExternalName";
}

function mayHaveNodePorts({ type }: Readonly<ServiceSpec>): boolean {
  return type === "NodePort" || type === "LoadBalancer";
}

function hasNodePorts(spec: Readonly<ServiceSpec>): boolean {
  return spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
}

/** Whether the cloud, or the proxy, asks nodes whether they have endpoints. */
function needsHealthCheckPort(spec: Readonly<ServiceSpec>): boolean {
  return spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
}

function needsExternalPolicy(spec: ServiceSpec): boolean {
  return spec.type === "NodePort" || spec.type === "LoadBalancer" || (spec.type === "ClusterIP" && (spec.externalIPs?.length ?? 0) > 0);
}

/** `clusterIP` is the first of `clusterIPs`; a client that knows only one of them changes both. */
function syncClusterIPs(spec: ServiceSpec, old: Readonly<ServiceSpec> | undefined): void {
  if (!old) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  if (spec.clusterIP === old.clusterIP) return;
  const listUnchanged = JSON.stringify(spec.clusterIPs ?? []) === JSON.stringify(old.clusterIPs ?? []);
  if (!listUnchanged) return;
  if (!spec.clusterIP) delete spec.clusterIPs;
  else spec.clusterIPs = [spec.clusterIP];
}

/** What the server has allocated stays when a client that didn't fetch the service replaces it. */
function keepAllocated(spec: ServiceSpec, old: Readonly<ServiceSpec>): void {
  if (hasClusterIP(old) && hasClusterIP(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && old.clusterIPs) spec.clusterIPs = [...old.clusterIPs];
  }
  if (hasNodePorts(old) && hasNodePorts(spec)) keepNodePorts(spec.ports ?? [], old.ports ?? []);
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && old.healthCheckNodePort)
    spec.healthCheckNodePort ??= old.healthCheckNodePort;
}

/** By the ports' names, whatever else has changed. */
function keepNodePorts(ports: ServicePort[], old: readonly ServicePort[]): void {
  const before = new Map(old.map(({ name = "", nodePort }) => [name, nodePort]));
  const stays = new Set(old.map(({ nodePort }) => nodePort));
  const used = new Set(ports.flatMap(({ nodePort }) => (stays.has(nodePort) ? [nodePort] : [])));
  for (const port of ports) {
    if (port.nodePort) continue;
    const known = before.get(port.name ?? "");
    if (!known || used.has(known)) continue;
    port.nodePort = known;
  }
}

/** What no longer applies and may have been allocated goes, where the client left it as it was. */
function dropTypeDependentFields(spec: ServiceSpec, old: Readonly<ServiceSpec>): void {
  const drop = (name: keyof ServiceSpec) => {
    if (deepEqual(spec[name], old[name])) delete spec[name];
  };
  if (hasClusterIP(old) && !hasClusterIP(spec)) {
    if (spec.clusterIP === old.clusterIP && deepEqual(spec.clusterIPs, old.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    drop("ipFamilies");
    drop("ipFamilyPolicy");
  }
  // A balancer that is told to do without keeps those that it has.
  if (mayHaveNodePorts(old) && !mayHaveNodePorts(spec)) {
    const before = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
    // Ports may come and go, as long as none is asked for anew.
    if ((spec.ports ?? []).every(({ nodePort }) => !nodePort || before.has(nodePort))) {
      for (const port of spec.ports ?? []) delete port.nodePort;
    }
  }
  if (needsHealthCheckPort(old) && !needsHealthCheckPort(spec)) drop("healthCheckNodePort");
  if (old.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    drop("allocateLoadBalancerNodePorts");
    drop("loadBalancerClass");
  }
  if (needsExternalPolicy(old) && !needsExternalPolicy(spec)) drop("externalTrafficPolicy");
}

/** Upstream stores it and never shows it. What is wrong stays, to be told. */
function hideInternalPolicy(spec: ServiceSpec): void {
  if (spec.type === "ExternalName" && /^(Cluster|Local)$/.test(spec.internalTrafficPolicy ?? "")) delete spec.internalTrafficPolicy;
}

function externalAddress(service: Readonly<Service>): string {
  const spec = service.spec ?? {};
  const external = spec.externalIPs ?? [];
  switch (spec.type) {
    case "ClusterIP":
    case "NodePort":
      return external.join(",") || "<none>";
    case "LoadBalancer": {
      const ingress = service.status?.loadBalancer?.ingress ?? [];
      const addresses = [...new Set(ingress.map((entry) => entry.ip || entry.hostname || "").filter(Boolean))].sort();
      return [...addresses, ...external].join(",") || "<pending>";
    }
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

function portText(port: ServicePort): string {
  return port.nodePort ? `${port.port}:${port.nodePort}/${port.protocol}` : `${port.port}/${port.protocol}`;
}
