import { timestamp } from "../../machinery/clock.ts";
import { trackUpdate } from "../../machinery/managed-fields/track-update.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { attributesOf } from "../admission-attributes.ts";
import type { Call, ServerContext } from "../context.ts";
import { managerOf } from "../field-manager.ts";
import { dropDuplicateOwners, matchNamespace } from "../prepare.ts";

/**
 * Asks admission about the body of a create that stores no such object: bindings, evictions, tokens, reviews. `fill` fills in what
 * the client has left out, `complete` what plug-ins that may change it don't see. Resolves with the managedFields text of the body.
 */
export async function admitCreate(
  server: ServerContext,
  call: Call,
  object: AnyObject,
  { fill, complete }: { fill?(): void; complete?(): void } = {},
): Promise<string | undefined> {
  if (call.name !== "") object.metadata.name ||= call.name;
  matchNamespace(object, call);
  dropDuplicateOwners(call, object, false);
  const managed = { text: managedOf(server, call, object) };
  fill?.();
  const attributes = attributesOf(call, { operation: "CREATE", name: call.name || object.metadata.name, object, managed });
  const admitting = server.admission.admit(attributes);
  if (admitting) await admitting;
  complete?.();
  const validating = server.admission.validate(attributes);
  if (validating) await validating;
  return managed.text;
}

/** Webhooks see who manages the fields of such a body, like those of an object that is stored. */
function managedOf(server: ServerContext, call: Call, object: AnyObject): string | undefined {
  const type = server.types.typeOf(object.apiVersion ?? "", object.kind ?? "");
  if (type === undefined) return undefined;
  return trackUpdate({
    shape: server.types.of(type).shape,
    old: undefined,
    now: object,
    manager: managerOf(call),
    apiVersion: object.apiVersion ?? "",
    subresource: call.subresource === "" ? undefined : call.subresource,
    time: timestamp(server.clock),
    managed: undefined,
  });
}
