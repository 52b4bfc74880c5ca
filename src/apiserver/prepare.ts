import type { CreateCheck, RequestContext, ResourceBehaviour, ResourceDefinition, UpdateCheck } from "../api/define-resource.ts";
import { badRequest, type FieldError, field, invalid, path } from "../machinery/errors.ts";
import { type AnyObject, deepEqual, setField } from "../machinery/object.ts";
import { nameSuffix, uuid } from "../machinery/random.ts";
import { parseApiVersion } from "../machinery/resource-ref.ts";
import type { EmptyValues } from "../machinery/schema/empty-values.ts";
import { type NameRule, nameIsDNSSubdomain, nameIsPathSegment } from "../machinery/validation/names.ts";
import { validateObjectMeta, validateObjectMetaUpdate } from "../machinery/validation/object-meta.ts";
import type { ServedResource } from "./catalog.ts";
import type { Call, ServerContext } from "./context.ts";

/** The longest base of a generated name: base and suffix together stay within 63 characters. */
const maxGeneratedBase = 63 - 5;

function requestContext(server: ServerContext, call: Call): RequestContext {
  return {
    clock: server.clock,
    random: server.random,
    namespace: call.namespace,
    subresource: call.subresource,
    dryRun: call.dryRun,
    user: call.user.name,
    uid: call.user.uid ?? "",
    groups: call.user.groups,
    extra: call.user.extra,
    platform: server.platform,
    warn: (text) => call.warnings.push(text),
    namespaceLabels: () => server.objects.get("namespaces", "", call.namespace)?.value.metadata.labels,
  };
}

/** The namespace of a body must be that of the path; an absent one is filled in, that of a cluster-scoped object dropped. */
export function matchNamespace(object: AnyObject, call: Call): void {
  const { metadata } = object;
  const namespace = metadata.namespace ?? "";
  if (namespace === call.namespace) {
    if (namespace === "") delete metadata.namespace;
  } else if (namespace === "") metadata.namespace = call.namespace;
  else if (call.namespace === "") delete metadata.namespace;
  else throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

/** The name of a body must be that of the path. */
export function matchName(object: AnyObject, name: string): void {
  const own = object.metadata.name ?? "";
  if (own === "") throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`);
  if (own !== name) throw badRequest(`the name of the object (${own}) does not match the name on the URL (${name})`);
  checkSegment(name);
}

/** Names that would be other paths in the store. */
export function checkSegment(name: string): void {
  let why = "";
  if (name === "." || name === "..") why = `may not be '${name}'`;
  else if (name.includes("/")) why = "may not contain '/'";
  else if (name.includes("%")) why = "may not contain '%'";
  if (why !== "") throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${why}`);
}

/** Takes out what a client can't say of an object that isn't there yet: mutating admission sees none of it. */
export function clearSystemMetadata({ metadata }: AnyObject): void {
  delete metadata.creationTimestamp;
  delete metadata.uid;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** The metadata that the server alone decides about, on create. */
export function fillSystemMetadata(server: ServerContext, object: AnyObject): void {
  const { metadata } = object;
  metadata.creationTimestamp = server.timestamps.now();
  metadata.uid = uuid(server.random);
  if (metadata.generation === 0) delete metadata.generation;
}

const duplicateOwnersText =
  "API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ";

/** Owners that are named twice are taken once, and the client is told. */
export function dropDuplicateOwners(call: Call, { metadata }: AnyObject, afterAdmission: boolean): void {
  const owners = metadata.ownerReferences;
  if (!owners || owners.length < 2) return;
  const kept: typeof owners = [];
  const repeated: string[] = [];
  for (const owner of owners) {
    if (kept.some((one) => one.uid === owner.uid && deepEqual(one, owner))) repeated.push(owner.uid ?? "");
    else kept.push(owner);
  }
  if (repeated.length === 0) return;
  const when = afterAdmission ? " after mutating admission happens" : "";
  call.warnings.push(`.metadata.ownerReferences contains duplicate entries${when}; ${duplicateOwnersText}${repeated.join(", ")}`);
  metadata.ownerReferences = kept;
}

export function generateName(server: ServerContext, base: string): string {
  return `${base.slice(0, maxGeneratedBase)}${nameSuffix(server.random)}`;
}

/** The kind's strategy on create: what a client can't set is cleared, the rest filled in. */
export function prepareForCreate(server: ServerContext, call: Call, object: AnyObject): void {
  const { resource } = call;
  const { behaviour, subresources } = resource.definition;
  // Deleting a field that is there makes each later read of the object slow: most kinds fill it in anew.
  const clears = subresources?.status !== undefined && !behaviour.keepsStatusOnCreate && "status" in object;
  if (clears) object.status = undefined;
  if (resource.countsGenerations) object.metadata.generation = 1;
  behaviour.dropDisabled?.(object);
  behaviour.prepareForCreate?.(object, requestContext(server, call));
  server.types.of(resource.definition.type).fillStatus?.(object);
  if (clears && object.status === undefined) delete object.status;
}

const standardFinalizers = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

/** Built-in kinds take no finalizer of an unqualified name but the standard ones. */
function checkFinalizers({ custom, definition }: ServedResource, { metadata }: AnyObject): FieldError[] {
  if (custom || !metadata.finalizers || definition.behaviour.takesAnyFinalizer) return [];
  return metadata.finalizers.flatMap((name, index) =>
    name.includes("/") || standardFinalizers.has(name)
      ? []
      : [field.invalid(`metadata.finalizers[${index}]`, name, "name is neither a standard finalizer name nor is it fully qualified")],
  );
}

/** `empties` are the empty lists and maps that the client sent: validation sees them, as upstream has them still. */
export function validateCreate(server: ServerContext, call: Call, object: AnyObject, empties?: EmptyValues): void {
  const { resource } = call;
  requireKind(resource, object);
  const check = () => createErrors(server, call, object);
  refuse(resource.definition, object, empties ? empties.during(check) : check());
  // All kinds are held to this, in the end. Those that look at their metadata themselves have stricter rules, but for some bases of names.
  if (checksOf(resource.definition.behaviour).includes("meta") && !object.metadata.generateName) return;
  refuse(resource.definition, object, commonMetaErrors(resource.definition, object));
}

function createErrors(server: ServerContext, call: Call, object: AnyObject): FieldError[] {
  const { resource } = call;
  const { behaviour } = resource.definition;
  const errors: FieldError[] = [];
  for (const check of checksOf(behaviour)) {
    if (check === "meta") errors.push(...metaErrors(resource, object));
    else if (check === "kind") errors.push(...validateKind(server, call, object));
    else errors.push(...(behaviour.validateCreate?.(object, requestContext(server, call)) ?? []));
  }
  return errors;
}

function checksOf({ createChecks = ["meta", "kind"] }: ResourceBehaviour): readonly CreateCheck[] {
  return createChecks;
}

function commonMetaErrors({ namespaced }: ResourceDefinition, object: AnyObject): FieldError[] {
  return validateObjectMeta(object.metadata, { namespaced, nameRule: nameIsPathSegment }, path("metadata"));
}

/** Kind and version of a custom object are held against it before all else. */
function requireKind({ custom, definition, apiVersion }: ServedResource, object: AnyObject): void {
  if (!custom) return;
  const { kind = "", apiVersion: given = apiVersion } = object;
  if (kind === definition.kind && given === apiVersion) return;
  const errors: FieldError[] = [];
  if (kind !== definition.kind) errors.push(field.invalid("kind", kind, `must be ${definition.kind}`));
  if (given !== apiVersion) errors.push(field.invalid("apiVersion", given, `must be ${apiVersion}`));
  refuse({ ...definition, group: parseApiVersion(given).group, kind }, object, errors);
}

/** The metadata by the kind's own rules. */
function metaErrors(resource: ServedResource, object: AnyObject): FieldError[] {
  const { definition } = resource;
  return [
    ...validateObjectMeta(object.metadata, { namespaced: definition.namespaced, nameRule: nameRuleOf(resource, object) }, path("metadata")),
    ...checkFinalizers(resource, object),
  ];
}

function refuse(definition: ResourceDefinition, object: AnyObject, errors: readonly FieldError[]): void {
  if (errors.length === 0) return;
  const group = definition.behaviour.complaintGroup ?? definition.group;
  throw invalid({ group, kind: definition.kind }, object.metadata.name ?? "", errors);
}

/** The kind's own validation; kinds without one are held to what the tables say. */
function validateKind(server: ServerContext, call: Call, object: AnyObject): FieldError[] {
  const { behaviour, type } = call.resource.definition;
  if (behaviour.validate) return behaviour.validate(object, requestContext(server, call));
  return server.types.of(type).checkRequired(object);
}

function nameRuleOf({ definition: { behaviour } }: ServedResource, object: AnyObject): NameRule {
  if (!behaviour.validateName) return nameIsDNSSubdomain;
  return (name, prefix) => behaviour.validateName?.(name, prefix, object) ?? [];
}

/** Carries over what an update must not change, and counts the generation. Changes `object` in place. */
export function prepareForUpdate(server: ServerContext, call: Call, object: AnyObject, old: Readonly<AnyObject>): void {
  const { resource } = call;
  const { behaviour, subresources } = resource.definition;
  const { metadata } = object;
  // What is stored has none; a dry run gives back what it was sent.
  if (!call.dryRun) delete metadata.selfLink;
  if (!metadata.uid && old.metadata.uid) metadata.uid = old.metadata.uid;
  if (old.metadata.creationTimestamp) metadata.creationTimestamp = old.metadata.creationTimestamp;
  if (old.metadata.deletionTimestamp) metadata.deletionTimestamp = old.metadata.deletionTimestamp;
  if (old.metadata.deletionGracePeriodSeconds !== undefined)
    metadata.deletionGracePeriodSeconds ??= old.metadata.deletionGracePeriodSeconds;
  if (old.metadata.generation === undefined) delete metadata.generation;
  else metadata.generation = old.metadata.generation;
  metadata.resourceVersion = old.metadata.resourceVersion as string;

  if (call.subresource === "status") keepAllButStatus(resource, object, old);
  else if (call.subresource === "" && subresources?.status) carry(object, old, "status");
  if (call.subresource !== "status") behaviour.dropDisabled?.(object);
  if (behaviour.prepareForUpdate) behaviour.prepareForUpdate(object, old, requestContext(server, call));
  if (resource.countsGenerations && call.subresource !== "status" && metadata.generation === old.metadata.generation) {
    if (specChanged(resource, object, old)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
}

function specChanged(resource: ServedResource, object: AnyObject, old: Readonly<AnyObject>): boolean {
  if (!resource.custom) return !deepEqual(object.spec, old.spec);
  for (const key of new Set([...Object.keys(object), ...Object.keys(old)])) {
    // Where the status is a subresource, it has been carried over.
    if (key !== "metadata" && !deepEqual(object[key], old[key])) return true;
  }
  return false;
}

/**
 * A write to the status subresource changes the status. Of the metadata, what users say of built-in kinds may change with it
 * (some kinds take a part of it back), and nothing of custom ones.
 */
function keepAllButStatus({ custom }: ServedResource, object: AnyObject, old: Readonly<AnyObject>): void {
  for (const key in object) if (key !== "metadata" && key !== "status" && !Object.hasOwn(old, key)) delete object[key];
  for (const key in old) if (key !== "metadata" && key !== "status") setField(object, key, old[key]);
  if (custom) object.metadata = { ...old.metadata };
}

export function carry(object: AnyObject, old: Readonly<AnyObject>, key: string): void {
  if (old[key] === undefined) delete object[key];
  else object[key] = old[key];
}

const defaultChecks: readonly UpdateCheck[] = ["metaUpdate", "kind", "update"];

/**
 * Metadata is checked for all kinds alike, then by the kind itself, which mostly looks at it again: upstream tells such complaints
 * more than once.
 */
export function validateUpdate(
  server: ServerContext,
  call: Call,
  object: AnyObject,
  old: Readonly<AnyObject>,
  empties?: EmptyValues,
): void {
  const { resource } = call;
  requireKind(resource, object);
  refuse(resource.definition, object, updateErrors(server, call, object, old, empties));
}

function updateErrors(
  server: ServerContext,
  call: Call,
  object: AnyObject,
  old: Readonly<AnyObject>,
  empties: EmptyValues | undefined,
): FieldError[] {
  const { resource } = call;
  const { definition } = resource;
  const { behaviour } = definition;
  const context = requestContext(server, call);
  const changed = validateObjectMetaUpdate(object.metadata, old.metadata, path("metadata"));
  const errors = [...commonMetaErrors(definition, object), ...changed];
  const metaUpdate = () => errors.push(...changed, ...checkFinalizers(resource, object));
  if (call.subresource === "status") {
    if (!behaviour.ignoresMetaOfStatus) metaUpdate();
    errors.push(...compared(empties, behaviour, call.subresource, () => behaviour.validateStatus?.(object, old, context) ?? []));
    return errors;
  }
  const { updateChecks = defaultChecks } = behaviour;
  for (const check of typeof updateChecks === "function" ? updateChecks(call.subresource) : updateChecks) {
    if (check === "meta") errors.push(...metaErrors(resource, object));
    else if (check === "metaUpdate") metaUpdate();
    else if (check === "kind" || check === "spec") {
      const kind = () => behaviour.validateChange?.(object, old, context) ?? validateKind(server, call, object);
      const look = check === "kind" ? kind : () => behaviour.validateSpec?.(object) ?? [];
      errors.push(...(empties ? empties.during(look) : look()));
    } else errors.push(...compared(empties, behaviour, call.subresource, () => behaviour.validateUpdate?.(object, old, context) ?? []));
  }
  return errors;
}

/** What compares with the old state takes an empty list or map for none, in most kinds; what it complains of is shown as it was sent. */
function compared(
  empties: EmptyValues | undefined,
  { tellsEmpty = false }: ResourceBehaviour,
  subresource: string,
  compare: () => FieldError[],
): FieldError[] {
  if (!empties) return compare();
  if (typeof tellsEmpty === "function" ? tellsEmpty(subresource) : tellsEmpty) return empties.during(compare);
  const errors = compare();
  if (errors.length === 0) return errors;
  const asSent = empties.during(compare);
  const isSame =
    asSent.length === errors.length && asSent.every(({ type, field }, at) => type === errors[at]?.type && field === errors[at].field);
  return isSame ? asSent : errors;
}

/** Whether an object that is being deleted has nothing left that holds it. */
export function isFullyDeleted(resource: ServedResource, object: Readonly<AnyObject>): boolean {
  const { metadata } = object;
  if (!metadata.deletionTimestamp || (metadata.deletionGracePeriodSeconds ?? 0) !== 0) return false;
  return !hasFinalizers(resource, object);
}

export function hasFinalizers(resource: ServedResource, object: Readonly<AnyObject>): boolean {
  return (object.metadata.finalizers?.length ?? 0) > 0 || (resource.definition.behaviour.hasPendingFinalizers?.(object) ?? false);
}
