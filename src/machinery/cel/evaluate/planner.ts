import type { Environment } from "../check/environment.ts";
import { callCost, costs } from "../cost/runtime-cost.ts";
import type { FunctionLibrary } from "../library/functions.ts";
import { compileRegex } from "../library/regexes.ts";
import type { CallExpr, ComprehensionExpr, Expr, ListExpr, MapExpr, StructExpr } from "../syntax/ast.ts";
import { childrenOf, operators } from "../syntax/ast.ts";
import { equal } from "../values/compare.ts";
import { ArrayList, EntriesMap, Failure, Optional, plainKey, TypeValue, UInt, type Value } from "../values/value.ts";
import { keyText, notBoolean, type Qualifier, qualify } from "./attributes.ts";
import { planFold } from "./fold.ts";
import type { Step } from "./frame.ts";

/** Thrown where a part of an expression that is constant fails. */
export class PlanError extends Error {}

/** How a part of an expression is evaluated. */
export interface Plan {
  step: Step;
  /** The value, where it is always the same and costs nothing. */
  constant?: { value: Value };
  /** Where the part is a variable or something in it: without the cost of the variable itself. */
  attribute?: Attribute;
}

interface Attribute {
  base: Step;
  qualifiers: Qualifier[];
  /** What evaluating it costs beside its parts. */
  cost: 0 | 1;
}

/** Where variables of comprehensions are found. */
interface Scope {
  name: string;
  read: Step;
  outer: Scope | undefined;
}

const regexFunctions = new Set(["matches", "find", "findAll"]);
const conversions = new Set("bool bytes double duration dyn int string timestamp type uint".split(" "));

export class Planner {
  private readonly library: FunctionLibrary;
  private readonly environment: Environment;
  private scope: Scope | undefined;
  private slots = 0;

  constructor(library: FunctionLibrary, environment: Environment) {
    this.library = library;
    this.environment = environment;
  }

  plan(expr: Expr): Plan {
    switch (expr.kind) {
      case "literal":
        return constant(expr.value);
      case "ident":
        return expr.denotes ? constant(new TypeValue(expr.denotes)) : this.variable(expr.name);
      case "select":
        if (expr.denotes) return constant(new TypeValue(expr.denotes));
        if (expr.variable !== undefined) return this.variable(expr.variable);
        return this.qualified(expr.operand, constant(expr.field), { optional: false, testOnly: expr.testOnly });
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

  private variable(name: string): Plan {
    for (let scope = this.scope; scope; scope = scope.outer) {
      if (scope.name === name) return attribute({ base: scope.read, qualifiers: [], cost: 1 });
    }
    const missing = new Failure(`no such attribute(s): ${name}`);
    const read: Step = (frame) => {
      const value = frame.variables(name);
      return value === undefined ? missing : value;
    };
    return attribute({ base: read, qualifiers: [], cost: 1 });
  }

  private qualified(operand: Expr, key: Plan, flags: { optional: boolean; testOnly: boolean }): Plan {
    const plan = this.plan(operand);
    const { base, qualifiers, cost } = plan.attribute ?? { base: plan.step, qualifiers: [], cost: 1 };
    const step = key.attribute ? resolve(key.attribute) : key.step;
    const found: Attribute = { base, qualifiers: [...qualifiers, { key: step, ...flags }], cost };
    if (!flags.testOnly) return attribute(found);
    const resolved = resolve(found);
    const presence: Step = (frame) => {
      const value = resolved(frame);
      return value instanceof Optional ? value.value !== undefined : value;
    };
    return { step: presence, attribute: { base: presence, qualifiers: [], cost: 0 } };
  }

  private call(expr: CallExpr): Plan {
    const { args } = expr;
    const at = (index: number) => args[index] as Expr;
    switch (expr.function) {
      case operators.index:
        return this.qualified(at(0), this.plan(at(1)), { optional: false, testOnly: false });
      case operators.optIndex:
      case operators.optSelect:
        return this.qualified(at(0), this.plan(at(1)), { optional: true, testOnly: false });
      case operators.conditional:
        return this.conditional(at(0), at(1), at(2));
      case operators.and:
        return this.logic(at(0), at(1), false);
      case operators.or:
        return this.logic(at(0), at(1), true);
      case operators.equals:
      case operators.notEquals:
        return this.equality(at(0), at(1), expr.function === operators.equals);
      case operators.notStrictlyFalse:
      case "__not_strictly_false__":
        return this.notStrictlyFalse(at(0));
      default:
        return this.plainCall(expr);
    }
  }

  private conditional(condition: Expr, whenTrue: Expr, whenFalse: Expr): Plan {
    const test = this.plan(condition).step;
    const [yes, no] = [whenTrue, whenFalse].map((branch) => {
      const plan = this.plan(branch);
      return plan.attribute ? resolve(plan.attribute) : plan.step;
    }) as [Step, Step];
    const base: Step = (frame) => {
      const value = test(frame);
      if (value === true) return yes(frame);
      return value === false ? no(frame) : notBoolean(value);
    };
    return attribute({ base, qualifiers: [], cost: 0 });
  }

  /** `decisive` is the value of one side that makes the other irrelevant, even a failure. */
  private logic(left: Expr, right: Expr, decisive: boolean): Plan {
    const [first, second] = [this.plan(left).step, this.plan(right).step];
    const step: Step = (frame) => {
      const a = first(frame);
      if (a === decisive) return decisive;
      const b = second(frame);
      if (b === decisive) return decisive;
      if (typeof a !== "boolean") return notBoolean(a);
      return typeof b === "boolean" ? !decisive : notBoolean(b);
    };
    return { step };
  }

  private equality(left: Expr, right: Expr, wanted: boolean): Plan {
    const [first, second] = [this.plan(left).step, this.plan(right).step];
    const [name, id] = wanted ? ["_==_", "equals"] : ["_!=_", "not_equals"];
    const step: Step = (frame) => {
      const a = first(frame);
      const b = second(frame);
      let result: Value = a instanceof Failure ? a : b instanceof Failure ? b : equal(a, b);
      if (!wanted && !(a instanceof Failure || b instanceof Failure)) result = result !== true;
      frame.charge(callCost(name as string, id as string, [a, b], result));
      return result;
    };
    return { step };
  }

  private notStrictlyFalse(operand: Expr): Plan {
    const { step } = this.plan(operand);
    return {
      step: (frame) => {
        const value = step(frame);
        frame.charge(1);
        return typeof value === "boolean" ? value : true;
      },
    };
  }

  private plainCall(expr: CallExpr): Plan {
    const plans = (expr.target ? [expr.target, ...expr.args] : expr.args).map((arg) => this.plan(arg));
    const ids = expr.overloads ?? [];
    const id = ids.length === 1 ? (ids[0] as string) : "";
    const special = this.optionalChoice(expr, plans) ?? this.membership(id, plans);
    if (special) return special;
    const name = expr.function;
    const implementation = this.library.implementation(name, ids, plans.length);
    if (conversions.has(name) && plans.length === 1 && plans[0]?.constant) {
      const value = implementation([plans[0].constant.value]);
      if (value instanceof Failure) throw new PlanError(value.message);
      return constant(value);
    }
    const hasPattern = regexFunctions.has(name) && this.checkPattern(plans[1]?.constant?.value);
    const steps = plans.map(({ step }) => step);
    const eager = plans.length <= 2 && !hasPattern;
    const step: Step = (frame) => {
      const values: Value[] = [];
      let failure: Failure | undefined;
      for (const one of steps) {
        const value = one(frame);
        if (value instanceof Failure) {
          failure ??= value;
          // Of calls that take many, and of constant patterns, the first failure ends the call, which then costs nothing.
          if (!eager) return value;
        }
        values.push(value);
      }
      const result = failure ?? implementation(values);
      frame.charge(callCost(name, id, values, result));
      return result;
    };
    return { step };
  }

  /** A pattern that is always the same is compiled beforehand. */
  private checkPattern(pattern: Value | undefined): boolean {
    const regex = typeof pattern === "string" ? compileRegex(pattern) : undefined;
    if (regex instanceof Failure) throw new PlanError(regex.message);
    return regex !== undefined;
  }

  /** `a.or(b)` and `a.orValue(b)` evaluate `b` only where `a` has nothing. */
  private optionalChoice({ function: name }: CallExpr, plans: readonly Plan[]): Plan | undefined {
    if ((name !== "or" && name !== "orValue") || plans.length !== 2) return undefined;
    const [first, second] = plans.map(({ step }) => step) as [Step, Step];
    return {
      step: (frame) => {
        const optional = first(frame);
        if (!(optional instanceof Optional)) return optional;
        if (optional.value === undefined) return second(frame);
        return name === "or" ? optional : optional.value;
      },
    };
  }

  /** Looking a value up in a list of constants costs nothing but the value. */
  private membership(id: string, plans: readonly Plan[]): Plan | undefined {
    const list = plans[1]?.constant?.value;
    if (id !== "in_list" || !(list instanceof ArrayList)) return undefined;
    if (list.size === 0) return constant(false);
    const members = new Set<unknown>();
    for (const one of list) {
      const key = memberKey(one);
      if (key === undefined) return undefined;
      members.add(key);
    }
    const { step } = plans[0] as Plan;
    return {
      step: (frame) => {
        const value = step(frame);
        return value instanceof Failure ? value : members.has(memberKey(value));
      },
    };
  }

  private list({ elements, optional }: ListExpr): Plan {
    const plans = elements.map((element) => this.plan(element));
    const steps = plans.map(({ step }) => step);
    const make = (frame: Parameters<Step>[0]): Value => {
      const items: Value[] = [];
      for (const [index, step] of steps.entries()) {
        const value = step(frame);
        if (value instanceof Failure) return value;
        if (!optional?.has(index)) items.push(value);
        else if (!(value instanceof Optional)) {
          return new Failure(`cannot initialize optional list element from non-optional value ${keyText(value)}`);
        } else if (value.value !== undefined) items.push(value.value);
      }
      return new ArrayList(items);
    };
    if (plans.every((plan) => plan.constant) && !optional) {
      return constant(new ArrayList(plans.map((plan) => (plan.constant as { value: Value }).value)));
    }
    return charged(costs.list, make);
  }

  private map({ entries }: MapExpr): Plan {
    const plans = entries.map(({ key, value, optional }) => ({ key: this.plan(key), value: this.plan(value), optional }));
    const isConstant = plans.every(({ key, value, optional }) => key.constant && value.constant && !optional);
    const make = (frame: Parameters<Step>[0]): Value => {
      const pairs: [Value, Value][] = [];
      for (const { key, value, optional } of plans) {
        const keyValue = key.step(frame);
        if (keyValue instanceof Failure) return keyValue;
        let one = value.step(frame);
        if (one instanceof Failure) return one;
        if (optional) {
          if (!(one instanceof Optional)) {
            return new Failure(`cannot initialize optional entry '${keyText(keyValue)}' from non-optional value ${keyText(one)}`);
          }
          if (one.value === undefined) continue;
          one = one.value;
        }
        pairs.push([keyValue, one]);
      }
      return EntriesMap.of(pairs);
    };
    if (!isConstant) return charged(costs.map, make);
    const value = (plan: Plan) => (plan.constant as { value: Value }).value;
    return constant(EntriesMap.of(plans.map((one) => [value(one.key), value(one.value)] as const)));
  }

  private struct({ name, fields }: StructExpr): Plan {
    const declaration = this.environment.struct(name);
    const steps = fields.map((field) => ({ ...field, step: this.plan(field.value).step }));
    return charged(costs.struct, (frame) => {
      const values = new Map<string, Value>();
      for (const { name: field, step, optional } of steps) {
        let value = step(frame);
        if (value instanceof Failure) return value;
        if (optional) {
          if (!(value instanceof Optional)) {
            return new Failure(`cannot initialize optional entry '${field}' from non-optional value ${keyText(value)}`);
          }
          if (value.value === undefined) continue;
          value = value.value;
        }
        values.set(field, value);
      }
      return declaration?.make?.(values) ?? new Failure(`unknown type '${name}'`);
    });
  }

  private comprehension(expr: ComprehensionExpr): Plan {
    const outer = this.scope;
    const slot = this.slots;
    this.slots += 3;
    const accuInit = this.plan(expr.accuInit).step;
    const range = this.plan(expr.range);
    this.scope = { name: expr.accuVar, read: this.accumulated(slot, accuInit), outer };
    const inner = this.scope;
    this.scope = { name: expr.iterVar, read: slotReader(slot + 1), outer: this.scope };
    if (expr.iterVar2 !== undefined) this.scope = { name: expr.iterVar2, read: slotReader(slot + 2), outer: this.scope };
    const condition = this.plan(expr.condition).step;
    const step = this.plan(expr.step).step;
    this.scope = inner;
    const result = this.plan(expr.result).step;
    this.scope = outer;
    this.slots = slot;
    const { kind } = expr.accuInit;
    const fills = childrenOf(expr.accuInit).length === 0 && (kind === "list" || kind === "map") ? kind : undefined;
    return { step: planFold({ slot, range: range.step, condition, step, result, twoVariables: expr.iterVar2 !== undefined, fills }) };
  }

  /** The accumulator is made when it is first read. */
  private accumulated(slot: number, init: Step): Step {
    return (frame) => {
      const known = frame.slots[slot];
      if (known !== undefined) return known;
      const value = init(frame);
      frame.slots[slot] = value;
      return value;
    };
  }
}

function slotReader(slot: number): Step {
  return (frame) => frame.slots[slot] as Value;
}

function constant(value: Value): Plan {
  return { step: () => value, constant: { value } };
}

function charged(cost: number, make: Step): Plan {
  return {
    step: (frame) => {
      const value = make(frame);
      frame.charge(cost);
      return value;
    },
  };
}

function resolve({ base, qualifiers }: Attribute): Step {
  if (qualifiers.length === 0) return base;
  return (frame) => qualify(frame, base(frame), qualifiers);
}

function attribute(found: Attribute): Plan {
  const resolved = resolve(found);
  if (found.cost === 0) return { step: resolved, attribute: found };
  return {
    step: (frame) => {
      const value = resolved(frame);
      frame.charge(1);
      return value;
    },
    attribute: found,
  };
}

/** Equal for values that equal each other; undefined for what isn't looked up this way. */
function memberKey(value: Value): unknown {
  if (value === null || value instanceof Uint8Array) return undefined;
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === "object") return value instanceof UInt ? plainKey(value) : undefined;
  return value;
}
