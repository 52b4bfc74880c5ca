import { dynType, equivalentTypes, errorType, isDyn, sameType, type Type } from "./types.ts";

/** What type variables stand for, found while types are compared. A comparison that fails leaves no trace. */
export class Substitutions {
  private readonly found = new Map<string, Type>();
  /** What to put back when a comparison fails. */
  private trail: [name: string, before: Type | undefined][] = [];
  private variables = 0;

  newVariable(): Type {
    return { kind: "param", name: `_var${this.variables++}`, params: [] };
  }

  /** Whether values of `from` can be taken for `to`; if so, type variables are bound accordingly. */
  assign(from: Type, to: Type): boolean {
    return this.attempt(() => this.assignable(from, to));
  }

  assignAll(from: readonly Type[], to: readonly Type[]): boolean {
    return this.attempt(() => this.allAssignable(from, to));
  }

  /** The type with its bound variables replaced; with `unboundToDyn`, the unbound ones by dyn. */
  substitute(type: Type, unboundToDyn: boolean): Type {
    if (type.kind === "param") {
      const bound = this.found.get(type.name);
      if (bound) return this.substitute(bound, unboundToDyn);
      return unboundToDyn ? dynType : type;
    }
    if (type.params.length === 0) return type;
    let changed = false;
    const params = type.params.map((param) => {
      const replaced = this.substitute(param, unboundToDyn);
      if (replaced !== param) changed = true;
      return replaced;
    });
    return changed ? { ...type, params } : type;
  }

  private attempt(compare: () => boolean): boolean {
    this.trail = [];
    if (compare()) return true;
    for (const [name, before] of this.trail.reverse()) {
      if (before) this.found.set(name, before);
      else this.found.delete(name);
    }
    return false;
  }

  private bind(name: string, type: Type): void {
    this.trail.push([name, this.found.get(name)]);
    this.found.set(name, type);
  }

  private allAssignable(from: readonly Type[], to: readonly Type[]): boolean {
    return from.length === to.length && from.every((type, index) => this.assignable(type, to[index] as Type));
  }

  private assignable(from: Type, to: Type): boolean {
    if (to.kind === "param") {
      const { valid, bound } = this.validSubstitution(from, to);
      if (valid) return true;
      if (bound) return false;
    }
    if (from.kind === "param") return this.validSubstitution(to, from).valid;
    if (isDyn(from) || isDyn(to) || from === errorType || to === errorType) return true;
    if (from.kind === "null") return isNullable(to);
    if (to.kind === "null") return isNullable(from);
    switch (from.kind) {
      case "type":
        return to.kind === "type";
      case "opaque":
      case "list":
      case "map":
        return from.kind === to.kind && from.name === to.name && this.allAssignable(from.params, to.params);
      default:
        return from.kind === to.kind && from.name === to.name;
    }
  }

  /** Whether `variable` can stand for the type, and whether it stood for one before. */
  private validSubstitution(type: Type, variable: Type): { valid: boolean; bound: boolean } {
    if (sameType(type, variable)) return { valid: true, bound: true };
    const bound = this.found.get(variable.name);
    if (bound) {
      if (sameType(type, bound)) return { valid: true, bound: true };
      if (!this.assignable(type, bound)) return { valid: false, bound: true };
      const general = mostGeneral(type, bound);
      if (this.notWithin(variable, general)) this.bind(variable.name, general);
      return { valid: true, bound: true };
    }
    if (!this.notWithin(variable, type)) return { valid: false, bound: false };
    this.bind(variable.name, type);
    return { valid: true, bound: false };
  }

  private notWithin(variable: Type, type: Type): boolean {
    if (sameType(variable, type)) return false;
    if (type.kind === "param") {
      const bound = this.found.get(type.name);
      return !bound || this.notWithin(variable, bound);
    }
    return type.params.every((param) => this.notWithin(variable, param));
  }
}

function isNullable({ kind }: Type): boolean {
  return kind === "null" || kind === "opaque" || kind === "struct" || kind === "any" || kind === "duration" || kind === "timestamp";
}

/** The more general of two types that go together. */
export function mostGeneral(a: Type, b: Type): Type {
  return isEqualOrLessSpecific(a, b) ? a : b;
}

function isEqualOrLessSpecific(a: Type, b: Type): boolean {
  if (isDyn(a) || a.kind === "param") return true;
  if (isDyn(b) || b.kind === "param" || a.kind !== b.kind) return false;
  if (a.kind === "type") return true;
  if (a.kind === "opaque" || a.kind === "list" || a.kind === "map") {
    if (a.name !== b.name || a.params.length !== b.params.length) return false;
    return a.params.every((param, index) => isEqualOrLessSpecific(param, b.params[index] as Type));
  }
  return equivalentTypes(a, b);
}
