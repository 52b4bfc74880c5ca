import type { Variables } from "../../../machinery/cel/evaluate/frame.ts";
import type { Program } from "../../../machinery/cel/program.ts";
import { Failure, MapValue, type Value } from "../../../machinery/cel/values/value.ts";
import { outOfBudget } from "../webhooks/match-conditions.ts";

/** What the expressions of one policy may cost for one request, in upstream's units. */
export const costBudget = 10_000_000;

/** An expression of a policy; one that was stored although it can't be compiled fails whenever it is evaluated. */
export interface PolicyExpression {
  readonly text: string;
  readonly program?: Program;
  readonly error?: string;
}

export class OutOfBudget extends Error {
  constructor() {
    super(outOfBudget);
  }
}

/** Evaluates expressions that share variables and a budget. */
export class ExpressionRun {
  left: number;
  private readonly variables: LazyVariables;
  private readonly names: Variables;

  constructor(variables: ReadonlyMap<string, PolicyExpression>, request: Variables, budget: number) {
    this.left = budget;
    this.variables = new LazyVariables(variables, (program) => {
      const { value, cost } = program.evaluate(this.names);
      this.left -= cost;
      return value;
    });
    this.names = (name) => (name === "variables" ? this.variables : request(name));
  }

  /** Throws `OutOfBudget`. */
  evaluate({ program, error, text }: PolicyExpression): Value {
    if (!program) return new Failure(`compilation error: ${error}`);
    const { value, cost } = program.evaluate(this.names);
    this.left -= cost;
    if (this.left < 0) throw new OutOfBudget();
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
