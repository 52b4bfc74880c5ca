import { FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import { type CompiledRule, compileRules } from "../../machinery/cel/rules/compiled-rule.ts";
import { type DeclaredType, declaredType, maxCardinality } from "../../machinery/cel/schema/declared-type.ts";
import { escapeIdentifier } from "../../machinery/cel/schema/identifiers.ts";
import { type FieldPath, field } from "../../machinery/errors.ts";
import type { Errors } from "../validation.ts";
import { additionalOf, itemsOf } from "./structural-schema.ts";
import type { JSONSchemaProps, ValidationRule } from "./v1.ts";

/** What one rule, and all rules of a schema, may cost in theory. */
const ruleCostLimit = 10_000_000n;
const totalCostLimit = 100_000_000n;
const maxCost = 18446744073709551615n;
const shownExpensiveRules = 4;

/** A place in the schema. */
interface Place {
  schema: JSONSchemaProps;
  where: FieldPath;
  /** Whether this or a place around it has rules: only then its type is worked out. */
  inScope: boolean;
  /** How often such values can be in one object; undefined where nothing limits it. */
  cardinality: bigint | undefined;
  /** The part of the schema because of which what was before can't be found here. */
  uncorrelatable: FieldPath | undefined;
  isRoot: boolean;
  /** The type as the place around it declares it. */
  declared: DeclaredType | undefined;
  path: string;
}

/**
 * The complaints about rules that don't compile or could become too expensive. `errors` are the complaints about the schema: where
 * there are some, rules at that place and around it are not looked at.
 */
export function validateRules(schema: JSONSchemaProps, where: FieldPath, errors: Errors): Errors {
  const validation = new RuleValidation(errors);
  validation.visit({
    schema,
    where,
    inScope: hasRules(schema),
    cardinality: 1n,
    uncorrelatable: undefined,
    isRoot: true,
    declared: undefined,
    path: "selfType",
  });
  return [...validation.found, ...validation.totalComplaints(where)];
}

function hasRules(schema: JSONSchemaProps): boolean {
  return (schema["x-kubernetes-validations"]?.length ?? 0) > 0;
}

class RuleValidation {
  readonly found: Errors = [];
  private readonly schemaErrors: Errors;
  private readonly library = new FunctionLibrary();
  private total = 0n;
  private expensive: { where: FieldPath; cost: bigint }[] = [];

  constructor(schemaErrors: Errors) {
    this.schemaErrors = schemaErrors;
  }

  visit(place: Place): void {
    const { schema, where } = place;
    const declared = place.inScope ? (place.declared ?? this.typeAt(place)) : undefined;
    const inside = { ...place, isRoot: false, cardinality: this.multiplied(place) };
    const visit = (
      one: JSONSchemaProps,
      at: FieldPath,
      type: DeclaredType | undefined,
      path: string,
      uncorrelatable = place.uncorrelatable,
    ) =>
      this.visit({
        ...inside,
        schema: one,
        where: at,
        inScope: place.inScope || hasRules(one),
        declared: type,
        path,
        uncorrelatable,
      });
    const additional = additionalOf(schema);
    if (additional) visit(additional, where.child("additionalProperties"), declared?.element, `${place.path}.@elem`);
    const mapType = schema["x-kubernetes-map-type"];
    const known = mapType === undefined || mapType === "granular" || mapType === "atomic";
    for (const [name, property] of Object.entries(schema.properties ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const escaped = escapeIdentifier(name);
      const type = escaped === undefined ? undefined : declared?.fields?.get(escaped);
      const uncorrelatable = place.uncorrelatable ?? (known ? undefined : where);
      visit(property, where.child("properties").key(name), type, `${place.path}.${escaped ?? name}`, uncorrelatable);
    }
    const items = itemsOf(schema);
    const keyed = schema["x-kubernetes-list-type"] === "map";
    if (items) {
      visit(items, where.child("items"), declared?.element, `${place.path}.@idx`, place.uncorrelatable ?? (keyed ? undefined : where));
    }
    if (hasRules(schema) && !this.isWrongWithin(where)) this.check(place, declared);
  }

  private typeAt({ schema, isRoot, path }: Place): DeclaredType | undefined {
    return declaredType(schema, isRoot || schema["x-kubernetes-embedded-resource"] === true, path);
  }

  private isWrongWithin(where: FieldPath): boolean {
    const prefix = where.toString();
    return this.schemaErrors.some((error) => error.field.startsWith(prefix));
  }

  /** How often values within can be there. */
  private multiplied({ schema, cardinality }: Place): bigint | undefined {
    if (cardinality === undefined) return undefined;
    let most: number | undefined = 1;
    if (schema.type === "array") most = schema.maxItems;
    else if (schema.type === "object" && schema.additionalProperties !== undefined) most = schema.maxProperties;
    return most === undefined ? undefined : multiply(cardinality, BigInt(Math.max(0, most)));
  }

  private check(place: Place, declared: DeclaredType | undefined): void {
    const { schema, where } = place;
    const at = where.child("x-kubernetes-validations");
    if (!declared) {
      const why =
        "failed to construct type information for x-kubernetes-validations rules: unable to convert structural schema to CEL declarations";
      this.found.push(field.internal(at, `internal error: ${why}`));
      return;
    }
    const compiled = compileRules(schema["x-kubernetes-validations"] ?? [], schema, declared, this.library);
    for (const [index, rule] of compiled.entries()) this.checkRule(rule, at.index(index), place, declared);
  }

  private checkRule(compiled: CompiledRule, at: FieldPath, { cardinality, uncorrelatable }: Place, declared: DeclaredType): void {
    const { rule, error, messageError, usesOldSelf } = compiled;
    this.checkCost("estimated rule cost", at.child("rule"), multiply(compiled.maxCost, cardinality ?? maxCardinality(declared)));
    if (error !== undefined) this.found.push(field.invalid(at.child("rule"), shownRule(rule), error));
    if (messageError !== undefined) this.found.push(field.invalid(at.child("messageExpression"), shownRule(rule), messageError));
    else if (compiled.messageProgram) {
      this.checkCost("estimated messageExpression cost", at.child("messageExpression"), compiled.messageMaxCost);
    }
    if (usesOldSelf) {
      if (!uncorrelatable) return;
      const detail = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
      this.found.push(field.invalid(at.child("rule"), rule.rule, detail));
    } else if (rule.optionalOldSelf !== undefined) {
      this.found.push(field.invalid(at.child("optionalOldSelf"), rule.optionalOldSelf, "may not be set if oldSelf is not used in rule"));
    }
  }

  private checkCost(name: string, where: FieldPath, cost: bigint): void {
    if (cost > ruleCostLimit) this.found.push(field.forbidden(where, costText(name, cost, ruleCostLimit)));
    this.total = this.total + cost > maxCost ? maxCost : this.total + cost;
    if (cost < totalCostLimit / 100n) return;
    this.expensive.push({ where, cost });
    this.expensive.sort((a, b) => (a.cost > b.cost ? -1 : a.cost < b.cost ? 1 : 0));
    this.expensive.length = Math.min(this.expensive.length, shownExpensiveRules);
  }

  totalComplaints(where: FieldPath): Errors {
    if (this.total <= totalCostLimit) return [];
    const contributed = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
    const whole = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
    return [
      ...this.expensive.map((one) => field.forbidden(one.where, contributed)),
      field.forbidden(where, costText(whole, this.total, totalCostLimit)),
    ];
  }
}

function multiply(a: bigint, b: bigint): bigint {
  return a * b > maxCost ? maxCost : a * b;
}

function costText(name: string, cost: bigint, limit: bigint): string {
  const factor = Number(cost) / Number(limit);
  const shown = factor > 100 ? "more than 100x" : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  const advice = "try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared";
  return `${name} exceeds budget by factor of ${shown} (${advice})`;
}

/** A rule as upstream's messages show it. */
function shownRule({ rule, message, messageExpression, reason, fieldPath, optionalOldSelf }: Partial<ValidationRule>): unknown {
  return {
    Rule: rule ?? "",
    Message: message ?? "",
    MessageExpression: messageExpression ?? "",
    Reason: reason ?? null,
    FieldPath: fieldPath ?? "",
    OptionalOldSelf: optionalOldSelf ?? null,
  };
}
