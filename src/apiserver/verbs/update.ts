import { conflict, field, invalid, notFound, optimisticLockText, StatusError } from "../../machinery/errors.ts";
import { sameBesidesTimes } from "../../machinery/managed-fields/managed-entries.ts";
import { type AnyObject, deepCopy, deepEqual, ownPart } from "../../machinery/object.ts";
import { type Entry, StoreConflict } from "../../storage/store.ts";
import { attributesOf } from "../admission-attributes.ts";
import type { AdmissionAttributes, Ownership } from "../admit.ts";
import { keyOfServed } from "../catalog.ts";
import type { Call, ServerContext } from "../context.ts";
import { prepareToShow, storedForm } from "../conversion.ts";
import { type DecodedBody, decodeBody, isSharable } from "../decode.ts";
import { DetachedEntry } from "../detached-entry.ts";
import { trackFields } from "../field-manager.ts";
import { dropDuplicateOwners, isFullyDeleted, matchName, matchNamespace, prepareForUpdate, validateUpdate } from "../prepare.ts";
import type { ApiResponse } from "../request.ts";
import { answerWritten, servedValue } from "../respond.ts";
import { completes, createObject, warn } from "./create.ts";
import { uint64Complaint } from "./list-options.ts";

export async function update(server: ServerContext, call: Call): Promise<ApiResponse> {
  const decoded = decodeBody(server, call);
  matchNamespace(decoded.object, call);
  matchName(decoded.object, call.name);
  dropDuplicateOwners(call, decoded.object, false);
  const key = keyOfServed(call.resource, call.namespace, call.name);
  if (createsOnUpdate(call) && !server.store.latest(key)) {
    const { uid, resourceVersion } = decoded.object.metadata;
    if (uid) throw conflict(call.resource.definition, call.name, otherUidText(call, key, uid, ""));
    checkRevisionText(resourceVersion);
    const entry = await createObject(server, call, decoded.object, decoded.managedFields, {
      hasEmpty: decoded.hasEmpty,
      isUnchecked: true,
    });
    return answerWritten(server, call, 201, entry);
  }
  // What is held to a version is refused, and not tried again, when the object has another by then.
  const { resourceVersion = "0" } = decoded.object.metadata;
  const entry = await updateObject(server, call, call.name, () => ({
    object: resourceVersion === "" || resourceVersion === "0" ? deepCopy(decoded.object) : decoded.object,
    managedFields: decoded.managedFields,
    hasEmpty: decoded.hasEmpty,
  }));
  return answerWritten(server, call, 200, entry);
}

/** Whether a PUT makes an object that isn't there. Upstream asks the kind at its status too. */
export function createsOnUpdate({ subresource, resource }: Call): boolean {
  return (subresource === "" || subresource === "status") && resource.definition.behaviour.allowCreateOnUpdate === true;
}

/** What an update makes of an object. */
export interface NewState extends DecodedBody {
  /** Who owns what, where an apply has found that out. */
  owned?: Ownership;
  /** It is written even where nothing has changed. */
  isRewritten?: boolean;
  /** What admission is asked, and who answers for the object, where the body of a subresource is of another kind. */
  view?: SubresourceView;
}

/** A subresource that shows an object as one of another kind. */
export interface SubresourceView {
  /** Admission may change its object: `apply` then makes the object's new state of it. */
  attributes: AdmissionAttributes;
  apply(): NewState;
  /** As validating admission sees it: of the state that is about to be stored. */
  validated(object: AnyObject): AdmissionAttributes;
}

/** The state that an update builds on. */
export interface Current {
  entry: Entry;
  /** In the served version, frozen. */
  value: AnyObject;
}

/**
 * Replaces one object by what `change` makes of its current state, again when someone else was faster. A conflict is told when
 * the new state names a resource version that isn't the current one.
 */
export async function updateObject(
  server: ServerContext,
  call: Call,
  name: string,
  change: (current: Current) => NewState | Promise<NewState>,
  maxAttempts = 1000,
): Promise<Entry> {
  const key = keyOfServed(call.resource, call.namespace, name);
  const { definition } = call.resource;
  for (let attempt = 1; ; attempt++) {
    const entry = server.store.latest(key);
    if (!entry) throw notFound(definition, name);
    const preparing = prepareToShow(call.resource, [entry]);
    if (preparing) await preparing;
    const current = { entry, value: servedValue(call.resource, entry) };
    const changing = change(current);
    const body = changing instanceof Promise ? await changing : changing;
    const { object } = body;
    checkUid(call, object, current.value, key);
    try {
      return await storeUpdate(server, call, key, body, current);
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
      if (!error.current) throw notFound(definition, name);
      if (attempt >= maxAttempts) throw conflict(definition, name, optimisticLockText);
    }
  }
}

/** An update names another object than is there. Only the store itself knows of its keys' prefix: a dry run asks above it. */
export function otherUidText(call: Call, key: string, given: string, current: string | undefined): string {
  return unmetText(call, key, "UID", given, current);
}

/** That an object isn't the one, or no more as it was, that the request is about. */
export function unmetText({ dryRun }: Call, key: string, what: string, given: string, current: string | undefined): string {
  const told = dryRun ? key.slice("/registry".length) : key;
  return `StorageError: invalid object, Code: 4, Key: ${told}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${what} in precondition: ${given}, ${what} in object meta: ${current}`;
}

/** Some kinds take no update that doesn't tell what it builds on. */
export function requireRevision({ subresource, resource: { definition } }: Call, name: string): void {
  if ((subresource !== "" && subresource !== "status") || definition.behaviour.allowUnconditionalUpdate !== false) return;
  // Upstream names the resource here, where other complaints name the kind.
  throw invalid({ group: definition.group, kind: definition.resource }, name, [
    field.invalid("metadata.resourceVersion", 0, "must be specified for an update"),
  ]);
}

/** A resource version is a number, or empty. */
export function checkRevisionText(resourceVersion = ""): void {
  const complaint = resourceVersion === "" ? undefined : uint64Complaint(resourceVersion);
  if (complaint !== undefined) throw new StatusError(500, "", complaint);
}

function checkUid(call: Call, object: AnyObject, old: AnyObject, key: string): void {
  const { uid } = object.metadata;
  if (!uid || uid === old.metadata.uid || call.info.verb !== "update") return;
  throw conflict(call.resource.definition, old.metadata.name ?? "", otherUidText(call, key, uid, old.metadata.uid));
}

/** Upstream looks at it when whoever may change the object has been asked. */
function checkRevision(call: Call, object: AnyObject, old: AnyObject): void {
  const { definition } = call.resource;
  const name = old.metadata.name ?? "";
  const { resourceVersion } = object.metadata;
  checkRevisionText(resourceVersion);
  if (Number(resourceVersion ?? 0) === 0) {
    if (call.info.verb === "update") requireRevision(call, name);
    return;
  }
  if (resourceVersion !== old.metadata.resourceVersion) throw conflict(definition, name, optimisticLockText);
}

/** What an update leaves as it was is the same value from here on: that is seen at a glance, and kept once. */
function shareUnchanged(call: Call, object: AnyObject, old: AnyObject): void {
  for (const key in object) {
    const part = old[key];
    if (object[key] !== part && isSharable(call, key, part) && deepEqual(object[key], part)) object[key] = part;
  }
}

/**
 * Runs what changes an object in place, and has the same outcome the second time. What it shares with the stored state is hardly ever
 * changed, by a default that is newer than the state, say: then it is copied first.
 */
function changing(object: AnyObject, change: () => void): void {
  try {
    change();
  } catch (error) {
    const shared = Object.keys(object).filter((key) => typeof object[key] === "object" && Object.isFrozen(object[key]));
    if (!(error instanceof TypeError) || shared.length === 0) throw error;
    for (const key of shared) ownPart(object, key);
    change();
  }
}

async function storeUpdate(
  server: ServerContext,
  call: Call,
  key: string,
  state: NewState,
  { entry, value: old }: Current,
): Promise<Entry> {
  const { resource } = call;
  const { behaviour, type } = resource.definition;
  const { view } = state;
  let { object, managedFields: sentFields, owned, hasEmpty } = state;
  if (view) {
    const admitting = server.admission.admit(view.attributes);
    if (admitting) await admitting;
    ({ object, managedFields: sentFields, owned, hasEmpty } = view.apply());
  }
  const kindType = server.types.of(type);
  changing(object, () => {
    kindType.applyDefaults(object);
    behaviour.default?.(object, server.clock);
  });
  shareUnchanged(call, object, old);
  const sent: AnyObject | undefined = hasEmpty && behaviour.countsEmpty ? deepCopy({ ...object, metadata: {} }) : undefined;
  const empties = hasEmpty ? kindType.emptyValues?.(object) : undefined;
  empties?.drop(false);
  const before = { value: old, managedFields: entry.managedFields };
  const tracking = owned ? owned.text : trackFields(server, call, object, before, sentFields);
  const managed = owned ?? { text: tracking instanceof Promise ? await tracking : tracking };
  empties?.drop(true);
  const write = { operation: "UPDATE", name: call.name, object, old, managed, oldManaged: entry.managedFields } as const;
  const attributes = attributesOf(call, write);
  // A patch is of the state that it was applied to.
  if (call.info.verb === "patch") object.metadata.resourceVersion ||= old.metadata.resourceVersion as string;
  const admitting = view ? undefined : server.admission.admit(attributes);
  if (admitting) await admitting;
  checkRevision(call, state.object, old);
  if (!view) matchNamespace(object, call);
  dropDuplicateOwners(call, object, true);
  const managedFields = managed.text;
  changing(object, () => prepareForUpdate(server, call, object, old));
  // Upstream compares these kinds in a way that tells an empty list from none.
  if (
    sent &&
    object.metadata.generation === old.metadata.generation &&
    !deepEqual(sent, { ...object, metadata: {}, status: sent.status })
  ) {
    object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
  const reservation = server.allocators.forUpdate(call, object, old);
  try {
    validateUpdate(server, call, object, old, empties);
    warn(call, object, old);
    const validating = server.admission.validate(view ? view.validated(object) : attributes);
    if (validating) await validating;
    if (isFullyDeleted(resource, object)) {
      const last = resource.converter && !resource.custom ? resource.converter.toStored(object) : object;
      if (call.dryRun) return new DetachedEntry(key, last, managedFields);
      // Watchers see the last state that was stored, the client what it asked for.
      await server.store.remove(key, entry.revision);
      return new DetachedEntry(key, last, managedFields);
    }
    let isIncomplete = false;
    if (behaviour.defaultsStored)
      changing(object, () => {
        isIncomplete = completes(behaviour, object);
      });
    const storing = storedForm(resource, object, managedFields);
    const stored = storing instanceof Promise ? await storing : storing;
    // A custom object is written anew as well when its definition has come to store it otherwise; what another version says and the
    // stored one can't is no change.
    const isSame = resource.converter ? deepEqual(stored, entry.value) : deepEqual(object, old);
    // Upstream compares with the old state complete, whatever is stored.
    const isWritten = state.isRewritten || server.store.isStale(entry) || server.storedIncomplete.has(entry) || isIncomplete;
    if (isSame && sameBesidesTimes(managedFields, entry.managedFields) && !isWritten) {
      reservation?.release();
      return entry;
    }
    if (call.dryRun) {
      reservation?.release();
      return new DetachedEntry(key, stored, managedFields);
    }
    const recording = reservation?.record();
    if (recording) await recording;
    const written = await server.store.put(key, entry.revision, stored, managedFields);
    reservation?.keep();
    if (isIncomplete) server.storedIncomplete.add(written);
    return written;
  } catch (error) {
    reservation?.release();
    throw error;
  }
}
