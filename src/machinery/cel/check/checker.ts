import type { CallExpr, ComprehensionExpr, Expr, ListExpr, MapExpr, SelectExpr, StructExpr } from "../syntax/ast.ts";
import { operators } from "../syntax/ast.ts";
import type { Issue } from "../syntax/errors.ts";
import { UInt, type Value } from "../values/value.ts";
import { functions, type Overload } from "./declarations.ts";
import { type Environment, typeNames } from "./environment.ts";
import {
  boolType,
  bytesType,
  doubleType,
  dynType,
  errorType,
  intType,
  isDyn,
  isOptional,
  listOf,
  mapOf,
  nullType,
  optionalOf,
  sameType,
  stringType,
  type Type,
  typeOf,
  typeText,
  uintType,
  unwrapOptional,
} from "./types.ts";
import { mostGeneral, Substitutions } from "./unify.ts";

/** Writes types and overloads into the expression and returns what is wrong with it. */
export function check(expr: Expr, environment: Environment): Issue[] {
  return new Checker(environment).run(expr);
}

interface Scope {
  name: string;
  type: Type;
  outer: Scope | undefined;
}

class Checker {
  private readonly environment: Environment;
  private readonly substitutions = new Substitutions();
  private readonly issues: Issue[] = [];
  private readonly typed: Expr[] = [];
  private scope: Scope | undefined;

  constructor(environment: Environment) {
    this.environment = environment;
  }

  run(expr: Expr): Issue[] {
    this.check(expr);
    for (const one of this.typed) one.type = this.substitutions.substitute(one.type as Type, true);
    return this.issues;
  }

  private check(expr: Expr): Type {
    const type = this.typeOf(expr);
    expr.type = type;
    this.typed.push(expr);
    return type;
  }

  private typeOf(expr: Expr): Type {
    switch (expr.kind) {
      case "literal":
        return literalType(expr.value);
      case "ident": {
        const found = this.lookup(expr.name);
        if (!found) return this.undeclared(expr.at, expr.name);
        if (expr.name.startsWith(".")) expr.name = expr.name.slice(1);
        if (found.denotes) expr.denotes = found.denotes;
        return found.type;
      }
      case "select":
        return this.select(expr);
      case "call":
        return this.call(expr);
      case "list":
        return this.list(expr);
      case "map":
        return this.map(expr);
      case "struct":
        return this.struct(expr);
      case "comprehension":
        return this.comprehension(expr);
    }
  }

  private lookup(name: string): { type: Type; denotes?: Type } | undefined {
    const plain = name.startsWith(".") ? name.slice(1) : name;
    for (let scope = this.scope; scope; scope = scope.outer) if (scope.name === plain) return { type: scope.type };
    const variable = this.environment.variables.get(plain);
    if (variable) return { type: variable };
    const denoted = typeNames.get(plain);
    return denoted && { type: typeOf(denoted), denotes: denoted };
  }

  private undeclared(at: number, name: string): Type {
    this.issues.push({ at, message: `undeclared reference to '${name}' (in container '')` });
    return errorType;
  }

  private select(expr: SelectExpr): Type {
    const name = expr.testOnly ? undefined : qualifiedName(expr);
    const found = name === undefined ? undefined : this.lookup(name);
    if (name !== undefined && found) {
      if (found.denotes) expr.denotes = found.denotes;
      else expr.variable = name.replace(/^\./, "");
      return found.type;
    }
    const type = this.field(expr.at, expr.operand, expr.field, false);
    return expr.testOnly ? boolType : this.substitutions.substitute(type, false);
  }

  private field(at: number, operand: Expr, name: string, optional: boolean): Type {
    const operandType = this.substitutions.substitute(this.check(operand), false);
    const target = unwrapOptional(operandType);
    const result = this.fieldOf(at, target, name);
    return optional || isOptional(operandType) ? optionalOf(result) : result;
  }

  private fieldOf(at: number, target: Type, name: string): Type {
    switch (target.kind) {
      case "map":
        return target.params[1] as Type;
      case "struct":
        return this.structField(at, target.name, name) ?? errorType;
      case "param":
        this.substitutions.assign(dynType, target);
        return dynType;
      default:
        if (!isDyn(target) && target.kind !== "error") {
          this.issues.push({ at, message: `type '${typeText(target)}' does not support field selection` });
        }
        return dynType;
    }
  }

  private structField(at: number, struct: string, name: string): Type | undefined {
    const declaration = this.environment.struct(struct);
    if (!declaration) {
      this.issues.push({ at, message: `unexpected failed resolution of '${struct}'` });
      return undefined;
    }
    const type = declaration.field(name);
    if (!type) this.issues.push({ at, message: `undefined field '${name}'` });
    return type;
  }

  private call(expr: CallExpr): Type {
    if (expr.function === operators.optSelect) {
      const [operand, name] = expr.args as [Expr, Expr];
      const field = name.kind === "literal" && typeof name.value === "string" ? name.value : "";
      name.type = stringType;
      expr.overloads = ["select_optional_field"];
      return this.substitutions.substitute(this.field(expr.at, operand, field, true), false);
    }
    const argTypes = expr.args.map((arg) => this.check(arg));
    const { target } = expr;
    if (!target) {
      const name = expr.function.startsWith(".") ? expr.function.slice(1) : expr.function;
      const overloads = this.functionNamed(name);
      if (!overloads) return this.undeclared(expr.at, expr.function);
      expr.function = name;
      return this.resolve(expr, overloads, argTypes, false);
    }
    const prefix = qualifiedName(target);
    const qualified = prefix === undefined ? undefined : `${prefix.startsWith(".") ? prefix.slice(1) : prefix}.${expr.function}`;
    const namespaced = qualified === undefined ? undefined : this.functionNamed(qualified);
    if (namespaced && qualified !== undefined) {
      expr.function = qualified;
      delete expr.target;
      return this.resolve(expr, namespaced, argTypes, false);
    }
    const targetType = this.check(target);
    const overloads = this.functionNamed(expr.function);
    if (!overloads) return this.undeclared(expr.at, expr.function);
    return this.resolve(expr, overloads, [targetType, ...argTypes], true);
  }

  private functionNamed(name: string): readonly Overload[] | undefined {
    if (name === "jsonpatch.escapeKey" && !this.environment.extraFunctions?.has(name)) return undefined;
    return functions.get(name);
  }

  private resolve(expr: CallExpr, overloads: readonly Overload[], argTypes: readonly Type[], member: boolean): Type {
    const matching: string[] = [];
    let result: Type | undefined;
    for (const overload of overloads) {
      if (overload.member !== member) continue;
      if (expr.function === operators.and || expr.function === operators.or) return this.logic(expr, overload, argTypes);
      const { args, result: overloadResult } = this.instantiate(overload);
      if (!this.substitutions.assignAll(argTypes, args)) continue;
      matching.push(overload.id);
      const type = this.substitutions.substitute(overloadResult, false);
      if (!result) result = type;
      else if (!isDyn(result) && !sameType(type, result)) result = dynType;
    }
    if (result) {
      expr.overloads = matching;
      return result;
    }
    const shown = argTypes.map((type) => typeText(this.substitutions.substitute(type, true)));
    const applied = member ? `${shown[0]}.(${shown.slice(1).join(", ")})` : `(${shown.join(", ")})`;
    this.issues.push({ at: expr.at, message: `found no matching overload for '${expr.function}' applied to '${applied}'` });
    return errorType;
  }

  private logic(expr: CallExpr, overload: Overload, argTypes: readonly Type[]): Type {
    let isWrong = false;
    for (const [index, type] of argTypes.entries()) {
      if (this.substitutions.assign(type, boolType)) continue;
      this.mismatch((expr.args[index] as Expr).at, boolType, type);
      isWrong = true;
    }
    if (isWrong) return errorType;
    expr.overloads = [overload.id];
    return boolType;
  }

  /** The overload's types with fresh variables for its type parameters. */
  private instantiate({ args, result, params }: Overload): { args: readonly Type[]; result: Type } {
    if (params.length === 0) return { args, result };
    const fresh = new Map(params.map((name) => [name, this.substitutions.newVariable()]));
    const replace = (type: Type): Type => {
      if (type.kind === "param") return fresh.get(type.name) as Type;
      return type.params.length === 0 ? type : { ...type, params: type.params.map(replace) };
    };
    return { args: args.map(replace), result: replace(result) };
  }

  private list(expr: ListExpr): Type {
    let element: Type | undefined;
    for (const [index, one] of expr.elements.entries()) {
      let type = this.check(one);
      if (expr.optional?.has(index)) type = this.unwrapped(one, type);
      element = this.join(element, type);
    }
    return listOf(element ?? this.substitutions.newVariable());
  }

  /** What an optional element or entry gives; it must be optional. */
  private unwrapped(expr: Expr, type: Type): Type {
    if (!isOptional(type) && !isDyn(type)) this.mismatch(expr.at, optionalOf(type), type);
    return unwrapOptional(type);
  }

  /** Mixed types are dyn here; that literals are of one type is seen to when all types are known. */
  private join(previous: Type | undefined, current: Type): Type {
    if (!previous) return current;
    return this.substitutions.assign(previous, current) ? mostGeneral(previous, current) : dynType;
  }

  private map(expr: MapExpr): Type {
    let key: Type | undefined;
    let value: Type | undefined;
    for (const entry of expr.entries) {
      key = this.join(key, this.check(entry.key));
      let type = this.check(entry.value);
      if (entry.optional) type = this.unwrapped(entry.value, type);
      value = this.join(value, type);
    }
    if (key && value) return mapOf(key, value);
    return mapOf(this.substitutions.newVariable(), this.substitutions.newVariable());
  }

  private struct(expr: StructExpr): Type {
    const name = expr.name.startsWith(".") ? expr.name.slice(1) : expr.name;
    const declaration = this.environment.struct(name);
    if (!declaration) {
      const named = this.lookup(name);
      if (!named) return this.undeclared(expr.at, expr.name);
      const message = named.denotes ? `'${typeText(named.denotes)}' is not a message type` : `'${typeText(named.type)}' is not a type`;
      this.issues.push({ at: expr.at, message });
      for (const field of expr.fields) this.check(field.value);
      return errorType;
    }
    expr.name = name;
    for (const field of expr.fields) {
      let type = this.check(field.value);
      const wanted = this.structField(field.at, name, field.name) ?? errorType;
      if (field.optional) type = this.unwrapped(field.value, type);
      if (this.substitutions.assign(wanted, type)) continue;
      const message = `expected type of field '${field.name}' is '${typeText(wanted)}' but provided type is '${typeText(type)}'`;
      this.issues.push({ at: field.at, message });
    }
    return { kind: "struct", name, params: [] };
  }

  private comprehension(expr: ComprehensionExpr): Type {
    this.check(expr.range);
    const accuType = this.check(expr.accuInit);
    const rangeType = this.substitutions.substitute(expr.range.type as Type, false);
    const outer = this.scope;
    this.scope = { name: expr.accuVar, type: accuType, outer };
    const inner = this.scope;
    const [first, second] = this.iterated(expr, rangeType);
    this.scope = { name: expr.iterVar, type: first, outer: this.scope };
    if (expr.iterVar2 !== undefined) this.scope = { name: expr.iterVar2, type: second, outer: this.scope };
    this.expect(expr.condition, boolType);
    this.expect(expr.step, accuType);
    this.scope = inner;
    const result = this.check(expr.result);
    this.scope = outer;
    return this.substitutions.substitute(result, false);
  }

  /** The types of the one or two variables of a loop over the range. */
  private iterated(expr: ComprehensionExpr, range: Type): [Type, Type] {
    const two = expr.iterVar2 !== undefined;
    switch (range.kind) {
      case "list":
        return two ? [intType, range.params[0] as Type] : [range.params[0] as Type, dynType];
      case "map":
        return [range.params[0] as Type, range.params[1] as Type];
      case "dyn":
      case "error":
      case "param":
        this.substitutions.assign(dynType, range);
        return [dynType, dynType];
      default: {
        const message = `expression of type '${typeText(range)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
        this.issues.push({ at: expr.range.at, message });
        return [errorType, errorType];
      }
    }
  }

  private expect(expr: Expr, wanted: Type): void {
    const type = this.check(expr);
    if (!this.substitutions.assign(wanted, type)) this.mismatch(expr.at, wanted, type);
  }

  private mismatch(at: number, wanted: Type, found: Type): void {
    this.issues.push({ at, message: `expected type '${typeText(wanted)}' but found '${typeText(found)}'` });
  }
}

function literalType(value: Value): Type {
  if (value === null) return nullType;
  if (typeof value === "boolean") return boolType;
  if (typeof value === "bigint") return intType;
  if (typeof value === "number") return doubleType;
  if (typeof value === "string") return stringType;
  if (value instanceof Uint8Array) return bytesType;
  return value instanceof UInt ? uintType : dynType;
}

/** `a.b.c` where the expression is nothing but that. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === "ident") return expr.name;
  if (expr.kind !== "select" || expr.testOnly) return undefined;
  const prefix = qualifiedName(expr.operand);
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`;
}
