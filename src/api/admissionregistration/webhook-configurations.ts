import { FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import { type FieldPath, field, path } from "../../machinery/errors.ts";
import type { LabelSelector } from "../../machinery/meta/v1.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isDNS1035Label, isDNS1123Subdomain } from "../../machinery/validation/names.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { type DeclaredBehaviour, defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import { validateClientConfig } from "../webhook-client.ts";
import { compileMatchCondition } from "./admission-expressions.ts";
import {
  allowOneOf,
  defaultRules,
  failurePolicies,
  matchPolicies,
  reinvocationPolicies,
  validateMatchConditions,
  validateRule,
} from "./rules.ts";
import type { MutatingWebhook, MutatingWebhookConfiguration, ValidatingWebhook, ValidatingWebhookConfiguration } from "./v1.ts";

type Webhook = ValidatingWebhook & Pick<MutatingWebhook, "reinvocationPolicy">;
type Configuration = (ValidatingWebhookConfiguration | MutatingWebhookConfiguration) & { webhooks?: Webhook[] };

const at = path("webhooks");
const reviewVersions = ["v1", "v1beta1"];
const harmlessSideEffects = ["None", "NoneOnDryRun"];
const allSideEffects = ["None", "NoneOnDryRun", "Some", "Unknown"];

/** What an update takes because the stored webhooks have it. */
interface Accepted {
  sameMatchConditions?: boolean;
  sideEffects?: boolean;
  unknownReviewVersions?: boolean;
  duplicateNames?: boolean;
  invalidSelectors?: boolean;
}

export const validatingwebhookconfigurations = define("validatingwebhookconfigurations", false);
export const mutatingwebhookconfigurations = define("mutatingwebhookconfigurations", true);

function define(resource: string, mutating: boolean): DeclaredBehaviour {
  return defineResource<Configuration>("admissionregistration.k8s.io", resource, {
    takesAnyFinalizer: true,
    updateChecks: ["meta", "kind"],
    countsEmpty: true,
    default(configuration) {
      for (const hook of configuration.webhooks ?? []) defaultWebhook(hook, mutating);
    },
    prepareForCreate(configuration) {
      configuration.metadata.generation = 1;
    },
    prepareForUpdate(configuration, old) {
      if (deepEqual(configuration.webhooks, old.webhooks)) return;
      configuration.metadata.generation = (old.metadata.generation ?? 0) + 1;
    },
    validate: (configuration) => validate(configuration, {}),
    validateChange: (configuration, old) => validate(configuration, acceptedBy(configuration.webhooks ?? [], old.webhooks ?? [])),
    allowUnconditionalUpdate: false,
  });
}

function defaultWebhook(hook: Webhook, mutating: boolean): void {
  hook.failurePolicy ??= "Fail";
  hook.matchPolicy ??= "Equivalent";
  hook.namespaceSelector ??= {};
  hook.objectSelector ??= {};
  hook.timeoutSeconds ??= 10;
  if (mutating) hook.reinvocationPolicy ??= "Never";
  defaultRules(hook.rules);
  hook.clientConfig ??= {};
  if (hook.clientConfig.service) hook.clientConfig.service.port ??= 443;
}

function acceptedBy(hooks: readonly Webhook[], old: readonly Webhook[]): Accepted {
  const names = old.map(({ name }) => name);
  return {
    sameMatchConditions:
      hooks.length === old.length && hooks.every((hook, index) => deepEqual(hook.matchConditions, old[index]?.matchConditions)),
    sideEffects: old.some(({ sideEffects }) => !harmlessSideEffects.includes(sideEffects)),
    unknownReviewVersions: old.some(
      ({ admissionReviewVersions: versions }) => versions?.length > 0 && !versions.some((version) => reviewVersions.includes(version)),
    ),
    duplicateNames: new Set(names).size < names.length,
    invalidSelectors: old.some((hook) => [hook.namespaceSelector, hook.objectSelector].some(isInvalid)),
  };
}

function isInvalid(selector: LabelSelector | undefined): boolean {
  return validateLabelSelector(selector, at).length > 0;
}

function validate(configuration: Readonly<Configuration>, accepted: Accepted): Errors {
  const errors: Errors = [];
  const names = new Set<string>();
  for (const [index, hook] of (configuration.webhooks ?? []).entries()) {
    const where = at.index(index);
    validateWebhook(errors, hook, where, accepted);
    validateReviewVersions(errors, hook.admissionReviewVersions ?? [], where.child("admissionReviewVersions"), accepted);
    const { name } = hook;
    if (!name || accepted.duplicateNames) continue;
    if (names.has(name)) errors.push(field.duplicate(where.child("name"), name));
    names.add(name);
  }
  return errors;
}

function validateWebhook(errors: Errors, hook: Webhook, where: FieldPath, accepted: Accepted): void {
  validateName(errors, hook.name ?? "", where.child("name"));
  for (const [index, rule] of (hook.rules ?? []).entries()) validateRule(errors, rule, where.child("rules").index(index));
  allowOneOf(errors, hook.failurePolicy, failurePolicies, where.child("failurePolicy"));
  allowOneOf(errors, hook.matchPolicy, matchPolicies, where.child("matchPolicy"));
  const allowed = accepted.sideEffects ? allSideEffects : harmlessSideEffects;
  if (hook.sideEffects === undefined) errors.push(field.required(where.child("sideEffects"), `must specify one of ${allowed.join(", ")}`));
  else allowOneOf(errors, hook.sideEffects, allowed, where.child("sideEffects"));
  const { timeoutSeconds: timeout } = hook;
  if (timeout !== undefined && (timeout > 30 || timeout < 1)) {
    errors.push(field.invalid(where.child("timeoutSeconds"), timeout, "the timeout value must be between 1 and 30 seconds"));
  }
  const selectorOptions = { allowInvalidValues: accepted.invalidSelectors === true };
  for (const name of ["namespaceSelector", "objectSelector"] as const) {
    if (hook[name]) errors.push(...validateLabelSelector(hook[name], where.child(name), selectorOptions));
  }
  allowOneOf(errors, hook.reinvocationPolicy, reinvocationPolicies, where.child("reinvocationPolicy"));
  validateClientConfig(errors, hook.clientConfig ?? {}, where.child("clientConfig"));
  if (accepted.sameMatchConditions || !hook.matchConditions?.length) return;
  const library = new FunctionLibrary();
  validateMatchConditions(errors, hook.matchConditions, where.child("matchConditions"), (expression) =>
    compileMatchCondition(expression, library),
  );
}

function validateName(errors: Errors, name: string, where: FieldPath): void {
  if (name === "") {
    errors.push(field.required(where));
    return;
  }
  const texts = isDNS1123Subdomain(name);
  if (texts.length > 0) errors.push(field.invalid(where, name, texts.join(",")));
  else if (name.split(".").length < 3) {
    errors.push(field.invalid(where, name, "should be a domain with at least three segments separated by dots"));
  }
}

function validateReviewVersions(errors: Errors, versions: readonly string[], where: FieldPath, accepted: Accepted): void {
  if (versions.length === 0) {
    errors.push(field.required(where, `must specify one of ${reviewVersions.join(", ")}`));
    return;
  }
  const seen = new Set<string>();
  for (const [index, version] of versions.entries()) {
    if (seen.has(version)) errors.push(field.invalid(where.index(index), version, "duplicate version"));
    else complain(errors, where.index(index), version, isDNS1035Label(version));
    seen.add(version);
  }
  if (!accepted.unknownReviewVersions && !versions.some((version) => reviewVersions.includes(version))) {
    errors.push(field.invalid(where, versions, `must include at least one of ${reviewVersions.join(", ")}`));
  }
}
