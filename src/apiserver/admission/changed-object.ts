import { internalError } from "../../machinery/errors.ts";
import { kindText } from "../../machinery/managed-fields/apply-configuration.ts";
import { managedFieldsError } from "../../machinery/managed-fields/managed-entries.ts";
import type { ManagedFieldsEntry } from "../../machinery/meta/v1.ts";
import type { AnyObject } from "../../machinery/object.ts";
import type { AdmissionAttributes } from "../admit.ts";
import type { ServedResource } from "../catalog.ts";
import type { ServerContext } from "../context.ts";
import { isUnfit } from "../decode.ts";
import { kindOf } from "./webhooks/review.ts";

export type ChangeDeps = Pick<ServerContext, "types" | "clock">;

/** What a change made, brought into the form of its type, defaults filled in; with complaints about fields that it doesn't have. */
export function canonicalObject(
  { types, clock }: ChangeDeps,
  { subresource }: AdmissionAttributes,
  resource: ServedResource,
  object: AnyObject,
  unfit = (_kind: string, error: Error): Error => internalError(error.message),
): { object: AnyObject; unknown: readonly string[] } {
  const { group, version, kind } = kindOf(resource, subresource);
  const apiVersion = group === "" ? version : `${group}/${version}`;
  if ((object.apiVersion && object.apiVersion !== apiVersion) || (object.kind && object.kind !== kind)) {
    throw internalError(`admission made a ${object.kind} of ${object.apiVersion} out of a ${kind} of ${apiVersion}`);
  }
  const isMain = kind === resource.definition.kind;
  const reference = isMain ? resource.definition.type : types.typeOf(apiVersion, kind);
  if (reference === undefined) return { object: structuredClone(object), unknown: [] };
  const type = types.of(reference);
  const copy = structuredClone(object);
  copy.metadata ??= {};
  let unknown: readonly string[];
  try {
    ({ unknown } = type.normalize(copy));
  } catch (error) {
    if (!isUnfit(error)) throw error;
    throw unfit(kindText(apiVersion, kind), error);
  }
  copy.apiVersion = apiVersion;
  copy.kind = kind;
  type.applyDefaults(copy);
  if (isMain) resource.definition.behaviour.default?.(copy, clock);
  return { object: copy, unknown };
}

/** Who owns what after a change: its word, unless that can't be read. */
export function ownersAfter(
  { warn }: AdmissionAttributes,
  before: string | undefined,
  entries: ManagedFieldsEntry[] | undefined,
): string | undefined {
  if (!entries || entries.length === 0) return undefined;
  const why = managedFieldsError(entries);
  if (why === undefined) return JSON.stringify(entries);
  warn(
    `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${why}`,
  );
  return before;
}

/** Others hold the object: it stays the same one. */
export function replaceContents(object: AnyObject, by: AnyObject): void {
  for (const key of Object.keys(object)) delete object[key];
  // Not by assignment: a field may be called `__proto__`.
  Object.defineProperties(object, Object.getOwnPropertyDescriptors(by));
}
