import type { EvaluationTimer } from "../../../machinery/cel/library/functions.ts";
import type { AnyObject } from "../../../machinery/object.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import type { ServedResource } from "../../catalog.ts";
import type { ServerContext } from "../../context.ts";
import type { AdmissionMetrics } from "../../metrics/admission-metrics.ts";
import { matchedResource, namespaceOfRequest } from "../webhooks/match.ts";
import { ConfigurationError, collectParams, paramResource } from "./params.ts";
import type { Binding, Policy } from "./policy.ts";
import type { BoundPolicy } from "./policy-source.ts";

export type PolicyDeps = Pick<ServerContext, "catalog" | "objects" | "authorizer" | "clock"> & {
  readonly metrics: AdmissionMetrics;
  readonly timer: EvaluationTimer;
};

/** A policy that a request is to be held to, with one binding and one parameter. */
export interface Invocation<P extends Policy = Policy, B extends Binding = Binding> {
  readonly policy: P;
  readonly binding: B;
  /** The version that the policy is asked in. */
  readonly resource: ServedResource;
  readonly params: AnyObject | undefined;
}

/** A policy that can't be asked; without a binding when it can't at all. */
export interface Misconfiguration<P extends Policy = Policy, B extends Binding = Binding> {
  readonly policy: P;
  readonly binding: B | undefined;
  readonly message: string;
}

/** What the request has to do with one policy. */
export function* invocationsOf<P extends Policy, B extends Binding>(
  { catalog, objects }: PolicyDeps,
  { policy, bindings }: BoundPolicy<P, B>,
  attributes: AdmissionAttributes,
): Generator<Invocation<P, B> | Misconfiguration<P, B>> {
  const resource = matchedResource(policy.criteria, attributes, catalog, objects);
  if (!resource) return;
  const ofParams = policy.paramKind && paramResource(catalog, policy.paramKind);
  if (policy.paramKind && !ofParams) {
    const { apiVersion = "", kind = "" } = policy.paramKind;
    const shown = `${apiVersion}, Kind=${kind}`;
    const message = `failed to configure policy: failed to find resource referenced by paramKind: '${shown}'`;
    yield { policy, binding: undefined, message };
    return;
  }
  for (const binding of bindings) {
    if (binding.criteria && !matchedResource(binding.criteria, attributes, catalog, objects)) continue;
    try {
      for (const params of collectParams(objects, ofParams, binding.paramRef, namespaceOfRequest(attributes))) {
        yield { policy, binding, resource, params };
      }
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      yield { policy, binding, message: `failed to configure binding: ${error.message}` };
    }
  }
}

/** The object of the namespace that the request is in, as expressions see it. */
export function namespaceObjectOf({ objects }: PolicyDeps, { resource, namespace }: AdmissionAttributes): Readonly<AnyObject> | undefined {
  return resource.qualifiedName === "namespaces" || !namespace ? undefined : objects.get("namespaces", "", namespace)?.value;
}
