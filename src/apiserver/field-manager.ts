import { timestamp } from "../machinery/clock.ts";
import { type FieldSet, fieldSet } from "../machinery/managed-fields/field-set.ts";
import { managerName } from "../machinery/managed-fields/manager-name.ts";
import { trackUpdate } from "../machinery/managed-fields/track-update.ts";
import type { ManagedFieldsEntry } from "../machinery/meta/v1.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { Call, ServerContext } from "./context.ts";

const ignoredStatus = fieldSet(["status"]);
const ignoredByStatus = fieldSet(["spec"], ["metadata", "ownerReferences"]);

interface Before {
  value: AnyObject;
  managedFields: string | undefined;
}

/**
 * The managedFields text after a create or an update: the very text of before when nothing changed hands. `object` is as the
 * client wants it, defaults filled in; `sent` is what the client put into managedFields.
 */
export function trackFields(
  server: ServerContext,
  call: Call,
  object: AnyObject,
  old: Before | undefined,
  sent: unknown[] | undefined,
): string | undefined {
  const { definition, apiVersion } = call.resource;
  return trackUpdate({
    shape: server.types.of(definition.type).shape,
    old: old?.value,
    now: object,
    manager: managerName(call.request.query.get("fieldManager") ?? undefined, call.request.headers["user-agent"] ?? ""),
    apiVersion,
    subresource: call.subresource === "" ? undefined : call.subresource,
    time: timestamp(server.clock),
    managed: old?.managedFields,
    requested: sent as ManagedFieldsEntry[] | undefined,
    ignored: ignoredFields(call),
  });
}

/** What this endpoint leaves as it is, whatever the client sends. */
function ignoredFields(call: Call): FieldSet | undefined {
  const { behaviour, subresources } = call.resource.definition;
  if (call.subresource === "status") return ignoredByStatus;
  return subresources?.status && !behaviour.keepsStatusOnCreate ? ignoredStatus : undefined;
}
