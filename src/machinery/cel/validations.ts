import { type FieldError, type FieldPath, field } from "../errors.ts";
import type { Variables } from "./evaluate/frame.ts";
import type { FunctionLibrary } from "./library/functions.ts";
import { type CompiledRule, compileRules } from "./rules/compiled-rule.ts";
import { Correlation, isObject, keyedListOf } from "./rules/correlation.ts";
import { type DeclaredType, declaredType } from "./schema/declared-type.ts";
import { escapeIdentifier } from "./schema/identifiers.ts";
import { itemsOf, propertyOf, type Rule, type Schema, valuesOf, withResourceFields } from "./schema/schema.ts";
import { typedValue } from "./schema/typed-values.ts";
import { Failure, none, Optional } from "./values/value.ts";

/** What all rules may cost for one object, in upstream's units. */
export const costBudget = 10_000_000;

export interface RuleResult {
  errors: FieldError[];
  /** Complaints about what was wrong before and hasn't changed. */
  warnings: string[];
}

/** Holds objects against the rules of a schema. Made once for a schema: compiling is slow. */
export interface RuleValidator {
  /**
   * `old` is what the object was before an update; with `isStrict` what hasn't changed is held against it too. Rules end where their
   * cost goes beyond the budget.
   */
  validate(value: unknown, old: unknown, path: FieldPath, isStrict?: boolean): RuleResult;
}

/** Undefined where the schema has no rules. */
export function ruleValidator(schema: Schema, isResource: boolean, library: FunctionLibrary): RuleValidator | undefined {
  if (!hasRules(schema)) return undefined;
  const node = compileNode(schema, schema, isResource, declaredType(schema, isResource), library);
  if (!node) return undefined;
  return {
    validate(value, old, path, isStrict = false) {
      const run = new Run();
      const correlation = isStrict || old === undefined || old === null ? undefined : new Correlation(value, old, schema);
      run.validate(node, value, old, path, { current: correlation, parent: undefined });
      return { errors: run.errors, warnings: run.warnings };
    },
  };
}

/** Rules within `allOf` alone don't count, as upstream has it. */
function hasRules(schema: Schema): boolean {
  if ((schema["x-kubernetes-validations"]?.length ?? 0) > 0) return true;
  const inner = [itemsOf(schema), valuesOf(schema), ...Object.values(schema.properties ?? {})];
  return inner.some((one) => one !== undefined && hasRules(one));
}

/** A part of the schema that has rules, or has them further in. */
interface RuleNode {
  schema: Schema;
  isResource: boolean;
  rules: readonly CompiledRule[];
  items?: RuleNode;
  properties?: ReadonlyMap<string, RuleNode>;
  values?: RuleNode;
  allOf: readonly RuleNode[];
}

/** The rules are those of `source`, which is the schema itself or a part of its `allOf`. */
function compileNode(
  source: Schema,
  schema: Schema,
  isResource: boolean,
  declared: DeclaredType | undefined,
  library: FunctionLibrary,
): RuleNode | undefined {
  const embedded = (one: Schema) => one["x-kubernetes-embedded-resource"] === true;
  const given = source["x-kubernetes-validations"] ?? [];
  const rules = declared && given.length > 0 ? compileRules(given, schema, declared, library) : [];
  const [sourceItems, items] = [itemsOf(source), itemsOf(schema)];
  const [sourceValues, values] = [valuesOf(source), valuesOf(schema)];
  const inItems = sourceItems && items && compileNode(sourceItems, items, embedded(items), declared?.element, library);
  const inValues = sourceValues && values && compileNode(sourceValues, values, embedded(values), declared?.element, library);
  const properties = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(source.properties ?? {})) {
    const own = propertyOf(schema, name);
    if (!own) continue;
    const escaped = escapeIdentifier(name);
    const type = escaped === undefined ? declaredType(own, embedded(own)) : declared?.fields?.get(escaped);
    const node = type && compileNode(property, own, embedded(own), type, library);
    if (node) properties.set(name, node);
  }
  const allOf = (source.allOf ?? []).flatMap((one) => compileNode(one, schema, isResource, declared, library) ?? []);
  if (rules.length === 0 && !inItems && !inValues && properties.size === 0 && allOf.length === 0) return undefined;
  return {
    schema,
    isResource,
    rules,
    allOf,
    ...(inItems ? { items: inItems } : {}),
    ...(inValues ? { values: inValues } : {}),
    ...(properties.size > 0 ? { properties } : {}),
  };
}

/** Where the value was before: the value itself, or the nearest one around it of which that is known. */
interface Ratchet {
  current: Correlation | undefined;
  parent: Correlation | undefined;
}

function isUnchanged({ current, parent }: Ratchet): boolean {
  return (current ?? parent)?.isUnchanged() === true;
}

const outOfBudget = "validation failed due to running out of cost budget, no further validation rules will be run";
const maxMessageBytes = 5 * 1024;

/** One validation of one object. */
class Run {
  readonly errors: FieldError[] = [];
  readonly warnings: string[] = [];
  /** Below zero, no more rules are run. */
  private budget = costBudget;

  validate(node: RuleNode, value: unknown, old: unknown, path: FieldPath, ratchet: Ratchet): void {
    if (value === undefined || value === null) return;
    this.runRules(node, value, old, path, ratchet);
    for (const one of node.allOf) {
      if (this.budget < 0) return;
      this.validate(one, value, old, path, { current: undefined, parent: ratchet.parent });
    }
    if (this.budget < 0) return;
    if (Array.isArray(value)) this.validateItems(node, value, old, path, ratchet);
    else if (isObject(value)) this.validateFields(node, value, old, path, ratchet);
  }

  private validateItems({ items, schema }: RuleNode, list: readonly unknown[], old: unknown, path: FieldPath, ratchet: Ratchet): void {
    if (!items) return;
    const before = keyedListOf(schema, old);
    for (const [index, one] of list.entries()) {
      const { current } = ratchet;
      const inner = current ? { current: current.item(index), parent: current } : ratchet;
      this.validate(items, one, before?.get(one), path.index(index), inner);
      if (this.budget < 0) return;
    }
  }

  private validateFields(node: RuleNode, object: Readonly<Record<string, unknown>>, old: unknown, path: FieldPath, ratchet: Ratchet): void {
    const mapType = node.schema["x-kubernetes-map-type"];
    const isCorrelatable = mapType === undefined || mapType === "granular" || mapType === "atomic";
    const before = isCorrelatable && isObject(old) ? old : {};
    for (const [name, value] of Object.entries(object)) {
      const inner = node.values ?? node.properties?.get(name);
      if (!inner) continue;
      const at = node.values ? path.key(name) : path.child(name);
      this.validate(inner, value, Object.hasOwn(before, name) ? before[name] : undefined, at, this.ratchetOf(ratchet, name));
      if (this.budget < 0) return;
    }
  }

  private ratchetOf(ratchet: Ratchet, name: string): Ratchet {
    const { current, parent } = ratchet;
    if (!current) return ratchet;
    // Both versions of an object are brought to the same apiVersion and kind before.
    if (!parent && (name === "apiVersion" || name === "kind")) return { current: undefined, parent: undefined };
    return { current: current.child(name), parent: current };
  }

  private runRules({ rules, schema, isResource }: RuleNode, value: unknown, old: unknown, path: FieldPath, ratchet: Ratchet): void {
    if (rules.length === 0) return;
    const type = schema.type ?? "";
    if (this.budget <= 0) {
      this.errors.push(field.invalid(path, type, outOfBudget));
      this.budget = -1;
      return;
    }
    const seen = isResource ? withResourceFields(schema) : schema;
    const hasOld = old !== undefined && old !== null;
    const self = typedValue(value, seen);
    const oldSelf = hasOld ? typedValue(old, seen) : undefined;
    const optionalOldSelf = oldSelf === undefined ? none : new Optional(oldSelf);
    for (const compiled of rules) {
      const { rule, program, usesOldSelf } = compiled;
      if (compiled.error !== undefined) {
        this.errors.push(field.invalid(path, type, `rule compile error: ${compiled.error}`));
        continue;
      }
      if (!program || (usesOldSelf && !hasOld && !rule.optionalOldSelf)) continue;
      const variables: Variables = (name) => {
        if (name === "self") return self;
        if (name === "oldSelf") return rule.optionalOldSelf ? optionalOldSelf : oldSelf;
        return undefined;
      };
      const { value: result, cost } = program.evaluate(variables);
      if (cost > this.budget) {
        this.errors.push(field.invalid(path, type, outOfBudget));
        this.budget = -1;
        return;
      }
      this.budget -= cost;
      if (result === true) continue;
      if (!(result instanceof Failure)) this.complain(compiled, value, type, path, ratchet, variables);
      else if (!this.fail(result, rule, path, type)) this.budget = -1;
      if (this.budget < 0) return;
    }
  }

  /** Whether further rules are run. */
  private fail({ message }: Failure, rule: Rule, path: FieldPath, type: string): boolean {
    const shown = ruleText(rule);
    if (message.startsWith("no such overload")) {
      const detail = `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${shown}`;
      this.errors.push(field.invalid(path, type, detail));
      return true;
    }
    if (!message.startsWith("operation cancelled: actual cost limit exceeded")) {
      this.errors.push(field.invalid(path, type, `${message} evaluating rule: ${shown}`));
      return true;
    }
    const detail = `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${shown}`;
    this.errors.push(field.invalid(path, type, detail));
    return false;
  }

  private complain(compiled: CompiledRule, value: unknown, type: string, at: FieldPath, ratchet: Ratchet, variables: Variables): void {
    const { rule, fieldPath, usesOldSelf } = compiled;
    const path = fieldPath === undefined ? at : at.child(fieldPath);
    const add = (error: FieldError) => {
      if (!usesOldSelf && isUnchanged(ratchet)) this.warnings.push(error.text);
      else this.errors.push(error);
    };
    const detail = this.message(compiled, variables, path, type, add);
    if (detail !== undefined) add(ruleError(path, value, detail, rule.reason));
  }

  /** Undefined where making the message ended all. */
  private message(
    { rule, messageProgram }: CompiledRule,
    variables: Variables,
    path: FieldPath,
    type: string,
    add: (error: FieldError) => void,
  ): string | undefined {
    const standard = rule.message ? rule.message.trim() : `failed rule: ${ruleText(rule)}`;
    if (!messageProgram) return standard;
    const end = (detail: string) => {
      add(field.invalid(path, type, detail));
      this.budget = -1;
      return undefined;
    };
    const { value, cost } = messageProgram.evaluate(variables);
    if (cost > this.budget) {
      return end("messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run");
    }
    if (value instanceof Failure && value.message.startsWith("operation cancelled: actual cost limit exceeded")) {
      const expression = JSON.stringify(rule.messageExpression);
      return end(`no further validation rules will be run due to call cost exceeds limit for messageExpression: ${expression}`);
    }
    this.budget -= cost;
    const text = typeof value === "string" ? value.trim() : "";
    const isFine = text !== "" && !text.includes("\n") && new TextEncoder().encode(text).length <= maxMessageBytes;
    return isFine ? text : standard;
  }
}

function ruleText(rule: Rule): string {
  return rule.message ? rule.message.trim() : rule.rule.trim();
}

function ruleError(path: FieldPath, value: unknown, detail: string, reason: string | undefined): FieldError {
  switch (reason) {
    case "FieldValueForbidden":
      return field.forbidden(path, detail);
    case "FieldValueRequired":
      return field.required(path, detail);
    case "FieldValueDuplicate":
      return typeof value === "object" ? withoutValue("FieldValueDuplicate", path, "Duplicate value") : field.duplicate(path, value);
    default:
      return typeof value === "object"
        ? withoutValue("FieldValueInvalid", path, `Invalid value: ${detail}`)
        : field.invalid(path, value, detail);
  }
}

/** Objects and lists are not shown. */
function withoutValue(type: FieldError["type"], path: FieldPath, body: string): FieldError {
  return { type, field: path.toString(), body, text: `${path}: ${body}` };
}
