import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from "../../../api/admissionregistration/v1.ts";
import type { Variables } from "../../../machinery/cel/evaluate/frame.ts";
import { forbidden, StatusError } from "../../../machinery/errors.ts";
import type { ManagedFieldsEntry } from "../../../machinery/meta/v1.ts";
import { type AnyObject, deepCopy, deepEqual } from "../../../machinery/object.ts";
import { type AdmissionAttributes, reinvocationOf } from "../../admit.ts";
import { betweenOutside } from "../../conversion.ts";
import { splitManagedFields } from "../../decode.ts";
import { withManagedFields } from "../../respond.ts";
import { type ChangeDeps, ownersAfter, replaceContents } from "../changed-object.ts";
import { ExpressionAuthorizer } from "../webhooks/expression-authorizer.ts";
import { isExempt } from "../webhooks/match.ts";
import { requestVariables } from "../webhooks/request-variables.ts";
import { convertedObjects } from "../webhooks/reviewed-objects.ts";
import { applyMutation, MutationFailure } from "./apply-mutation.ts";
import { costBudget, ExpressionRun, OutOfBudget } from "./expression-run.ts";
import { type Invocation, invocationsOf, type Misconfiguration, namespaceObjectOf, type PolicyDeps } from "./invocations.ts";
import { compileMutatingBinding, compileMutatingPolicy, type MutatingPolicy } from "./mutating-policy.ts";
import type { Binding } from "./policy.ts";
import { type PolicyKind, type PolicyPlugin, PolicySource } from "./policy-source.ts";

type Deps = PolicyDeps & ChangeDeps;

const kind: PolicyKind<MutatingAdmissionPolicy, MutatingPolicy, MutatingAdmissionPolicyBinding, Binding> = {
  resource: "mutatingadmissionpolicies",
  compilePolicy: compileMutatingPolicy,
  compileBinding: compileMutatingBinding,
};

const pluginName = "MutatingAdmissionPolicy";

/** Changes objects as policies say, one after the other in the order of their names. */
export function mutatingPolicies(deps: Deps): PolicyPlugin {
  const source = new PolicySource(deps, kind);
  return {
    name: pluginName,
    admit(attributes) {
      // Of deletes these policies aren't asked, whatever their rules say.
      if (source.bound.length === 0 || attributes.operation === "DELETE" || isExempt(attributes)) return;
      const invocations: Invocation<MutatingPolicy>[] = [];
      const problems: Problem[] = [];
      for (const bound of source.bound) {
        for (const found of invocationsOf(deps, bound, attributes)) {
          if ("message" in found) problems.push({ ...found, reason: "" });
          else invocations.push(found);
        }
      }
      return invocations.length + problems.length === 0 ? undefined : admit(deps, invocations, problems, attributes);
    },
    close: () => source.close(),
  };
}

type Problem = Misconfiguration<MutatingPolicy> & { reason: string };

/** What the first round leaves to the second. */
interface Kept {
  /** Asked so far, and to be asked again should the object change after them. */
  asked: Set<string>;
  again: Set<string>;
  /** The object as the policies left it. */
  output: AnyObject | undefined;
}

async function admit(
  deps: Deps,
  invocations: readonly Invocation<MutatingPolicy>[],
  problems: readonly Problem[],
  attributes: AdmissionAttributes,
): Promise<void> {
  const all = invocations.length === 0 ? problems : [...problems, ...(await mutate(deps, invocations, attributes))];
  const counted = all.filter(({ policy }) => !policy.ignoresFailures);
  if (counted.length > 0) throw refusal(attributes, counted);
}

async function mutate(deps: Deps, invocations: readonly Invocation<MutatingPolicy>[], attributes: AdmissionAttributes): Promise<Problem[]> {
  const reinvocation = reinvocationOf(attributes);
  let kept = reinvocation.kept.get(pluginName) as Kept | undefined;
  if (!kept) {
    kept = { asked: new Set(), again: new Set(), output: undefined };
    reinvocation.kept.set(pluginName, kept);
  }
  if (reinvocation.isSecondRound && !deepEqual(kept.output, attributes.object)) askAgain(kept);
  const failures: Problem[] = [];
  let applied = false;
  for (const invocation of invocations) {
    const { policy, binding, resource, params } = invocation;
    const context = { namespace: namespaceObjectOf(deps, attributes), params };
    const evaluate = async <T>(ask: (variables: Variables) => T) => {
      const reviewed = await convertedObjects(attributes, resource);
      return await ExpressionAuthorizer.evaluate(deps.authorizer, (expressions) =>
        ask(requestVariables(attributes, reviewed, expressions, context)),
      );
    };
    let began = deps.clock.now();
    const secondsSince = () => {
      const before = began;
      began = deps.clock.now();
      return (began - before) / 1000;
    };
    const match = await evaluate((variables) => policy.conditions.evaluate(variables));
    if (!policy.conditions.isEmpty) {
      const outcome = typeof match === "boolean" ? match : "error";
      deps.metrics.conditions({ kind: "policy", name: policy.name }, attributes.operation, "validate", outcome, secondsSince());
    }
    if (typeof match !== "boolean") failures.push({ policy, binding, message: match.error, reason: "Invalid" });
    if (match !== true) continue;
    const key = `${policy.name}/${binding.name}/${params?.metadata.namespace ?? ""}/${params?.metadata.name ?? ""}`;
    if (reinvocation.isSecondRound && !kept.again.has(key)) continue;
    for (const mutation of policy.mutations) {
      try {
        const value = await evaluate((variables) =>
          new ExpressionRun(policy.variables, variables, costBudget).evaluate(mutation.expression),
        );
        await change(attributes, resource, (before) => applyMutation(deps, attributes, resource, mutation, value, before));
        applied = true;
        deps.metrics.mutated("no_error", policy.name, binding.name, secondsSince());
      } catch (error) {
        if (!(error instanceof MutationFailure) && !(error instanceof OutOfBudget)) throw error;
        failures.push({ policy, binding, message: error.message, reason: "Invalid" });
        deps.metrics.mutated("invalid_error", policy.name, binding.name, secondsSince());
      }
    }
    if (policy.reinvokes) kept.asked.add(key);
  }
  if (applied) {
    askAgain(kept);
    reinvocation.wanted = true;
  }
  if (!reinvocation.isSecondRound && kept.again.size + kept.asked.size > 0) kept.output = deepCopy(attributes.object);
  return failures;
}

function askAgain(kept: Kept): void {
  for (const key of kept.asked) kept.again.add(key);
  kept.asked.clear();
}

/** Changes the object of the request in place, in the version that a policy is asked in. */
async function change(
  attributes: AdmissionAttributes,
  resource: Invocation["resource"],
  make: (before: AnyObject) => AnyObject,
): Promise<void> {
  const { object, managed, resource: own } = attributes;
  const reviewed = (await convertedObjects(attributes, resource)).object;
  if (!object || !reviewed) return;
  const before = withManagedFields(reviewed, managed?.text);
  const after = make(before);
  if (after === before) return;
  const { object: made, managedFields } = splitManagedFields(after);
  if (managed) managed.text = ownersAfter(attributes, managed.text, managedFields as ManagedFieldsEntry[] | undefined);
  replaceContents(object, resource === own ? made : await betweenOutside(made, resource, own));
}

function refusal({ resource, name }: AdmissionAttributes, failures: readonly Problem[]): StatusError {
  const texts = failures.map(({ policy, binding, message }) => {
    const who = binding ? `policy '${policy.name}' with binding '${binding.name}'` : `policy ${JSON.stringify(policy.name)}`;
    return `${who} denied request: ${message}`;
  });
  const { status } = forbidden(resource.definition, name, "");
  const details = { ...status.details, causes: texts.map((message) => ({ message })) };
  return new StatusError(403, (failures[0] as Problem).reason || "Forbidden", texts[0] as string, details);
}
