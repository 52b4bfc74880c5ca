import { badRequest, StatusError, unsupportedMediaType } from "../machinery/errors.ts";
import { exactJson } from "../machinery/exact-json.ts";
import { type AnyObject, deepCopy, setField } from "../machinery/object.ts";
import { QuantityError } from "../machinery/quantity.ts";
import { apiVersionOf, packageOf, parseApiVersion } from "../machinery/resource-ref.ts";
import { DecodeError, jsonName, type NormalizeOptions } from "../machinery/schema/decode.ts";
import { decodeEnvelope, type Envelope } from "../machinery/schema/envelope.ts";
import { JsonNumber, JsonSyntaxError, parseExact } from "../machinery/schema/json-text.ts";
import { TimeError } from "../machinery/schema/time-text.ts";
import { WireError } from "../machinery/schema/wire-reader.ts";
import { text } from "./bytes.ts";
import type { ServedResource } from "./catalog.ts";
import type { Call, ServerContext } from "./context.ts";
import { formerKinds } from "./former-kinds.ts";
import { encodingOf, mediaTypes } from "./negotiate.ts";
import { isBytes } from "./request.ts";
import { type KindType, YamlError } from "./types.ts";

export interface DecodedBody {
  object: AnyObject;
  /** What the client said about managedFields: absent, or the array it sent. */
  managedFields: unknown[] | undefined;
  /** The object has empty lists or maps that are to go once its defaults are filled in. */
  hasEmpty?: boolean;
}

/** A kind as a body may have it. */
export interface ExpectedKind {
  group: string;
  version: string;
  kind: string;
  /** The type's reference in the tables. */
  type: string;
  /** The kind is the same in every group and version that has it. */
  ofAnyGroup?: boolean;
  /** Other versions of the very same form. */
  versions?: readonly string[];
}

const acceptedTypes = Object.values(mediaTypes).join(", ");

/** How strictly to take unknown and duplicate fields. */
export type FieldValidation = "Strict" | "Warn" | "Ignore";

export function fieldValidationOf({ request: { query } }: Call): FieldValidation {
  const value = query.get("fieldValidation");
  return value === "Strict" || value === "Ignore" ? value : "Warn";
}

/** The body of a create or an update in the version that the resource serves, in canonical form. */
export function decodeBody(server: ServerContext, call: Call): DecodedBody {
  const { definition } = call.resource;
  const { object, hasEmpty } = decode(server, call, definition, call.resource, true);
  call.request.audited?.requestObject(object, () => {
    const complete = deepCopy(object);
    server.types.of(definition.type).applyDefaults(complete);
    definition.behaviour.default?.(complete, server.clock);
    return { kind: definition.kind, apiVersion: call.resource.apiVersion, ...complete };
  });
  return { ...splitManagedFields(object), hasEmpty };
}

/** Takes managedFields out: they are stored beside the object. */
export function splitManagedFields(object: AnyObject): DecodedBody {
  object.metadata ??= {};
  const { managedFields } = object.metadata;
  delete object.metadata.managedFields;
  return { object, managedFields };
}

/** A body of one expected kind, fully decoded; the body of a subresource may be of another kind than the resource. */
export function decodeKind(server: ServerContext, call: Call, expected: ExpectedKind): AnyObject {
  const { object } = decode(server, call, expected, undefined, false);
  call.request.audited?.requestObject(object, () => {
    const apiVersion = expected.ofAnyGroup ? "meta.k8s.io/__internal" : apiVersionOf(expected);
    return { kind: expected.kind, ...object, apiVersion };
  });
  return object;
}

interface Canonical {
  object: AnyObject;
  hasEmpty: boolean;
}

function decode(
  server: ServerContext,
  call: Call,
  expected: ExpectedKind,
  legacyResource: ServedResource | undefined,
  keepEmpty: boolean,
): Canonical {
  const validation = fieldValidationOf(call);
  const isCustom = call.resource.custom && expected === call.resource.definition;
  const body = readBody(server, call, expected, isCustom);
  const { value, problems, order } = body;
  if (isCustom) checkCustomVersion(server, call, body, expected);
  else checkKind(server, call, body, expected);
  let object = value;
  if (call.legacy && legacyResource) {
    object = call.legacy.toServed(value, legacyResource, call.warnings, problems);
  }
  const decoded = canonical(server.types.of(expected.type), object, expected, problems, keepEmpty, order, object.kind);
  const why = legacyResource && expected === call.resource.definition && call.resource.definition.behaviour.unconvertible?.(decoded.object);
  if (why) throw unfit(expected.kind, expected.version, expected.kind, why);
  report(call, validation, problems, isCustom ? { ...expected, kind: value.kind ?? expected.kind } : expected);
  return decoded;
}

interface ReadBody {
  value: AnyObject;
  problems: string[];
  /** Where fields stand in the document, when some came twice. */
  order?: ReadonlyMap<string, number>;
}

/** The body as plain data, not yet checked against a type. Owned by the caller. */
function readBody(server: ServerContext, call: Call, expected: ExpectedKind, namesItself: boolean): ReadBody {
  const { body, headers } = call.request;
  if (body !== undefined && !isBytes(body)) return { value: body, problems: [] };
  const header = headers["content-type"] ?? "";
  const type = header === "" ? mediaTypes.json : (header.split(";")[0] ?? "").trim().toLowerCase();
  const encoding = type.includes("*") || !/^[^;]*(;\s*([\w-]+=("[^"]*"|[^\s;"]+)\s*)?)*$/.test(header) ? undefined : encodingOf(type);
  if (encoding === undefined || (namesItself && encoding === "protobuf")) {
    throw unsupportedMediaType(`the body of the request was in an unknown format - accepted media types include: ${acceptedTypes}`);
  }
  const bytes = body ?? new Uint8Array(0);
  if (encoding === "protobuf") {
    const { apiVersion, kind, raw } = openEnvelope(bytes, expected);
    if (apiVersion === "" && kind === "" && raw.length === 0) {
      throw badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): empty body (${excerpt(bytes)})`);
    }
    // What is of every group's version has no table of its own there.
    const type = expected.ofAnyGroup && kind === expected.kind ? expected.type : server.types.builtInTypeOf(apiVersion, kind);
    if (expected.ofAnyGroup && kind !== expected.kind) throw noOptions(kind, apiVersion, expected);
    if (type === undefined || kind !== expected.kind) throw unknownConversion({ apiVersion, kind } as AnyObject, expected);
    const value = decodeMessage(server.types.of(type), raw, expected);
    value.apiVersion = apiVersion;
    value.kind = kind;
    return { value, problems: [] };
  }
  const source = text(bytes);
  try {
    const parsed = encoding === "json" ? server.types.parseJson(source, !namesItself) : server.types.parseYaml(source);
    const { value, problems } = parsed;
    const complaint = value === null ? undefined : versionKindComplaint(value);
    if (complaint !== undefined) throw new SyntaxError(complaint);
    if (namesItself) checkNamesKind(call, value as AnyObject | null, () => (encoding === "json" ? source : exactJson(value)), expected);
    if (value === null) return { value: {} as AnyObject, problems };
    for (const name of ["apiVersion", "kind"]) if ((value as AnyObject)[name] === null) delete (value as AnyObject)[name];
    return { value: value as AnyObject, problems, ...(parsed.order ? { order: parsed.order } : {}) };
  } catch (error) {
    if (error instanceof YamlError) {
      throw badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): ${error.message} (${excerpt(bytes)})`);
    }
    if (!(error instanceof SyntaxError) && !(error instanceof JsonSyntaxError)) throw error;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): couldn't get version/kind; json parse error: ${error.message} (${excerpt(bytes)})`,
    );
  }
}

function decodeMessage(type: KindType, raw: Uint8Array, { kind, version }: ExpectedKind): AnyObject {
  try {
    return type.decodeProtobuf(raw);
  } catch (error) {
    if (!(error instanceof WireError) && !isUnfit(error)) throw error;
    throw unfit(kind, version, kind, error.message);
  }
}

function unfit(kind: string, version: string, expected: string, message: string): StatusError {
  return badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected}: ${message}`);
}

/** A custom object says what it is. `json` is the text of it, as JSON. */
function checkNamesKind(call: Call, value: AnyObject | null, json: () => string, { version, kind }: ExpectedKind): void {
  const given = value?.apiVersion ?? "";
  const bytes = isBytes(call.request.body) ? call.request.body : new Uint8Array(0);
  const unrecognized = (why: string) =>
    badRequest(`the object provided is unrecognized (must be of type ${kind}): ${why} (${excerpt(bytes)})`);
  if (given.split("/").length > 2) throw unrecognized(`unexpected GroupVersion string: ${given}`);
  if (value?.kind) return;
  if (fieldValidationOf(call) !== "Ignore") throw unrecognized(missingKind(text(bytes)));
  // What isn't said is taken from the path before the object is read.
  const own = parseApiVersion(given);
  const isUnsaid = own.group === "" && own.version === "";
  throw unfit(kind, isUnsaid ? version : own.version, kind, missingKind(json()));
}

function missingKind(source: string): string {
  return `Object 'Kind' is missing in '${source}'`;
}

/** Custom kinds are served in the version they are sent in. In-process callers needn't repeat what the path says. */
function checkCustomVersion(server: ServerContext, call: Call, { value, problems, order }: ReadBody, expected: ExpectedKind): void {
  const isSent = isBytes(call.request.body);
  const wanted = apiVersionOf(expected);
  const given = value.apiVersion ?? "";
  if (!isSent) value.kind ??= expected.kind;
  if (given === wanted || (given === "" && !isSent)) return;
  const { group, version } = parseApiVersion(given);
  const { kind = expected.kind, metadata } = value;
  const isOwnKind = group === expected.group && kind === expected.kind;
  const own = isOwnKind ? server.catalog.findKnown(group, version, call.resource.definition.resource)?.definition : undefined;
  const seen = { ...expected, version };
  // What metadata can't hold is refused first; a version that nobody knows has no other fields.
  if (own) canonical(server.types.of(own.type), deepCopy(value), seen, problems, false, order);
  else canonical(server.types.of(expected.type), deepCopy({ kind, metadata } as AnyObject), seen, problems, false, order, kind);
  if (isOwnKind && !own) {
    for (const name of Object.keys(value)) if (!/^(apiVersion|kind|metadata)$/.test(name)) problems.push(`unknown field "${name}"`);
  }
  report(call, fieldValidationOf(call), problems, { ...seen, kind });
  throw badRequest(`the API version in the data (${apiVersionOf({ group, version })}) does not match the expected API version (${wanted})`);
}

/** What tells the kind is read before the rest. */
export function versionKindComplaint(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof JsonNumber) {
    return `json: cannot unmarshal ${jsonName(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
  }
  for (const name of ["apiVersion", "kind"]) {
    const text = (value as AnyObject)[name] ?? "";
    if (typeof text !== "string") return `json: cannot unmarshal ${jsonName(text)} into Go struct field .${name} of type string`;
  }
  return undefined;
}

function openEnvelope(bytes: Uint8Array, expected: ExpectedKind): Envelope {
  try {
    if (bytes.length === 0) throw new WireError("empty data");
    return decodeEnvelope(bytes);
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw badRequest(`the object provided is unrecognized (must be of type ${expected.kind}): ${error.message} (${excerpt(bytes)})`);
  }
}

/** How much of a body errors show. */
const excerptLength = 30;

/** The body as upstream shows it in errors: an object as its text, anything else in hexadecimal. */
function excerpt(bytes: Uint8Array): string {
  if (bytes.length === 0) return "<empty>";
  const part = bytes.subarray(0, excerptLength);
  const shown = bytes[0] === 0x7b ? text(part) : Array.from(part, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return bytes.length > excerptLength ? `${shown} ...` : shown;
}

function checkKind(server: ServerContext, call: Call, { value, problems, order }: ReadBody, expected: ExpectedKind): void {
  const { legacy } = call;
  const apiVersion = apiVersionOf(expected);
  const kind = value.kind || expected.kind;
  const legacyVersion = legacy ? apiVersionOf(legacy) : undefined;
  const version = value.apiVersion || (legacyVersion ?? apiVersion);
  const isSameForm = version === apiVersion || expected.versions?.includes(version) === true;
  const isExpected = kind === expected.kind && (isSameForm || expected.ofAnyGroup === true);
  if (version.split("/").length > 2) {
    const source = isBytes(call.request.body) ? call.request.body : new Uint8Array(0);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): unexpected GroupVersion string: ${version} (${excerpt(source)})`,
    );
  }
  if (expected.ofAnyGroup && kind !== expected.kind) throw noOptions(kind, value.apiVersion || metaVersion, expected);
  if (!isExpected && version !== legacyVersion && !isKnownKind(server, version, kind)) {
    throw badRequest(
      `${kind} in version ${JSON.stringify(parseApiVersion(version).version)} cannot be handled as a ${expected.kind}: no kind ${JSON.stringify(kind)} is ` +
        `registered for version ${JSON.stringify(version)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  if (kind !== expected.kind) {
    // It is read as what it says that it is, first.
    const type = server.types.builtInTypeOf(version, kind);
    if (type !== undefined) canonical(server.types.of(type), deepCopy(value), expected, [], false, undefined, kind);
    throw unknownConversion({ apiVersion: version, kind } as AnyObject, expected);
  }
  if (expected.ofAnyGroup) return;
  if (!isSameForm && version !== legacyVersion) {
    const type = server.types.builtInTypeOf(version, kind);
    if (type !== undefined) {
      const own = { ...expected, ...parseApiVersion(version) };
      canonical(server.types.of(type), deepCopy(value), own, problems, false, order);
      report(call, fieldValidationOf(call), problems, own);
    }
    throw badRequest(`the API version in the data (${version}) does not match the expected API version (${apiVersion})`);
  }
  value.apiVersion = version;
  value.kind = kind;
}

/** Options are registered in every version. */
function isKnownKind(server: ServerContext, apiVersion: string, kind: string): boolean {
  if (Object.hasOwn(formerKinds, apiVersion) && formerKinds[apiVersion]?.split(" ").includes(kind)) return true;
  if (apiVersion === "v1" && kind === "List") return true;
  if (/^(Delete|List|Create|Update|Patch|Get)Options$|^(Status|WatchEvent)$/.test(kind)) return isServedVersion(server, apiVersion);
  return server.types.builtInTypeOf(apiVersion, kind) !== undefined;
}

function isServedVersion({ catalog }: ServerContext, apiVersion: string): boolean {
  if (apiVersion === "meta.k8s.io/v1") return true;
  for (const served of catalog.all()) if (served.apiVersion === apiVersion) return true;
  return false;
}

const metaVersion = "meta.k8s.io/v1";
/** Kinds of every version, and those of the group that options are read as. */
const unversionedKinds = /^(Status|API(Versions|GroupList|Group|ResourceList))$/;
const metaKinds = /^((List|Create|Update|Patch|Get|Table)Options|WatchEvent|Table|PartialObjectMetadata(List)?)$/;

/** Of options that say that they are another kind. */
function noOptions(kind: string, version: string, expected: ExpectedKind): StatusError {
  const isKnown = unversionedKinds.test(kind) || (version === metaVersion && metaKinds.test(kind));
  return badRequest(
    isKnown
      ? `converting (v1.${kind}) to (v1.${expected.kind}): unknown conversion`
      : `no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(version)} in scheme "pkg/runtime/scheme.go:111"`,
  );
}

function unknownConversion(value: AnyObject, expected: ExpectedKind): StatusError {
  const { apiVersion = "", kind = "" } = value;
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  return badRequest(
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${expected.kind}: converting (${version}.${kind}) to ` +
      `(${packageOf(expected.group)}.${expected.kind}): unknown conversion`,
  );
}

/** The body, which may be changed, in its canonical form. */
function canonical(
  type: KindType,
  body: AnyObject,
  expected: ExpectedKind,
  problems: string[],
  keepEmpty: boolean,
  order?: ReadonlyMap<string, number>,
  kind = expected.kind,
): Canonical {
  try {
    return canonicalUnchecked(type, body, expected, problems, { keepEmpty }, order);
  } catch (error) {
    if (!isUnfit(error)) throw error;
    throw unfit(kind, expected.version, expected.kind, error.message);
  }
}

/** Whether decoding threw this because a type can't hold a value. */
export function isUnfit(error: unknown): error is DecodeError | TimeError | QuantityError {
  return error instanceof DecodeError || error instanceof TimeError || error instanceof QuantityError;
}

function canonicalUnchecked(
  type: KindType,
  body: AnyObject,
  expected: ExpectedKind,
  problems: string[],
  options: NormalizeOptions,
  order?: ReadonlyMap<string, number>,
): Canonical {
  const resets = !type.unknownComesLast && isEmptyList(body.metadata?.managedFields);
  const normalized = type.normalize(body, options);
  const { object, hasEmpty = false } = normalized;
  if (normalized.unknown.length > 0) dropUnknownDuplicates(problems, normalized.unknown);
  // What the reader of YAML finds, it finds before anything is made of the text.
  if (type.unknownComesLast || problems[0]?.startsWith("line ")) problems.push(...normalized.unknown);
  else problems.unshift(...normalized.unknown);
  if (order && problems.length > 1 && !type.unknownComesLast) problems.sort((a, b) => placeOf(order, a) - placeOf(order, b));
  if (!type.unknownComesLast) limitComplaints(problems);
  object.apiVersion = apiVersionOf(expected);
  object.kind ??= expected.kind;
  if (!type.unknownComesLast) object.kind = expected.kind;
  // An empty list is no list to the type, and the wish to forget all owners to the server; of a custom object it isn't seen.
  if (resets) object.metadata.managedFields = [];
  return { object, hasEmpty };
}

/** How many unknown and duplicate fields of a text are told. */
const maxComplaints = 100;

/** What the reader of YAML finds is told apart, and all of it. */
function limitComplaints(problems: string[]): void {
  if (problems.length <= maxComplaints) return;
  const first = problems.findIndex((problem) => !problem.startsWith("line "));
  if (first >= 0) problems.splice(first + maxComplaints);
}

/** An unknown field isn't looked into, nor at again. */
function dropUnknownDuplicates(problems: string[], unknown: readonly string[]): void {
  const fields = unknown.map((text) => text.slice("unknown field ".length, -1));
  const isWithin = (problem: string) =>
    fields.some((field) => {
      const rest = problem.startsWith(`duplicate field ${field}`) ? problem.slice(`duplicate field ${field}`.length) : undefined;
      return rest !== undefined && /^[".[]/.test(rest);
    });
  for (let at = problems.length - 1; at >= 0; at--) if (isWithin(problems[at] as string)) problems.splice(at, 1);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Where in a document what a complaint is about stands. */
function placeOf(order: ReadonlyMap<string, number>, problem: string): number {
  return order.get(problem) ?? order.get(problem.replace(/^unknown field /, "")) ?? 0;
}

function report(
  call: Call,
  validation: FieldValidation,
  problems: readonly string[],
  expected: Pick<ExpectedKind, "kind" | "version">,
): void {
  if (problems.length === 0 || validation === "Ignore") return;
  if (validation === "Warn") {
    call.warnings.push(...problems);
    return;
  }
  if (expected.version === "") throw badRequest("Object 'apiVersion' is missing in 'object has no apiVersion field'");
  throw badRequest(
    `${expected.kind} in version ${JSON.stringify(expected.version)} cannot be handled as a ${expected.kind}: strict decoding error: ${strictText(problems)}`,
  );
}

/** Keys that come twice in YAML are told as its parser tells them. */
function strictText(problems: readonly string[]): string {
  const lines = problems.filter((problem) => problem.startsWith("line "));
  if (lines.length === 0) return problems.join(", ");
  const others = problems.filter((problem) => !problem.startsWith("line "));
  return [`yaml: unmarshal errors:\n${lines.map((line) => `  ${line}`).join("\n")}`, ...others].join(", ");
}

/**
 * A stored object and the next one share the parts that are the same: what comes after decoding doesn't change a part of a built-in
 * kind that is as it shall be.
 */
export function isSharable({ resource }: Call, key: string, part: unknown): boolean {
  return !resource.custom && key !== "metadata" && typeof part === "object" && part !== null && Object.isFrozen(part);
}

/**
 * What a patch made of `base`, brought into canonical form like a body: what it has left alone has it. Unknown fields are told as
 * they stand in `text`, or by name where it isn't text any more. Throws a `StatusError` of code 400, or, where the type can't hold
 * it, what decoding throws.
 */
export function canonicalPatched(
  server: ServerContext,
  call: Call,
  patched: AnyObject,
  base: AnyObject | undefined,
  duplicates: readonly string[],
  text: (() => string) | undefined,
): DecodedBody {
  const { definition, custom } = call.resource;
  const type = server.types.of(definition.type);
  const unknown: string[] = [];
  const untouched = new Set<unknown>();
  const own = {} as AnyObject;
  for (const key in patched) {
    const part = patched[key];
    const isShared = base !== undefined && part === base[key] && isSharable(call, key, part);
    if (isShared) untouched.add(part);
    setField(own, key, isShared ? part : deepCopy(part));
  }
  const options = { keepEmpty: true, wraps: text === undefined, canonical: untouched };
  const { object, hasEmpty } = canonicalUnchecked(type, own, definition, unknown, options);
  // What says that it is something else is refused as an object of that version.
  if (custom) object.apiVersion = patched.apiVersion;
  const why = definition.behaviour.unconvertible?.(object);
  if (why !== undefined) throw text ? badRequest(why) : new StatusError(500, "", why);
  if (!text) unknown.sort();
  const isOrdered = unknown.length < 2 || custom || !text;
  const told = isOrdered ? unknown : type.normalize(parseExact(text()) as AnyObject, options).unknown.slice(0, maxComplaints);
  const problems = [...duplicates, ...told];
  if (problems.length > 0) {
    const validation = fieldValidationOf(call);
    if (validation === "Warn") call.warnings.push(...problems);
    if (validation === "Strict") {
      throw new StatusError(400, "BadRequest", `strict decoding error: ${problems.join(", ")}`);
    }
  }
  return { ...splitManagedFields(object), hasEmpty };
}
