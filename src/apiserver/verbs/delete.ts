import { formatTime } from "../../machinery/clock.ts";
import { badRequest, conflict, field, forbidden, invalid, notFound, StatusError } from "../../machinery/errors.ts";
import type { DeleteOptions } from "../../machinery/meta/v1.ts";
import { type AnyObject, deepCopy, deepEqual } from "../../machinery/object.ts";
import { type Entry, StoreConflict } from "../../storage/store.ts";
import { attributesOf } from "../admission-attributes.ts";
import { keyOfServed } from "../catalog.ts";
import type { Call, ServerContext } from "../context.ts";
import { prepareToShow, storedForm } from "../conversion.ts";
import { decodeKind } from "../decode.ts";
import { DetachedEntry } from "../detached-entry.ts";
import { hasFinalizers } from "../prepare.ts";
import { type ApiResponse, isBytes } from "../request.ts";
import { answerEntry, answerObject, servedValue } from "../respond.ts";
import { boolean, parseInt64 } from "./list-options.ts";

const orphanFinalizer = "orphan";
const foregroundFinalizer = "foregroundDeletion";

export async function remove(server: ServerContext, call: Call): Promise<ApiResponse> {
  const options = readDeleteOptions(server, call);
  warnOfOrphans(call, options);
  const { definition } = call.resource;
  const refusal = definition.behaviour.refusesDeletion?.(call.name);
  if (refusal !== undefined) throw forbidden(definition, call.name, refusal);
  const { entry, gone } = await deleteObject(server, dryRunOf(call, options), call.name, options);
  if (!gone) {
    const accepted = options.orphanDependents === false;
    return answerEntry(server, call, accepted ? 202 : 200, entry);
  }
  if (definition.behaviour.returnsDeletedObject) return answerEntry(server, call, 200, entry);
  return answerObject(server, call, 200, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: {
      name: call.name,
      ...(definition.group ? { group: definition.group } : {}),
      kind: definition.resource,
      uid: entry.value.metadata.uid as string,
    },
  });
}

/** Some kinds leave their dependents behind unless told otherwise, which upstream has a word about. */
export function warnOfOrphans(call: Call, options: DeleteOptions): void {
  const { orphansWarning } = call.resource.definition.behaviour;
  if (orphansWarning && options.propagationPolicy === undefined && options.orphanDependents === undefined)
    call.warnings.push(orphansWarning);
}

/** What the query says counts only where there is no body. */
export function dryRunOf(call: Call, options: DeleteOptions): Call {
  const isDelete = call.info.verb === "delete" || call.info.verb === "deletecollection";
  const dryRun = (options.dryRun?.length ?? 0) > 0 || (call.dryRun && !(isDelete && hasBody(call)));
  return dryRun === call.dryRun ? call : { ...call, dryRun };
}

function hasBody({ request: { body } }: Call): boolean {
  return body !== undefined && (!isBytes(body) || body.length > 0);
}

/** The options of a delete: in the body, or in the query when there is no body. */
export function readDeleteOptions(server: ServerContext, call: Call): DeleteOptions {
  const { query } = call.request;
  let options: DeleteOptions;
  if (hasBody(call)) {
    options = decodeOptions(server, call);
  } else {
    options = {};
    const grace = query.get("gracePeriodSeconds");
    if (grace !== null) options.gracePeriodSeconds = parseInt64(grace);
    const policy = query.get("propagationPolicy");
    if (policy !== null) options.propagationPolicy = policy;
    const orphan = boolean(query, "orphanDependents");
    if (orphan !== undefined) options.orphanDependents = orphan;
    const [uid, resourceVersion] = [query.get("uid"), query.get("resourceVersion")];
    if (uid || resourceVersion) options.preconditions = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) };
  }
  checkDeleteOptions(options);
  return options;
}

/** Options are of every group's version, unknown fields of theirs are nobody's business, and errors don't name the type. */
function decodeOptions(server: ServerContext, call: Call): DeleteOptions {
  const { request } = call;
  const expected = { group: "", version: "v1", kind: "DeleteOptions", type: "machinery/meta/v1#DeleteOptions", ofAnyGroup: true };
  const query = new URLSearchParams(request.query);
  query.set("fieldValidation", "Ignore");
  try {
    return decodeKind(server, { ...call, request: { ...request, query } }, expected) as unknown as DeleteOptions;
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 400) throw error;
    const bare = error.message
      .replace(/^the object provided is unrecognized \(must be of type DeleteOptions\): (.*) \([^()]*\)$/s, "$1")
      .replace(/^\S* in version "[^"]*" cannot be handled as a DeleteOptions: /, "");
    throw badRequest(bare);
  }
}

export function checkDeleteOptions(options: DeleteOptions): void {
  const errors = [];
  if (options.propagationPolicy !== undefined && options.orphanDependents !== undefined) {
    errors.push(
      field.invalid("propagationPolicy", options.propagationPolicy, "orphanDependents and deletionPropagation cannot be both set"),
    );
  }
  const policies = ["Foreground", "Background", "Orphan"];
  if (options.propagationPolicy !== undefined && !policies.includes(options.propagationPolicy)) {
    errors.push(field.notSupported("propagationPolicy", options.propagationPolicy, [...policies, "nil"]));
  }
  const dryRun = options.dryRun ?? [];
  if (dryRun.some((value) => value !== "All")) errors.push(field.notSupported("dryRun", dryRun, ["All"]));
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", errors);
}

export interface Deleted {
  entry: Entry;
  /** The object is gone; else it waits for its grace period or its finalizers. */
  gone: boolean;
}

/**
 * Deletes one object as its kind wants it: at once, after its grace period, or when its finalizers are gone. `isAdmitted`: the
 * request was for something else, which has been admitted.
 */
export async function deleteObject(
  server: ServerContext,
  call: Call,
  name: string,
  options: DeleteOptions,
  isAdmitted = false,
): Promise<Deleted> {
  const { resource } = call;
  const key = keyOfServed(resource, call.namespace, name);
  for (;;) {
    const entry = server.store.latest(key);
    if (!entry) throw notFound(resource.definition, name);
    const preparing = prepareToShow(resource, [entry]);
    if (preparing) await preparing;
    const old = servedValue(resource, entry);
    checkDeletePreconditions(call, options, old);
    const isOneOfCollection = call.info.verb === "deletecollection";
    const attributes = attributesOf(call, {
      operation: "DELETE",
      name,
      old,
      oldManaged: entry.managedFields,
      deleteOptions: effectiveOptions(call, options, old),
      isOneOfCollection,
    });
    if (!isAdmitted) {
      const admitting = server.admission.admit(attributes);
      if (admitting) await admitting;
      const validating = server.admission.validate(attributes);
      if (validating) await validating;
    }
    try {
      return await deleteOnce(server, call, key, entry, old, options);
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
    }
  }
}

/** The grace period that comes of the options is among those that admission sees. */
function effectiveOptions({ resource }: Call, options: DeleteOptions, old: AnyObject): DeleteOptions {
  const { gracePeriodSeconds } = resource.definition.behaviour;
  if (!gracePeriodSeconds) return options;
  return { ...options, gracePeriodSeconds: gracePeriodSeconds(old, options.gracePeriodSeconds) };
}

export function checkDeletePreconditions(call: Call, { preconditions }: DeleteOptions, { metadata }: AnyObject): void {
  // Upstream names the kind here, not the resource.
  const { group, kind, behaviour } = call.resource.definition;
  const definition = { group: behaviour.complaintGroup ?? group, resource: kind };
  const name = metadata.name ?? "";
  if (behaviour.hasPendingFinalizers || behaviour.finalizersOnDelete) {
    // Kinds whose content goes first look for themselves.
    for (const [what, given, own] of [
      ["UID", preconditions?.uid, metadata.uid],
      ["ResourceVersion", preconditions?.resourceVersion, metadata.resourceVersion],
    ]) {
      if (given === undefined || given === own) continue;
      throw conflict(
        call.resource.definition,
        name,
        `Precondition failed: ${what} in precondition: ${given}, ${what} in object meta: ${own}`,
      );
    }
  }
  if (preconditions?.uid !== undefined && preconditions.uid !== metadata.uid) {
    throw conflict(
      definition,
      name,
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== metadata.resourceVersion) {
    throw conflict(
      definition,
      name,
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

async function deleteOnce(
  server: ServerContext,
  call: Call,
  key: string,
  entry: Entry,
  old: AnyObject,
  options: DeleteOptions,
): Promise<Deleted> {
  const { resource } = call;
  const { behaviour } = resource.definition;
  // The rest is shared with the stored state: kinds replace what they change.
  const object = { ...old, metadata: deepCopy(old.metadata) };
  const { metadata } = object;

  const wasDeleting = metadata.deletionTimestamp !== undefined;
  if (wasDeleting && behaviour.hasPendingFinalizers?.(old)) return { entry, gone: false };
  const graceful = applyGrace(server, call, object, options);
  if (graceful === "pending") return { entry, gone: false };
  const existing = metadata.finalizers ?? [];
  // The first delete of a kind with finalizers of its own adds those, whatever is asked for dependents.
  const added = wasDeleting ? undefined : behaviour.finalizersOnDelete?.filter((name) => !existing.includes(name));
  let finalizers = [...existing, ...(added ?? [])];
  if (!added && !behaviour.hasNoDependents) finalizers = finalizersFor(behaviour.defaultPropagation, options, existing);
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;

  const held = hasFinalizers(resource, object) || (behaviour.hasPendingFinalizers !== undefined && !wasDeleting);
  if (graceful === "later" || held) {
    if (graceful !== "later" && held) {
      const now = formatTime(server.clock.now());
      // A client may have written a time to come.
      if (metadata.deletionTimestamp === undefined || metadata.deletionTimestamp > now) metadata.deletionTimestamp = now;
      // The first delete of kinds with finalizers of their own only marks them.
      if (wasDeleting || !(behaviour.hasPendingFinalizers || added)) metadata.deletionGracePeriodSeconds = 0;
    }
    if (!wasDeleting) {
      if (metadata.generation !== undefined && metadata.generation > 0 && !behaviour.finalizersOnDelete) metadata.generation++;
      behaviour.prepareForDelete?.(object);
    }
    if (deepEqual(object, old)) return { entry, gone: false };
    const stored = await storedForm(resource, object, entry.managedFields);
    if (call.dryRun) return { entry: new DetachedEntry(key, stored, entry.managedFields), gone: false };
    return { entry: await server.store.put(key, entry.revision, stored, entry.managedFields), gone: false };
  }
  if (!behaviour.gracePeriodSeconds) return { entry: call.dryRun ? entry : await server.store.remove(key, entry.revision), gone: true };
  metadata.deletionTimestamp ??= formatTime(server.clock.now());
  metadata.deletionGracePeriodSeconds = 0;
  if (!wasDeleting && metadata.generation !== undefined && metadata.generation > 0) metadata.generation++;
  const last = await storedForm(resource, object, entry.managedFields);
  if (call.dryRun) return { entry: new DetachedEntry(key, last, entry.managedFields), gone: true };
  return { entry: await markAndRemove(server, entry, last), gone: true };
}

/** Watchers of a kind that is deleted gracefully see that its time is over, then that it is gone: two writes, of one batch. */
async function markAndRemove({ store }: ServerContext, { key, revision, managedFields }: Entry, last: AnyObject): Promise<Entry> {
  if (store.latest(key)?.revision !== revision) throw new StoreConflict(key, store.latest(key));
  const marking = store.put(key, revision, last, managedFields);
  const marked = store.latest(key);
  // Not taken: the promise tells why.
  if (!marked || marked.revision === revision) return await marking;
  const [, removed] = await Promise.all([marking, store.remove(key, marked.revision)]);
  return removed;
}

/**
 * Sets the deletion time of a kind that is deleted gracefully. `later`: the object stays until its grace period is over. `pending`: it
 * does so already, and nothing of it changes.
 */
function applyGrace(server: ServerContext, call: Call, object: AnyObject, options: DeleteOptions): "now" | "later" | "pending" {
  const { behaviour } = call.resource.definition;
  const { metadata } = object;
  if (!behaviour.gracePeriodSeconds) return "now";
  const requested = options.gracePeriodSeconds;
  if (metadata.deletionTimestamp !== undefined) {
    const period = Number(metadata.deletionGracePeriodSeconds ?? 0);
    if (period === 0) return "now";
    // Waiting already: only a shorter period changes anything.
    if (requested === undefined) return "pending";
    // Whatever has become of the object meanwhile: the kind is asked once only.
    const wanted = requested < 0 ? 1 : Number(requested);
    if (wanted >= period) return "pending";
    const shortened = Date.parse(metadata.deletionTimestamp) - (period - wanted) * 1000;
    metadata.deletionTimestamp = formatTime(shortened);
    metadata.deletionGracePeriodSeconds = wanted;
    return wanted === 0 ? "now" : "later";
  }
  const seconds = behaviour.gracePeriodSeconds(object, requested);
  if (seconds === 0) return "now";
  metadata.deletionTimestamp = formatTime(server.clock.now() + seconds * 1000);
  metadata.deletionGracePeriodSeconds = seconds;
  return "later";
}

/** The garbage collector's finalizers that the propagation policy asks for, beside the object's own. */
function finalizersFor(
  byDefault: "Orphan" | "Background" | "Foreground" | undefined,
  options: DeleteOptions,
  existing: readonly string[],
): string[] {
  const asked = options.orphanDependents === undefined ? options.propagationPolicy : options.orphanDependents ? "Orphan" : "Background";
  let policy = asked;
  if (policy === undefined) {
    if (existing.includes(orphanFinalizer)) policy = "Orphan";
    else if (existing.includes(foregroundFinalizer)) policy = "Foreground";
    else policy = byDefault ?? "Background";
  }
  const others = existing.filter((name) => name !== orphanFinalizer && name !== foregroundFinalizer);
  if (policy === "Orphan") return [...others, orphanFinalizer];
  if (policy === "Foreground") return [...others, foregroundFinalizer];
  return others;
}
