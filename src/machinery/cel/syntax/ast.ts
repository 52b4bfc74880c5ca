import type { Type } from "../check/types.ts";
import type { Value } from "../values/value.ts";

/** An expression as it was parsed. The checker adds types and overloads. */
export type Expr = LiteralExpr | IdentExpr | SelectExpr | CallExpr | ListExpr | MapExpr | StructExpr | ComprehensionExpr;

interface Node {
  /** The offset in the text that complaints point to. */
  at: number;
  type?: Type;
}

export interface LiteralExpr extends Node {
  kind: "literal";
  value: Value;
}

export interface IdentExpr extends Node {
  kind: "ident";
  name: string;
  /** The type that the identifier names, where it is no variable. */
  denotes?: Type;
}

export interface SelectExpr extends Node {
  kind: "select";
  operand: Expr;
  field: string;
  /** `has(operand.field)` */
  testOnly: boolean;
  /** Set when `operand.field` as a whole turned out to be a qualified name. */
  denotes?: Type;
  /** Set when it turned out to be the name of a variable. */
  variable?: string;
}

export interface CallExpr extends Node {
  kind: "call";
  function: string;
  target?: Expr;
  args: Expr[];
  overloads?: readonly string[];
}

export interface ListExpr extends Node {
  kind: "list";
  elements: Expr[];
  /** Which elements are optional: `[?x]`. */
  optional?: ReadonlySet<number>;
}

export interface MapEntry {
  at: number;
  key: Expr;
  value: Expr;
  optional: boolean;
}

export interface MapExpr extends Node {
  kind: "map";
  entries: MapEntry[];
}

export interface StructField {
  at: number;
  name: string;
  value: Expr;
  optional: boolean;
}

export interface StructExpr extends Node {
  kind: "struct";
  name: string;
  fields: StructField[];
}

/** What macros become: a fold of `step` over `range`, while `condition` holds. */
export interface ComprehensionExpr extends Node {
  kind: "comprehension";
  range: Expr;
  iterVar: string;
  iterVar2?: string;
  accuVar: string;
  accuInit: Expr;
  condition: Expr;
  step: Expr;
  result: Expr;
}

/** Operators are functions with these names. */
export const operators = {
  conditional: "_?_:_",
  and: "_&&_",
  or: "_||_",
  not: "!_",
  negate: "-_",
  index: "_[_]",
  optIndex: "_[?_]",
  optSelect: "_?._",
  equals: "_==_",
  notEquals: "_!=_",
  add: "_+_",
  in: "@in",
  notStrictlyFalse: "@not_strictly_false",
} as const;

/** No identifier of an expression can have this name. */
export const accumulator = "@result";

/** The direct parts of an expression, in order of appearance. */
export function childrenOf(expr: Expr): Expr[] {
  switch (expr.kind) {
    case "literal":
    case "ident":
      return [];
    case "select":
      return [expr.operand];
    case "call":
      return expr.target ? [expr.target, ...expr.args] : expr.args;
    case "list":
      return expr.elements;
    case "map":
      return expr.entries.flatMap(({ key, value }) => [key, value]);
    case "struct":
      return expr.fields.map(({ value }) => value);
    case "comprehension":
      return [expr.range, expr.accuInit, expr.condition, expr.step, expr.result];
  }
}

export function copyExpr(expr: Expr): Expr {
  switch (expr.kind) {
    case "literal":
    case "ident":
      return { ...expr };
    case "select":
      return { ...expr, operand: copyExpr(expr.operand) };
    case "call": {
      const copy = { ...expr, args: expr.args.map(copyExpr) };
      if (expr.target) copy.target = copyExpr(expr.target);
      return copy;
    }
    case "list":
      return { ...expr, elements: expr.elements.map(copyExpr) };
    case "map":
      return { ...expr, entries: expr.entries.map((entry) => ({ ...entry, key: copyExpr(entry.key), value: copyExpr(entry.value) })) };
    case "struct":
      return { ...expr, fields: expr.fields.map((field) => ({ ...field, value: copyExpr(field.value) })) };
    case "comprehension":
      return {
        ...expr,
        range: copyExpr(expr.range),
        accuInit: copyExpr(expr.accuInit),
        condition: copyExpr(expr.condition),
        step: copyExpr(expr.step),
        result: copyExpr(expr.result),
      };
  }
}
