import { sumOfContainers } from "../../api/core/resource-list.ts";
import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from "../../api/core/v1.ts";
import { type AnyObject, ownPart } from "../../machinery/object.ts";
import { compareQuantities, formatQuantity, parseQuantity, quantityMilliValue } from "../../machinery/quantity.ts";
import type { AdmissionOperation, AdmissionPlugin } from "../admit.ts";
import { aggregated } from "../authorization/authorizer.ts";
import type { ObjectReader } from "../object-reader.ts";
import { refuse } from "./refuse.ts";

const annotation = "kubernetes.io/limit-ranger";
type Amounts = Record<string, string>;

/** Fills in the default requests and limits of a namespace, and refuses what is out of its ranges. */
export function limitRanger(objects: ObjectReader): AdmissionPlugin {
  const ranges = (namespace: string) => {
    const found: LimitRange[] = [];
    for (const entry of objects.list("limitranges", namespace)) found.push(entry.value as unknown as LimitRange);
    return found;
  };
  return {
    name: "LimitRanger",
    resources: ["pods", "persistentvolumeclaims"],
    admit({ operation, subresource, resource, namespace, object }) {
      if (resource.qualifiedName !== "pods" || !looksAtPod(operation, subresource)) return;
      for (const range of ranges(namespace)) applyDefaults(range, object as Pod);
    },
    validate(attributes) {
      const { operation, subresource, resource, namespace, object } = attributes;
      const isPod = resource.qualifiedName === "pods";
      const isLookedAt = isPod
        ? looksAtPod(operation, subresource)
        : subresource === "" && (operation === "CREATE" || operation === "UPDATE");
      if (!isLookedAt || !object) return;
      for (const range of ranges(namespace)) {
        const errors = (range.spec?.limits ?? []).flatMap((item) => (isPod ? checkPod(item, object as Pod) : checkClaim(item, object)));
        if (errors.length > 0) throw refuse(attributes, aggregated(errors));
      }
    },
  };
}

/** Nothing else changes what a pod asks for. */
function looksAtPod(operation: AdmissionOperation, subresource: string): boolean {
  return subresource === "" ? operation === "CREATE" : subresource === "resize" && operation === "UPDATE";
}

function applyDefaults(range: LimitRange, pod: Pod): void {
  const requests: Amounts = {};
  const limits: Amounts = {};
  for (const item of range.spec?.limits ?? []) {
    if (item.type !== "Container") continue;
    Object.assign(requests, item.defaultRequest ?? {});
    Object.assign(limits, item.default ?? {});
  }
  const texts: string[] = [];
  const spec = ownPart(pod, "spec");
  for (const [containers, label] of [
    [spec?.containers ?? [], "container"],
    [spec?.initContainers ?? [], "init container"],
  ] as const) {
    for (const container of containers) texts.push(...fill(container, requests, limits, label));
  }
  if (texts.length > 0)
    pod.metadata.annotations = { ...pod.metadata.annotations, [annotation]: `LimitRanger plugin set: ${texts.join("; ")}` };
}

function fill(container: Container, requests: Amounts, limits: Amounts, label: string): string[] {
  const resources = container.resources ?? {};
  const ownRequests: Amounts = { ...resources.requests };
  const ownLimits: Amounts = { ...resources.limits };
  const setRequests = missing(ownRequests, requests);
  const setLimits = missing(ownLimits, limits);
  if (setRequests.length + setLimits.length === 0) return [];
  container.resources = {
    ...resources,
    ...(Object.keys(ownLimits).length > 0 ? { limits: ownLimits } : {}),
    ...(Object.keys(ownRequests).length > 0 ? { requests: ownRequests } : {}),
  };
  const texts: string[] = [];
  if (setRequests.length > 0) texts.push(`${setRequests.join(", ")} request for ${label} ${container.name}`);
  if (setLimits.length > 0) texts.push(`${setLimits.join(", ")} limit for ${label} ${container.name}`);
  return texts;
}

function missing(own: Amounts, defaults: Amounts): string[] {
  const set: string[] = [];
  for (const key of Object.keys(defaults).sort()) {
    if (own[key] !== undefined) continue;
    own[key] = defaults[key] as string;
    set.push(key);
  }
  return set;
}

function checkPod(item: LimitRangeItem, pod: Pod): string[] {
  if (item.type === "Container") {
    const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
    return containers.flatMap(({ resources }) => checkAmounts(item, resources?.requests ?? {}, resources?.limits ?? {}));
  }
  if (item.type !== "Pod") return [];
  return checkAmounts(item, total(pod, "requests"), total(pod, "limits"));
}

/** What the pod as a whole asks for stands in place of what its containers do. */
function total({ spec }: Pod, which: "requests" | "limits"): Amounts {
  return spec ? { ...sumOfContainers(spec, which), ...spec.resources?.[which] } : {};
}

function checkClaim(item: LimitRangeItem, object: AnyObject): string[] {
  if (item.type !== "PersistentVolumeClaim") return [];
  return checkAmounts(item, (object as PersistentVolumeClaim).spec?.resources?.requests ?? {}, {}, true);
}

function checkAmounts(item: LimitRangeItem, requests: Amounts, limits: Amounts, requestsOnly = false): string[] {
  const errors: string[] = [];
  for (const [key, enforced] of sortedAmounts(item.min)) {
    const head = `minimum ${key} usage per ${item.type} is ${shown(enforced)}`;
    const request = requests[key];
    const limit = limits[key];
    if (request === undefined) errors.push(`${head}.  No request is specified`);
    else if (compareQuantities(request, enforced) < 0) errors.push(`${head}, but request is ${shown(request)}`);
    else if (limit !== undefined && compareQuantities(limit, enforced) < 0) errors.push(`${head}, but limit is ${shown(limit)}`);
  }
  for (const [key, enforced] of sortedAmounts(item.max)) {
    const head = `maximum ${key} usage per ${item.type} is ${shown(enforced)}`;
    const request = requests[key];
    const limit = limits[key];
    if (requestsOnly) {
      if (request === undefined) errors.push(`${head}.  No request is specified`);
      else if (compareQuantities(request, enforced) > 0) errors.push(`${head}, but request is ${shown(request)}`);
    } else if (limit === undefined) errors.push(`${head}.  No limit is specified`);
    else if (compareQuantities(limit, enforced) > 0) errors.push(`${head}, but limit is ${shown(limit)}`);
    else if (request !== undefined && compareQuantities(request, enforced) > 0) errors.push(`${head}, but request is ${shown(request)}`);
  }
  for (const [key, enforced] of sortedAmounts(item.maxLimitRequestRatio)) {
    const head = `${key} max limit to request ratio per ${item.type} is ${shown(enforced)}`;
    const request = quantityMilliValue(requests[key] ?? "0");
    const limit = quantityMilliValue(limits[key] ?? "0");
    if (request === 0) errors.push(`${head}, but no request is specified or request is 0`);
    else if (limit === 0) errors.push(`${head}, but no limit is specified or limit is 0`);
    else if (limit / request > quantityMilliValue(enforced) / 1000)
      errors.push(`${head}, but provided ratio is ${(limit / request).toFixed(6)}`);
  }
  return errors;
}

/** Maps come out of upstream's store in the order of their keys. */
function sortedAmounts(amounts: Amounts = {}): [string, string][] {
  return Object.entries(amounts).sort(([a], [b]) => (a < b ? -1 : 1));
}

const shown = (amount: string) => formatQuantity(parseQuantity(amount));
