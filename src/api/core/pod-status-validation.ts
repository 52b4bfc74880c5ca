import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { isLegacyIP } from "../../machinery/validation/ip.ts";
import { isDNS1123Label, isQualifiedName, nameIsDNSSubdomain, rangeText, utf8Length } from "../../machinery/validation/names.ts";
import { complain, type Errors, requireUnchanged } from "../validation.ts";
import { validateAnnotationUpdate } from "./pod-annotations.ts";
import { validatePodAnnotations } from "./pod-validation.ts";
import { mayRestart } from "./restart-policy.ts";
import type {
  Container,
  ContainerStatus,
  Pod,
  PodExtendedResourceClaimStatus,
  PodResourceClaim,
  PodResourceClaimStatus,
  PodSpec,
} from "./v1.ts";

const statusPath = path("status");
export const statusLists = ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] as const;

export function validatePodStatus(pod: Readonly<Pod>, old: Readonly<Pod>): Errors {
  const errors: Errors = [];
  const status = pod.status ?? {};
  const before = old.status ?? {};
  const spec: PodSpec = pod.spec ?? { containers: [] };
  validateAnnotationUpdate(errors, pod, old);
  if (pod.metadata.annotations) validatePodAnnotations(errors, pod.metadata.annotations, spec, path("metadata", "annotations"));
  for (const [index, condition] of (status.conditions ?? []).entries()) {
    requireGeneration(errors, condition.observedGeneration, statusPath.child("conditions").index(index));
    if (["PodScheduled", "Ready", "Initialized"].includes(condition.type)) continue;
    const texts = isQualifiedName(condition.type ?? "");
    if (texts.length > 0) complain(errors, statusPath.child("conditions").index(index).child("Type"), condition.type ?? "", texts);
  }
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== before.nominatedNodeName) {
    const at = statusPath.child("nominatedNodeName");
    if (spec.nodeName) errors.push(field.forbidden(at, "may not be set on pods that are already bound to a node"));
    complain(errors, at, nominated, nameIsDNSSubdomain(nominated, false));
  }
  requireGeneration(errors, status.observedGeneration, statusPath);
  requireUnchanged(errors, status.qosClass ?? "", before.qosClass ?? "", statusPath.child("qosClass"));
  for (const [list, containers] of [
    ["containerStatuses", old.spec?.containers ?? []],
    ["initContainerStatuses", old.spec?.initContainers ?? []],
    ["ephemeralContainerStatuses", undefined],
  ] as const) {
    validateTransitions(errors, status[list], before[list], containers, old.spec?.restartPolicy, statusPath.child(list));
  }
  validateClaimStatuses(errors, status.resourceClaimStatuses, spec.resourceClaims);
  if (status.extendedResourceClaimStatus) validateExtendedClaims(errors, status.extendedResourceClaimStatus, spec);
  validateStatusIPs(errors, status.podIPs, statusPath.child("podIPs"));
  const hostIPs = status.hostIPs;
  if (hostIPs && hostIPs.length > 0 && (status.hostIP ?? "") !== hostIPs[0]?.ip) {
    errors.push(field.invalid(statusPath.child("hostIPs").index(0).child("ip"), hostIPs[0]?.ip, "must be equal to `hostIP`"));
  }
  validateStatusIPs(errors, hostIPs, statusPath.child("hostIPs"));
  for (const list of statusLists) validateUsers(errors, status[list], statusPath.child(list));
  validateAllocated(errors, status.containerStatuses, spec.containers, statusPath.child("containerStatuses"));
  validateAllocated(errors, status.initContainerStatuses, spec.initContainers ?? [], statusPath.child("initContainerStatuses"));
  for (const [index, { allocatedResourcesStatus }] of (status.ephemeralContainerStatuses ?? []).entries()) {
    if (allocatedResourcesStatus === undefined) continue;
    const at = statusPath.child("ephemeralContainerStatuses").index(index).child("allocatedResourcesStatus");
    errors.push(field.forbidden(at, "must not be specified in container status"));
  }
  return errors;
}

function requireGeneration(errors: Errors, generation: number | undefined, at: FieldPath): void {
  if (generation === undefined || generation >= 0) return;
  errors.push(field.invalid(at.child("observedGeneration"), generation, "must be a non-negative integer"));
}

function validateClaimStatuses(
  errors: Errors,
  statuses: readonly PodResourceClaimStatus[] | undefined,
  claims: readonly PodResourceClaim[] | undefined,
): void {
  const seen = new Set<string>();
  for (const [index, { name, resourceClaimName }] of (statuses ?? []).entries()) {
    const one = statusPath.child("resourceClaimStatuses").index(index);
    const at = one.child("name");
    if (!claims?.some((claim) => claim.name === name)) {
      errors.push(field.invalid(at, name, "must match the name of an entry in `spec.resourceClaims`"));
    }
    if (seen.has(name)) errors.push(field.duplicate(at, name));
    seen.add(name);
    if (resourceClaimName === undefined) continue;
    complain(errors, one.child("resourceClaimName"), resourceClaimName, nameIsDNSSubdomain(resourceClaimName, false));
  }
}

/** The claim that a pod has got for the extended resources of its containers. */
function validateExtendedClaims(errors: Errors, status: PodExtendedResourceClaimStatus, spec: PodSpec): void {
  const at = statusPath.child("extendedResourceClaimStatus");
  const requestMappings = status.requestMappings ?? [];
  const { resourceClaimName = "" } = status;
  const mappings = at.child("requestMappings");
  if (requestMappings.length === 0) errors.push(field.required(mappings, "at least one request mapping is required"));
  const containers = new Map([...(spec.initContainers ?? []), ...spec.containers].map((container) => [container.name, container]));
  const seen = new Set<string>();
  for (const [index, mapping] of requestMappings.entries()) {
    const one = mappings.index(index);
    const { containerName = "", resourceName = "", requestName = "" } = mapping;
    const container = containers.get(containerName);
    if (!container) {
      const text = "must match the name of an entry in spec.initContainers.name or spec.containers.name";
      errors.push(field.invalid(one.child("containerName"), containerName, text));
    } else if (container.resources?.requests?.[resourceName] === undefined) {
      const text =
        "must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests";
      errors.push(field.invalid(one.child("resourceName"), resourceName, text));
    }
    // The path is upstream's.
    complain(errors, at.child("requestName"), requestName, isDNS1123Label(requestName));
    const key = JSON.stringify([containerName, resourceName, requestName]);
    if (seen.has(key)) {
      errors.push(field.duplicate(one.child("containerName"), containerName));
      errors.push(field.duplicate(one.child("resourceName"), resourceName));
      errors.push(field.duplicate(one.child("requestName"), requestName));
    }
    seen.add(key);
  }
  if (resourceClaimName === "") errors.push(field.required(at.child("resourceClaimName")));
  else complain(errors, at.child("resourceClaimName"), resourceClaimName, nameIsDNSSubdomain(resourceClaimName, false));
}

const maxId = 2147483647;

/** Whom the runtime says that containers run as. */
function validateUsers(errors: Errors, statuses: readonly ContainerStatus[] | undefined, at: FieldPath): void {
  for (const [index, { user }] of (statuses ?? []).entries()) {
    const linux = user?.linux;
    if (!linux) continue;
    const where = at.index(index).child("user", "linux");
    const check = (id: number, one: FieldPath) => {
      if (id < 0 || id > maxId) errors.push(field.invalid(one, id, rangeText(0, maxId)));
    };
    check(linux.uid, where.child("uid"));
    check(linux.gid, where.child("gid"));
    for (const [place, group] of (linux.supplementalGroups ?? []).entries()) check(group, where.child("supplementalGroups").index(place));
  }
}

const maxMessageBytes = 1024;
const healths = ["Healthy", "Unhealthy", "Unknown"];
const claimPrefix = "claim:";

/** The health of devices is told of what a container asks for. */
function validateAllocated(
  errors: Errors,
  statuses: readonly ContainerStatus[] | undefined,
  containers: readonly Container[],
  at: FieldPath,
): void {
  for (const [index, status] of (statuses ?? []).entries()) {
    const container = containers.find(({ name }) => name === status.name);
    for (const [place, { name, resources = [] }] of (status.allocatedResourcesStatus ?? []).entries()) {
      const where = at.index(index).child("allocatedResourcesStatus").index(place);
      if (container && !asksFor(container, name)) {
        const text = name.startsWith(claimPrefix)
          ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
          : "must match one of the container's resource requests";
        errors.push(field.invalid(where.child("name"), name, text));
      }
      const seen = new Set<string>();
      for (const [i, { health = "", resourceID, message }] of resources.entries()) {
        const one = where.child("resources").index(i);
        if (!healths.includes(health)) errors.push(field.notSupported(one.child("health"), health, healths));
        if (message === "") errors.push(field.required(one.child("message"), "must be non-empty if specified"));
        else if (utf8Length(message ?? "") > maxMessageBytes) errors.push(field.tooLong(one.child("message"), maxMessageBytes));
        if (seen.has(resourceID)) errors.push(field.duplicate(one.child("resourceID"), resourceID));
        seen.add(resourceID);
      }
    }
  }
}

function asksFor({ resources }: Container, name: string): boolean {
  if (!name.startsWith(claimPrefix)) return resources?.requests?.[name] !== undefined;
  const asked = name.slice(claimPrefix.length);
  return (resources?.claims ?? []).some((claim) => asked === (claim.request ? `${claim.name}/${claim.request}` : claim.name));
}

/** A container that has ended for good does not come back to life, nor does one that is not of `containers`. */
function validateTransitions(
  errors: Errors,
  next: readonly ContainerStatus[] | undefined,
  old: readonly ContainerStatus[] | undefined,
  containers: readonly Container[] | undefined,
  restartPolicy: string | undefined,
  at: FieldPath,
): void {
  for (const [index, status] of (old ?? []).entries()) {
    const terminated = status.state?.terminated;
    if (!terminated) continue;
    const container = containers?.find(({ name }) => name === status.name);
    if (container && mayRestart(container, restartPolicy, terminated.exitCode)) continue;
    for (const candidate of next ?? []) {
      if (candidate.name === status.name && !candidate.state?.terminated) {
        errors.push(field.forbidden(at.index(index).child("state"), "may not be transitioned to non-terminated state"));
        // Of ephemeral containers each status of that name is told.
        if (containers) break;
      }
    }
  }
}

function validateStatusIPs(errors: Errors, ips: readonly { ip: string }[] | undefined, at: FieldPath): void {
  if (!ips || ips.length === 0) return;
  for (const [index, { ip }] of ips.entries()) {
    const texts = isLegacyIP(ip ?? "");
    if (texts.length > 0) complain(errors, at.index(index), ip, texts);
  }
  if (ips.length < 2) return;
  const unreadable = ips.findIndex(({ ip }) => isLegacyIP(ip ?? "").length > 0);
  if (unreadable >= 0) {
    const text = `failed to check for dual stack with error:invalid IP[${unreadable}]: ${ips[unreadable]?.ip ?? ""}`;
    errors.push(field.internal(at, text));
  }
  const families = new Set(ips.map(({ ip }) => ip.includes(":")));
  if (unreadable >= 0 || families.size < 2 || ips.length > 2) {
    const shown = ips.map(({ ip }) => ({ IP: ip }));
    errors.push(field.invalid(at, shown, "may specify no more than one IP for each IP family"));
  }
}
