import type { AnyObject } from "../../machinery/object.ts";
import { compareQuantities, formatQuantity, isFractionalQuantity, quantityOf, quantityValue } from "../../machinery/quantity.ts";
import { podEvaluator } from "./pod-quota.ts";
import type { QuotaEvaluator } from "./quota-evaluator.ts";
import type { PersistentVolumeClaim, ResourceQuota, ScopedResourceSelectorRequirement, Service } from "./v1.ts";

const writes = (operation: string, subresource: string) => subresource === "" && (operation === "CREATE" || operation === "UPDATE");
const creates = (operation: string, subresource: string) => subresource === "" && operation === "CREATE";

const serviceNames = ["count/services", "services", "services.nodeports", "services.loadbalancers"];

const services: QuotaEvaluator = {
  resource: "services",
  handles: writes,
  matching: (names) => names.filter((name) => serviceNames.includes(name)),
  usage(object) {
    const { type, ports = [], allocateLoadBalancerNodePorts: allocates } = (object as Service).spec ?? {};
    let nodePorts = 0;
    if (type === "NodePort" || type === "LoadBalancer") nodePorts = ports.length;
    // Where none are given out, only those count that are asked for by number.
    if (type === "LoadBalancer" && allocates === false) nodePorts = ports.filter(({ nodePort }) => nodePort).length;
    return {
      "count/services": "1",
      services: "1",
      "services.nodeports": String(nodePorts),
      "services.loadbalancers": type === "LoadBalancer" ? "1" : "0",
    };
  },
};

const claimNames = ["count/persistentvolumeclaims", "persistentvolumeclaims", "requests.storage"];
const classSuffix = ".storageclass.storage.k8s.io/";
const classAnnotation = "volume.beta.kubernetes.io/storage-class";

/** Whether more has been given out to a claim than before. */
function isGrown(object: AnyObject, old: Readonly<AnyObject>): boolean {
  const given = (object as PersistentVolumeClaim).status?.allocatedResources?.storage;
  const before = (old as PersistentVolumeClaim).status?.allocatedResources?.storage;
  return given !== undefined && compareQuantities(given, before ?? "0") > 0;
}

const claims: QuotaEvaluator = {
  resource: "persistentvolumeclaims",
  handles: (operation, subresource, object, old) =>
    writes(operation, subresource) || (subresource === "status" && old !== undefined && isGrown(object, old)),
  matching: (names) =>
    names.filter(
      (name) =>
        claimNames.includes(name) ||
        name.endsWith(`${classSuffix}requests.storage`) ||
        name.endsWith(`${classSuffix}persistentvolumeclaims`),
    ),
  inScope({ scopeName, operator, values = [] }, object) {
    if (scopeName !== "VolumeAttributesClass") return false;
    const { spec, status } = object as PersistentVolumeClaim;
    const classes = [
      spec?.volumeAttributesClassName,
      status?.currentVolumeAttributesClassName,
      status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
    ].filter((name): name is string => !!name);
    return matchesValues(operator, values, classes);
  },
  usage(object) {
    const { spec, status, metadata } = object as PersistentVolumeClaim;
    const usage: Record<string, string> = { "count/persistentvolumeclaims": "1", persistentvolumeclaims: "1" };
    const storageClass = metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? "";
    if (storageClass !== "") usage[`${storageClass}${classSuffix}persistentvolumeclaims`] = "1";
    const asked = spec?.resources?.requests?.storage;
    if (asked === undefined) return usage;
    const given = status?.allocatedResources?.storage;
    const larger = given !== undefined && compareQuantities(given, asked) > 0 ? given : asked;
    const storage = isFractionalQuantity(larger) ? formatQuantity(quantityOf(quantityValue(larger))) : larger;
    usage["requests.storage"] = storage;
    if (storageClass !== "") usage[`${storageClass}${classSuffix}requests.storage`] = storage;
    return usage;
  },
};

/** Whether any of some names is as a requirement wants it. */
function matchesValues(operator: string, values: readonly string[], names: readonly string[]): boolean {
  if (operator === "Exists") return names.length > 0;
  if (operator === "DoesNotExist") return names.length === 0;
  const isOne = names.some((name) => values.includes(name));
  return operator === "In" ? isOne : !isOne;
}

/** Names from before there was `count/`. */
const plainNames = new Set(["configmaps", "resourcequotas", "replicationcontrollers", "secrets"]);

function objectCount(resource: string): QuotaEvaluator {
  // Most are asked no more than what they handle.
  const counted = () => [`count/${resource}`, ...(plainNames.has(resource) ? [resource] : [])];
  return {
    resource,
    handles: creates,
    matching(names) {
      const own = counted();
      return names.filter((name) => own.includes(name));
    },
    usage: () => Object.fromEntries(counted().map((name) => [name, "1"])),
  };
}

const special: readonly QuotaEvaluator[] = [podEvaluator, services, claims];

/** What counts the objects of a resource, by its qualified name. */
export function quotaEvaluator(resource: string): QuotaEvaluator {
  return special.find((one) => one.resource === resource) ?? objectCount(resource);
}

/** The resources whose objects a quota of these names counts. */
export function countedResources(names: readonly string[]): string[] {
  const resources = new Set(special.filter((one) => one.matching(names).length > 0).map(({ resource }) => resource));
  for (const name of names) {
    if (name.startsWith("count/")) resources.add(name.slice("count/".length));
    else if (plainNames.has(name)) resources.add(name);
  }
  return [...resources];
}

/** The scopes of a quota, those of both fields. */
export function scopesOf({ spec }: ResourceQuota): ScopedResourceSelectorRequirement[] {
  const plain = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: "Exists" }));
  return [...plain, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

/** Whether a quota counts an object. */
export function isCounted(evaluator: QuotaEvaluator, quota: ResourceQuota, hard: readonly string[], object: AnyObject): boolean {
  return evaluator.matching(hard).length > 0 && scopesOf(quota).every((scope) => evaluator.inScope?.(scope, object) ?? false);
}
