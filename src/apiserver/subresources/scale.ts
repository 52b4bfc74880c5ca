import type { Scale } from "../../api/autoscaling/v1.ts";
import type { ColumnFacts } from "../../api/define-resource.ts";
import { timestamp } from "../../machinery/clock.ts";
import { ageOf } from "../../machinery/duration.ts";
import {
  badRequest,
  conflict,
  field,
  internalError,
  invalid,
  isStatus,
  methodNotSupported,
  notFound,
  path,
  StatusError,
} from "../../machinery/errors.ts";
import { applyConfiguration, checkAppliedKind, objectText } from "../../machinery/managed-fields/apply-configuration.ts";
import { managedOfScale, managedOfScaled, type ScaledKind, scaleApiVersion } from "../../machinery/managed-fields/scale-fields.ts";
import { trackUpdate } from "../../machinery/managed-fields/track-update.ts";
import { type AnyObject, deepCopy, setField } from "../../machinery/object.ts";
import { parseApiVersion } from "../../machinery/resource-ref.ts";
import { nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { validateObjectMeta } from "../../machinery/validation/object-meta.ts";
import type { Entry } from "../../storage/store.ts";
import { attributesOf } from "../admission-attributes.ts";
import { keyOfServed } from "../catalog.ts";
import type { Call, ServerContext } from "../context.ts";
import { prepareToShow } from "../conversion.ts";
import { decodeKind } from "../decode.ts";
import { managerOf, withConflicts } from "../field-manager.ts";
import { matchName, matchNamespace } from "../prepare.ts";
import { type ApiResponse, booleanParameter } from "../request.ts";
import { answerMade, answerObject, servedValue } from "../respond.ts";
import { checkIncludeObject, columnsOf } from "../table.ts";
import { applyMediaType, canonicalApplied, readConfiguration, reportProblems } from "../verbs/apply.ts";
import { checkPatchOptions, mediaTypeOf, patchedBody, patchTypeOf, readPatch } from "../verbs/patch.ts";
import { type Current, type NewState, type SubresourceView, updateObject } from "../verbs/update.ts";

const scaleKind = { group: "autoscaling", version: "v1", kind: "Scale", type: "api/autoscaling/v1#Scale" };

export async function getScale(server: ServerContext, call: Call): Promise<ApiResponse> {
  const entry = server.store.root().get(keyOfServed(call.resource, call.namespace, call.name));
  if (!entry) throw notFound(call.resource.definition, call.name);
  await prepareToShow(call.resource, [entry]);
  const value = servedValue(call.resource, entry);
  const { specReplicasPath } = pathsOf(call);
  if (call.resource.custom && getPath(value, specReplicasPath) === undefined) {
    throw internalError(`the spec replicas field ${JSON.stringify(specReplicasPath)} does not exist`);
  }
  return answerForm(server, call, scaleOf(call, value));
}

/** Its table has columns of its own. */
function answerForm(server: ServerContext, call: Call, scale: Scale): ApiResponse {
  const { as, asVersion } = call.negotiated;
  if (as !== "Table")
    return answerMade(server, call, 200, scale as unknown as AnyObject, call.resource.custom ? "v1.Scale" : "autoscaling.Scale");
  const { metadata, spec, status } = scale;
  const include = call.request.query.get("includeObject");
  checkIncludeObject(include);
  const { resourceVersion } = metadata;
  return answerObject(server, call, 200, {
    kind: "Table",
    apiVersion: `meta.k8s.io/${asVersion}`,
    metadata: resourceVersion ? { resourceVersion } : {},
    columnDefinitions: columnsOf(server, call.resource.custom ? customScaleColumns : scaleColumns),
    rows: [
      {
        cells: [
          metadata.name ?? "",
          spec?.replicas ?? 0,
          status?.replicas ?? 0,
          ageOf(metadata.creationTimestamp as string, server.clock.now()),
        ],
        object:
          include === "None"
            ? null
            : include === "Object"
              ? scale
              : { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${asVersion}`, metadata },
      },
    ],
  });
}

const scaleColumns: readonly ColumnFacts[] = [
  ["Name", "string", "", 0],
  ["Desired", "integer", "", 0, "replicas is the desired number of instances for the scaled object."],
  ["Available", "integer", "", 0, "replicas is the actual number of observed instances of the scaled object."],
  ["Age", "string", "", 0],
];
const customScaleColumns: readonly ColumnFacts[] = [
  ["Name", "string", "name", 0],
  ["Desired", "integer", "", 0, "Number of desired replicas"],
  ["Available", "integer", "", 0, "Number of actual replicas"],
  ["Age", "date", "", 0],
];

export async function updateScale(server: ServerContext, call: Call): Promise<ApiResponse> {
  const scale = decodeScale(server, call);
  matchNamespace(scale as unknown as AnyObject, call);
  matchName(scale as unknown as AnyObject, call.name);
  checkScale(call, scale);
  const entry = await updateObject(server, call, call.name, (current) => scaled(server, call, current, scale));
  return answerScale(server, call, entry);
}

/** Upstream can't say what is wrong with the scale of a custom resource. */
function decodeScale(server: ServerContext, call: Call): Scale {
  try {
    return decodeKind(server, call, scaleKind) as unknown as Scale;
  } catch (error) {
    if (!call.resource.custom || !isStatus(error, "BadRequest")) throw error;
    throw badRequest('no kind is registered for the type v1.Scale in scheme "pkg/runtime/scheme.go:111"');
  }
}

export async function patchScale(server: ServerContext, call: Call): Promise<ApiResponse> {
  checkPatchOptions(call);
  if (mediaTypeOf(call) === applyMediaType) return applyScale(server, call);
  const read = readPatch(call, patchTypeOf(call));
  const kind = scaledKind(server, call);
  const entry = await updateObject(server, call, call.name, (current) => {
    const managedFields = managedOfScale(current.entry.managedFields, kind);
    const shown = { value: scaleOf(call, current.value) as unknown as AnyObject, entry: { managedFields } };
    const scale = patchedBody(server, asScale(call), read, shown).object as unknown as Scale;
    checkScale(call, scale);
    return scaled(server, call, current, scale);
  });
  return answerScale(server, call, entry);
}

/** The call as one for a Scale, whose fields a patch changes. */
function asScale(call: Call): Call {
  const definition = { ...call.resource.definition, ...scaleKind };
  return { ...call, resource: { ...call.resource, apiVersion: scaleApiVersion, custom: false, definition } };
}

async function applyScale(server: ServerContext, call: Call): Promise<ApiResponse> {
  const configuration = readConfiguration(server, call);
  const config = configuration.object;
  const entry = await updateObject(server, call, call.name, (current) => {
    const { value, entry } = current;
    const kind = scaledKind(server, call);
    const live = scaleOf(call, value);
    const managed = managedOfScale(entry.managedFields, kind);
    if (call.resource.custom && managed === undefined) {
      checkAppliedKind({ config, apiVersion: scaleApiVersion, kind: scaleKind.kind });
      throw notConverted("failed to create manager for existing fields: failed to convert live object", {});
    }
    const applied = withConflicts(() =>
      applyConfiguration({
        shape: server.types.of(scaleKind.type).shape,
        live,
        config,
        manager: managerOf(call),
        apiVersion: scaleApiVersion,
        kind: scaleKind.kind,
        subresource: call.subresource,
        time: timestamp(server.clock),
        managed,
        force: booleanParameter(call.request.query, "force"),
      }),
    );
    if (call.resource.custom && applied.object !== live) throw notConverted("failed to convert new object", config);
    const { object } = canonicalApplied(server, scaleKind.type, applied.object as AnyObject, config);
    reportProblems(call, configuration);
    matchNamespace(object, call);
    matchName(object, call.name);
    const scale = object as unknown as Scale;
    checkScale(call, scale);
    if (scale.metadata.resourceVersion === value.metadata.resourceVersion) delete scale.metadata.resourceVersion;
    const text = managedOfScaled(entry.managedFields, applied.managed, kind);
    const view = viewOf(server, call, current, scale, applied.managed);
    return { ...withReplicas(call, value, scale), owned: { text }, view };
  });
  return answerScale(server, call, entry);
}

/** Upstream can't convert the scale of a custom resource. */
function notConverted(what: string, { metadata = {} }: Partial<AnyObject>): StatusError {
  const text = objectText({ ...scaleKind, apiVersion: scaleApiVersion, metadata });
  const why = `request to convert CR to an invalid group/version: ${scaleApiVersion}`;
  return new StatusError(500, "", `${what} (${text}) to proper version: ${why}`);
}

/** The replicas of the other versions of the kind are where its scale is declared to have them. */
function scaledKind(server: ServerContext, { resource }: Call): ScaledKind {
  const { resource: name, storageName } = resource.definition;
  return {
    apiVersion: resource.apiVersion,
    replicasAt(apiVersion) {
      const { group, version } = parseApiVersion(apiVersion);
      const served = apiVersion === resource.apiVersion ? resource : server.catalog.find(group, version, name);
      if (served?.definition.storageName !== storageName) return undefined;
      return served.definition.behaviour.scale?.specReplicasPath.replace(/^\./, "").split(".");
    },
  };
}

async function answerScale(server: ServerContext, call: Call, entry: Entry): Promise<ApiResponse> {
  await prepareToShow(call.resource, [entry]);
  return answerForm(server, call, scaleOf(call, servedValue(call.resource, entry)));
}

/** The replicas of custom resources are checked with the objects that they are in. */
function checkScale({ resource, name }: Call, { metadata, spec }: Scale): void {
  if (resource.custom) return;
  const replicas = spec?.replicas ?? 0;
  const errors = validateObjectMeta(metadata, { namespaced: true, nameRule: nameIsDNSSubdomain }, path("metadata"));
  if (replicas < 0) errors.push(field.invalid("spec.replicas", replicas, "must be greater than or equal to 0"));
  if (errors.length > 0) throw invalid(scaleKind, name, errors);
}

/** The state of the object that an update of its Scale makes, with who owns the replicas from then on. */
function scaled(server: ServerContext, call: Call, current: Current, scale: Scale): NewState {
  const { value, entry } = current;
  const kind = scaledKind(server, call);
  const before = scaleOf(call, value);
  const managed = trackUpdate({
    shape: server.types.of(scaleKind.type).shape,
    old: before,
    now: { ...before, spec: scale.spec ?? {} },
    manager: managerOf(call),
    apiVersion: scaleApiVersion,
    subresource: call.subresource,
    time: timestamp(server.clock),
    managed: managedOfScale(entry.managedFields, kind),
  });
  return {
    ...withReplicas(call, value, scale),
    owned: { text: managedOfScaled(entry.managedFields, managed, kind) },
    view: viewOf(server, call, current, scale, managed),
  };
}

/** Admission is asked about the Scale. `managed` is who owns what of it. */
function viewOf(server: ServerContext, call: Call, { value, entry }: Current, scale: Scale, managed: string | undefined): SubresourceView {
  const kind = scaledKind(server, call);
  const old = scaleOf(call, value) as unknown as AnyObject;
  const { metadata } = scale;
  const namespaced = call.namespace === "" ? metadata : { ...metadata, namespace: call.namespace };
  const object = { ...scale, metadata: namespaced, status: scale.status ?? { replicas: 0 } } as unknown as AnyObject;
  if (call.info.verb === "patch") object.metadata.resourceVersion = value.metadata.resourceVersion as string;
  const ownership = { text: managed };
  return {
    attributes: attributesOf(call, {
      operation: "UPDATE",
      name: call.name,
      object,
      old,
      managed: ownership,
      oldManaged: managedOfScale(entry.managedFields, kind),
    }),
    apply() {
      const admitted = object as unknown as Scale;
      checkScale(call, admitted);
      const text = managedOfScaled(entry.managedFields, ownership.text, kind);
      return { ...withReplicas(call, value, admitted), owned: { text } };
    },
    validated: (changed) =>
      attributesOf(call, { operation: "UPDATE", name: call.name, object: scaleOf(call, changed) as unknown as AnyObject, old }),
  };
}

/** The object with the replicas of a scale; a version in the scale is the precondition. */
function withReplicas(call: Call, value: AnyObject, scale: Scale) {
  const paths = pathsOf(call);
  const object = deepCopy(value);
  setPath(object, paths.specReplicasPath, scale.spec?.replicas ?? 0);
  if (scale.metadata.resourceVersion) object.metadata.resourceVersion = scale.metadata.resourceVersion;
  else delete object.metadata.resourceVersion;
  const { uid } = scale.metadata;
  if (uid && uid !== value.metadata.uid) {
    if (call.info.verb === "update") object.metadata.uid = uid;
    else if (!call.resource.custom) throw otherUid(call, uid, value.metadata.uid);
  }
  return { object, managedFields: undefined };
}

function otherUid({ resource: { definition }, name }: Call, given: string, current: string | undefined): StatusError {
  const of = { group: definition.group, resource: `${definition.resource}/scale` };
  return conflict(of, name, `Precondition failed: UID in precondition: ${given}, UID in object meta: ${current}`);
}

function scaleOf(call: Call, value: AnyObject): Scale {
  const paths = pathsOf(call);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = value.metadata;
  const selector = paths.selector(value);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: {
      ...(name ? { name } : {}),
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(resourceVersion ? { resourceVersion } : {}),
      ...(creationTimestamp ? { creationTimestamp } : {}),
    },
    spec: { ...(Number(getPath(value, paths.specReplicasPath)) ? { replicas: Number(getPath(value, paths.specReplicasPath)) } : {}) },
    status: { replicas: Number(getPath(value, paths.statusReplicasPath) ?? 0), ...(selector ? { selector } : {}) },
  };
}

function pathsOf(call: Call) {
  const { scale } = call.resource.definition.behaviour;
  if (!scale) throw methodNotSupported(call.resource.definition, "scale");
  return scale;
}

function getPath(object: AnyObject, path: string): unknown {
  let at: unknown = object;
  for (const part of path.replace(/^\./, "").split(".")) at = ownField(at, part);
  return at;
}

function setPath(object: AnyObject, path: string, value: unknown): void {
  const parts = path.replace(/^\./, "").split(".");
  const last = parts.pop() as string;
  let at = object as Record<string, unknown>;
  for (const part of parts) {
    if (ownField(at, part) === undefined) setField(at, part, {});
    at = at[part] as Record<string, unknown>;
  }
  setField(at, last, value);
}

/** A definition may name paths through what every object has: they lead nowhere. */
function ownField(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
