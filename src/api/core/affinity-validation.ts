import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import type { LabelSelector } from "../../machinery/meta/v1.ts";
import { validateLabelName } from "../../machinery/validation/labels.ts";
import { isLabelValue, nameIsDNSLabel, nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { complain, type Errors, withDetail } from "../validation.ts";
import type {
  Affinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinityTerm,
  Taint,
  Toleration,
  TopologySpreadConstraint,
} from "./v1.ts";

const required = "requiredDuringSchedulingIgnoredDuringExecution";
const preferred = "preferredDuringSchedulingIgnoredDuringExecution";
const weightText = "must be in the range 1-100";

export function validateAffinity(errors: Errors, affinity: Affinity | undefined, path: FieldPath): void {
  if (!affinity) return;
  const node = affinity.nodeAffinity;
  if (node) {
    const at = path.child("nodeAffinity");
    if (node[required]) validateNodeSelector(errors, node[required], at.child(required));
    for (const [index, term] of (node[preferred] ?? []).entries()) {
      const termPath = at.child(preferred).index(index);
      if (!(term.weight > 0 && term.weight <= 100)) errors.push(field.invalid(termPath.child("weight"), term.weight ?? 0, weightText));
      // Values of preferences are never checked: they can only fail to match.
      validateTerm(errors, term.preference ?? {}, false, termPath.child("preference"));
    }
  }
  for (const name of ["podAffinity", "podAntiAffinity"] as const) {
    const pods = affinity[name];
    if (!pods) continue;
    const at = path.child(name);
    for (const [index, term] of (pods[required] ?? []).entries()) {
      validatePodAffinityTerm(errors, term, at.child(required).index(index));
    }
    for (const [index, weighted] of (pods[preferred] ?? []).entries()) {
      const termPath = at.child(preferred).index(index);
      if (!(weighted.weight > 0 && weighted.weight <= 100)) {
        errors.push(field.invalid(termPath.child("weight"), weighted.weight ?? 0, weightText));
      }
      validatePodAffinityTerm(errors, weighted.podAffinityTerm ?? {}, termPath.child("podAffinityTerm"));
    }
  }
}

export function validateNodeSelector(errors: Errors, selector: NodeSelector, path: FieldPath): void {
  const at = path.child("nodeSelectorTerms");
  if (!selector.nodeSelectorTerms?.length) {
    errors.push(field.required(at, "must have at least one node selector term"));
    return;
  }
  for (const [index, term] of selector.nodeSelectorTerms.entries()) validateTerm(errors, term, true, at.index(index));
}

function validateTerm(errors: Errors, term: NodeSelectorTerm, checkValues: boolean, path: FieldPath): void {
  for (const [index, requirement] of (term.matchExpressions ?? []).entries()) {
    validateLabelRequirement(errors, requirement, checkValues, path.child("matchExpressions").index(index));
  }
  for (const [index, requirement] of (term.matchFields ?? []).entries()) {
    validateFieldRequirement(errors, requirement, path.child("matchFields").index(index));
  }
}

function validateLabelRequirement(errors: Errors, requirement: NodeSelectorRequirement, checkValues: boolean, path: FieldPath): void {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case "In":
    case "NotIn":
      if (values.length === 0) {
        errors.push(field.required(path.child("values"), "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case "Exists":
    case "DoesNotExist":
      if (values.length > 0) {
        errors.push(field.forbidden(path.child("values"), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
      }
      break;
    case "Gt":
    case "Lt":
      if (values.length !== 1) {
        errors.push(field.required(path.child("values"), "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      }
      break;
    default:
      errors.push(field.invalid(path.child("operator"), requirement.operator ?? "", "not a valid selector operator"));
  }
  errors.push(...validateLabelName(requirement.key ?? "", path.child("key")));
  if (!checkValues) return;
  for (const [index, value] of values.entries()) complain(errors, path.child("values").index(index), value, isLabelValue(value));
}

function validateFieldRequirement(errors: Errors, requirement: NodeSelectorRequirement, path: FieldPath): void {
  const values = requirement.values ?? [];
  if (requirement.operator !== "In" && requirement.operator !== "NotIn") {
    errors.push(field.invalid(path.child("operator"), requirement.operator ?? "", "not a valid selector operator"));
  } else if (values.length !== 1) {
    errors.push(field.required(path.child("values"), "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"));
  }
  if (requirement.key !== "metadata.name") {
    errors.push(field.invalid(path.child("key"), requirement.key ?? "", "not a valid field selector key"));
    return;
  }
  for (const [index, value] of values.entries()) {
    complain(errors, path.child("values").index(index), value, nameIsDNSSubdomain(value, false));
  }
}

function validatePodAffinityTerm(errors: Errors, term: Partial<PodAffinityTerm>, path: FieldPath): void {
  errors.push(...validateLabelSelector(term.labelSelector, path.child("labelSelector")));
  errors.push(...validateLabelSelector(term.namespaceSelector, path.child("namespaceSelector")));
  for (const name of term.namespaces ?? []) complain(errors, path.child("namespace"), name, nameIsDNSLabel(name, false));
  validateMatchLabelKeys(errors, term, path);
  if (!term.topologyKey) errors.push(field.required(path.child("topologyKey"), "can not be empty"));
  errors.push(...validateLabelName(term.topologyKey ?? "", path.child("topologyKey")));
}

interface KeyedTerm {
  labelSelector?: LabelSelector;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
}

function validateMatchLabelKeys(errors: Errors, term: KeyedTerm, path: FieldPath): void {
  for (const name of ["matchLabelKeys", "mismatchLabelKeys"] as const) {
    const keys = term[name];
    if (!keys || keys.length === 0) continue;
    if (!term.labelSelector) {
      errors.push(field.forbidden(path.child(name), "must not be specified when labelSelector is not set"));
      continue;
    }
    for (const [index, key] of keys.entries()) errors.push(...validateLabelName(key, path.child(name).index(index)));
  }
  if (term.matchLabelKeys) complainDoubled(errors, term.matchLabelKeys, term.labelSelector, path);
  for (const [index, key] of (term.matchLabelKeys ?? []).entries()) {
    if (!term.mismatchLabelKeys?.includes(key)) continue;
    errors.push(field.invalid(path.child("matchLabelKeys").index(index), key, "exists in both matchLabelKeys and mismatchLabelKeys"));
  }
}

/**
 * Complains of each requirement on a key that the selector speaks of before it: on create those of `matchLabelKeys` and of
 * `mismatchLabelKeys` have been added. The index straight after the path is upstream's.
 */
function complainDoubled(errors: Errors, keys: readonly string[], selector: LabelSelector | undefined, path: FieldPath): void {
  const known = new Set(Object.keys(selector?.matchLabels ?? {}));
  for (const { key } of selector?.matchExpressions ?? []) {
    const index = keys.lastIndexOf(key);
    if (index >= 0 && known.has(key)) {
      errors.push(field.invalid(path.index(index), key, "exists in both matchLabelKeys and labelSelector"));
    }
    known.add(key);
  }
}

const taintEffects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/** Upstream names the comparing operators, whose feature is off, to those who try them. */
function operatorsBeside(operator: string): string[] {
  return operator === "Lt" || operator === "Gt" ? ["Equal", "Exists", "Lt", "Gt"] : ["Equal", "Exists"];
}

export function validateTolerations(errors: Errors, tolerations: readonly Toleration[] | undefined, path: FieldPath): void {
  if (!tolerations) return;
  for (const [index, { key = "", operator = "", value = "", effect = "", tolerationSeconds }] of tolerations.entries()) {
    const at = path.index(index);
    if (key !== "") errors.push(...validateLabelName(key, at.child("key")));
    if (key === "" && operator !== "Exists") {
      const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(field.invalid(at.child("operator"), operator, text));
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      errors.push(field.invalid(at.child("effect"), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
    }
    if (operator === "" || operator === "Equal") {
      const texts = isLabelValue(value);
      if (texts.length > 0) errors.push(field.invalid(at.child("operator"), value, texts.join(";")));
    } else if (operator === "Exists") {
      if (value !== "") errors.push(field.invalid(at.child("operator"), value, "value must be empty when `operator` is 'Exists'"));
    } else errors.push(field.notSupported(at.child("operator"), operator, operatorsBeside(operator)));
    if (effect !== "" && !taintEffects.includes(effect)) errors.push(field.notSupported(at.child("effect"), effect, taintEffects));
  }
}

export function validateTaints(errors: Errors, taints: readonly Taint[] | undefined, path: FieldPath): void {
  const seen = new Map<string, Set<string>>();
  for (const [index, taint] of (taints ?? []).entries()) {
    const at = path.index(index);
    errors.push(...validateLabelName(taint.key ?? "", at.child("key")));
    const texts = isLabelValue(taint.value ?? "");
    if (texts.length > 0) errors.push(field.invalid(at.child("value"), taint.value, texts.join(";")));
    if (!taint.effect) errors.push(field.required(at.child("effect")));
    else if (!taintEffects.includes(taint.effect)) errors.push(field.notSupported(at.child("effect"), taint.effect, taintEffects));
    const keys = seen.get(taint.effect) ?? new Set();
    if (keys.has(taint.key)) {
      const shown = { Key: taint.key, Value: taint.value ?? "", Effect: taint.effect, TimeAdded: taint.timeAdded ?? null };
      errors.push(withDetail(field.duplicate(at, shown), "taints must be unique by key and effect pair"));
    }
    seen.set(taint.effect, keys.add(taint.key));
  }
}

const inclusionPolicies = ["Honor", "Ignore"];

export function validateTopologySpread(errors: Errors, list: readonly TopologySpreadConstraint[] | undefined, path: FieldPath): void {
  if (!list) return;
  for (const [index, constraint] of list.entries()) {
    const at = path.index(index);
    const when = constraint.whenUnsatisfiable ?? "";
    if (!(constraint.maxSkew > 0)) errors.push(field.invalid(at.child("maxSkew"), constraint.maxSkew ?? 0, "must be greater than zero"));
    if (!constraint.topologyKey) errors.push(field.required(at.child("topologyKey"), "can not be empty"));
    if (when !== "DoNotSchedule" && when !== "ScheduleAnyway") {
      errors.push(field.notSupported(at.child("whenUnsatisfiable"), when, ["DoNotSchedule", "ScheduleAnyway"]));
    }
    const again = list.slice(index + 1).some((c) => c.topologyKey === constraint.topologyKey && (c.whenUnsatisfiable ?? "") === when);
    if (again) {
      errors.push(field.duplicate(at.child("{topologyKey, whenUnsatisfiable}"), `{${constraint.topologyKey ?? ""}, ${when}}`));
    }
    const domains = constraint.minDomains;
    if (domains !== undefined) {
      if (domains <= 0) errors.push(field.invalid(at.child("minDomains"), domains, "must be greater than zero"));
      if (when !== "DoNotSchedule") {
        const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${when}`;
        errors.push(field.invalid(at.child("minDomains"), domains, text));
      }
    }
    for (const name of ["nodeAffinityPolicy", "nodeTaintsPolicy"] as const) {
      const policy = constraint[name];
      if (policy !== undefined && !inclusionPolicies.includes(policy)) {
        errors.push(field.notSupported(at.child(name), policy, inclusionPolicies));
      }
    }
    validateSpreadKeys(errors, constraint, at);
    errors.push(...validateLabelSelector(constraint.labelSelector, at.child("labelSelector")));
  }
}

function validateSpreadKeys(errors: Errors, constraint: TopologySpreadConstraint, path: FieldPath): void {
  const keys = constraint.matchLabelKeys;
  if (!keys || keys.length === 0) return;
  if (!constraint.labelSelector) {
    errors.push(field.forbidden(path.child("matchLabelKeys"), "must not be specified when labelSelector is not set"));
    return;
  }
  for (const [index, key] of keys.entries()) errors.push(...validateLabelName(key, path.child("matchLabelKeys").index(index)));
  complainDoubled(errors, keys, constraint.labelSelector, path);
}
