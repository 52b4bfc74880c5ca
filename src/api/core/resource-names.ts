import { isQualifiedName } from "../../machinery/validation/names.ts";

const standardComputeResources = new Set(["cpu", "memory", "ephemeral-storage"]);

export function isHugePages(name: string): boolean {
  return name.startsWith("hugepages-");
}

/** In the Kubernetes namespace: without a prefix, or with one under `kubernetes.io`. */
export function isNativeResource(name: string): boolean {
  return !name.includes("/") || name.includes("kubernetes.io/");
}

/** A resource that some plug-in of a node advertises: `example.com/gpu`. */
export function isExtendedResource(name: string): boolean {
  // As part of a quota it has to be a qualified name, too.
  return !isNativeResource(name) && !name.startsWith("requests.") && isQualifiedName(`requests.${name}`).length === 0;
}

export function isContainerResource(name: string): boolean {
  return standardComputeResources.has(name) || isHugePages(name);
}

/** What may be promised more often than it is there. */
export function isOvercommitAllowed(name: string): boolean {
  return isNativeResource(name) && !isHugePages(name);
}

/** Counted in whole units. */
export function isIntegerResource(name: string): boolean {
  return integerResources.has(name) || isExtendedResource(name);
}

const integerResources = new Set([
  "pods",
  "services",
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
]);

/** What a resource quota can limit without a prefix. */
export const quotaResources = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.storage",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  ...integerResources,
]);
