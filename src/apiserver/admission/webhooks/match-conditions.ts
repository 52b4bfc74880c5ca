import { compileMatchCondition } from "../../../api/admissionregistration/admission-expressions.ts";
import type { MatchCondition } from "../../../api/admissionregistration/v1.ts";
import { AuthorizerValue, ResourceCheck } from "../../../machinery/cel/library/authorizer.ts";
import type { FunctionLibrary } from "../../../machinery/cel/library/functions.ts";
import { CompileError, type Program } from "../../../machinery/cel/program.ts";
import { fromJSON } from "../../../machinery/cel/schema/json-values.ts";
import { Failure, type Value } from "../../../machinery/cel/values/value.ts";
import type { AnyObject } from "../../../machinery/object.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import type { Authorizer } from "../../authorize.ts";
import { withManagedFields } from "../../respond.ts";
import { authorizeFor } from "./expression-authorizer.ts";
import { type ReviewedObjects, requestOf } from "./review.ts";

/** What all conditions of one webhook may cost for one request, in upstream's units. */
const costBudget = 2_500_000;

interface Condition {
  readonly expression: string;
  readonly program?: Program;
  /** Why there is no program. */
  readonly error?: string;
}

/** What conditions say of a request: it matches, or it doesn't, or that can't be told. */
export type MatchResult = boolean | { readonly error: string };

/** The conditions in CEL that a request must meet for one webhook to be asked about it. */
export class MatchConditions {
  readonly #conditions: readonly Condition[];

  constructor(conditions: readonly MatchCondition[], library: FunctionLibrary) {
    this.#conditions = conditions.map(({ expression = "" }) => compiled(expression, library));
  }

  get isEmpty(): boolean {
    return this.#conditions.length === 0;
  }

  /** One that is not met decides, whatever others fail with. */
  evaluate(attributes: AdmissionAttributes, reviewed: ReviewedObjects, authorizer: Authorizer): MatchResult {
    const variables = variablesOf(attributes, reviewed, authorizer);
    const errors = new Set<string>();
    let left = costBudget;
    let isMet = true;
    for (const { program, error = "", expression } of this.#conditions) {
      if (!program) {
        errors.add(`compilation error: ${error}`);
        continue;
      }
      const { value, cost } = program.evaluate(variables);
      left -= cost;
      if (left < 0) return { error: "validation failed due to running out of cost budget, no further validation rules will be run" };
      if (value instanceof Failure) errors.add(`expression '${expression}' resulted in error: ${value.message}`);
      else if (value === false) isMet = false;
    }
    if (!isMet || errors.size === 0) return isMet;
    const all = [...errors];
    return { error: all.length === 1 ? (all[0] as string) : `[${all.join(", ")}]` };
  }
}

function compiled(expression: string, library: FunctionLibrary): Condition {
  try {
    return { expression, program: compileMatchCondition(expression, library) };
  } catch (error) {
    if (error instanceof CompileError) return { expression, error: error.message };
    throw error;
  }
}

/** Most expressions look at one or two of the variables: each is made when it is first asked for. */
function variablesOf(attributes: AdmissionAttributes, reviewed: ReviewedObjects, authorizer: Authorizer) {
  const made = new Map<string, Value | undefined>();
  const shown = (object: Readonly<AnyObject> | undefined, managed: string | undefined) =>
    object ? fromJSON(withManagedFields(object as AnyObject, managed)) : null;
  const make = (name: string): Value | undefined => {
    switch (name) {
      case "object":
        return shown(reviewed.object, attributes.managed?.text);
      case "oldObject":
        return shown(reviewed.old, attributes.oldManaged);
      case "namespaceObject":
        return null;
      case "request":
        return fromJSON(requestOf(attributes, reviewed.resource));
      case "authorizer":
        return new AuthorizerValue(authorizeFor(authorizer, attributes.user));
      case "authorizer.requestResource": {
        const { resource, subresource, namespace, name: object } = attributes;
        const { group, resource: plural } = resource.definition;
        const selectors = { fieldSelector: "", labelSelector: "" };
        const asked = { group, resource: plural, subresource, namespace, name: object, ...selectors };
        return new ResourceCheck(authorizeFor(authorizer, attributes.user), asked);
      }
      default:
        return undefined;
    }
  };
  return (name: string) => {
    if (!made.has(name)) made.set(name, make(name));
    return made.get(name);
  };
}
