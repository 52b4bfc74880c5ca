import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import { isDNS1123Label, isQualifiedName, negativeText } from "../../machinery/validation/names.ts";
import { complain, type Errors, withDetail } from "../validation.ts";
import { compareQuantities, isWhole, sumOfContainers } from "./resource-list.ts";
import {
  isContainerResource,
  isExtendedResource,
  isHugePages,
  isIntegerResource,
  isNativeResource,
  isOvercommitAllowed,
} from "./resource-names.ts";
import type { PodSpec, ResourceRequirements } from "./v1.ts";

/** The requests and limits of a container. */
export function validateResourceRequirements(
  errors: Errors,
  resources: ResourceRequirements | undefined,
  path: FieldPath,
  claims?: ReadonlySet<string>,
): void {
  if (!resources) return;
  checkRequirements(errors, resources, path, validateContainerResourceName);
  validateClaims(errors, resources, path.child("claims"), claims);
}

type NameCheck = (errors: Errors, name: string, path: FieldPath) => void;

function checkRequirements(errors: Errors, resources: ResourceRequirements, path: FieldPath, checkName: NameCheck): void {
  const { limits, requests } = resources;
  let hugePages = false;
  let compute = false;
  const note = (name: string) => {
    if (isHugePages(name)) hugePages = true;
    if (name === "cpu" || name === "memory") compute = true;
  };
  for (const name in limits) {
    note(name);
    checkQuantity(errors, name, limits[name] as string, path, "limits", checkName);
  }
  for (const name in requests) {
    note(name);
    const request = requests[name] as string;
    checkQuantity(errors, name, request, path, "requests", checkName);
    const limit = limits?.[name];
    if (limit === undefined) {
      if (!isOvercommitAllowed(name)) {
        errors.push(field.required(path.child("limits"), "Limit must be set for non overcommitable resources"));
      }
      continue;
    }
    const order = compareQuantities(request, limit);
    if (order !== 0 && !isOvercommitAllowed(name)) {
      errors.push(field.invalid(path.child("requests"), request, `must be equal to ${name} limit of ${limit}`));
    } else if (order > 0) {
      errors.push(field.invalid(path.child("requests"), request, `must be less than or equal to ${name} limit of ${limit}`));
    }
  }
  if (hugePages && !compute) errors.push(field.forbidden(path, "HugePages require cpu or memory"));
}

function checkQuantity(errors: Errors, name: string, quantity: string, path: FieldPath, list: string, checkName: NameCheck): void {
  // The common case takes the short way: no path is made.
  if (isPlain(name, quantity) && (name !== "ephemeral-storage" || checkName === validateContainerResourceName)) return;
  const at = path.child(list).key(name);
  checkName(errors, name, at);
  validateResourceQuantity(errors, name, quantity, at);
  if (isHugePages(name)) checkHugePages(errors, name, quantity, at);
}

function isPlain(name: string, quantity: string): boolean {
  return (name === "cpu" || name === "memory" || name === "ephemeral-storage") && !quantity.startsWith("-");
}

/** Not negative, and whole where the resource is counted in units. */
export function validateResourceQuantity(errors: Errors, name: string, quantity: string, path: FieldPath): void {
  if (compareQuantities(quantity, "0") < 0) errors.push(field.invalid(path, quantity, negativeText));
  if (isIntegerResource(name) && !isWhole(quantity)) errors.push(field.invalid(path, quantity, "must be an integer"));
}

function checkHugePages(errors: Errors, name: string, quantity: string, path: FieldPath): void {
  const size = name.slice("hugepages-".length);
  try {
    if (compareQuantities(quantity, "0") > 0 && isWhole(quantity, size)) return;
  } catch {
    return;
  }
  errors.push(field.invalid(path, quantity, `${quantity} is not positive integer multiple of ${name}`));
}

export function validateContainerResourceName(errors: Errors, name: string, path: FieldPath): void {
  validateResourceName(errors, name, path);
  if (!name.includes("/")) {
    if (!isContainerResource(name)) errors.push(field.invalid(path, name, "must be a standard resource for containers"));
  } else if (!isNativeResource(name) && !isExtendedResource(name)) {
    errors.push(field.invalid(path, name, "doesn't follow extended resource name standard"));
  }
}

/** Qualified, and standard where it has no prefix. */
export function validateResourceName(errors: Errors, name: string, path: FieldPath): void {
  const texts = isQualifiedName(name);
  complain(errors, path, name, texts);
  if (texts.length === 0 && !name.includes("/") && !isStandard(name)) {
    errors.push(field.invalid(path, name, "must be a standard resource type or fully qualified"));
  }
}

const otherStandard = new Set([
  "storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "requests.storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
]);

function isStandard(name: string): boolean {
  return isContainerResource(name) || otherStandard.has(name) || name.startsWith("requests.hugepages-");
}

function validateClaims(errors: Errors, resources: ResourceRequirements, path: FieldPath, known: ReadonlySet<string> | undefined): void {
  if (!resources.claims) return;
  const seen = new Set<string>();
  const inParts = new Set<string>();
  for (const [index, { name, request }] of resources.claims.entries()) {
    const at = path.index(index);
    if (!name) {
      errors.push(field.required(at));
      continue;
    }
    if (request && !seen.has(name)) complain(errors, at.child("request"), request, isDNS1123Label(request));
    // Who has asked for all of a claim has asked for each part of it.
    const key = request && !seen.has(name) ? `${name}/${request}` : name;
    if (seen.has(key) || (!request && inParts.has(name))) errors.push(field.duplicate(at, key));
    seen.add(key);
    if (request) inParts.add(name);
    if (!known || known.has(name)) continue;
    const names = [...known].filter((one) => one !== "").sort();
    const listed = names.length === 0 ? " which is empty" : `: ${names.join(", ")}`;
    errors.push(withDetail(field.notFound(at, name), `must be one of the names in pod.spec.resourceClaims${listed}`));
  }
}

const podLevelResources = new Set(["cpu", "memory"]);

/** The requests and limits of the pod as a whole, also beside those of its containers. */
export function validatePodResources(errors: Errors, spec: Readonly<PodSpec>, path: FieldPath): void {
  const resources = spec.resources;
  if (!resources) return;
  if (resources.claims) errors.push(field.forbidden(path.child("claims"), "claims may not be set for Resources at pod-level"));
  checkRequirements(errors, resources, path, (list, name, at) => {
    const before = list.length;
    validateResourceName(list, name, at);
    if (list.length === before && !podLevelResources.has(name) && !isHugePages(name)) {
      list.push(field.notSupported(at, name, ["cpu", "hugepages-", "memory"]));
    }
  });
  validateClaims(errors, resources, path.child("claims"), new Set((spec.resourceClaims ?? []).map((claim) => claim.name)));
  if (!resources.requests && !resources.limits) return;
  const total = sumOfContainers(spec);
  for (const name in total) {
    const request = resources.requests?.[name];
    if (request === undefined) continue;
    const aggregate = total[name] as string;
    if (compareQuantities(aggregate, request) > 0) {
      errors.push(
        field.invalid(
          path.child("requests").key(name),
          request,
          `must be greater than or equal to aggregate container requests of ${aggregate}`,
        ),
      );
    }
  }
  for (const [index, container] of (spec.containers ?? []).entries()) {
    const limits = container.resources?.limits;
    for (const name in limits) {
      const podLimit = resources.limits?.[name];
      const limit = limits[name] as string;
      if (podLimit !== undefined && compareQuantities(limit, podLimit) > 0) {
        errors.push(
          field.invalid(
            path.child("containers").index(index).key(name).child("limits"),
            limit,
            `must be less than or equal to pod limits of ${podLimit}`,
          ),
        );
      }
    }
  }
}
