import { type FieldPath, field, path } from "../../machinery/errors.ts";
import type { LabelSelector } from "../../machinery/meta/v1.ts";
import { deepEqual } from "../../machinery/object.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";
import { nameIsDNSSubdomain, nameIsPathSegment } from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { age } from "../columns.ts";
import { defineResource, type ResourceBehaviour } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject } from "./v1.ts";

const group = "rbac.authorization.k8s.io";

export const roles = defineResource<Role>(group, "roles", {
  updateChecks: ["meta", "kind", "metaUpdate"],
  validateName: nameIsPathSegment,
  validate: (role) => validateRules(role.rules, true),
  allowCreateOnUpdate: true,
});

export const clusterroles = defineResource<ClusterRole>(group, "clusterroles", {
  updateChecks: ["meta", "kind", "metaUpdate"],
  validateName: nameIsPathSegment,
  validate(role) {
    const errors = validateRules(role.rules, false);
    const aggregation = role.aggregationRule;
    if (!aggregation) return errors;
    const at = path("aggregationRule", "clusterRoleSelectors");
    if (!aggregation.clusterRoleSelectors?.length) {
      errors.push(field.required(at, "at least one clusterRoleSelector required if aggregationRule is non-nil"));
    }
    for (const [index, selector] of (aggregation.clusterRoleSelectors ?? []).entries()) {
      errors.push(...validateLabelSelector(selector, at.index(index)));
      if (!isReadable(selector)) errors.push(field.invalid(at.index(index), null, "invalid label selector."));
    }
    return errors;
  },
  allowCreateOnUpdate: true,
});

function isReadable(selector: LabelSelector): boolean {
  try {
    compileLabelSelector(selector);
    return true;
  } catch {
    return false;
  }
}

function validateRules(rules: readonly PolicyRule[] | undefined, namespaced: boolean): Errors {
  const errors: Errors = [];
  for (const [index, rule] of (rules ?? []).entries()) {
    const at = path("rules").index(index);
    if (!rule.verbs?.length) errors.push(field.required(at.child("verbs"), "verbs must contain at least one value"));
    if (rule.nonResourceURLs?.length) {
      if (namespaced) {
        errors.push(field.invalid(at.child("nonResourceURLs"), rule.nonResourceURLs, "namespaced rules cannot apply to non-resource URLs"));
      }
      if (rule.apiGroups?.length || rule.resources?.length || rule.resourceNames?.length) {
        const text = "rules cannot apply to both regular resources and non-resource URLs";
        errors.push(field.invalid(at.child("nonResourceURLs"), rule.nonResourceURLs, text));
      }
      continue;
    }
    if (!rule.apiGroups?.length) {
      errors.push(field.required(at.child("apiGroups"), "resource rules must supply at least one api group"));
    }
    if (!rule.resources?.length) errors.push(field.required(at.child("resources"), "resource rules must supply at least one resource"));
  }
  return errors;
}

type Binding = RoleBinding | ClusterRoleBinding;

function bindingBehaviour<T extends Binding>(namespaced: boolean): ResourceBehaviour<T> {
  return {
    default(binding) {
      if (binding.roleRef) binding.roleRef.apiGroup ||= group;
      for (const subject of binding.subjects ?? []) {
        if (!subject.apiGroup && (subject.kind === "User" || subject.kind === "Group")) subject.apiGroup = group;
      }
    },
    updateChecks: ["meta", "kind", "metaUpdate", "update"],
    validateName: nameIsPathSegment,
    validate(binding) {
      const errors: Errors = [];
      validateRoleRef(errors, binding.roleRef ?? { kind: "", name: "" }, namespaced);
      for (const [index, subject] of (binding.subjects ?? []).entries()) {
        validateSubject(errors, subject, namespaced, path("subjects").index(index));
      }
      return errors;
    },
    validateUpdate(binding, old) {
      if (deepEqual(binding.roleRef, old.roleRef)) return [];
      const { apiGroup = "", kind, name } = binding.roleRef;
      return [field.invalid(path("roleRef"), { APIGroup: apiGroup, Kind: kind, Name: name }, "cannot change roleRef")];
    },
    row(binding, { now }) {
      const of = (kind: string) => (binding.subjects ?? []).filter((subject) => subject.kind === kind);
      const names = (kind: string) => of(kind).map((subject) => subject.name);
      return [
        binding.metadata.name ?? "",
        `${binding.roleRef.kind}/${binding.roleRef.name}`,
        age(binding.metadata, now),
        names("User").join(", "),
        names("Group").join(", "),
        of("ServiceAccount")
          .map((subject) => (subject.namespace ? `${subject.namespace}/${subject.name}` : `/${subject.name}`))
          .join(", "),
      ];
    },
    allowCreateOnUpdate: true,
  };
}

export const rolebindings = defineResource<RoleBinding>(group, "rolebindings", bindingBehaviour(true));
export const clusterrolebindings = defineResource<ClusterRoleBinding>(group, "clusterrolebindings", bindingBehaviour(false));

function validateRoleRef(errors: Errors, ref: RoleRef, namespaced: boolean): void {
  const at = path("roleRef");
  if (ref.apiGroup !== group) errors.push(field.notSupported(at.child("apiGroup"), ref.apiGroup ?? "", [group]));
  const kinds = namespaced ? ["Role", "ClusterRole"] : ["ClusterRole"];
  if (!kinds.includes(ref.kind)) errors.push(field.notSupported(at.child("kind"), ref.kind ?? "", kinds));
  if (!ref.name) errors.push(field.required(at.child("name")));
  else complain(errors, at.child("name"), ref.name, nameIsPathSegment(ref.name, false));
}

function validateSubject(errors: Errors, subject: Subject, namespaced: boolean, at: FieldPath): void {
  if (!subject.name) errors.push(field.required(at.child("name")));
  switch (subject.kind) {
    case "ServiceAccount":
      if (subject.name) complain(errors, at.child("name"), subject.name, nameIsDNSSubdomain(subject.name, false));
      if (subject.apiGroup) errors.push(field.notSupported(at.child("apiGroup"), subject.apiGroup, [""]));
      if (!namespaced && !subject.namespace) errors.push(field.required(at.child("namespace")));
      return;
    case "User":
    case "Group":
      if (subject.apiGroup !== group) errors.push(field.notSupported(at.child("apiGroup"), subject.apiGroup ?? "", [group]));
      return;
    default:
      errors.push(field.notSupported(at.child("kind"), subject.kind ?? "", ["ServiceAccount", "User", "Group"]));
  }
}
