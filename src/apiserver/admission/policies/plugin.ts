import { forbidden, StatusError } from "../../../machinery/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../../admit.ts";
import type { ServerContext } from "../../context.ts";
import { ExpressionAuthorizer } from "../webhooks/expression-authorizer.ts";
import { isExempt, matchedResource, namespaceOfRequest } from "../webhooks/match.ts";
import { requestVariables } from "../webhooks/request-variables.ts";
import { reviewedObjects } from "../webhooks/reviewed-objects.ts";
import { evaluatePolicy, type Objection } from "./evaluate-policy.ts";
import { ConfigurationError, collectParams, paramResource } from "./params.ts";
import type { Binding, Policy } from "./policy.ts";
import { type BoundPolicy, PolicySource } from "./policy-source.ts";

type Deps = Pick<ServerContext, "catalog" | "objects" | "authorizer">;

/** The plug-in that evaluates policies. Whoever made it closes it. */
export interface PolicyPlugin extends AdmissionPlugin {
  close(): void;
}

const codes: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };

export function createPolicyPlugin(deps: Deps): PolicyPlugin {
  const source = new PolicySource(deps.objects);
  return {
    name: "ValidatingAdmissionPolicy",
    validate(attributes) {
      if (source.bound.length === 0 || isExempt(attributes)) return;
      return ExpressionAuthorizer.evaluate(deps.authorizer, (expressions) => {
        let first: StatusError | undefined;
        for (const bound of source.bound) {
          for (const error of denials(deps, bound, attributes, expressions)) first ??= error;
        }
        if (first) throw first;
      });
    },
    close: () => source.close(),
  };
}

/** What a request that the policy is about is refused with; the first is told. */
function* denials(
  { catalog, objects }: Deps,
  { policy, bindings }: BoundPolicy,
  attributes: AdmissionAttributes,
  expressions: ExpressionAuthorizer,
): Generator<StatusError> {
  const resource = matchedResource(policy.criteria, attributes, catalog, objects);
  if (!resource) return;
  const ofParams = policy.paramKind && paramResource(catalog, policy.paramKind);
  if (policy.paramKind && !ofParams) {
    const { apiVersion = "", kind = "" } = policy.paramKind;
    const shown = `${apiVersion}, Kind=${kind}`;
    const message = `failed to configure policy: failed to find resource referenced by paramKind: '${shown}'`;
    if (!policy.ignoresFailures) yield denial(attributes, policy, undefined, { message, reason: "" });
    return;
  }
  const reviewed = reviewedObjects(attributes, resource);
  const isNamespace = attributes.resource.qualifiedName === "namespaces";
  const namespace = isNamespace || !attributes.namespace ? undefined : objects.get("namespaces", "", attributes.namespace)?.value;
  for (const binding of bindings) {
    if (binding.criteria && !matchedResource(binding.criteria, attributes, catalog, objects)) continue;
    let all: ReturnType<typeof collectParams>;
    try {
      all = collectParams(objects, ofParams, binding.paramRef, namespaceOfRequest(attributes));
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      const message = `failed to configure binding: ${error.message}`;
      if (!policy.ignoresFailures) yield denial(attributes, policy, binding, { message, reason: "" });
      continue;
    }
    for (const params of all) {
      for (const objection of evaluatePolicy(policy, requestVariables(attributes, reviewed, expressions, { namespace, params }))) {
        if (objection.always || binding.actions.includes("Deny")) yield denial(attributes, policy, binding, objection);
        if (objection.always || !binding.actions.includes("Warn")) continue;
        const names = `ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}'`;
        attributes.warn(`Validation failed for ${names}: ${objection.message}`);
      }
    }
  }
}

function denial(
  attributes: AdmissionAttributes,
  policy: Policy,
  binding: Binding | undefined,
  { message, reason }: Objection,
): StatusError {
  const bound = binding ? ` with binding '${binding.name}'` : "";
  const text = `ValidatingAdmissionPolicy '${policy.name}'${bound} denied request: ${message}`;
  const { status } = forbidden(attributes.resource.definition, attributes.name, text);
  const details = { ...status.details, causes: [{ message: text }] };
  return new StatusError(codes[reason] ?? 422, reason || "Invalid", status.message ?? "", details);
}
