import type { Variables } from "../../../machinery/cel/evaluate/frame.ts";
import { Failure, MapValue, type Value } from "../../../machinery/cel/values/value.ts";
import { outOfBudget } from "../webhooks/match-conditions.ts";
import type { Policy, PolicyExpression } from "./policy.ts";

/** What the expressions of one policy may cost for one request, in upstream's units. */
const costBudget = 10_000_000;
const maxMessageBytes = 5 * 1024;

/** Why a request is not to be let in. */
export interface Objection {
  message: string;
  reason: string;
  /** It comes of an audit annotation, and holds whatever the binding's actions are. */
  always?: boolean;
}

class OutOfBudget extends Error {}

export function evaluatePolicy(policy: Policy, request: Variables): Objection[] {
  const failed = (message: string, always = false): Objection[] => (policy.ignoresFailures ? [] : [{ message, reason: "", always }]);
  const match = policy.conditions.evaluate(request);
  if (typeof match !== "boolean") return failed(match.error);
  if (!match) return [];
  const found: Objection[] = [];
  try {
    const run = new Run(policy, request, costBudget);
    const results = policy.validations.map(({ rule }) => run.evaluate(rule));
    const messages = results.includes(false) ? messagesOf(policy, request, run.left) : [];
    for (const [index, { validation }] of policy.validations.entries()) {
      const result = results[index] as Value;
      if (result instanceof Failure) found.push(...failed(result.message));
      else if (result !== true) {
        const message = messages[index] || (validation.message ?? "").trim() || `failed expression: ${validation.expression.trim()}`;
        found.push({ message, reason: validation.reason ?? "Invalid" });
      }
    }
    const annotations = new Run(policy, request, costBudget);
    for (const expression of policy.annotations) {
      const value = annotations.evaluate(expression);
      if (value instanceof Failure) found.push(...failed(value.message, true));
    }
  } catch (error) {
    if (error instanceof OutOfBudget) return failed(error.message);
    throw error;
  }
  return found;
}

/** The texts of the message expressions; empty where there is none that can be shown. */
function messagesOf(policy: Policy, request: Variables, budget: number): string[] {
  try {
    const run = new Run(policy, request, budget);
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

/** Evaluates expressions that share variables and a budget. */
class Run {
  left: number;
  private readonly variables: LazyVariables;
  private readonly names: Variables;

  constructor(policy: Policy, request: Variables, budget: number) {
    this.left = budget;
    this.variables = new LazyVariables(policy.variables, (program) => {
      const { value, cost } = program.evaluate(this.names);
      this.left -= cost;
      return value;
    });
    this.names = (name) => (name === "variables" ? this.variables : request(name));
  }

  evaluate({ program, error, text }: PolicyExpression): Value {
    if (!program) return new Failure(`compilation error: ${error}`);
    const { value, cost } = program.evaluate(this.names);
    this.left -= cost;
    if (this.left < 0) throw new OutOfBudget(outOfBudget);
    return value instanceof Failure ? new Failure(`expression '${text}' resulted in error: ${value.message}`) : value;
  }
}

/** The variables of a policy, evaluated when they are first asked for. */
class LazyVariables extends MapValue {
  private readonly expressions: ReadonlyMap<string, PolicyExpression>;
  private readonly run: (program: NonNullable<PolicyExpression["program"]>) => Value;
  private readonly made = new Map<string, Value>();

  constructor(expressions: ReadonlyMap<string, PolicyExpression>, run: (program: NonNullable<PolicyExpression["program"]>) => Value) {
    super();
    this.expressions = expressions;
    this.run = run;
  }

  get size(): number {
    return this.expressions.size;
  }

  keys(): string[] {
    return [...this.expressions.keys()];
  }

  find(key: Value): Value | undefined {
    if (typeof key !== "string") return undefined;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const expression = this.expressions.get(key);
    if (!expression) return undefined;
    const value = this.evaluated(key, expression);
    this.made.set(key, value);
    return value;
  }

  private evaluated(name: string, { program, error }: PolicyExpression): Value {
    if (!program) return new Failure(`composited variable ${JSON.stringify(name)} fails to compile: ${error}`);
    const value = this.run(program);
    return value instanceof Failure
      ? new Failure(`composited variable ${JSON.stringify(name)} fails to evaluate: ${value.message}`)
      : value;
  }
}
