import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import type { ObjectMeta } from "../../machinery/meta/v1.ts";
import { isLegacyIP } from "../../machinery/validation/ip.ts";
import { validateLabels } from "../../machinery/validation/labels.ts";
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isDNS1123SubdomainWithUnderscore,
  isQualifiedName,
  nameIsDNSSubdomain,
  rangeText,
  utf8Length,
} from "../../machinery/validation/names.ts";
import { complain, type Errors, requirePresentOneOf } from "../validation.ts";
import { validateAffinity, validateTolerations, validateTopologySpread } from "./affinity-validation.ts";
import { validateContainers, validateEphemeralContainers, validateInitContainers } from "./container-validation.ts";
import { validateFileKeys } from "./env-validation.ts";
import type { PodFacts } from "./pod-facts.ts";
import { validatePodResources, validateResourceRequirements } from "./resource-validation.ts";
import { validateHostUsers, validateOS, validatePodSecurityContext } from "./security-validation.ts";
import type { PodDNSConfig, PodResourceClaim, PodSchedulingGate, PodSpec } from "./v1.ts";
import { validateVolumes } from "./volume-validation.ts";
import { validateHostProcesses } from "./windows-validation.ts";

const maxInt32 = 2147483647;
const restartPolicies = ["Always", "OnFailure", "Never"];
const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"];
const noNames: ReadonlySet<string> = new Set();

/** Checks the spec of a pod, or with `isPod: false` of a template. `metadata` is that of a real pod only. */
export function validatePodSpec(
  errors: Errors,
  spec: Readonly<PodSpec>,
  metadata: Readonly<ObjectMeta> | undefined,
  isPod: boolean,
  path: FieldPath,
): void {
  if (spec.terminationGracePeriodSeconds === undefined) errors.push(field.required(path.child("terminationGracePeriodSeconds")));
  const volumes = validateVolumes(errors, spec.volumes, metadata, isPod, path.child("volumes"));
  const claims = spec.resourceClaims ? new Set(spec.resourceClaims.map((claim) => claim.name)) : noNames;
  const pod: PodFacts = { spec, volumes, claims, hostUsers: spec.hostUsers !== false, isPod };
  if (spec.resourceClaims) validateResourceClaims(errors, spec.resourceClaims, path.child("resourceClaims"));
  validateContainers(errors, spec.containers, pod, path.child("containers"));
  validateInitContainers(errors, pod, path.child("initContainers"));
  validateEphemeralContainers(errors, pod, path.child("ephemeralContainers"));
  validatePodResources(errors, spec, path.child("resources"));
  validateHostNetworkPorts(errors, spec, isPod, path.child("containers"));
  requirePresentOneOf(errors, spec.restartPolicy, restartPolicies, path, "restartPolicy");
  requirePresentOneOf(errors, spec.dnsPolicy, dnsPolicies, path, "dnsPolicy");
  if (spec.nodeSelector) errors.push(...validateLabels(spec.nodeSelector, path.child("nodeSelector")));
  validatePodSecurityContext(errors, spec, path);
  validateAffinity(errors, spec.affinity, path.child("affinity"));
  validateDNSConfig(errors, spec.dnsConfig, spec.dnsPolicy, path.child("dnsConfig"));
  for (const [index, gate] of (spec.readinessGates ?? []).entries()) {
    const at = path.child("readinessGates").index(index).child("conditionType");
    complain(errors, at, gate.conditionType ?? "", isQualifiedName(gate.conditionType ?? ""));
  }
  if (spec.schedulingGates) validateSchedulingGates(errors, spec.schedulingGates, path.child("schedulingGates"));
  validateTopologySpread(errors, spec.topologySpreadConstraints, path.child("topologySpreadConstraints"));
  validateHostProcesses(errors, spec, path);
  validateHostUsers(errors, spec, path);
  validateNames(errors, spec, path);
  if (spec.overhead) validateResourceRequirements(errors, { limits: spec.overhead }, path.child("overhead"));
  validateOS(errors, spec, path);
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const)
    validateFileKeys(errors, spec[list], spec.volumes, path.child(list));
}

function validateNames(errors: Errors, spec: Readonly<PodSpec>, path: FieldPath): void {
  const named = (name: "serviceAccountName" | "nodeName" | "priorityClassName") => {
    const value = spec[name];
    if (value) complain(errors, path.child(name), value, nameIsDNSSubdomain(value, false));
  };
  named("serviceAccountName");
  named("nodeName");
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > maxInt32)) {
    errors.push(field.invalid(path.child("activeDeadlineSeconds"), deadline, rangeText(1, maxInt32)));
  }
  if (spec.hostname) complain(errors, path.child("hostname"), spec.hostname, isDNS1123Label(spec.hostname));
  if (spec.subdomain) complain(errors, path.child("subdomain"), spec.subdomain, isDNS1123Label(spec.subdomain));
  if (spec.hostnameOverride !== undefined) validateHostnameOverride(errors, spec, path);
  validateTolerations(errors, spec.tolerations, path.child("tolerations"));
  for (const [index, alias] of (spec.hostAliases ?? []).entries()) {
    const at = path.child("hostAliases").index(index);
    complain(errors, at.child("ip"), alias.ip ?? "", isLegacyIP(alias.ip ?? ""));
    for (const [hostIndex, host] of (alias.hostnames ?? []).entries()) {
      complain(errors, at.child("hostnames").index(hostIndex), host, isDNS1123Subdomain(host));
    }
  }
  named("priorityClassName");
  const runtimeClass = spec.runtimeClassName;
  if (runtimeClass !== undefined) complain(errors, path.child("runtimeClassName"), runtimeClass, nameIsDNSSubdomain(runtimeClass, false));
  if (spec.preemptionPolicy !== undefined) {
    requirePresentOneOf(errors, spec.preemptionPolicy, ["PreemptLowerPriority", "Never"], path, "preemptionPolicy");
  }
}

function validateHostnameOverride(errors: Errors, spec: Readonly<PodSpec>, path: FieldPath): void {
  const name = spec.hostnameOverride ?? "";
  const at = path.child("hostnameOverride");
  if (spec.setHostnameAsFQDN) {
    errors.push(field.forbidden(at, "may not be specified when setHostnameAsFQDN is true"));
  }
  if (spec.hostNetwork) errors.push(field.forbidden(at, "may not be specified when hostNetwork is true"));
  if (utf8Length(name) > 64) errors.push(field.tooLong(at, 64));
  complain(errors, at, name, isDNS1123Subdomain(name));
}

function validateResourceClaims(errors: Errors, claims: readonly PodResourceClaim[], path: FieldPath): void {
  const seen = new Set<string>();
  for (const [index, claim] of claims.entries()) {
    const at = path.index(index);
    if (!claim.name) errors.push(field.required(at.child("name")));
    else if (seen.has(claim.name)) errors.push(field.duplicate(at.child("name"), claim.name));
    else complain(errors, at.child("name"), claim.name, isDNS1123Label(claim.name));
    seen.add(claim.name);
    const { resourceClaimName: byName, resourceClaimTemplateName: byTemplate } = claim;
    const shown = { Name: claim.name ?? "", ResourceClaimName: byName ?? null, ResourceClaimTemplateName: byTemplate ?? null };
    if (byName !== undefined && byTemplate !== undefined) {
      errors.push(field.invalid(at, shown, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified"));
    }
    if (byName === undefined && byTemplate === undefined) {
      errors.push(field.invalid(at, shown, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`"));
    }
    if (byName !== undefined) complain(errors, at.child("resourceClaimName"), byName, nameIsDNSSubdomain(byName, false));
    if (byTemplate !== undefined)
      complain(errors, at.child("resourceClaimTemplateName"), byTemplate, nameIsDNSSubdomain(byTemplate, false));
  }
}

/** With the host's network a port is the host's: it can have no other number there. */
function validateHostNetworkPorts(errors: Errors, spec: Readonly<PodSpec>, isPod: boolean, path: FieldPath): void {
  if (!spec.hostNetwork) return;
  for (const [index, container] of (spec.containers ?? []).entries()) {
    for (const [portIndex, port] of (container.ports ?? []).entries()) {
      const host = port.hostPort ?? 0;
      if ((isPod || host !== 0) && host !== port.containerPort) {
        const at = path.index(index).child("ports").index(portIndex).child("hostPort");
        errors.push(field.invalid(at, host, "must match `containerPort` when `hostNetwork` is true"));
      }
    }
  }
}

function validateDNSConfig(errors: Errors, config: PodDNSConfig | undefined, policy: string | undefined, path: FieldPath): void {
  if (policy === "None") {
    if (!config) {
      errors.push(field.required(path, "must provide `dnsConfig` when `dnsPolicy` is None"));
      return;
    }
    if (!config.nameservers?.length) {
      errors.push(field.required(path.child("nameservers"), "must provide at least one DNS nameserver when `dnsPolicy` is None"));
      return;
    }
  }
  if (!config) return;
  const servers = config.nameservers ?? [];
  const searches = config.searches ?? [];
  if (servers.length > 3) errors.push(field.invalid(path.child("nameservers"), servers, "must not have more than 3 nameservers"));
  for (const [index, server] of servers.entries()) complain(errors, path.child("nameservers").index(index), server, isLegacyIP(server));
  if (searches.length > 32) errors.push(field.invalid(path.child("searches"), searches, "must not have more than 32 search paths"));
  if (searches.join(" ").length > 2048) {
    const text = "must not have more than 2048 characters (including spaces) in the search list";
    errors.push(field.invalid(path.child("searches"), searches, text));
  }
  for (const [index, search] of searches.entries()) {
    if (search === ".") continue;
    const name = search.endsWith(".") ? search.slice(0, -1) : search;
    complain(errors, path.child("searches").index(index), name, isDNS1123SubdomainWithUnderscore(name));
  }
  for (const [index, option] of (config.options ?? []).entries()) {
    if (!option.name) errors.push(field.required(path.child("options").index(index), "must not be empty"));
  }
}

function validateSchedulingGates(errors: Errors, gates: readonly PodSchedulingGate[], path: FieldPath): void {
  const seen = new Set<string>();
  for (const [index, gate] of gates.entries()) {
    complain(errors, path.index(index), gate.name ?? "", isQualifiedName(gate.name ?? ""));
    if (seen.has(gate.name)) errors.push(field.duplicate(path.index(index), gate.name));
    seen.add(gate.name);
  }
}
