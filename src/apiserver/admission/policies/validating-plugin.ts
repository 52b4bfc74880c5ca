import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from "../../../api/admissionregistration/v1.ts";
import { StatusError } from "../../../machinery/errors.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import type { ServedResource } from "../../catalog.ts";
import type { PolicyError } from "../../metrics/admission-metrics.ts";
import { refuse } from "../refuse.ts";
import { ExpressionAuthorizer } from "../webhooks/expression-authorizer.ts";
import { isExempt } from "../webhooks/match.ts";
import { outOfBudget } from "../webhooks/match-conditions.ts";
import { requestVariables } from "../webhooks/request-variables.ts";
import type { ReviewedObjects } from "../webhooks/review.ts";
import { convertedObjects, reviewedObjects } from "../webhooks/reviewed-objects.ts";
import { type Invocation, invocationsOf, namespaceObjectOf, type PolicyDeps } from "./invocations.ts";
import type { Binding, Policy } from "./policy.ts";
import { PolicyAnnotations } from "./policy-annotations.ts";
import { type BoundPolicy, type PolicyKind, type PolicyPlugin, PolicySource } from "./policy-source.ts";
import { type Objection, type Verdict, validateRequest } from "./validate-request.ts";
import { compileValidatingBinding, compileValidatingPolicy, type ValidatingBinding, type ValidatingPolicy } from "./validating-policy.ts";

const kind: PolicyKind<ValidatingAdmissionPolicy, ValidatingPolicy, ValidatingAdmissionPolicyBinding, ValidatingBinding> = {
  resource: "validatingadmissionpolicies",
  compilePolicy: compileValidatingPolicy,
  compileBinding: compileValidatingBinding,
};

const codes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };

export function validatingPolicies(deps: PolicyDeps): PolicyPlugin {
  const source = new PolicySource(deps, kind);
  return {
    name: "ValidatingAdmissionPolicy",
    evaluates: true,
    validate(attributes) {
      if (source.bound.length === 0 || isExempt(attributes)) return;
      const evaluate = (reviewedIn: ReviewedIn) =>
        ExpressionAuthorizer.evaluate(deps.authorizer, (expressions) => validate(deps, source.bound, attributes, expressions, reviewedIn));
      if (!attributes.resource.converter?.outside) return evaluate((resource) => reviewedObjects(attributes, resource));
      return convertedFor(deps, source.bound, attributes).then(evaluate);
    },
    close: () => source.close(),
  };
}

/** The objects of the request in the version that a policy is asked in. */
type ReviewedIn = (resource: ServedResource) => ReviewedObjects;

/** Has the objects converted for all policies before any is evaluated: expressions can't wait for webhooks. */
async function convertedFor(
  deps: PolicyDeps,
  policies: readonly BoundPolicy<ValidatingPolicy, ValidatingBinding>[],
  attributes: AdmissionAttributes,
): Promise<ReviewedIn> {
  const converted = new Map<ServedResource, ReviewedObjects>();
  for (const bound of policies) {
    for (const found of invocationsOf(deps, bound, attributes)) {
      if ("message" in found || converted.has(found.resource)) continue;
      converted.set(found.resource, await convertedObjects(attributes, found.resource));
    }
  }
  return (resource) => converted.get(resource) ?? reviewedObjects(attributes, resource);
}

function validate(
  deps: PolicyDeps,
  policies: readonly BoundPolicy<ValidatingPolicy, ValidatingBinding>[],
  attributes: AdmissionAttributes,
  expressions: ExpressionAuthorizer,
  reviewedIn: ReviewedIn,
): void {
  const annotations = attributes.annotations && new PolicyAnnotations();
  // Counted when all is evaluated: an evaluation that has to wait begins anew.
  const checks: (() => void)[] = [];
  let first: StatusError | undefined;
  for (const bound of policies) {
    for (const found of invocationsOf(deps, bound, attributes)) {
      if (!("message" in found)) {
        for (const error of denials(deps, found, attributes, expressions, annotations, reviewedIn, checks)) first ??= error;
      } else if (!found.policy.ignoresFailures) {
        first ??= denial(attributes, found.policy, found.binding, { message: found.message, reason: "" });
      }
    }
  }
  for (const count of checks) count();
  if (attributes.annotations) annotations?.noteIn(attributes.annotations);
  if (first) throw first;
}

/** What a request that the policy is about is refused with. */
function* denials(
  deps: PolicyDeps,
  { policy, binding, resource, params }: Invocation<ValidatingPolicy, ValidatingBinding>,
  attributes: AdmissionAttributes,
  expressions: ExpressionAuthorizer,
  annotations: PolicyAnnotations | undefined,
  reviewedIn: ReviewedIn,
  checks: (() => void)[],
): Generator<StatusError> {
  const reviewed = reviewedIn(resource);
  const namespace = namespaceObjectOf(deps, attributes);
  const variables = requestVariables(attributes, reviewed, expressions, { namespace, params });
  const began = deps.clock.now();
  const verdict = validateRequest(policy, variables);
  const { objections, annotations: noted } = verdict;
  const seconds = (deps.clock.now() - began) / 1000;
  checks.push(() => count(deps, policy, binding, attributes, verdict, seconds));
  for (const objection of objections) {
    if (objection.always || binding.actions.includes("Deny")) yield denial(attributes, policy, binding, objection);
    if (objection.always) continue;
    if (binding.actions.includes("Audit")) annotations?.failed(policy, binding, objection);
    if (!binding.actions.includes("Warn")) continue;
    const names = `ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}'`;
    attributes.warn(`Validation failed for ${names}: ${objection.message}`);
  }
  for (const { key, value } of noted) annotations?.add(policy, key, value);
}

const countedActions: Readonly<Record<string, string>> = { Deny: "deny", Audit: "audit", Warn: "warn" };

function count(
  { metrics }: PolicyDeps,
  policy: ValidatingPolicy,
  binding: ValidatingBinding,
  { operation }: AdmissionAttributes,
  { objections, ignored, match }: Verdict,
  seconds: number,
): void {
  if (!policy.conditions.isEmpty) metrics.conditions({ kind: "policy", name: policy.name }, operation, "validate", match, seconds);
  for (const message of ignored) metrics.validated("allow", errorOf(message), policy.name, binding.name, seconds);
  for (const { message } of objections)
    for (const action of binding.actions)
      metrics.validated(countedActions[action] ?? "", errorOf(message), policy.name, binding.name, seconds);
}

function errorOf(message: string): PolicyError {
  if (message.startsWith("compilation")) return "compile_error";
  return message === outOfBudget ? "out_of_budget" : "invalid_error";
}

function denial(
  attributes: AdmissionAttributes,
  policy: Policy,
  binding: Binding | undefined,
  { message, reason }: Pick<Objection, "message" | "reason">,
): StatusError {
  const bound = binding ? ` with binding '${binding.name}'` : "";
  const text = `ValidatingAdmissionPolicy '${policy.name}'${bound} denied request: ${message}`;
  const { status } = refuse(attributes, text);
  const details = { ...status.details, causes: [{ message: text }] };
  return new StatusError(codes[reason] ?? 422, reason || "Invalid", status.message ?? "", details);
}
