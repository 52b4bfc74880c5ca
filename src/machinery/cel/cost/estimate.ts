import { isOptional, type Type, unwrapOptional } from "../check/types.ts";
import { accumulator, type CallExpr, type ComprehensionExpr, type Expr, type ListExpr, type MapExpr } from "../syntax/ast.ts";
import { sizeOf as codePoints } from "../values/text.ts";
import { UInt } from "../values/value.ts";
import { type CallEstimate, callEstimate, type SizedNode } from "./call-estimate.ts";
import { add, fixed, multiply, type Range, union, unknown } from "./range.ts";
import { costs } from "./runtime-cost.ts";

export type CostEstimate = Range;

/** How large what a path leads to can be: `["self", "items", "@items"]`; undefined where that isn't known. */
export type SizeOfPath = (path: readonly string[]) => bigint | undefined;

/** The range of what evaluations of a checked expression can cost. */
export function estimateCost(expr: Expr, sizeOf: SizeOfPath): CostEstimate {
  return new Estimator(sizeOf).cost(expr);
}

const one = fixed(1n);
const zero = fixed(0n);

/** The sizes of keys (or indices) and values of a list or map. */
interface EntrySizes {
  container: "list" | "map";
  key: Range;
  value: Range;
}

interface Local {
  path: readonly string[];
  size: Range | undefined;
  entries: EntrySizes | undefined;
}

class Estimator {
  private readonly sizeOf: SizeOfPath;
  private readonly paths = new Map<Expr, readonly string[]>();
  private readonly locals = new Map<string, Local[]>();
  private readonly sizes = new Map<Expr, Range>();
  private readonly entrySizes = new Map<Expr, EntrySizes>();

  constructor(sizeOf: SizeOfPath) {
    this.sizeOf = sizeOf;
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case "literal":
        return zero;
      case "ident":
        if (expr.denotes) this.paths.set(expr, [expr.name]);
        else this.paths.set(expr, this.local(expr.name)?.path ?? [expr.name]);
        return one;
      case "select": {
        if (expr.denotes || expr.variable !== undefined) {
          this.paths.set(expr, expr.variable === undefined ? [] : [expr.variable]);
          return one;
        }
        const operand = this.cost(expr.operand);
        if (expr.testOnly) return operand;
        this.paths.set(expr, [...this.pathOf(expr.operand), expr.field]);
        const { kind } = expr.operand.type as Type;
        return kind === "map" || kind === "struct" || kind === "param" ? add(operand, one) : operand;
      }
      case "call":
        return this.call(expr);
      case "list":
        return this.list(expr);
      case "map":
        return this.map(expr);
      case "struct":
        return expr.fields.reduce((total, { value }) => add(total, this.cost(value)), fixed(BigInt(costs.struct)));
      case "comprehension":
        return isBinding(expr) ? this.binding(expr) : this.comprehension(expr);
    }
  }

  private local(name: string): Local | undefined {
    return this.locals.get(name)?.at(-1);
  }

  private push(name: string, local: Local): void {
    const stack = this.locals.get(name);
    if (stack) stack.push(local);
    else this.locals.set(name, [local]);
  }

  private pop(name: string): void {
    this.locals.get(name)?.pop();
  }

  private pathOf(expr: Expr): readonly string[] {
    const local = expr.kind === "ident" ? this.local(expr.name) : undefined;
    return local?.path ?? this.paths.get(expr) ?? [];
  }

  private call(expr: CallExpr): Range {
    const { args, target } = expr;
    if (expr.function === "dyn") {
      const inner = args[0] as Expr;
      const cost = this.cost(inner);
      this.copySizes(expr, inner);
      return add(one, cost);
    }
    const argCosts = args.map((arg) => this.cost(arg));
    const nodes = args.map((arg) => this.node(arg));
    const ids = expr.overloads ?? [];
    if (ids.length === 0) return zero;
    const sum = target ? this.cost(target) : zero;
    const targetNode = target && this.node(target);
    let call: Range = { min: unknown.max, max: 0n };
    let size: Range | undefined;
    for (const id of ids) {
      const estimate = this.overload(expr, id, targetNode, nodes, argCosts);
      call = union(call, estimate.cost);
      if (estimate.size) size = size ? union(size, estimate.size) : estimate.size;
      if ((id === "index_list" || id === "index_map") && args[0]) {
        size = this.entriesOf(args[0])?.value;
        this.paths.set(expr, [...this.pathOf(args[0]), id === "index_list" ? "@items" : "@values"]);
      }
      size ??= this.size(expr);
    }
    if (size) this.sizes.set(expr, size);
    return add(sum, call);
  }

  private overload(
    expr: CallExpr,
    id: string,
    target: SizedNode | undefined,
    args: readonly SizedNode[],
    argCosts: readonly Range[],
  ): CallEstimate {
    const [first, second, third] = argCosts as [Range, Range, Range];
    const sum = argCosts.reduce(add, zero);
    if (id === "add_list") {
      const [left, right] = expr.args as [Expr, Expr];
      const entries = unionEntries(this.entriesOf(left), this.entriesOf(right));
      if (entries) this.entrySizes.set(expr, entries);
    }
    const known = callEstimate(expr.function, id, target, args);
    if (known) return { ...known, cost: add(known.cost, sum) };
    if (id === "logical_or" || id === "logical_and") return { cost: { min: first.min, max: add(first, second).max } };
    if (id === "conditional") {
      const [, yes, no] = expr.args as [Expr, Expr, Expr];
      const entries = unionEntries(this.entriesOf(yes), this.entriesOf(no));
      if (entries) this.entrySizes.set(expr, entries);
      return { cost: add(first, union(second, third)), size: union(this.sizeOrUnknown(yes), this.sizeOrUnknown(no)) };
    }
    return { cost: add(one, sum) };
  }

  private list(expr: ListExpr): Range {
    let sum = fixed(BigInt(costs.list));
    let value: Range = { min: expr.elements.length === 0 ? 0n : unknown.max, max: 0n };
    for (const element of expr.elements) {
      sum = add(sum, this.cost(element));
      value = union(value, this.sizeOrUnknown(element));
    }
    this.entrySizes.set(expr, { container: "list", key: one, value });
    return sum;
  }

  private map(expr: MapExpr): Range {
    let sum = fixed(BigInt(costs.map));
    const least = expr.entries.length === 0 ? 0n : unknown.max;
    let key: Range = { min: least, max: 0n };
    let value: Range = { min: least, max: 0n };
    for (const entry of expr.entries) {
      sum = add(add(sum, this.cost(entry.key)), this.cost(entry.value));
      key = union(key, this.sizeOrUnknown(entry.key));
      value = union(value, this.sizeOrUnknown(entry.value));
    }
    this.entrySizes.set(expr, { container: "map", key, value });
    return sum;
  }

  private comprehension(expr: ComprehensionExpr): Range {
    let sum = add(this.cost(expr.range), this.cost(expr.accuInit));
    this.push(expr.accuVar, this.bound(expr.accuInit));
    const { container, key, value } = this.entriesOf(expr.range) ?? { container: undefined, key: undefined, value: undefined };
    const isList = (container ?? (expr.range.type as Type).kind) === "list";
    const path = this.pathOf(expr.range);
    const keys = { path: [...path, isList ? "@indices" : "@keys"], size: key, entries: undefined };
    const values = { path: [...path, isList ? "@items" : "@values"], size: value, entries: undefined };
    if (expr.iterVar2 === undefined) this.push(expr.iterVar, isList ? values : keys);
    else {
      this.push(expr.iterVar, keys);
      this.push(expr.iterVar2, values);
    }
    const loop = this.cost(expr.condition);
    const step = this.cost(expr.step);
    this.pop(expr.iterVar);
    if (expr.iterVar2 !== undefined) this.pop(expr.iterVar2);
    sum = add(sum, this.cost(expr.result));
    this.pop(expr.accuVar);
    const count = this.sizeOrUnknown(expr.range);
    sum = add(sum, multiply(count, add(step, loop)));
    if (expr.accuInit.kind === "literal") {
      const size = this.size(expr.accuInit);
      if (size) this.sizes.set(expr, size);
    } else if (expr.accuInit.kind === "list" || expr.accuInit.kind === "map") {
      this.sizes.set(expr, count);
      const entries = this.entriesOf(expr.step);
      if (entries) this.entrySizes.set(expr, entries);
    }
    return sum;
  }

  private binding(expr: ComprehensionExpr): Range {
    const sum = add(this.cost(expr.range), this.cost(expr.accuInit));
    this.push(expr.accuVar, this.bound(expr.accuInit));
    const result = this.cost(expr.result);
    this.pop(expr.accuVar);
    this.copySizes(expr, expr.result);
    return add(sum, result);
  }

  private bound(expr: Expr): Local {
    return { path: this.pathOf(expr), entries: this.entriesOf(expr), size: this.size(expr) };
  }

  private copySizes(to: Expr, from: Expr): void {
    const size = this.size(from);
    if (size) this.sizes.set(to, size);
    const entries = this.entriesOf(from);
    if (entries) this.entrySizes.set(to, entries);
  }

  private node(expr: Expr): SizedNode {
    const path = this.pathOf(expr);
    // What is accumulated is reached by no path.
    const known = path[0] === accumulator || path[0] === "__result__" ? [] : path;
    return { type: expr.type as Type, expr, path: known, size: this.size(expr) ?? this.sizeOfKnownPath(known), sizeOf: this.sizeOf };
  }

  private sizeOfKnownPath(path: readonly string[]): Range | undefined {
    if (path.length === 0) return undefined;
    const max = this.sizeOf(path);
    return max === undefined ? undefined : { min: 0n, max };
  }

  private sizeOrUnknown(expr: Expr): Range {
    return this.size(expr) ?? unknown;
  }

  private size(expr: Expr): Range | undefined {
    const known = this.sizes.get(expr) ?? literalSize(expr);
    if (known) return known;
    const path = this.pathOf(expr);
    const max = path.length === 0 ? undefined : this.sizeOf(path);
    if (max !== undefined) {
      const size = { min: 0n, max };
      this.sizes.set(expr, size);
      return size;
    }
    if (isScalar(expr.type as Type)) return one;
    return expr.kind === "ident" ? this.local(expr.name)?.size : undefined;
  }

  private entriesOf(expr: Expr): EntrySizes | undefined {
    return this.entrySizes.get(expr) ?? (expr.kind === "ident" ? this.local(expr.name)?.entries : undefined);
  }
}

function unionEntries(a: EntrySizes | undefined, b: EntrySizes | undefined): EntrySizes | undefined {
  return a && b && { container: a.container, key: union(a.key, b.key), value: union(a.value, b.value) };
}

/** A comprehension over nothing, which only gives a name to a value. */
function isBinding({ range, condition, accuVar }: ComprehensionExpr): boolean {
  const overNothing = range.kind === "list" && range.elements.length === 0;
  return overNothing && condition.kind === "literal" && condition.value === false && accuVar !== "__result__";
}

function literalSize(expr: Expr): Range | undefined {
  if (expr.kind === "list") return fixed(BigInt(expr.elements.length));
  if (expr.kind === "map") return fixed(BigInt(expr.entries.length));
  if (expr.kind !== "literal") return undefined;
  const { value } = expr;
  if (typeof value === "string") return fixed(BigInt(codePoints(value)));
  if (value instanceof Uint8Array) return fixed(BigInt(value.length));
  return value === null || typeof value !== "object" || value instanceof UInt ? one : undefined;
}

const scalars = new Set(["bool", "double", "duration", "int", "timestamp", "uint"]);

function isScalar(type: Type): boolean {
  return isOptional(type) ? isScalar(unwrapOptional(type)) : scalars.has(type.kind);
}
