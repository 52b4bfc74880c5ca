import type { Variables } from "../../../machinery/cel/evaluate/frame.ts";
import { Failure, type Value } from "../../../machinery/cel/values/value.ts";
import { costBudget, ExpressionRun, OutOfBudget } from "./expression-run.ts";
import type { ValidatingPolicy } from "./validating-policy.ts";

const maxMessageBytes = 5 * 1024;
const maxAnnotationLength = 10 * 1024;

/** Why a request is not to be let in. */
export interface Objection {
  message: string;
  reason: string;
  /** Of the validation that objects. */
  index: number;
  /** It comes of an audit annotation, and holds whatever the binding's actions are. */
  always?: boolean;
}

export interface Verdict {
  objections: readonly Objection[];
  /** What failed and isn't minded. */
  ignored: readonly string[];
  /** Whether its conditions let the policy be asked, where that can be told. */
  match: boolean | "error";
  /** What the policy notes for the audit event. */
  annotations: readonly { key: string; value: string }[];
}

/** Evaluates one policy for one request. */
export function validateRequest(policy: ValidatingPolicy, request: Variables): Verdict {
  const ignored: string[] = [];
  const failed = (message: string, index: number, always = false): Objection[] => {
    if (!policy.ignoresFailures) return [{ message, reason: "", index, always }];
    ignored.push(message);
    return [];
  };
  const match = policy.conditions.evaluate(request);
  if (typeof match !== "boolean") return { objections: failed(match.error, 0), ignored, match: "error", annotations: [] };
  if (!match) return { objections: [], ignored, match, annotations: [] };
  const objections: Objection[] = [];
  const annotations: { key: string; value: string }[] = [];
  try {
    const run = new ExpressionRun(policy.variables, request, costBudget);
    const results = policy.validations.map(({ rule }) => run.evaluate(rule));
    const messages = results.includes(false) ? messagesOf(policy, request, run.left) : [];
    for (const [index, { validation }] of policy.validations.entries()) {
      const result = results[index] as Value;
      if (result instanceof Failure) objections.push(...failed(result.message, index));
      else if (result !== true) {
        const message = messages[index] || (validation.message ?? "").trim() || `failed expression: ${validation.expression.trim()}`;
        objections.push({ message, reason: validation.reason ?? "Invalid", index });
      }
    }
    const noting = new ExpressionRun(policy.variables, request, costBudget);
    for (const [index, { key, value: expression }] of policy.annotations.entries()) {
      const value = noting.evaluate(expression);
      if (value instanceof Failure) objections.push(...failed(value.message, index, true));
      else if (typeof value === "string" && value.trim() !== "") annotations.push({ key, value: shortened(value.trim()) });
    }
  } catch (error) {
    if (error instanceof OutOfBudget) return { objections: failed(error.message, 0), ignored, match, annotations: [] };
    throw error;
  }
  return { objections, ignored, match, annotations };
}

function shortened(value: string): string {
  return value.length > maxAnnotationLength ? value.slice(0, maxAnnotationLength) : value;
}

/** The texts of the message expressions; empty where there is none that can be shown. */
function messagesOf(policy: ValidatingPolicy, request: Variables, budget: number): string[] {
  try {
    const run = new ExpressionRun(policy.variables, request, budget);
    return policy.validations.map(({ message }) => {
      const value = message && run.evaluate(message);
      const text = typeof value === "string" ? value.trim() : "";
      return text.includes("\n") || new TextEncoder().encode(text).length > maxMessageBytes ? "" : text;
    });
  } catch (error) {
    if (error instanceof OutOfBudget) return [];
    throw error;
  }
}
