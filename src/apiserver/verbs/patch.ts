import {
  badRequest,
  type FieldError,
  field,
  goJson,
  internalError,
  invalid,
  StatusError,
  unsupportedMediaType,
} from "../../machinery/errors.ts";
import { exactJson } from "../../machinery/exact-json.ts";
import { type AnyObject, deepCopy } from "../../machinery/object.ts";
import { applyJsonPatch, decodeJsonPatch } from "../../machinery/patch/json-patch.ts";
import { formatAsGo, isMap } from "../../machinery/patch/json-values.ts";
import { applyMergePatch, decodeMergePatch } from "../../machinery/patch/merge-patch.ts";
import type { PatchSchema } from "../../machinery/patch/patch-schema.ts";
import { applyStrategicMergePatch, decodeStrategicMergePatch, unsupportedPatchText } from "../../machinery/patch/strategic-merge.ts";
import { packageOf, parseApiVersion } from "../../machinery/resource-ref.ts";
import { DecodeError, normalize } from "../../machinery/schema/decode.ts";
import { parseExact, parseJsonStrict } from "../../machinery/schema/json-text.ts";
import type { Entry } from "../../storage/store.ts";
import { text as textOf } from "../bytes.ts";
import type { Call, LegacyVersion, ServerContext } from "../context.ts";
import { canonicalPatched, type DecodedBody, fieldValidationOf, isUnfit, versionKindComplaint } from "../decode.ts";
import { matchName, matchNamespace } from "../prepare.ts";
import { inDeclaredOrder, refusedText } from "../refused-text.ts";
import { type ApiResponse, isBytes } from "../request.ts";
import { answerWritten, withManagedFields } from "../respond.ts";
import { sortedKeys } from "../types.ts";
import { apply, applyMediaType } from "./apply.ts";
import { checkFieldManager } from "./field-manager-option.ts";
import { type Current, requireRevision, updateObject } from "./update.ts";

/** How often a patch that names no resource version is applied anew when the object changes under it. */
const maxPatchAttempts = 5;

export type PatchType = "json" | "merge" | "strategic";

export interface ReadPatch {
  type: PatchType;
  body: unknown;
  /** `duplicate field "data.a"` */
  duplicates: readonly string[];
  /** The patch touches managedFields: it is applied to an object that has them. */
  touchesManagedFields: boolean;
}

export async function patch(server: ServerContext, call: Call): Promise<ApiResponse> {
  call.request.audited?.requestPatch(call.request.body);
  checkPatchOptions(call);
  if (mediaTypeOf(call) === applyMediaType) return apply(server, call);
  const type = patchTypeOf(call);
  let read: ReadPatch | undefined;
  // What is wrong with a patch of nothing is nobody's business.
  const change = (current: Current) => {
    read ??= readPatch(call, type);
    return patchedBody(server, call, read, current);
  };
  const entry = await updateObject(server, call, call.name, change, maxPatchAttempts);
  return answerWritten(server, call, 200, entry);
}

/** What a patch changes: an object, or what a subresource shows of it. */
interface Patched {
  value: AnyObject;
  entry: Pick<Entry, "managedFields">;
}

/** The state that a patch makes of the current one. */
export function patchedBody(server: ServerContext, call: Call, read: ReadPatch, { entry, value }: Patched): DecodedBody {
  const base = read.touchesManagedFields ? withManagedFields(value, entry.managedFields) : value;
  const patched = call.legacy ? patchedLegacy(server, call, call.legacy, read, base) : applyPatch(server, call, read, base);
  const text = () => patchedText(server, call, read, { entry, value });
  let body: DecodedBody;
  try {
    if (read.type !== "strategic") {
      checkPatchedVersion(call, patched, text);
      checkPatchedKind(server, call, patched);
    }
    body = isVersionless(call, read, patched)
      ? decodeVersionless(server, call, patched, read.duplicates)
      : canonicalPatched(server, call, patched, base, read.duplicates, read.type === "strategic" ? undefined : text);
  } catch (error) {
    const isRefused = error instanceof StatusError && error.code === 400;
    if (!isRefused && !isUnfit(error)) throw error;
    const shown =
      read.type === "strategic"
        ? formatAsGo(leftOver(read.body ?? {}, base, server.types.of(call.resource.definition.type).patchSchema))
        : text();
    throw refusedPatch(shown, isRefused ? error.message : whyUnfit(server, call, read, patched, shown, error));
  }
  matchNamespace(body.object, call);
  matchName(body.object, call.name);
  // A patch that leaves the resource version alone builds on whatever is newest.
  const { metadata } = body.object;
  // It isn't deleted: each later read of the object would be slow.
  if (metadata.resourceVersion === value.metadata.resourceVersion) metadata.resourceVersion = undefined;
  else if (Number(metadata.resourceVersion ?? 0) === 0) requireRevision(call, call.name);
  return body;
}

/** What upstream complains of first: it reads the text that it shows, or field by field what a strategic patch made. */
function whyUnfit(server: ServerContext, call: Call, read: ReadPatch, patched: AnyObject, shown: string, error: Error): string {
  const isStrategic = read.type === "strategic";
  if (call.legacy || call.resource.custom) return error.message;
  const type = server.types.schema.type(call.resource.definition.type);
  const ordered = isStrategic ? inDeclaredOrder(type, patched) : parseExact(shown);
  try {
    normalize(type, ordered, { stopsAtMismatch: isStrategic });
  } catch (first) {
    if (isUnfit(first)) return isStrategic && first instanceof DecodeError ? first.plain : first.message;
    throw first;
  }
  return error.message;
}

const orderDirective = "$setElementOrder/";

/**
 * What upstream has not taken out of a strategic merge patch when its outcome is refused. Where there is something to merge with,
 * directives go, and lists that have an order told.
 */
function leftOver(patch: unknown, original: unknown, schema: PatchSchema | undefined): unknown {
  if (!isMap(patch) || !isMap(original) || patch.$patch === "delete") return patch;
  const names = Object.keys(patch).filter((name) => !name.startsWith("$") && !(orderDirective + name in patch));
  const below = (name: string) => {
    const field = schema?.field(name);
    return field?.strategy === "replace" ? patch[name] : leftOver(patch[name], original[name], field?.type);
  };
  return Object.fromEntries(names.map((name) => [name, below(name)]));
}

function refusedPatch(shown: string, why: string): StatusError {
  const complaint = field.invalid("patch", shown, why);
  return new StatusError(422, "Invalid", ` "" is invalid: ${complaint.text}`, {
    causes: [{ reason: complaint.type, message: complaint.body, field: complaint.field }],
  });
}

/** What a patch made, as upstream shows it where it refuses it. */
function patchedText(server: ServerContext, call: Call, read: ReadPatch, { entry, value }: Patched): string {
  const base = withManagedFields(value, entry.managedFields);
  if (call.legacy) return exactJson(patchedLegacy(server, call, call.legacy, read, base));
  // What has no type keeps its fields sorted.
  if (call.resource.custom) return goJson(sortedKeys(applyPatch(server, call, read, base)));
  return refusedText(server.types.schema.type(call.resource.definition.type), base, applyPatch(server, call, read, base, true), read.body);
}

function isVersionless({ resource, legacy }: Call, { type }: ReadPatch, { apiVersion }: AnyObject): boolean {
  return type !== "strategic" && !legacy && !resource.custom && !apiVersion;
}

/**
 * Upstream reads a document that names no version into its internal type, which has the fields of metadata at its top and knows the
 * others under no name that JSON could have.
 */
function decodeVersionless(server: ServerContext, call: Call, patched: AnyObject, duplicates: readonly string[]): DecodedBody {
  const known = server.types.schema.type("machinery/meta/v1#ObjectMeta").fields;
  const unknown: string[] = [];
  const metadata: Record<string, unknown> = {};
  for (const name of Object.keys(patched).sort()) {
    if (known.has(name)) metadata[name] = patched[name];
    else if (name !== "kind" && name !== "apiVersion") unknown.push(`unknown field ${JSON.stringify(name)}`);
  }
  return canonicalPatched(server, call, { metadata } as AnyObject, undefined, [...duplicates, ...unknown], () => exactJson({ metadata }));
}

/** A document that was patched is read anew: first, what it says that it is. */
function checkPatchedVersion({ resource, legacy }: Call, patched: AnyObject, text: () => string): void {
  if (legacy) return;
  const complaint = versionKindComplaint(patched);
  if (complaint !== undefined) throw badRequest(`couldn't get version/kind; json parse error: ${complaint}`);
  const { apiVersion, kind } = patched;
  if (apiVersion && apiVersion.split("/").length > 2) throw badRequest(`unexpected GroupVersion string: ${apiVersion}`);
  if (!resource.custom) return;
  if (!kind) throw badRequest(`Object 'Kind' is missing in '${text()}'`);
  if (!apiVersion) throw internalError("Object 'apiVersion' is missing in 'object has no apiVersion field'");
}

/** A patch may not make another kind of an object. */
function checkPatchedKind(server: ServerContext, { resource, legacy }: Call, patched: AnyObject): void {
  const { apiVersion, kind } = patched;
  const { definition } = resource;
  const isOwn = (!kind || kind === definition.kind) && (!apiVersion || apiVersion === resource.apiVersion);
  if (isOwn || legacy || resource.custom || typeof kind !== "string" || typeof apiVersion !== "string") return;
  const type = server.types.builtInTypeOf(apiVersion, kind);
  if (type === undefined) {
    throw badRequest(
      `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const { version } = parseApiVersion(apiVersion);
  // It is read as what it says that it is, first.
  server.types.of(type).normalize(deepCopy(patched));
  throw badRequest(`converting (${version}.${kind}) to (${packageOf(definition.group)}.${definition.kind}): unknown conversion`);
}

/** A patch of an old version is about the object as that version shows it. */
function patchedLegacy(server: ServerContext, call: Call, legacy: LegacyVersion, read: ReadPatch, base: AnyObject): AnyObject {
  const patched = deepCopy(applyPatch(server, call, read, legacy.fromServed(base)));
  // What strict decoding would say of the old form, the canonical form below says too.
  return legacy.toServed(patched, call.resource, call.warnings, []);
}

const typesByMedia: Record<string, PatchType> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
};

export function mediaTypeOf({ request: { headers } }: Call): string {
  return (headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
}

/** Checks the options that only some patches take. */
export function checkPatchOptions(call: Call): void {
  const { query } = call.request;
  const errors: FieldError[] = [];
  if (mediaTypeOf(call) === applyMediaType) {
    if (!query.get("fieldManager")) errors.push(field.required("fieldManager", "is required for apply patch"));
  } else if (query.has("force")) errors.push(field.forbidden("force", "may not be specified for non-apply patch"));
  errors.push(...checkFieldManager(query.get("fieldManager") ?? ""));
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", errors);
  fieldValidationOf(call);
}

const stepFields: ReadonlySet<string> = new Set(["op", "path", "from", "value"]);

/** What the steps of a JSON patch have beside their fields. */
function unknownOfSteps(patch: unknown): string[] {
  if (!Array.isArray(patch)) return [];
  return patch.flatMap((step: unknown, index) => {
    const names = typeof step === "object" && step !== null && !Array.isArray(step) ? Object.keys(step) : [];
    return names.filter((name) => !stepFields.has(name)).map((name) => `unknown field ${JSON.stringify(`[${index}].${name}`)}`);
  });
}

/** Routes of built-in kinds are found by any of the types that the header lists, though only one alone is understood. */
function namesPatchType({ request: { headers } }: Call): boolean {
  const medias = (headers["content-type"] ?? "").split(",").map((one) => one.split(";")[0]?.trim() ?? "");
  return medias.some((media) => media === applyMediaType || Object.hasOwn(typesByMedia, media));
}

/** Throws the 415 when the resource takes no patches of this type. */
export function patchTypeOf(call: Call): PatchType {
  const media = mediaTypeOf(call);
  const type = typesByMedia[media];
  if (type === undefined || (type === "strategic" && call.resource.custom)) {
    const isCustom = call.resource.custom;
    if (!isCustom && !namesPatchType(call)) throw new StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
    const accepted = [...Object.keys(typesByMedia).filter((name) => !isCustom || typesByMedia[name] !== "strategic"), applyMediaType];
    throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`);
  }
  return type;
}

export function readPatch(call: Call, type: PatchType): ReadPatch {
  const { body } = call.request;
  if (body !== undefined && !isBytes(body)) return { type, body, duplicates: [], touchesManagedFields: type === "json" };
  const source = textOf(body ?? new Uint8Array(0));
  try {
    const { value, duplicates } = parseJsonStrict(source, { keepNumbers: false, joins: false });
    const told = type === "json" ? [...duplicates, ...unknownOfSteps(value)].map((text) => `json patch ${text}`) : duplicates;
    return { type, body: value, duplicates: told, touchesManagedFields: source.includes("managedFields") };
  } catch (error) {
    const { message } = error as Error;
    throw badRequest(type === "strategic" ? message : `error decoding patch: ${message}`);
  }
}

/** Applies a patch to plain data. Neither argument is changed. `isToShow`: only what the patch didn't look at is shared with `base`. */
export function applyPatch(server: ServerContext, call: Call, { type, body }: ReadPatch, base: AnyObject, isToShow = false): AnyObject {
  if (type === "json") return applyJsonPatch(base, decodeJsonPatch(body), isToShow) as AnyObject;
  if (type === "merge") return applyMergePatch(base, decodeMergePatch(body)) as AnyObject;
  const schema = server.types.of(call.resource.definition.type).patchSchema;
  if (!schema) throw unsupportedMediaType(unsupportedPatchText);
  return applyStrategicMergePatch(base, decodeStrategicMergePatch(body), schema) as AnyObject;
}
