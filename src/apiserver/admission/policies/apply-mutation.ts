import { MadeObject, typeNameErrors } from "../../../machinery/cel/library/mutations.ts";
import { toJSON } from "../../../machinery/cel/schema/json-values.ts";
import { Failure, ListValue, type Value } from "../../../machinery/cel/values/value.ts";
import { internalError, StatusError } from "../../../machinery/errors.ts";
import { kindText } from "../../../machinery/managed-fields/apply-configuration.ts";
import { valueProblems } from "../../../machinery/managed-fields/check-value.ts";
import { mergeValues } from "../../../machinery/managed-fields/merge-values.ts";
import type { ValueShape } from "../../../machinery/managed-fields/value-shape.ts";
import type { AnyObject } from "../../../machinery/object.ts";
import { applyJsonPatch, type JsonPatchOperation, TestFailed } from "../../../machinery/patch/json-patch.ts";
import { apiVersionOf } from "../../../machinery/resource-ref.ts";
import { DecodeError } from "../../../machinery/schema/decode.ts";
import type { AdmissionAttributes } from "../../admit.ts";
import type { ServedResource } from "../../catalog.ts";
import { type ChangeDeps, canonicalObject } from "../changed-object.ts";
import { kindOf } from "../webhooks/review.ts";
import { foreignProblem } from "./foreign-values.ts";
import type { CompiledMutation } from "./mutating-policy.ts";

/** A mutation that can't be made of the object. What comes of it is up to the failure policy. */
export class MutationFailure extends Error {}

/** The object that a mutation makes of another. Throws `MutationFailure`, or the `StatusError` of what no failure policy is about. */
export function applyMutation(
  deps: ChangeDeps,
  attributes: AdmissionAttributes,
  resource: ServedResource,
  { patchType }: CompiledMutation,
  value: Value,
  before: AnyObject,
): AnyObject {
  if (value instanceof Failure) throw new MutationFailure(value.message);
  const isPatch = patchType === "JSONPatch";
  const after = isPatch ? patched(before, operationsOf(value)) : merged(deps, attributes, resource, before, configurationOf(value));
  if (after === before) return before;
  const { object, unknown } = canonicalObject(deps, attributes, resource, after, isPatch ? undefined : unconvertible);
  if (unknown.length > 0 && !resource.custom) throw internalError(`strict decoding error: ${unknown.join(", ")}`);
  return object;
}

function unconvertible(kind: string, error: Error): MutationFailure {
  const why = error instanceof DecodeError ? error.plain : error.message;
  return new MutationFailure(`unable to convert unstructured object to ${kind}: ${why}`);
}

function configurationOf(value: Value): MadeObject {
  if (!(value instanceof MadeObject)) throw new MutationFailure("unsupported return type from ApplyConfiguration expression");
  checkTypeNames(value, "Object");
  return value;
}

function checkTypeNames(value: Value, root: string): void {
  const errors = typeNameErrors(value, root);
  if (errors.length > 0) throw new MutationFailure(`type mismatch: ${errors.join("\n")}`);
}

function merged(
  { types }: ChangeDeps,
  { subresource, operation }: AdmissionAttributes,
  resource: ServedResource,
  before: AnyObject,
  configuration: MadeObject,
): AnyObject {
  const kind = kindOf(resource, subresource);
  const apiVersion = apiVersionOf(kind);
  const isMain = kind.kind === resource.definition.kind;
  const reference = isMain ? resource.definition.type : types.typeOf(apiVersion, kind.kind);
  const untyped = (why: string) => new MutationFailure(`error applying patch: failed to convert patch object to typed object: ${why}`);
  // Of these no schema of a group's objects tells.
  if (reference === undefined || kind.kind === "Scale" || operation === "CONNECT") {
    throw untyped(`no corresponding type for ${kindText(apiVersion, kind.kind)}`);
  }
  const shape = types.of(reference).shape.value;
  const config = { ...(configuration.data as AnyObject), apiVersion, kind: kind.kind };
  const problems = foreignProblem(configuration, shape, "") ?? valueProblems(config, shape);
  if (problems !== undefined) throw untyped(problems);
  const atomic = atomicPlaces(config, shape, "");
  if (atomic.length > 0) {
    const places = atomic.join(", ");
    throw new MutationFailure(`error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${places}`);
  }
  return mergeValues(before, config, shape) as AnyObject;
}

/** Where a configuration would replace what can't be joined. */
function atomicPlaces(value: unknown, { list, map }: ValueShape, path: string): string[] {
  if (Array.isArray(value)) {
    if (!list) return [];
    const own = list.kind === "atomic" ? [path] : [];
    return [...own, ...value.flatMap((item, index) => atomicPlaces(item, list.element, `${path}[${index}]`))];
  }
  if (typeof value !== "object" || value === null || !map) return [];
  const own = map.atomic ? [path] : [];
  const within = Object.entries(value).flatMap(([name, one]) => {
    const field = map.field(name);
    return field ? atomicPlaces(one, field, `${path}.${name}`) : [];
  });
  return [...own, ...within];
}

function operationsOf(value: Value): JsonPatchOperation[] {
  if (!(value instanceof ListValue)) throw new MutationFailure("type mismatch: JSONPatchType.expression should evaluate to array");
  return Array.from(value, (one) => {
    if (!(one instanceof MadeObject)) {
      throw new MutationFailure("type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch");
    }
    const text = (name: string) => (one.field(name) as string | undefined) ?? "";
    const from = text("from");
    const given = one.field("value");
    if (given instanceof MadeObject) checkTypeNames(given, given.type.name);
    return { op: text("op"), path: text("path"), ...(from ? { from } : {}), ...(given === undefined ? {} : { value: toJSON(given) }) };
  });
}

/** A test that fails leaves the object as it is. */
function patched(before: AnyObject, operations: readonly JsonPatchOperation[]): AnyObject {
  try {
    return applyJsonPatch(before, operations) as AnyObject;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const { cause } = error;
    if (cause instanceof TestFailed) return before;
    throw new MutationFailure(`JSON Patch: ${(cause as Error).message}`);
  }
}
