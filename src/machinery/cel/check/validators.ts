import { toDuration, toTimestamp } from "../library/conversions.ts";
import { compileRegex } from "../library/regexes.ts";
import { clauseComplaint, parseFormat } from "../library/string-format.ts";
import { type CallExpr, childrenOf, type Expr } from "../syntax/ast.ts";
import type { Issue } from "../syntax/errors.ts";
import { Failure, type Value } from "../values/value.ts";
import { equivalentTypes, type Type, typeText, unwrapOptional } from "./types.ts";

/** What is wrong with the constants of a checked expression: literals that a call can't take, lists and maps of mixed types. */
export function validateLiterals(expr: Expr): Issue[] {
  const issues: Issue[] = [];
  const all = descendants(expr);
  for (const name of ["duration", "timestamp", "matches"]) validateArguments(issues, all, name);
  for (const one of all) if (one.expr.kind === "list" && !one.inFormat) validateList(issues, one.expr);
  for (const one of all) if (one.expr.kind === "map" && !one.inFormat) validateMap(issues, one.expr);
  for (const one of all) if (one.expr.kind === "call" && one.expr.function === "format") validateFormat(issues, one.expr);
  return issues;
}

interface Descendant {
  expr: Expr;
  /** Within the arguments of `format`, which takes anything. */
  inFormat: boolean;
}

function descendants(root: Expr): Descendant[] {
  const found: Descendant[] = [];
  const stack: Descendant[] = [{ expr: root, inFormat: false }];
  for (let one = stack.pop(); one; one = stack.pop()) {
    found.push(one);
    const inFormat = one.inFormat || (one.expr.kind === "call" && one.expr.function === "format");
    stack.push(
      ...childrenOf(one.expr)
        .map((child) => ({ expr: child, inFormat }))
        .reverse(),
    );
  }
  return found;
}

const literalChecks: Readonly<Record<string, (value: Value) => Value>> = {
  duration: toDuration,
  timestamp: toTimestamp,
  matches: (value) => (typeof value === "string" && compileRegex(value) instanceof Failure ? (compileRegex(value) as Failure) : value),
};

function validateArguments(issues: Issue[], all: readonly Descendant[], name: string): void {
  for (const { expr } of all) {
    if (expr.kind !== "call" || expr.function !== name) continue;
    const [argument] = expr.args;
    if (argument?.kind !== "literal") continue;
    if (!(literalChecks[name]?.(argument.value) instanceof Failure)) continue;
    issues.push({ at: argument.at, message: `invalid ${name} argument` });
  }
}

function mismatch(issues: Issue[], at: number, wanted: Type, found: Type): void {
  issues.push({ at, message: `expected type '${typeText(wanted)}' but found '${typeText(found)}'` });
}

function validateList(issues: Issue[], { elements, optional }: Expr & { kind: "list" }): void {
  let wanted: Type | undefined;
  for (const [index, element] of elements.entries()) {
    const type = optional?.has(index) ? unwrapOptional(element.type as Type) : (element.type as Type);
    if (!wanted) wanted = type;
    else if (!equivalentTypes(wanted, type)) {
      mismatch(issues, element.at, wanted, type);
      break;
    }
  }
}

function validateMap(issues: Issue[], { entries }: Expr & { kind: "map" }): void {
  let wanted: { key: Type; value: Type } | undefined;
  for (const { key, value, optional } of entries) {
    const types = { key: key.type as Type, value: optional ? unwrapOptional(value.type as Type) : (value.type as Type) };
    if (!wanted) {
      wanted = types;
      continue;
    }
    if (!equivalentTypes(wanted.key, types.key)) mismatch(issues, key.at, wanted.key, types.key);
    if (!equivalentTypes(wanted.value, types.value)) mismatch(issues, value.at, wanted.value, types.value);
  }
}

const clauseKinds: Readonly<Record<string, readonly Type["kind"][]>> = {
  d: ["int", "uint"],
  o: ["int", "uint"],
  b: ["int", "uint", "bool"],
  x: ["int", "uint", "string", "bytes"],
  X: ["int", "uint", "string", "bytes"],
  f: ["double", "string"],
  e: ["double", "string"],
  s: ["list", "map", "int", "uint", "double", "bool", "string", "timestamp", "bytes", "duration", "type", "null"],
};

/** A constant format is held against the types of a list of arguments that is written out. */
function validateFormat(issues: Issue[], { at, target, args }: CallExpr): void {
  const [list] = args;
  if (target?.kind !== "literal" || typeof target.value !== "string" || list?.kind !== "list") return;
  const parts = parseFormat(target.value, list.elements.length);
  if (parts instanceof Failure) {
    issues.push({ at, message: parts.message });
    return;
  }
  let index = 0;
  for (const part of parts) {
    if (typeof part === "string") continue;
    const wrong = unfit(list.elements[index++] as Expr, part.letter);
    if (!wrong) continue;
    issues.push({ at: wrong.at, message: `error during formatting: ${clauseComplaint(part.letter, (wrong.type as Type).name)}` });
    return;
  }
  if (list.elements.length > index) {
    issues.push({ at, message: `too many arguments supplied to string.format (expected ${index}, got ${list.elements.length})` });
  }
}

/** The part of an argument that a clause can't take. */
function unfit(expr: Expr, letter: string): Expr | undefined {
  const { kind } = expr.type as Type;
  if (kind !== "dyn" && !clauseKinds[letter]?.includes(kind)) return expr;
  if (letter !== "s") return undefined;
  const parts = expr.kind === "list" ? expr.elements : expr.kind === "map" ? childrenOf(expr) : [];
  for (const part of parts) {
    const wrong = unfit(part, letter);
    if (wrong) return wrong;
  }
  return undefined;
}
