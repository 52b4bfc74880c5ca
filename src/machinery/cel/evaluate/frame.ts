import type { Value } from "../values/value.ts";

/** Ends an evaluation that has become too expensive. */
export class CostExceeded extends Error {
  constructor() {
    super("operation cancelled: actual cost limit exceeded");
    this.name = "CostExceeded";
  }
}

/** The values that an expression can name. Undefined: there is none of this name. */
export type Variables = (name: string) => Value | undefined;

/** One evaluation. */
export class Frame {
  readonly variables: Variables;
  /** The variables of comprehensions, by their depth. */
  readonly slots: (Value | undefined)[] = [];
  cost = 0;
  private readonly limit: number;

  constructor(variables: Variables, limit: number) {
    this.variables = variables;
    this.limit = limit;
  }

  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.limit) throw new CostExceeded();
  }
}

export type Step = (frame: Frame) => Value;
