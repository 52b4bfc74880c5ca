import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { isDNS1123Subdomain, isPathSegmentName } from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import { allowOneOf, defaultMatchResources, validateMatchResources, validateMutatingOperations } from "./rules.ts";
import type {
  MutatingAdmissionPolicyBinding,
  MutatingAdmissionPolicyBindingSpec,
  ParamRef,
  ValidatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicyBindingSpec,
} from "./v1.ts";

const at = path("spec");
const group = "admissionregistration.k8s.io";
const actions = ["Audit", "Deny", "Warn"];

export const validatingadmissionpolicybindings = defineResource<ValidatingAdmissionPolicyBinding>(
  group,
  "validatingadmissionpolicybindings",
  {
    takesAnyFinalizer: true,
    updateChecks: ["meta", "kind"],
    default(binding) {
      binding.spec ??= {} as ValidatingAdmissionPolicyBindingSpec;
      defaultMatchResources(binding.spec.matchResources);
    },
    validate({ spec }) {
      const errors: Errors = [];
      validateCommon(errors, spec);
      validateActions(errors, spec.validationActions ?? [], at.child("validationActions"));
      return errors;
    },
    allowUnconditionalUpdate: false,
    countsGenerations: true,
  },
);

export const mutatingadmissionpolicybindings = defineResource<MutatingAdmissionPolicyBinding>(group, "mutatingadmissionpolicybindings", {
  takesAnyFinalizer: true,
  updateChecks: ["meta", "kind"],
  default(binding) {
    binding.spec ??= {};
    defaultMatchResources(binding.spec.matchResources);
  },
  validate({ spec }) {
    const errors: Errors = [];
    validateCommon(errors, spec as MutatingAdmissionPolicyBindingSpec);
    validateMutatingOperations(errors, spec?.matchResources, at.child("matchResources"));
    return errors;
  },
  allowUnconditionalUpdate: false,
  countsGenerations: true,
});

function validateCommon(errors: Errors, spec: MutatingAdmissionPolicyBindingSpec): void {
  const { policyName, paramRef, matchResources } = spec;
  if (!policyName) errors.push(field.required(at.child("policyName")));
  else complain(errors, at.child("policyName"), policyName, isDNS1123Subdomain(policyName));
  if (paramRef) validateParamRef(errors, paramRef, at.child("paramRef"));
  validateMatchResources(errors, matchResources, at.child("matchResources"));
}

function validateParamRef(errors: Errors, reference: ParamRef, where: FieldPath): void {
  const { name, selector, parameterNotFoundAction: action } = reference;
  const exclusive = "name and selector are mutually exclusive";
  if (name) {
    complain(errors, where.child("name"), name, isPathSegmentName(name));
    if (selector) errors.push(field.forbidden(where.child("name"), exclusive));
  }
  if (selector) {
    errors.push(...validateLabelSelector(selector, where.child("selector")));
    if (name) errors.push(field.forbidden(where.child("selector"), exclusive));
  }
  if (!name && !selector) errors.push(field.required(where, "one of name or selector must be specified"));
  if (!action) errors.push(field.required(where.child("parameterNotFoundAction")));
  else allowOneOf(errors, action, ["Deny", "Allow"], where.child("parameterNotFoundAction"));
}

function validateActions(errors: Errors, given: readonly string[], where: FieldPath): void {
  const seen = new Set<string>();
  for (const [index, action] of given.entries()) {
    allowOneOf(errors, action, actions, where.index(index));
    if (seen.has(action)) errors.push(field.duplicate(where.index(index), action));
    seen.add(action);
  }
  if (seen.has("Deny") && seen.has("Warn")) {
    const detail =
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
    errors.push(field.invalid(where, given, detail));
  }
  if (seen.size === 0) errors.push(field.required(where, "at least one validation action is required"));
}
