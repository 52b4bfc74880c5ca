import { resetFilter } from "../api/reset-fields.ts";
import { timestamp } from "../machinery/clock.ts";
import { type Applied, applyConfiguration } from "../machinery/managed-fields/apply-configuration.ts";
import { ApplyConflict } from "../machinery/managed-fields/apply-conflicts.ts";
import { managerName } from "../machinery/managed-fields/manager-name.ts";
import type { ObjectVersions } from "../machinery/managed-fields/object-versions.ts";
import { trackUpdate } from "../machinery/managed-fields/track-update.ts";
import type { ManagedFieldsEntry } from "../machinery/meta/v1.ts";
import { type AnyObject, deepCopy } from "../machinery/object.ts";
import { parseApiVersion } from "../machinery/resource-ref.ts";
import type { ServedResource } from "./catalog.ts";
import type { Call, ServerContext } from "./context.ts";
import { booleanParameter } from "./request.ts";

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
  const { definition, apiVersion, custom } = call.resource;
  return trackUpdate({
    shape: server.types.of(definition.type).shape,
    old: old?.value,
    now: withEmptied(object, call.emptied),
    manager: managerOf(call),
    apiVersion,
    subresource: call.subresource === "" ? undefined : call.subresource,
    time: timestamp(server.clock),
    managed: old?.managedFields,
    requested: sent as ManagedFieldsEntry[] | undefined,
    // What these leave as it was is owned by whoever sent it all the same, unless it was applied.
    filter: narrowSubresources.has(call.subresource) ? undefined : resetFilter(definition, call.subresource, custom),
    versions: new ServedVersions(server, call.resource),
    created: server.createdFields,
  });
}

const narrowSubresources = new Set(["ephemeralcontainers", "resize"]);

/** The object with the empty lists that came with it and that are null once stored. */
function withEmptied(object: AnyObject, emptied: readonly string[] | undefined): AnyObject {
  if (!emptied) return object;
  const now = { ...object };
  for (const name of emptied) if (now[name] === null) now[name] = [];
  return now;
}

export function managerOf({ request: { query, headers } }: Call): string {
  return managerName(query.get("fieldManager") ?? undefined, headers["user-agent"] ?? "");
}

/**
 * Joins an applied configuration with the current object, or with nothing where there is none. The result isn't in canonical form
 * yet. Throws the conflicts as the 409 that they are.
 */
export function applyFields(server: ServerContext, call: Call, config: AnyObject, old: Before | undefined): Applied {
  const { definition, apiVersion, custom } = call.resource;
  return withConflicts(() =>
    applyConfiguration({
      shape: server.types.of(definition.type).shape,
      live: old?.value,
      config,
      manager: managerOf(call),
      apiVersion,
      kind: definition.kind,
      subresource: call.subresource === "" ? undefined : call.subresource,
      time: timestamp(server.clock),
      managed: old?.managedFields,
      force: booleanParameter(call.request.query, "force"),
      filter: resetFilter(definition, call.subresource, custom),
      versions: new ServedVersions(server, call.resource),
    }),
  );
}

/** Answers conflicts with the status that tells them. */
export function withConflicts(apply: () => Applied): Applied {
  try {
    return apply();
  } catch (error) {
    throw error instanceof ApplyConflict ? error.toStatusError() : error;
  }
}

/** The versions in which a resource is served: of one group as a rule, of two for events. */
class ServedVersions implements ObjectVersions {
  readonly #server: ServerContext;
  readonly #resource: ServedResource;

  constructor(server: ServerContext, resource: ServedResource) {
    this.#server = server;
    this.#resource = resource;
  }

  shape(apiVersion: string) {
    const served = this.#at(apiVersion);
    return served && this.#server.types.of(served.definition.type).shape;
  }

  convert(object: object, from: string, to: string): object {
    const [source, target] = [this.#at(from), this.#at(to)];
    if (!source || !target || source === target) return object;
    const type = this.#server.types.of(target.definition.type);
    // What is joined for an apply isn't in canonical form: conversions take objects that are.
    const canonical = this.#server.types.of(source.definition.type).normalize(deepCopy(object) as AnyObject).object;
    const stored = source.converter ? source.converter.toStored(canonical) : canonical;
    const converted = deepCopy(target.converter ? target.converter.fromStored(stored) : stored);
    converted.apiVersion = to;
    return type.normalize(converted).object;
  }

  #at(apiVersion: string): ServedResource | undefined {
    if (apiVersion === this.#resource.apiVersion) return this.#resource;
    const { group, version } = parseApiVersion(apiVersion);
    const { resource, storageName } = this.#resource.definition;
    const found = this.#server.catalog.find(group, version, resource);
    return found?.definition.storageName === storageName ? found : undefined;
  }
}
