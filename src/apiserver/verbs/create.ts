import type { ResourceBehaviour } from "../../api/define-resource.ts";
import { alreadyExists, badRequest, forbidden, StatusError } from "../../machinery/errors.ts";
import { type AnyObject, deepCopy, deepEqual } from "../../machinery/object.ts";
import { type Entry, StoreConflict } from "../../storage/store.ts";
import { attributesOf } from "../admission-attributes.ts";
import type { AdmissionAttributes, Ownership } from "../admit.ts";
import { AuthorizationError } from "../authorization/authorizer.ts";
import { keyOfServed } from "../catalog.ts";
import type { Call, ServerContext } from "../context.ts";
import { storedForm } from "../conversion.ts";
import { decodeBody } from "../decode.ts";
import { DetachedEntry } from "../detached-entry.ts";
import { trackFields } from "../field-manager.ts";
import {
  clearSystemMetadata,
  dropDuplicateOwners,
  fillSystemMetadata,
  generateName,
  matchName,
  matchNamespace,
  prepareForCreate,
  validateCreate,
} from "../prepare.ts";
import type { ApiResponse } from "../request.ts";
import { answerWritten } from "../respond.ts";
import { uint64Complaint } from "./list-options.ts";

/** What is known of an object that is written. */
export interface NewObject {
  /** Who owns what, where an apply has found that out. */
  owned?: Ownership | undefined;
  hasEmpty?: boolean | undefined;
  /** It says a revision that it would be of: only the store refuses that. */
  hasRevision?: boolean;
  /** The request was allowed as an update: whether its user may create is not known yet. */
  isUnchecked?: boolean;
}

/** How often a generated name is rolled anew when it is taken. */
const maxNameAttempts = 8;

export async function create(server: ServerContext, call: Call): Promise<ApiResponse> {
  const { object, managedFields, hasEmpty } = decodeBody(server, call);
  if (call.namespace === "" && call.resource.definition.namespaced) {
    throw badRequest("an empty namespace may not be set during creation");
  }
  // What is no revision is none.
  const { resourceVersion = "" } = object.metadata;
  const hasRevision = uint64Complaint(resourceVersion) === undefined && Number(resourceVersion) !== 0;
  clearSystemMetadata(object);
  const entry = await createObject(server, call, object, managedFields, { hasEmpty, hasRevision });
  const notice = server.options.notActedOn(call.resource.qualifiedName);
  if (notice) call.warnings.push(`${call.resource.definition.kind} is stored; ${notice}`);
  return answerWritten(server, call, 201, entry);
}

/**
 * Creates a decoded object: defaults, admission, preparation, validation, storage. Owns `object`. `owned` is who owns what where an
 * apply has found that out.
 */
export async function createObject(
  server: ServerContext,
  call: Call,
  object: AnyObject,
  sentFields: unknown[] | undefined,
  { owned, hasEmpty, hasRevision = false, isUnchecked = false }: NewObject = {},
): Promise<Entry> {
  const { resource } = call;
  const { behaviour } = resource.definition;
  matchNamespace(object, call);
  if (call.name !== "") matchName(object, call.name);
  dropDuplicateOwners(call, object, false);
  const type = server.types.of(resource.definition.type);
  type.applyDefaults(object);
  behaviour.default?.(object, server.clock);
  const empties = hasEmpty ? type.emptyValues?.(object) : undefined;
  empties?.drop(false);
  const tracking = owned ? owned.text : trackFields(server, call, object, undefined, sentFields);
  const managed = owned ?? { text: tracking instanceof Promise ? await tracking : tracking };
  empties?.drop(true);
  let attributes: AdmissionAttributes = attributesOf(call, { operation: "CREATE", object, managed, empties });
  if (behaviour.refusesCreation) throw forbidden(resource.definition, object.metadata.name ?? "", behaviour.refusesCreation);
  const admitting = server.admission.admit(attributes);
  if (admitting) await admitting;
  matchNamespace(object, call);
  dropDuplicateOwners(call, object, true);
  const managedFields = managed.text;
  fillSystemMetadata(server, object);
  const { generateName: base } = object.metadata;
  const generated = !object.metadata.name && base !== undefined && base !== "";
  // What is stored has others; a dry run gives back what it was sent.
  if (!call.dryRun) {
    delete object.metadata.selfLink;
    delete object.metadata.resourceVersion;
  }
  // The kind's strategy may build on the name: jobs and namespaces put it into labels.
  if (generated) object.metadata.name = freeName(server, call, base);
  const { name = "" } = object.metadata;
  if (name !== attributes.name) attributes = { ...attributes, name };
  prepareForCreate(server, call, object);
  // Upstream allocates first, so that validation sees what was filled in.
  const reservation = server.allocators.forCreate(call, object);
  try {
    validateCreate(server, call, object, empties);
    // Also of what is made through its status.
    warn({ ...call, subresource: "" }, object, undefined);
    if (isUnchecked) await checkCreation(server, call);
    const validating = server.admission.validate(attributes);
    if (validating) await validating;
    const key = keyOfServed(resource, call.namespace, name);
    const isIncomplete = behaviour.defaultsStored && completes(behaviour, object);
    const storing = storedForm(resource, object, managedFields);
    const stored = storing instanceof Promise ? await storing : storing;
    if (call.dryRun) {
      const there = server.store.latest(key);
      if (there) throw new StoreConflict(key, there);
      reservation?.release();
      return new DetachedEntry(key, stored, managedFields);
    }
    if (hasRevision) throw new StatusError(500, "", "resourceVersion should not be set on objects to be created");
    const recording = reservation?.record();
    if (recording) await recording;
    const entry = await server.store.put(key, 0, stored, managedFields);
    reservation?.keep();
    if (isIncomplete) server.storedIncomplete.add(entry);
    return entry;
  } catch (error) {
    reservation?.release();
    if (!(error instanceof StoreConflict)) throw error;
    throw existsError(call, object, error);
  }
}

/** Refuses as admission does, without the header of what the request's own check refuses. */
async function checkCreation(server: ServerContext, call: Call): Promise<void> {
  try {
    await server.authorizer.check(call.user, { ...call.info, verb: "create" });
  } catch (error) {
    if (!(error instanceof AuthorizationError)) throw error;
    throw new StatusError(error.code, error.reason, error.message, error.status.details);
  }
}

/** Fills in defaults once more; whether there was something to fill in. */
export function completes(behaviour: ResourceBehaviour, object: AnyObject): boolean {
  // What is frozen stays as it is: only the rest may need a copy to compare with.
  const before: Record<string, unknown> = {};
  for (const key in object) before[key] = Object.isFrozen(object[key]) ? object[key] : deepCopy(object[key]);
  behaviour.default?.(object);
  return !deepEqual(before, object);
}

/** A name from a base that no object has at the time; the last one rolled when all were taken. */
function freeName(server: ServerContext, call: Call, base: string): string {
  for (let attempt = 1; ; attempt++) {
    const name = generateName(server, base);
    if (attempt === maxNameAttempts || !server.store.latest(keyOfServed(call.resource, call.namespace, name))) return name;
  }
}

function existsError(call: Call, { metadata }: AnyObject, { current }: StoreConflict): StatusError {
  const { resource, group, behaviour } = call.resource.definition;
  const told = { resource, group: metadata.generateName ? (behaviour.complaintGroup ?? group) : group };
  const { status } = alreadyExists(told, metadata.name as string);
  let { message = "", details } = status;
  // Said of whoever sends a base, also beside a name of their own.
  if (metadata.generateName) {
    message += ", the server was not able to generate a unique name for the object";
    details = { ...details, retryAfterSeconds: 1 };
  }
  if (current?.value.metadata.deletionTimestamp) message = `object is being deleted: ${message}`;
  return new StatusError(409, "AlreadyExists", message, details);
}

export function warn(call: Call, object: AnyObject, old: Readonly<AnyObject> | undefined): void {
  // Who writes a status can't help what the rest of the object is.
  if (call.subresource === "status") return;
  const warnings = call.resource.definition.behaviour.warnings?.(object, old, call.subresource);
  if (warnings && warnings.length > 0) call.warnings.push(...warnings);
}
