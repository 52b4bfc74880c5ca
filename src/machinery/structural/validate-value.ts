import { type FieldError, FieldPath, field } from "../errors.ts";
import { exactJson, withSortedKeys } from "../exact-json.ts";
import { goFloat, goNumber } from "../go-number.ts";
import { deepEqual } from "../object.ts";
import { isJsonObject, type JsonObject } from "./json-schema.ts";
import type { ValueRules } from "./value-rules.ts";

/** The complaints about a value. `prefix` is where it lies, where that isn't the object itself. */
export function validateValue(value: unknown, rules: ValueRules, prefix = ""): FieldError[] {
  return validateWith(value, rules, undefined, prefix);
}

/** The same of a change: what is as it was before is no longer held against the object. */
export function validateChangedValue(value: unknown, old: unknown, rules: ValueRules, prefix = ""): FieldError[] {
  return validateWith(value, rules, { value: old }, prefix);
}

function validateWith(value: unknown, rules: ValueRules, old: Old | undefined, prefix: string): FieldError[] {
  const validation = new Validation();
  validation.check(value, rules, old, true);
  if (validation.complaints.length === 0) return [];
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  for (const { at, text, make } of validation.complaints) {
    if (seen.has(text)) continue;
    seen.add(text);
    errors.push(make(at === undefined ? whole(prefix) : joined(prefix, at)));
  }
  return errors;
}

function whole(prefix: string): FieldPath {
  return new FieldPath(prefix);
}

function joined(prefix: string, at: string): FieldPath {
  const bare = at.replace(/^\./, "");
  if (bare === "") return whole(prefix);
  return new FieldPath(prefix === "" ? bare : `${prefix}.${bare}`);
}

/** The value of before that a value is held against. */
interface Old {
  readonly value: unknown;
}

interface Complaint {
  /** Absent: about the object as a whole. */
  readonly at: string | undefined;
  /** Complaints of the same text count once. */
  readonly text: string;
  readonly make: (path: FieldPath) => FieldError;
}

type Type = "string" | "integer" | "number" | "boolean" | "array" | "object";

function typeOf(value: unknown): Type {
  if (typeof value === "bigint") return "integer";
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "number";
  if (Array.isArray(value)) return "array";
  return typeof value as Type;
}

/** As much as 32 bits hold. */
const maxFloat = 3.4028234663852886e38;

const typeFormats: Partial<Record<Type, string>> = { integer: "int64", number: "float64" };

/**
 * Checks one value. Of the alternatives of `anyOf` and `oneOf` the complaints of that one are told in which most has matched: hence
 * every check tells how much has.
 */
class Validation {
  complaints: Complaint[] = [];
  readonly #steps: (string | number)[] = [];

  check(value: unknown, rules: ValueRules, old: Old | undefined, ratchets: boolean): number {
    const before = this.complaints.length;
    const matched = this.#check(value, rules, old);
    if (ratchets && old && this.complaints.length > before && isUnchanged(value, old.value, rules)) this.complaints.length = before;
    return matched;
  }

  #check(value: unknown, rules: ValueRules, old: Old | undefined): number {
    const typed = rules.types.length > 0 || rules.format !== "";
    if (value === null || value === undefined) {
      let matched = 1;
      if (rules.types.length > 0 && !rules.nullable) {
        this.#mistyped(rules.types.join(","), "null");
        matched = 0;
      }
      if (rules.enum) this.#notInEnum(value, rules.enum);
      return matched;
    }
    const type = typeOf(value);
    let matched = typed ? 1 + this.#checkType(type, rules) : 0;
    matched += 1 + this.#checkJunctors(value, rules, old);
    if (type === "string") {
      matched++;
      this.#checkText(value as string, rules);
      if (rules.checkFormat) {
        matched++;
        if (!rules.checkFormat(value as string)) this.#mistyped(rules.format, value as string);
      }
    } else if (type === "integer" || type === "number") {
      matched += 2;
      this.#checkNumber(value as number, rules, type === "integer");
    } else if (type === "array") matched += 1 + this.#checkList(value as unknown[], rules, old);
    matched++;
    if (rules.enum && !rules.enum.some((one) => isMember(value, one))) this.#notInEnum(value, rules.enum);
    if (type === "object") matched += 1 + this.#checkMap(value as JsonObject, rules, old);
    return matched + 1;
  }

  #checkType(type: Type, { types, format }: ValueRules): number {
    const takes = types.includes(type) || (type === "integer" && types.includes("number"));
    const isText = type === "string" || type === "array";
    if (!isText && format !== "" && !takes && typeFormats[type] !== format) {
      this.#mistyped(format, typeFormats[type] ?? "");
      return 0;
    }
    if (isText && format !== "" && !types.includes("number") && !types.includes("integer")) return 1;
    if (takes) return 1;
    this.#mistyped(types.join(","), type);
    return 0;
  }

  #checkJunctors(value: unknown, rules: ValueRules, old: Old | undefined): number {
    let matched = 1;
    if (rules.anyOf.length > 0) matched += this.#checkAnyOf(value, rules.anyOf, old);
    if (rules.oneOf.length > 0) matched += this.#checkOneOf(value, rules.oneOf, old);
    if (rules.allOf.length > 0) {
      let valid = 0;
      for (const one of rules.allOf) {
        const result = this.#apart(value, one, old);
        if (result.complaints.length === 0) valid++;
        matched += result.matched;
        this.complaints.push(...result.complaints);
      }
      if (valid !== rules.allOf.length) {
        this.#aboutAll(`must validate all the schemas (allOf)${valid === 0 ? ". None validated" : ""}`);
      }
    }
    if (rules.not && this.#apart(value, rules.not, old).complaints.length === 0) this.#aboutAll("must not validate the schema (not)");
    return matched;
  }

  #checkAnyOf(value: unknown, alternatives: readonly ValueRules[], old: Old | undefined): number {
    let best: Result | undefined;
    for (const one of alternatives) {
      const result = this.#apart(value, one, old);
      if (result.complaints.length === 0) return result.matched;
      if (!best || result.matched > best.matched) best = result;
    }
    this.#aboutAll("must validate at least one schema (anyOf)");
    this.complaints.push(...(best as Result).complaints);
    return (best as Result).matched;
  }

  #checkOneOf(value: unknown, alternatives: readonly ValueRules[], old: Old | undefined): number {
    let best: Result | undefined;
    let first: Result | undefined;
    let valid = 0;
    for (const one of alternatives) {
      const result = this.#apart(value, one, old);
      if (result.complaints.length === 0) {
        valid++;
        first ??= result;
        best = undefined;
      } else if (valid === 0 && (!best || result.matched > best.matched)) best = result;
    }
    if (valid === 1) return (first as Result).matched;
    const found = valid === 0 ? "Found none valid" : `Found ${valid} valid alternatives`;
    this.#aboutAll(`must validate one and only one schema (oneOf). ${found}`);
    if (!best) return 0;
    this.complaints.push(...best.complaints);
    return best.matched;
  }

  #apart(value: unknown, rules: ValueRules, old: Old | undefined): Result {
    const outer = this.complaints;
    this.complaints = [];
    const matched = this.check(value, rules, old, false);
    const result = { matched, complaints: this.complaints };
    this.complaints = outer;
    return result;
  }

  #checkText(value: string, { schema, pattern }: ValueRules): void {
    const { maxLength, minLength } = schema;
    if (maxLength !== undefined && value.length > maxLength && runes(value) > maxLength) {
      const at = this.#path();
      this.#add(`${at} should be at most ${maxLength} chars long`, (path) => field.tooLong(path, maxLength));
    } else if (minLength !== undefined && runes(value) < minLength) this.#invalid(value, `should be at least ${minLength} chars long`);
    else if (pattern) {
      let complaint: string | undefined;
      try {
        if (!pattern.matches(value)) complaint = pattern.source;
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        complaint = `${pattern.source}, but pattern is invalid: ${error.message}`;
      }
      if (complaint !== undefined) this.#invalid(value, `should match '${complaint}'`);
    }
  }

  #checkNumber(value: number | bigint, rules: ValueRules, isInteger: boolean): void {
    const { multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = rules.schema;
    this.#requireRange(value, rules, "Checked");
    const shown = isInteger ? goNumber : goFloat;
    // Integers are compared with what is whole of a limit, where the limit itself is of the type.
    const limit = (given: number, what: string) => {
      const fits = this.#requireRange(given, rules, what);
      return isInteger && fits ? Math.trunc(given) : given;
    };
    if (multipleOf !== undefined) {
      const factor = limit(multipleOf, "MultipleOf");
      if (factor <= 0) {
        const at = this.#path();
        const text = `factor MultipleOf declared for ${at} must be positive: ${shown(factor)}`;
        this.#add(text, (path) => field.invalid(path, factor, text));
      } else if (!isMultiple(value, factor)) this.#invalid(value, `should be a multiple of ${shown(factor)}`);
    }
    if (minimum !== undefined) {
      const least = limit(minimum, "Minimum boundary");
      if (exclusiveMinimum ? value <= least : value < least) {
        this.#invalid(value, `should be greater than ${exclusiveMinimum ? "" : "or equal to "}${shown(least)}`);
      }
    }
    if (maximum !== undefined) {
      const most = limit(maximum, "Maximum boundary");
      if (exclusiveMaximum ? value >= most : value > most) {
        this.#invalid(value, `should be less than ${exclusiveMaximum ? "" : "or equal to "}${shown(most)}`);
      }
    }
  }

  /** Whether the one type that a place has can hold a number; complains where it can't. */
  #requireRange(value: number | bigint, { types, format }: ValueRules, what: string): boolean {
    const [type] = types;
    if (types.length !== 1) return true;
    let fits = true;
    if (typeof value === "bigint") fits = type !== "integer" || format !== "int32";
    else if (type === "integer") fits = Number.isInteger(value) && (format === "int32" ? value === (value | 0) : Math.abs(value) < 2 ** 63);
    else if (type === "number" && format === "float") fits = Math.abs(value) <= maxFloat;
    if (fits) return true;
    const text = `${what} value must be of type ${type} ${format === "" ? "(default format)" : `with format ${format}`} in ${this.#path()}`;
    this.complaints.push({ at: undefined, text, make: (path) => field.invalid(path, "", text) });
    return false;
  }

  #checkList(value: unknown[], { items, schema, listMapKeys }: ValueRules, old: Old | undefined): number {
    let matched = 1;
    if (items) {
      const before = listMapKeys && old && Array.isArray(old.value) ? old.value : undefined;
      for (let index = 0; index < value.length; index++) {
        this.#steps.push(index);
        matched += this.check(value[index], items, before && sameItem(value[index], before, listMapKeys as string[]), true);
        this.#steps.pop();
      }
    }
    const { minItems, maxItems, uniqueItems } = schema;
    if (minItems !== undefined && value.length < minItems) this.#invalid(value.length, `should have at least ${minItems} items`);
    if (maxItems !== undefined && value.length > maxItems) {
      this.#add(`${this.#path()} should have at most ${maxItems} items`, (path) => field.tooMany(path, value.length, maxItems));
    }
    if (uniqueItems && value.some((item, index) => value.slice(0, index).some((one) => deepEqual(one, item)))) {
      this.#invalid("", "shouldn't contain duplicates");
    }
    return matched;
  }

  #checkMap(value: JsonObject, rules: ValueRules, old: Old | undefined): number {
    const { minProperties, maxProperties } = rules.schema;
    if (minProperties !== undefined || maxProperties !== undefined) {
      const count = Object.keys(value).length;
      if (minProperties !== undefined && count < minProperties) {
        this.#invalid(count, `should have at least ${minProperties} properties`);
      }
      if (maxProperties !== undefined && count > maxProperties) {
        const text = `${this.#path()} should have at most ${maxProperties} properties`;
        this.#add(text, (path) => field.tooMany(path, count, maxProperties));
      }
    }
    let matched = 0;
    const { properties, additional, closed } = rules;
    const before = old && isJsonObject(old.value) ? old.value : undefined;
    if (closed || additional) {
      for (const key in value) {
        if (properties.has(key)) continue;
        if (closed) {
          const path = this.#path();
          const text = `${path}.${key} in body is a forbidden property`;
          this.#add(text, (where) => field.invalid(where, key, text));
        } else matched += this.#checkField(key, value[key], additional as ValueRules, before);
      }
    }
    for (const [name, property] of properties) {
      if (Object.hasOwn(value, name)) matched += this.#checkField(name, value[name], property, before);
    }
    for (const name of rules.required) {
      if (Object.hasOwn(value, name)) continue;
      const at = `${this.#path()}.${name}`;
      this.complaints.push({ at, text: `${at} in body is required`, make: (path) => field.required(path) });
    }
    return matched;
  }

  #checkField(name: string, value: unknown, rules: ValueRules, before: JsonObject | undefined): number {
    const isTypeMeta = this.#steps.length === 0 && (name === "kind" || name === "apiVersion");
    this.#steps.push(name);
    const matched = this.check(
      value,
      rules,
      before && !isTypeMeta && Object.hasOwn(before, name) ? { value: before[name] } : undefined,
      true,
    );
    this.#steps.pop();
    return matched;
  }

  #path(): string {
    let path = "";
    for (const step of this.#steps) path += typeof step === "number" ? `[${step}]` : path === "" ? step : `.${step}`;
    return path;
  }

  #mistyped(wanted: string, found: string): void {
    const text = `${this.#path()} in body must be of type ${wanted}: ${JSON.stringify(found)}`;
    this.#add(text, (path) => field.typeInvalid(path, found, text));
  }

  #notInEnum(value: unknown, values: readonly unknown[]): void {
    const supported = values.map((one) => (typeof one === "string" ? one : exactJson(one)));
    const text = `${this.#path()} in body should be one of ${exactJson(values)}`;
    this.#add(text, (path) => field.notSupported(path, withSortedKeys(value), supported));
  }

  #invalid(value: unknown, detail: string): void {
    const text = `${this.#path()} in body ${detail}`;
    this.#add(text, (path) => field.invalid(path, value, text));
  }

  #aboutAll(detail: string): void {
    const text = `${JSON.stringify(this.#path())} ${detail}`;
    this.complaints.push({ at: undefined, text, make: (path) => field.invalid(path, "", text) });
  }

  #add(text: string, make: (path: FieldPath) => FieldError): void {
    this.complaints.push({ at: this.#path(), text, make });
  }
}

interface Result {
  matched: number;
  complaints: Complaint[];
}

function runes(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function isMultiple(value: number | bigint, factor: number): boolean {
  if (typeof value === "bigint" && Number.isInteger(factor)) return value % BigInt(factor) === 0n;
  return Number.isInteger(factor < 1 ? (1 / factor) * Number(value) : Number(value) / factor);
}

/** Upstream converts a number to the type of the member before it compares. */
function isMember(value: unknown, member: unknown): boolean {
  if (member === null) return false;
  if (typeof value === "number" && typeof member === "number" && Number.isInteger(member)) return Math.trunc(value) === member;
  return deepEqual(value, member);
}

/** Whether a value is known to be as it was. Fields that no schema describes can't be compared: what has them never is. */
function isUnchanged(value: unknown, old: unknown, rules: ValueRules): boolean {
  if (Array.isArray(value) && Array.isArray(old)) {
    const { items, listMapKeys } = rules;
    if (value.length !== old.length) return false;
    if (!listMapKeys || !items) return deepEqual(value, old);
    return value.every((item) => {
      const before = sameItem(item, old, listMapKeys);
      return before !== undefined && isUnchanged(item, before.value, items);
    });
  }
  if (!isJsonObject(value) || !isJsonObject(old)) return deepEqual(value, old);
  const names = Object.keys(value);
  if (names.length !== Object.keys(old).length) return false;
  return names.every((name) => {
    const inner = rules.properties.get(name) ?? rules.additional;
    return inner !== undefined && Object.hasOwn(old, name) && isUnchanged(value[name], old[name], inner);
  });
}

/** The item of before that has the same keys. */
function sameItem(item: unknown, before: readonly unknown[], keys: readonly string[]): Old | undefined {
  if (!isJsonObject(item)) return undefined;
  const same = before.find((one) => isJsonObject(one) && keys.every((key) => deepEqual(one[key], item[key])));
  return same === undefined ? undefined : { value: same };
}
