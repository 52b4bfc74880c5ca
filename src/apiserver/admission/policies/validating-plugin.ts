import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from "../../../api/admissionregistration/v1.ts";
import { forbidden, StatusError } from "../../../machinery/errors.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import { ExpressionAuthorizer } from "../webhooks/expression-authorizer.ts";
import { isExempt } from "../webhooks/match.ts";
import { requestVariables } from "../webhooks/request-variables.ts";
import { reviewedObjects } from "../webhooks/reviewed-objects.ts";
import { type Invocation, invocationsOf, namespaceObjectOf, type PolicyDeps } from "./invocations.ts";
import type { Binding, Policy } from "./policy.ts";
import { PolicyAnnotations } from "./policy-annotations.ts";
import { type BoundPolicy, type PolicyKind, type PolicyPlugin, PolicySource } from "./policy-source.ts";
import { type Objection, validateRequest } from "./validate-request.ts";
import { compileValidatingBinding, compileValidatingPolicy, type ValidatingBinding, type ValidatingPolicy } from "./validating-policy.ts";

const kind: PolicyKind<ValidatingAdmissionPolicy, ValidatingPolicy, ValidatingAdmissionPolicyBinding, ValidatingBinding> = {
  resource: "validatingadmissionpolicies",
  compilePolicy: compileValidatingPolicy,
  compileBinding: compileValidatingBinding,
};

const codes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };

export function validatingPolicies(deps: PolicyDeps): PolicyPlugin {
  const source = new PolicySource(deps.objects, kind);
  return {
    name: "ValidatingAdmissionPolicy",
    validate(attributes) {
      if (source.bound.length === 0 || isExempt(attributes)) return;
      return ExpressionAuthorizer.evaluate(deps.authorizer, (expressions) => validate(deps, source.bound, attributes, expressions));
    },
    close: () => source.close(),
  };
}

function validate(
  deps: PolicyDeps,
  policies: readonly BoundPolicy<ValidatingPolicy, ValidatingBinding>[],
  attributes: AdmissionAttributes,
  expressions: ExpressionAuthorizer,
): void {
  const annotations = attributes.annotations && new PolicyAnnotations();
  let first: StatusError | undefined;
  for (const bound of policies) {
    for (const found of invocationsOf(deps, bound, attributes)) {
      if (!("message" in found)) {
        for (const error of denials(deps, found, attributes, expressions, annotations)) first ??= error;
      } else if (!found.policy.ignoresFailures) {
        first ??= denial(attributes, found.policy, found.binding, { message: found.message, reason: "" });
      }
    }
  }
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
): Generator<StatusError> {
  const reviewed = reviewedObjects(attributes, resource);
  const namespace = namespaceObjectOf(deps, attributes);
  const variables = requestVariables(attributes, reviewed, expressions, { namespace, params });
  const { objections, annotations: noted } = validateRequest(policy, variables);
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

function denial(
  attributes: AdmissionAttributes,
  policy: Policy,
  binding: Binding | undefined,
  { message, reason }: Pick<Objection, "message" | "reason">,
): StatusError {
  const bound = binding ? ` with binding '${binding.name}'` : "";
  const text = `ValidatingAdmissionPolicy '${policy.name}'${bound} denied request: ${message}`;
  const { status } = forbidden(attributes.resource.definition, attributes.name, text);
  const details = { ...status.details, causes: [{ message: text }] };
  return new StatusError(codes[reason] ?? 422, reason || "Invalid", status.message ?? "", details);
}
