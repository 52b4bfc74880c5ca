import { resetFilter } from "../api/reset-fields.ts";
import { StatusError } from "../machinery/errors.ts";
import { exactJson } from "../machinery/exact-json.ts";
import { type Applied, applyConfiguration, noManager } from "../machinery/managed-fields/apply-configuration.ts";
import { ApplyConflict } from "../machinery/managed-fields/apply-conflicts.ts";
import { valueProblems } from "../machinery/managed-fields/check-value.ts";
import { UntellableItem } from "../machinery/managed-fields/list-items.ts";
import { managerName } from "../machinery/managed-fields/manager-name.ts";
import type { ObjectVersions } from "../machinery/managed-fields/object-versions.ts";
import { trackUpdate, type UpdateToTrack } from "../machinery/managed-fields/track-update.ts";
import type { ObjectShape } from "../machinery/managed-fields/value-shape.ts";
import type { ManagedFieldsEntry } from "../machinery/meta/v1.ts";
import { type AnyObject, deepCopy } from "../machinery/object.ts";
import { parseApiVersion } from "../machinery/resource-ref.ts";
import type { ServedResource } from "./catalog.ts";
import type { Call, ServerContext } from "./context.ts";
import { between, betweenOutside, isConvertedOutside } from "./conversion.ts";
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
): string | undefined | Promise<string | undefined> {
  const { definition, apiVersion, custom } = call.resource;
  const versions = new ServedVersions(server, call.resource);
  // A patch of a status may say that the object is something else, which can't be converted.
  if (custom && !isServed(object, definition.kind, versions)) return undefined;
  const type = server.types.of(definition.type);
  const update: UpdateToTrack = {
    shape: type.shape,
    old: shownBefore(call, old),
    now: throughStorage(call.resource, object),
    manager: managerOf(call),
    apiVersion,
    subresource: call.subresource === "" ? undefined : call.subresource,
    time: server.timestamps.now(),
    managed: old?.managedFields,
    requested: sent as ManagedFieldsEntry[] | undefined,
    filter: resetFilter(definition, call.subresource, custom),
    versions,
    reconciles: type.hasChanged === true,
    created: server.createdFields,
    known: server.knownEntries,
  };
  const giveUp = (error: unknown) => {
    // As upstream does: an object that can't be converted is written, and nobody owns its fields from then on.
    const { namespace, name } = object.metadata;
    const of = { resource: call.resource.qualifiedName, namespace, name };
    server.logger.error("who owns the fields of an object can't be told any more", { ...of, error: String(error) });
    return undefined;
  };
  if (custom) {
    const problems = (old && type.storedProblems?.(old.value)) ?? droppedProblems(call, object, type.shape);
    if (problems !== undefined) return giveUp(problems);
  }
  try {
    const tracked = versions.run(() => trackUpdate(update));
    return tracked instanceof Promise ? tracked.catch(giveUp) : tracked;
  } catch (error) {
    if (!(error instanceof UndeclaredFields || error instanceof UnknownVersion || error instanceof UntellableItem)) throw error;
    return giveUp(error);
  }
}

function shownBefore({ resource, info }: Call, old: Before | undefined): AnyObject | undefined {
  const { withHidden } = resource.definition.behaviour;
  if (!withHidden || !old?.managedFields || info.verb !== "update") return old?.value;
  return withHidden(old.value, old.managedFields);
}

/** Why what a write says of parts that aren't its own, which goes unchecked, isn't of the type of a custom resource. */
function droppedProblems({ subresource, resource }: Call, object: AnyObject, { value }: ObjectShape): string | undefined {
  if (subresource === "") {
    const { status } = object;
    return status !== undefined && resource.definition.subresources?.status ? valueProblems({ status }, value, true) : undefined;
  }
  if (subresource !== "status") return undefined;
  const { status: _own, ...rest } = object;
  return valueProblems(rest, value, true);
}

function isServed({ kind: given, apiVersion }: AnyObject, kind: string, versions: ServedVersions): boolean {
  return (given === undefined || given === kind) && (apiVersion === undefined || versions.has(apiVersion));
}

/** What one version keeps in annotations is owned in the form in which it will be read. */
function throughStorage({ converter, custom }: ServedResource, object: AnyObject): AnyObject {
  return converter && !custom ? converter.fromStored(converter.toStored(object)) : object;
}

/** Upstream tells of fields that are left in a version without them. */
class UndeclaredFields extends StatusError {
  constructor(unknown: readonly string[]) {
    const lines = unknown.map((text) => `.${JSON.parse(text.slice("unknown field ".length))}: field not declared in schema`);
    super(500, "", lines.length === 1 ? (lines[0] as string) : `errors:\n${lines.map((line) => `  ${line}`).join("\n")}`);
  }
}

/** A custom object can't be converted to a version that its definition doesn't have. */
class UnknownVersion extends StatusError {
  constructor(apiVersion: string, { custom }: ServedResource) {
    super(500, "", `${custom ? "request to convert CR to an invalid group/version" : "unexpected GroupVersion string"}: ${apiVersion}`);
  }
}

export function managerOf({ request: { query, headers } }: Call): string {
  return managerName(query.get("fieldManager") ?? undefined, headers["user-agent"] ?? "");
}

/**
 * Joins an applied configuration with the current object, or with nothing where there is none. The result isn't in canonical form
 * yet. Throws the conflicts as the 409 that they are.
 */
export function applyFields(server: ServerContext, call: Call, config: AnyObject, old: Before | undefined): Applied | Promise<Applied> {
  const { definition, apiVersion, custom } = call.resource;
  const versions = new ServedVersions(server, call.resource);
  const type = server.types.of(definition.type);
  const apply = {
    shape: type.shape,
    live: old?.value,
    config,
    manager: managerOf(call),
    apiVersion,
    kind: definition.kind,
    subresource: call.subresource === "" ? undefined : call.subresource,
    time: server.timestamps.now(),
    managed: old?.managedFields,
    force: booleanParameter(call.request.query, "force"),
    filter: resetFilter(definition, call.subresource, custom),
    versions,
    liveProblems: old && type.storedProblems?.(old.value),
  };
  return versions.run(() => {
    try {
      return withConflicts(() => applyConfiguration(apply));
    } catch (error) {
      if (!(error instanceof UntellableItem) || !old) throw error;
      throw noManager(apply, valueProblems(old.value, apply.shape.value) as string);
    }
  });
}

/** Answers conflicts with the status that tells them. */
export function withConflicts(apply: () => Applied): Applied {
  try {
    return apply();
  } catch (error) {
    throw error instanceof ApplyConflict ? error.toStatusError() : error;
  }
}

/** Thrown out of a computation that needs an object in another version, which a webhook must be asked for first. */
class ConversionNeeded extends Error {
  readonly key: string;
  readonly convert: () => Promise<object>;

  constructor(key: string, convert: () => Promise<object>) {
    super("a conversion is needed");
    this.key = key;
    this.convert = convert;
  }
}

/** A custom object in another version, which must know all its fields. */
function declared({ object, unknown }: { object: AnyObject; unknown: string[] }, { custom }: ServedResource): AnyObject {
  if (custom && unknown.length > 0) throw new UndeclaredFields(unknown);
  return object;
}

/** The versions that a resource has in its group, served or not: upstream can't convert from one group to another here. */
class ServedVersions implements ObjectVersions {
  /** What webhooks have converted for the computation under way. */
  readonly #made = new Map<string, object>();
  readonly #server: ServerContext;
  readonly #resource: ServedResource;

  constructor(server: ServerContext, resource: ServedResource) {
    this.#server = server;
    this.#resource = resource;
  }

  has(apiVersion: string): boolean {
    return this.#at(apiVersion) !== undefined;
  }

  shape(apiVersion: string) {
    const known = this.#at(apiVersion);
    if (known) return this.#server.types.of(known.definition.type).shape;
    if (this.#resource.custom || apiVersion.split("/").length > 2) throw new UnknownVersion(apiVersion, this.#resource);
    return undefined;
  }

  /** Runs a computation that converts; from its start again with each object that a webhook has converted for it. */
  run<T>(compute: () => T): T | Promise<T> {
    try {
      return compute();
    } catch (error) {
      if (!(error instanceof ConversionNeeded)) throw error;
      return this.#rerun(compute, error);
    }
  }

  async #rerun<T>(compute: () => T, first: ConversionNeeded): Promise<T> {
    for (let needed = first; ; ) {
      this.#made.set(needed.key, await needed.convert());
      try {
        return compute();
      } catch (error) {
        if (!(error instanceof ConversionNeeded)) throw error;
        needed = error;
      }
    }
  }

  convert(object: object, from: string, to: string): object {
    const [source, target] = [this.#at(from), this.#at(to)];
    if (!source || !target || source === target) return object;
    const type = this.#server.types.of(target.definition.type);
    // What is joined for an apply isn't in canonical form: conversions take objects that are.
    const canonical = this.#server.types.of(source.definition.type).normalize(deepCopy(object) as AnyObject).object;
    if (!isConvertedOutside(source, target)) {
      // Nothing but the version's name changes where nobody converts: what the other one doesn't know shows.
      const other = source.custom ? { ...canonical, apiVersion: target.apiVersion } : between(canonical, source, target);
      return declared(type.normalize(other), source);
    }
    const key = `${from} ${to} ${exactJson(canonical)}`;
    const made = this.#made.get(key);
    if (made) return made;
    throw new ConversionNeeded(key, async () => {
      return declared(type.normalize(await betweenOutside(canonical, source, target)), source);
    });
  }

  #at(apiVersion: string): ServedResource | undefined {
    if (apiVersion === this.#resource.apiVersion) return this.#resource;
    const { group, version } = parseApiVersion(apiVersion);
    const { definition } = this.#resource;
    return group === definition.group ? this.#server.catalog.findKnown(group, version, definition.resource) : undefined;
  }
}
