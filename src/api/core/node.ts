import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { isIPv4, isLegacyCIDR, parseCIDR } from "../../machinery/validation/ip.ts";
import { utf8Length } from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import { validateTaints } from "./affinity-validation.ts";
import { validateNodeAnnotations } from "./node-annotations.ts";
import { nodeCondition } from "./pod-status.ts";
import { defaultResourceList } from "./resource-list.ts";
import { validateResourceQuantity } from "./resource-validation.ts";
import type { Node, NodeSpec } from "./v1.ts";

const none = "<none>";
const unknown = "<unknown>";
const rolePrefix = "node-role.kubernetes.io/";

export const nodes = defineResource<Node>("", "nodes", {
  updateChecks: ["meta", "kind", "metaUpdate", "update"],
  default(node) {
    node.spec ??= {};
    node.status ??= {};
    const { status } = node;
    status.daemonEndpoints ??= { kubeletEndpoint: { Port: 0 } };
    status.nodeInfo ??= {
      machineID: "",
      systemUUID: "",
      bootID: "",
      kernelVersion: "",
      osImage: "",
      containerRuntimeVersion: "",
      kubeletVersion: "",
      kubeProxyVersion: "",
      operatingSystem: "",
      architecture: "",
    };
    defaultResourceList(status.capacity);
    defaultResourceList(status.allocatable);
    if (status.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
    const { spec } = node;
    if (spec.podCIDR && spec.podCIDRs?.[0] !== spec.podCIDR) spec.podCIDRs = [spec.podCIDR];
    else if (!spec.podCIDR && spec.podCIDRs?.[0]) spec.podCIDR = spec.podCIDRs[0];
  },
  // What is allocatable of a node that says it has nothing.
  defaultsStored: true,
  keepsStatusOnCreate: true,
  prepareForCreate: dropDynamicConfig,
  prepareForUpdate(node, old, { subresource }) {
    if (subresource === "" && old.status) node.status = old.status;
    dropDynamicConfig(node);
  },
  validate(node) {
    const errors: Errors = [];
    const at = path("spec");
    validateNodeAnnotations(errors, node);
    // The path is upstream's.
    validateTaints(errors, node.spec?.taints, path("metadata", "taints"));
    validateAmounts(errors, node.status?.capacity, path("status", "capacity"));
    validateAmounts(errors, node.status?.allocatable, path("status", "allocatable"));
    validatePodCIDRs(errors, node.spec ?? {}, at);
    return errors;
  },
  validateUpdate(node, old) {
    const errors: Errors = [];
    validateNodeAnnotations(errors, node);
    validateNodeStatus(errors, node);
    const spec: NodeSpec = node.spec ?? {};
    const before: NodeSpec = old.spec ?? {};
    const at = path("spec");
    const { podCIDRs = [] } = before;
    const given = spec.podCIDRs ?? [];
    // One complaint for each that differs, or one for another number of them.
    const differing = podCIDRs.length === given.length ? podCIDRs.filter((cidr, index) => cidr !== given[index]) : podCIDRs.slice(0, 1);
    for (const _ of differing)
      errors.push(field.forbidden(at.child("podCIDRs"), 'node updates may not change podCIDR except from "" to valid'));
    if (before.providerID && before.providerID !== spec.providerID) {
      errors.push(field.forbidden(at.child("providerID"), 'node updates may not change providerID except from "" to valid'));
    }
    validateTaints(errors, node.spec?.taints, path("metadata", "taints"));
    if ((spec.externalID ?? "") !== (before.externalID ?? "")) errors.push(field.forbidden(at.child("externalID"), "may not be updated"));
    return errors;
  },
  validateStatus(node) {
    const errors: Errors = [];
    validateNodeAnnotations(errors, node);
    validateNodeStatus(errors, node);
    validateTaints(errors, node.spec?.taints, path("metadata", "taints"));
    return errors;
  },
  row(node, { now }) {
    const info = node.status?.nodeInfo;
    return [
      node.metadata.name ?? "",
      statusText(node),
      roles(node).join(",") || none,
      age(node.metadata, now),
      info?.kubeletVersion ?? "",
      addressOf(node, "InternalIP"),
      addressOf(node, "ExternalIP"),
      info?.osImage || unknown,
      `${info?.kernelVersion || unknown}${info?.architecture ? ` (${info.architecture})` : ""}`,
      info?.containerRuntimeVersion || unknown,
    ];
  },
  selectableFields: { "spec.unschedulable": (node) => String(node.spec?.unschedulable ?? false) },
  countsGenerations: false,
  warnings(node) {
    const warnings: string[] = [];
    if (node.spec?.configSource) warnings.push("spec.configSource: the feature is no longer supported; the field is ignored");
    if (node.spec?.externalID) warnings.push("spec.externalID: this field is deprecated, and is unused by Kubernetes");
    return warnings;
  },
});

/** Dynamic configuration of node agents is gone, and its fields with it. */
function dropDynamicConfig(node: Node): void {
  delete node.spec?.configSource;
  delete node.status?.config;
}

function validateNodeStatus(errors: Errors, node: Readonly<Node>): void {
  validateAmounts(errors, node.status?.capacity, path("status", "capacity"));
  validateAmounts(errors, node.status?.allocatable, path("status", "allocatable"));
  const seen = new Set<string>();
  for (const [index, address] of (node.status?.addresses ?? []).entries()) {
    const key = `${address.type}/${address.address}`;
    if (seen.has(key)) {
      const shown = { Type: address.type, Address: address.address };
      errors.push(field.duplicate(path("status", "addresses").index(index), shown));
    }
    seen.add(key);
  }
  validateDeclaredFeatures(errors, node.status?.declaredFeatures ?? [], path("status", "declaredFeatures"));
}

const featureName = /^[A-Z][a-zA-Z0-9]*(\/[a-zA-Z][a-zA-Z0-9]*)*$/;
const maxFeatureName = 253;

function validateDeclaredFeatures(errors: Errors, features: readonly string[], at: FieldPath): void {
  for (const [index, feature] of features.entries()) {
    const one = at.index(index);
    const invalid = (detail: string) =>
      errors.push(field.invalid(one, feature, `invalid feature name ${JSON.stringify(feature)}: ${detail}`));
    if (utf8Length(feature) > maxFeatureName) invalid(`must be no more than ${maxFeatureName} characters`);
    else if (!featureName.test(feature)) {
      invalid(
        "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes",
      );
    }
    const next = features[index + 1];
    if (next === feature) errors.push(field.duplicate(at.index(index + 1), next));
    else if (next !== undefined && feature > next) {
      errors.push(field.invalid(at.index(index + 1), next, "list must be sorted alphabetically"));
    }
  }
}

function validateAmounts(errors: Errors, list: Record<string, string> | undefined, at: FieldPath): void {
  for (const name in list) validateResourceQuantity(errors, name, list[name] as string, at.child(name));
}

function validatePodCIDRs(errors: Errors, spec: NodeSpec, at: FieldPath): void {
  const cidrs = spec.podCIDRs ?? [];
  if (cidrs.length === 0) return;
  const list = at.child("podCIDRs");
  for (const [index, cidr] of cidrs.entries()) complain(errors, list.index(index), cidr, isLegacyCIDR(cidr));
  if (cidrs.length === 1) return;
  const parsed = cidrs.map(parseCIDR);
  const broken = parsed.indexOf(undefined);
  if (broken >= 0) {
    const text = `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${broken}]: <nil> (invalid CIDR address: ${cidrs[broken]})`;
    errors.push(field.internal(list, text));
  }
  const families = new Set(parsed.map((cidr) => cidr && isIPv4(cidr.address)));
  if (broken >= 0 || families.size < 2 || cidrs.length > 2) {
    errors.push(field.invalid(list, cidrs, "may specify no more than one CIDR for each IP family"));
  }
}

function statusText(node: Readonly<Node>): string {
  const ready = nodeCondition(node as Node, "Ready");
  const status = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}

function roles(node: Readonly<Node>): string[] {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix) && key.length > rolePrefix.length) found.add(key.slice(rolePrefix.length));
    else if (key === "kubernetes.io/role" && value !== "") found.add(value);
  }
  return [...found].sort();
}

function addressOf(node: Readonly<Node>, type: string): string {
  return node.status?.addresses?.find((address) => address.type === type)?.address ?? none;
}
