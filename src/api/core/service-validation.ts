import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { isLegacyCIDR, isLegacyIP, parseIP } from "../../machinery/validation/ip.ts";
import { validateLabels } from "../../machinery/validation/labels.ts";
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isPortName,
  isPortNumber,
  isQualifiedName,
  nameIsDNSLabel,
} from "../../machinery/validation/names.ts";
import { complain, type Errors } from "../validation.ts";
import { topologyHints } from "./service-warnings.ts";
import type { LoadBalancerStatus, Service, ServicePort, ServiceSpec } from "./v1.ts";

const at = path("spec");
const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
const protocols = ["SCTP", "TCP", "UDP"];
const families = ["IPv4", "IPv6"];
const maxAffinitySeconds = 86400;

export const serviceNameRule = nameIsDNSLabel;

const modeAnnotation = "service.kubernetes.io/topology-mode";

function validateTopology(errors: Errors, annotations: Readonly<Record<string, string>> = {}): void {
  const mode = annotations[modeAnnotation];
  const hints = annotations[topologyHints];
  if (mode === undefined || hints === undefined || mode === hints) return;
  const detail = `must match annotations[${topologyHints}] when both are specified`;
  errors.push(field.invalid(path("metadata", "annotations").key(modeAnnotation), mode, detail));
}

/** `before` is what an update changes: its addresses aren't looked at again. */
export function validateService(service: Readonly<Service>, before?: Readonly<ServiceSpec>): Errors {
  const errors: Errors = [];
  const spec: ServiceSpec = service.spec ?? {};
  const type = spec.type ?? "";
  const ports = spec.ports ?? [];
  const headless = spec.clusterIP === "None";
  validateTopology(errors, service.metadata.annotations);
  if (ports.length === 0 && !headless && type !== "ExternalName") errors.push(field.required(at.child("ports")));
  if (type === "LoadBalancer" && spec.clusterIP === "None") {
    errors.push(field.invalid(at.child("clusterIPs").index(0), "None", "may not be set to 'None' for LoadBalancer services"));
  }
  if (type === "NodePort" && spec.clusterIP === "None") {
    errors.push(field.invalid(at.child("clusterIPs").index(0), "None", "may not be set to 'None' for NodePort services"));
  }
  if (type === "ExternalName") validateExternalName(errors, spec);
  const portNames = new Set<string>();
  for (const [index, port] of ports.entries()) validatePort(errors, port, ports.length > 1, portNames, at.child("ports").index(index));
  if (spec.selector) errors.push(...validateLabels(spec.selector, at.child("selector")));
  validateSessionAffinity(errors, spec);
  validateClusterIPs(errors, spec, before?.clusterIPs);
  for (const [index, ip] of (spec.externalIPs ?? []).entries()) {
    const texts = before?.externalIPs?.includes(ip) ? [] : isLegacyIP(ip);
    complain(errors, at.child("externalIPs").index(index), ip, texts);
    if (texts.length === 0) validateReachable(errors, ip, at.child("externalIPs").index(index));
  }
  if (type === "") errors.push(field.required(at.child("type")));
  else if (!types.includes(type)) errors.push(field.notSupported(at.child("type"), type, types));
  if (type === "ClusterIP") {
    for (const [index, port] of ports.entries()) {
      if (!port.nodePort) continue;
      errors.push(field.forbidden(at.child("ports").index(index).child("nodePort"), "may not be used when `type` is 'ClusterIP'"));
    }
  }
  validateDuplicatePorts(errors, ports);
  validateLoadBalancerFields(errors, spec, type);
  if (!spec.loadBalancerSourceRanges?.length) validateRangesAnnotation(errors, service.metadata.annotations, type);
  validateTrafficPolicies(errors, spec, type);
  return errors;
}

function validateExternalName(errors: Errors, spec: ServiceSpec): void {
  if (spec.clusterIPs?.length) {
    errors.push(field.forbidden(at.child("clusterIPs"), "may not be set for ExternalName services"));
  }
  if (spec.ipFamilies?.length) errors.push(field.forbidden(at.child("ipFamilies"), "may not be set for ExternalName services"));
  if (spec.ipFamilyPolicy !== undefined) {
    errors.push(field.forbidden(at.child("ipFamilyPolicy"), "may not be set for ExternalName services"));
  }
  const name = (spec.externalName ?? "").replace(/\.$/, "");
  if (name === "") errors.push(field.required(at.child("externalName")));
  else complain(errors, at.child("externalName"), name, isDNS1123Subdomain(name));
}

function validatePort(errors: Errors, port: ServicePort, nameNeeded: boolean, names: Set<string>, where: FieldPath): void {
  if (nameNeeded && !port.name) errors.push(field.required(where.child("name")));
  else if (port.name) {
    complain(errors, where.child("name"), port.name, isDNS1123Label(port.name));
    if (names.has(port.name)) errors.push(field.duplicate(where.child("name"), port.name));
    names.add(port.name);
  }
  complain(errors, where.child("port"), port.port ?? 0, isPortNumber(port.port ?? 0));
  if (!port.protocol) errors.push(field.required(where.child("protocol")));
  else if (!protocols.includes(port.protocol)) errors.push(field.notSupported(where.child("protocol"), port.protocol, protocols));
  const target = port.targetPort ?? 0;
  complain(errors, where.child("targetPort"), target, typeof target === "number" ? isPortNumber(target) : isPortName(target));
  if (port.appProtocol !== undefined) complain(errors, where.child("appProtocol"), port.appProtocol, isQualifiedName(port.appProtocol));
}

function validateSessionAffinity(errors: Errors, spec: ServiceSpec): void {
  const affinity = spec.sessionAffinity ?? "";
  if (affinity === "") errors.push(field.required(at.child("sessionAffinity")));
  else if (affinity !== "ClientIP" && affinity !== "None") {
    errors.push(field.notSupported(at.child("sessionAffinity"), affinity, ["ClientIP", "None"]));
  }
  const config = at.child("sessionAffinityConfig");
  if (affinity === "ClientIP") {
    const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (seconds === undefined)
      errors.push(field.required(config.child("clientIP", "timeoutSeconds"), "when session affinity type is ClientIP"));
    else if (seconds <= 0 || seconds > maxAffinitySeconds) {
      errors.push(
        field.invalid(config.child("clientIP", "timeoutSeconds"), seconds, `must be greater than 0 and less than ${maxAffinitySeconds}`),
      );
    }
  } else if (affinity === "None" && spec.sessionAffinityConfig) {
    errors.push(field.forbidden(config, "must not be set when session affinity is None"));
  }
}

const familyPolicies = ["PreferDualStack", "RequireDualStack", "SingleStack"];

/** Addresses, families and their policy, as far as the service alone tells. */
export function validateClusterIPs(errors: Errors, spec: ServiceSpec, before: readonly string[] = []): void {
  if (spec.type === "ExternalName") return;
  const ips = spec.clusterIPs ?? [];
  const list = at.child("clusterIPs");
  if (spec.clusterIP) {
    if (ips.length === 0) errors.push(field.required(list));
    else if (ips[0] !== spec.clusterIP) errors.push(field.invalid(list, ips, "first value must match `clusterIP`"));
  } else if (ips.length > 0) errors.push(field.invalid(list, ips, "must be empty when `clusterIP` is not specified"));
  const seen = new Set<string>();
  for (const [index, family] of (spec.ipFamilies ?? []).entries()) {
    if (!families.includes(family)) errors.push(field.notSupported(at.child("ipFamilies").index(index), family, families));
    if (seen.has(family)) errors.push(field.duplicate(at.child("ipFamilies").index(index), family));
    seen.add(family);
  }
  const policy = spec.ipFamilyPolicy;
  if (policy !== undefined && !familyPolicies.includes(policy)) {
    errors.push(field.notSupported(at.child("ipFamilyPolicy"), policy, familyPolicies));
  }
  let faulty = false;
  for (const [index, ip] of ips.entries()) {
    if (index === 0 && ip === "None") {
      if (ips.length === 1) continue;
      faulty = true;
      // Upstream goes on to what follows only when nothing is wrong; the other values are not looked at.
      errors.push(field.invalid(list, ips, "'None' must be the first and only value"));
      continue;
    }
    const texts = before.includes(ip) ? [] : isLegacyIP(ip);
    faulty ||= texts.length > 0;
    complain(errors, list.index(index), ip, texts);
  }
  if (ips.length > 2) errors.push(field.invalid(list, ips, "may only hold up to 2 values"));
  if (faulty) return;
  if (ips.length > 1 && new Set(ips.map((ip) => ip.includes(":"))).size < 2) {
    errors.push(field.invalid(list, ips, "may specify no more than one IP for each IP family"));
  }
  if (ips[0] === "None") return;
  for (const [index, ip] of ips.entries()) {
    const declared = spec.ipFamilies?.[index];
    if (declared === (ip.includes(":") ? "IPv4" : "IPv6")) {
      errors.push(field.invalid(list.index(index), ip, `expected an ${declared} value as indicated by \`ipFamilies[${index}]\``));
    }
  }
}

function validateReachable(errors: Errors, text: string, where: FieldPath): void {
  const ip = parseIP(text);
  if (!ip) return;
  const bytes = [...ip.bytes];
  const v4 = bytes.length === 4 ? bytes : undefined;
  const zero = bytes.every((byte) => byte === 0);
  const loopback = v4 ? v4[0] === 127 : bytes.slice(0, 15).every((byte) => byte === 0) && bytes[15] === 1;
  const linkLocal = v4 ? v4[0] === 169 && v4[1] === 254 : bytes[0] === 0xfe && ((bytes[1] as number) & 0xc0) === 0x80;
  const linkLocalMulticast = v4 ? v4[0] === 224 && v4[1] === 0 && v4[2] === 0 : bytes[0] === 0xff && bytes[1] === 0x02;
  if (zero) errors.push(field.invalid(where, text, `may not be unspecified (${text})`));
  if (loopback) errors.push(field.invalid(where, text, "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
  if (linkLocal) errors.push(field.invalid(where, text, "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
  if (linkLocalMulticast) {
    errors.push(field.invalid(where, text, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
  }
}

function validateDuplicatePorts(errors: Errors, ports: readonly ServicePort[]): void {
  const nodePorts = new Set<string>();
  for (const [index, port] of ports.entries()) {
    if (!port.nodePort) continue;
    const key = `${port.protocol}/${port.nodePort}`;
    if (nodePorts.has(key)) errors.push(field.duplicate(at.child("ports").index(index).child("nodePort"), port.nodePort));
    nodePorts.add(key);
  }
  const seen = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const key = `${port.protocol}/${port.port}`;
    if (seen.has(key)) {
      const shown = {
        Name: "",
        Protocol: port.protocol,
        AppProtocol: null,
        Port: port.port,
        TargetPort: 0,
        NodePort: 0,
      };
      errors.push(field.duplicate(at.child("ports").index(index), shown));
    }
    seen.add(key);
  }
}

const rangesAnnotation = "service.beta.kubernetes.io/load-balancer-source-ranges";

/** The ranges of old, where the field says nothing. */
function validateRangesAnnotation(errors: Errors, annotations: Readonly<Record<string, string>> | undefined, type: string): void {
  const text = annotations?.[rangesAnnotation];
  if (text === undefined) return;
  const where = path("metadata", "annotations").key(rangesAnnotation);
  if (type !== "LoadBalancer") errors.push(field.forbidden(where, "may only be used when `type` is 'LoadBalancer'"));
  if (text.trim() === "") return;
  for (const range of text.split(",")) complain(errors, where, range.trim(), isLegacyCIDR(range.trim()));
}

function validateLoadBalancerFields(errors: Errors, spec: ServiceSpec, type: string): void {
  // The capital letter is upstream's.
  const ranges = at.child("LoadBalancerSourceRanges");
  if (spec.loadBalancerSourceRanges?.length && type !== "LoadBalancer") {
    errors.push(field.forbidden(ranges, "may only be used when `type` is 'LoadBalancer'"));
  }
  for (const [index, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    complain(errors, ranges.index(index), range, isLegacyCIDR(range.trim()));
  }
  if (type === "LoadBalancer") {
    if (spec.allocateLoadBalancerNodePorts === undefined) errors.push(field.required(path("allocateLoadBalancerNodePorts")));
  } else if (spec.allocateLoadBalancerNodePorts !== undefined) {
    errors.push(field.forbidden(at.child("allocateLoadBalancerNodePorts"), "may only be used when `type` is 'LoadBalancer'"));
  }
  validateLoadBalancerClass(errors, spec);
}

function validateLoadBalancerClass(errors: Errors, { type, loadBalancerClass }: ServiceSpec): void {
  if (loadBalancerClass === undefined) return;
  const where = at.child("loadBalancerClass");
  if (type === "LoadBalancer") complain(errors, where, loadBalancerClass, isQualifiedName(loadBalancerClass));
  else errors.push(field.forbidden(where, "may only be used when `type` is 'LoadBalancer'"));
}

function validateTrafficPolicies(errors: Errors, spec: ServiceSpec, type: string): void {
  const external = type === "NodePort" || type === "LoadBalancer" || (type === "ClusterIP" && (spec.externalIPs?.length ?? 0) > 0);
  const policy = spec.externalTrafficPolicy ?? "";
  const policyPath = at.child("externalTrafficPolicy");
  if (!external) {
    if (policy !== "") errors.push(field.invalid(policyPath, policy, "may only be set for externally-accessible services"));
  } else if (policy === "") errors.push(field.required(policyPath));
  else if (policy !== "Cluster" && policy !== "Local") errors.push(field.notSupported(policyPath, policy, ["Cluster", "Local"]));
  const health = spec.healthCheckNodePort ?? 0;
  const healthPath = at.child("healthCheckNodePort");
  if (!needsHealthCheck(spec)) {
    const text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    if (health !== 0) errors.push(field.invalid(healthPath, health, text));
  } else if (health === 0) errors.push(field.required(healthPath));
  else complain(errors, healthPath, health, isPortNumber(health));
  const internal = spec.internalTrafficPolicy;
  if (internal === undefined) {
    if (type === "NodePort" || type === "LoadBalancer" || type === "ClusterIP")
      errors.push(field.required(at.child("internalTrafficPolicy")));
  } else if (internal !== "Cluster" && internal !== "Local") {
    errors.push(field.notSupported(at.child("internalTrafficPolicy"), internal, ["Cluster", "Local"]));
  }
  const distribution = spec.trafficDistribution;
  const known = ["PreferClose", "PreferSameZone", "PreferSameNode"];
  if (distribution !== undefined && !known.includes(distribution)) {
    errors.push(field.notSupported(at.child("trafficDistribution"), distribution, known));
  }
}

function needsHealthCheck({ type, externalTrafficPolicy }: ServiceSpec): boolean {
  return type === "LoadBalancer" && externalTrafficPolicy === "Local";
}

export function validateServiceUpdate(service: Readonly<Service>, old: Readonly<Service>): Errors {
  const errors: Errors = [];
  const spec: ServiceSpec = service.spec ?? {};
  const before: ServiceSpec = old.spec ?? {};
  if (before.type !== "ExternalName" && spec.type !== "ExternalName") {
    validateKeptAddresses(errors, spec, before);
    validateKeptFamilies(errors, spec, before);
  }
  if (before.type === "LoadBalancer" && spec.type === "LoadBalancer" && before.loadBalancerClass !== spec.loadBalancerClass) {
    errors.push(field.invalid(at.child("loadBalancerClass"), spec.loadBalancerClass ?? null, "may not change once set"));
  }
  // Checked here and with the rest.
  validateLoadBalancerClass(errors, spec);
  if (needsHealthCheck(before) && needsHealthCheck(spec) && (before.healthCheckNodePort ?? 0) !== (spec.healthCheckNodePort ?? 0)) {
    errors.push(field.forbidden(at.child("healthCheckNodePort"), "field is immutable"));
  }
  return errors;
}

const fixedText = "may not change once set";

function isHeadlessSpec({ clusterIPs }: ServiceSpec): boolean {
  return clusterIPs?.length === 1 && clusterIPs[0] === "None";
}

function validateKeptAddresses(errors: Errors, spec: ServiceSpec, before: ServiceSpec): void {
  if (isHeadlessSpec(spec) && isHeadlessSpec(before)) return;
  const had = before.clusterIPs ?? [];
  const has = spec.clusterIPs ?? [];
  const list = at.child("clusterIPs");
  if (had.length === has.length) {
    for (const [index, ip] of had.entries()) if (ip !== has[index]) errors.push(field.invalid(list.index(index), has, fixedText));
    return;
  }
  if (has.length === 0) errors.push(field.invalid(list.index(0), null, "primary clusterIP can not be unset"));
  else if (had.length > 0 && has[0] !== had[0]) errors.push(field.invalid(list.index(0), has, fixedText));
  if (had.length > has.length && has.length === 1) validateReleased(errors, spec, "clusterIP");
}

function validateKeptFamilies(errors: Errors, spec: ServiceSpec, before: ServiceSpec): void {
  if (isHeadlessSpec(spec) || isHeadlessSpec(before)) return;
  const had = before.ipFamilies ?? [];
  const has = spec.ipFamilies ?? [];
  const first = at.child("ipFamilies").index(0);
  if (had.length === has.length) {
    for (const [index, family] of had.entries()) if (family !== has[index]) errors.push(field.invalid(first, has, fixedText));
    return;
  }
  if (had.length > has.length && !spec.clusterIPs?.length) {
    errors.push(field.invalid(first, has.length > 0 ? has : null, "primary ipFamily can not be unset"));
  }
  // Upstream shows the addresses.
  if (had.length > 0 && has.length > 0 && has[0] !== had[0]) errors.push(field.invalid(first, spec.clusterIPs ?? null, fixedText));
  if (had.length > has.length && has.length === 1) validateReleased(errors, spec, "ipFamily");
}

function validateReleased(errors: Errors, spec: ServiceSpec, what: string): void {
  if (spec.ipFamilyPolicy === "SingleStack") return;
  const text = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  errors.push(field.invalid(at.child("ipFamilyPolicy"), spec.ipFamilyPolicy ?? null, text));
}

export function validateServiceStatus(service: Readonly<Service>): Errors {
  const errors: Errors = [];
  validateLoadBalancerStatus(errors, service.status?.loadBalancer ?? {}, service.spec, path("status", "loadBalancer"));
  return errors;
}

function validateLoadBalancerStatus(errors: Errors, status: LoadBalancerStatus, spec: ServiceSpec | undefined, where: FieldPath): void {
  const list = where.child("ingress");
  if (spec?.type !== "LoadBalancer" && (status.ingress?.length ?? 0) > 0) {
    errors.push(field.forbidden(list, "may only be used when `spec.type` is 'LoadBalancer'"));
    return;
  }
  for (const [index, ingress] of (status.ingress ?? []).entries()) {
    const one = list.index(index);
    if (ingress.ip) complain(errors, one.child("ip"), ingress.ip, isLegacyIP(ingress.ip));
    if (ingress.ip && ingress.ipMode === undefined) errors.push(field.required(one.child("ipMode"), "must be specified when `ip` is set"));
    if (ingress.ipMode !== undefined) {
      if (!ingress.ip) errors.push(field.forbidden(one.child("ipMode"), "may not be specified when `ip` is not set"));
      else if (ingress.ipMode !== "Proxy" && ingress.ipMode !== "VIP") {
        errors.push(field.notSupported(one.child("ipMode"), ingress.ipMode, ["Proxy", "VIP"]));
      }
    }
    if (ingress.hostname) {
      complain(errors, one.child("hostname"), ingress.hostname, isDNS1123Subdomain(ingress.hostname));
      if (parseIP(ingress.hostname)) {
        errors.push(field.invalid(one.child("hostname"), ingress.hostname, "must be a DNS name, not an IP address"));
      }
    }
  }
}
