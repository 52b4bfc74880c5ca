import type { CustomResourceDefinitionVersion, CustomResourceSubresourceScale } from "../../api/apiextensions/v1.ts";
import type { ResourceBehaviour } from "../../api/define-resource.ts";
import type { RuleValidator } from "../../machinery/cel/validations.ts";
import { type FieldError, FieldPath, field } from "../../machinery/errors.ts";
import { goNumber } from "../../machinery/go-number.ts";
import { compileJsonPath } from "../../machinery/json-path.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { formatAsGo, goType } from "../../machinery/patch/json-values.ts";
import { validateEmbedded } from "../../machinery/structural/embedded.ts";
import type { JsonObject } from "../../machinery/structural/json-schema.ts";
import { validateListTypes } from "../../machinery/structural/list-types.ts";
import type { Structural } from "../../machinery/structural/structural.ts";
import { validateChangedValue, validateValue } from "../../machinery/structural/validate-value.ts";
import { isQualifiedName, nameIsDNSSubdomain } from "../../machinery/validation/names.ts";

/** What one version of a custom resource does: all of it comes from its definition. */
export function customBehaviour(
  { subresources, selectableFields }: Pick<CustomResourceDefinitionVersion, "subresources" | "selectableFields">,
  root: Structural,
  ruleValidator: RuleValidator | undefined,
): ResourceBehaviour {
  const scale = subresources?.scale;
  const statusRules = root.properties.get("status")?.rules;
  return {
    countsGenerations: true,
    allowUnconditionalUpdate: false,
    takesAnyFinalizer: true,
    validateName: nameIsDNSSubdomain,
    validate(object) {
      const errors = [
        ...validateValue(object, root.rules),
        ...(scale ? [...scaleSpecErrors(object, scale), ...scaleStatusErrors(object, scale)] : []),
        ...validateEmbedded(object as JsonObject, root),
        ...validateListTypes(object as JsonObject, root),
      ];
      return [...errors, ...checkRules(ruleValidator, object, undefined, errors)];
    },
    validateChange(object, old, { warn }) {
      const errors = [
        ...validateChangedValue(object, old, root.rules),
        ...(scale ? [...scaleSpecErrors(object, scale), ...scaleStatusErrors(object, scale)] : []),
        ...validateEmbedded(object as JsonObject, root),
        ...changedListErrors(object, old, root),
      ];
      return [...errors, ...checkRules(ruleValidator, object, old, errors, warn)];
    },
    validateStatus(object, old, { warn }) {
      const errors: FieldError[] = [];
      if (object.status !== undefined && statusRules)
        errors.push(...validateChangedValue(object.status, old.status, statusRules, "status"));
      if (scale) errors.push(...scaleStatusErrors(object, scale));
      errors.push(...changedListErrors(object, old, root));
      return [...errors, ...checkRules(ruleValidator, object, old, errors, warn)];
    },
    warnings(object, old) {
      const before = new Set(old?.metadata.finalizers ?? []);
      const added = new Set((object.metadata.finalizers ?? []).filter((name) => !before.has(name)));
      return [...added].sort().flatMap(finalizerWarnings);
    },
    ...(selectableFields?.length ? { selectableFields: selectors(selectableFields.map(({ jsonPath }) => jsonPath)) } : {}),
    ...(scale ? { scale: scaleOf(scale) } : {}),
  };
}

/** Complaints after which rules are not asked: their types could not hold the value. */
const blocking = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);
const uncheckedText =
  "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/**
 * What the rules of a version complain of; `found` are the complaints of the schema itself. `warn` is told of what is wrong but was
 * so before, whatever becomes of the request.
 */
function checkRules(
  validator: RuleValidator | undefined,
  object: Readonly<AnyObject>,
  old: Readonly<AnyObject> | undefined,
  found: readonly FieldError[],
  warn?: (text: string) => void,
): FieldError[] {
  if (!validator) return [];
  if (found.some(({ type }) => blocking.has(type))) return [field.invalid(new FieldPath(""), null, uncheckedText)];
  const { errors, warnings } = validator.validate(object, old, new FieldPath(""));
  if (warn) warnings.forEach(warn);
  return errors;
}

/** Lists that were wrong before may stay so. */
function changedListErrors(object: Readonly<AnyObject>, old: Readonly<AnyObject>, root: Structural): FieldError[] {
  const errors = validateListTypes(object as JsonObject, root);
  return errors.length === 0 || validateListTypes(old as JsonObject, root).length > 0 ? [] : errors;
}

const standardFinalizers = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

function finalizerWarnings(name: string): string[] {
  const begin = `metadata.finalizers: ${JSON.stringify(name)}: `;
  const warnings = isQualifiedName(name).map((text) => begin + text);
  if (!name.includes("/") && !standardFinalizers.has(name)) {
    const path = name.includes(".") ? " including a path (/)" : "";
    warnings.push(`${begin}prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`);
  }
  return warnings;
}

function selectors(paths: readonly string[]): Record<string, (object: Readonly<AnyObject>) => string> {
  const compiled = paths.map((path) => {
    const follow = compileJsonPath(path);
    return [path.replace(/^\./, ""), (object: Readonly<AnyObject>) => shown(follow(object)[0])] as const;
  });
  return Object.fromEntries(compiled);
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "number" ? goNumber(value) : String(value);
}

function scaleOf({ specReplicasPath, statusReplicasPath, labelSelectorPath }: CustomResourceSubresourceScale) {
  return {
    specReplicasPath,
    statusReplicasPath,
    selector: (object: Readonly<AnyObject>) => {
      const found = labelSelectorPath ? nested(object, labelSelectorPath) : undefined;
      return typeof found === "string" ? found : "";
    },
  };
}

function nested(object: Readonly<AnyObject>, path: string): unknown {
  let at: unknown = object;
  for (const name of path.replace(/^\./, "").split(".")) {
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as JsonObject)[name];
  }
  return at;
}

const maxReplicas = 2 ** 31 - 1;

function scaleSpecErrors(object: Readonly<AnyObject>, { specReplicasPath }: CustomResourceSubresourceScale): FieldError[] {
  return replicasErrors(object, specReplicasPath);
}

function scaleStatusErrors(object: Readonly<AnyObject>, scale: CustomResourceSubresourceScale): FieldError[] {
  const errors = replicasErrors(object, scale.statusReplicasPath);
  const { labelSelectorPath } = scale;
  if (!labelSelectorPath) return errors;
  const complaint = accessComplaint(object, labelSelectorPath, "string");
  if (complaint) errors.push(field.invalid(new FieldPath(labelSelectorPath), "", complaint));
  return errors;
}

function replicasErrors(object: Readonly<AnyObject>, path: string): FieldError[] {
  const invalid = (value: number, detail: string) => [field.invalid(new FieldPath(path), value, detail)];
  const complaint = accessComplaint(object, path, "int64");
  if (complaint) return invalid(0, complaint);
  const value = (nested(object, path) as number | undefined) ?? 0;
  if (value < 0) return invalid(value, "should be a non-negative integer");
  return value > maxReplicas ? invalid(value, `should be less than or equal to ${maxReplicas}`) : [];
}

/** Why the value at a path can't be read as the type that is wanted. */
function accessComplaint(object: Readonly<AnyObject>, path: string, wanted: "string" | "int64"): string | undefined {
  const names = path.replace(/^\./, "").split(".");
  let at: unknown = object;
  for (const [index, name] of names.entries()) {
    if (at === undefined) return undefined;
    if (typeof at !== "object" || at === null || Array.isArray(at)) {
      const reached = `.${names.slice(0, index + 1).join(".")}`;
      return `${reached} accessor error: ${formatAsGo(at)} is of the type ${goTypeOf(at)}, expected map[string]interface{}`;
    }
    at = (at as JsonObject)[name];
  }
  if (at === undefined) return undefined;
  const fits = wanted === "string" ? typeof at === "string" : typeof at === "number" && Number.isInteger(at);
  return fits ? undefined : `.${names.join(".")} accessor error: ${formatAsGo(at)} is of the type ${goTypeOf(at)}, expected ${wanted}`;
}

export function goTypeOf(value: unknown): string {
  return value === null ? "<nil>" : goType(value);
}
