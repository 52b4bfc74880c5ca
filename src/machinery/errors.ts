import { exactJson } from "./exact-json.ts";
import { goNumber } from "./go-number.ts";
import type { Status, StatusCause, StatusDetails } from "./meta/v1.ts";
import { quote } from "./quote.ts";

/**
 * The one error that the API answers with: a `Status` body and its HTTP code. Texts and reasons are upstream's
 * (apimachinery's `api/errors`), since clients match them.
 */
export class StatusError extends Error {
  readonly status: Status;
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = "StatusError";
    this.code = code;
    this.reason = reason;
    this.status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
    if (reason === "") delete this.status.reason;
    if (details) this.status.details = details;
  }

  /** By what it is made of: a program may have loaded this class twice, as an ES module and as CommonJS, or in two realms of a test runner. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this, and mean themselves
    if (this !== StatusError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && (value as Error).name === "StatusError" && "status" in value && "reason" in value;
  }

  /** The error that a `Status` body tells, as clients of a remote server get it. */
  static from(status: Status): StatusError {
    return new StatusError(status.code ?? 500, status.reason ?? "", status.message ?? "unknown", status.details);
  }
}

export function isStatus(error: unknown, reason: string): error is StatusError {
  return error instanceof StatusError && error.reason === reason;
}

/** There is no such object, or no such resource. */
export const isNotFound = (error: unknown): error is StatusError => isStatus(error, "NotFound");
/** An object of that name is there. */
export const isAlreadyExists = (error: unknown): error is StatusError => isStatus(error, "AlreadyExists");
/** Somebody else has changed the object since it was read: read it anew and try again. */
export const isConflict = (error: unknown): error is StatusError => isStatus(error, "Conflict");
/** The resource version is too old to watch or page from: list anew. */
export const isGone = (error: unknown): error is StatusError => isStatus(error, "Expired") || isStatus(error, "Gone");

/** The resource as messages and `details` name it. */
export interface GroupResource {
  group: string;
  resource: string;
}

function qualified(group: string, name: string): string {
  return group === "" ? name : `${name}.${group}`;
}

function details(of: GroupResource, name: string): StatusDetails {
  return { ...(name ? { name } : {}), ...(of.group ? { group: of.group } : {}), kind: of.resource };
}

export function notFound(of: GroupResource, name: string): StatusError {
  return new StatusError(404, "NotFound", `${qualified(of.group, of.resource)} ${quote(name)} not found`, details(of, name));
}

export function alreadyExists(of: GroupResource, name: string): StatusError {
  return new StatusError(409, "AlreadyExists", `${qualified(of.group, of.resource)} ${quote(name)} already exists`, details(of, name));
}

export function conflict(of: GroupResource, name: string, why: string): StatusError {
  return new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(of.group, of.resource)} ${quote(name)}: ${why}`,
    details(of, name),
  );
}

/** The text of a conflict over `metadata.resourceVersion`. */
export const optimisticLockText = "the object has been modified; please apply your changes to the latest version and try again";

export function unauthorized(message = "Unauthorized"): StatusError {
  return new StatusError(401, "Unauthorized", message);
}

export function forbidden(of: GroupResource, name: string, why: string): StatusError {
  const what =
    of.resource === ""
      ? "forbidden"
      : name === ""
        ? `${qualified(of.group, of.resource)} is forbidden`
        : `${qualified(of.group, of.resource)} ${quote(name)} is forbidden`;
  return new StatusError(403, "Forbidden", `${what}: ${why}`, details(of, name));
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

/** 422 with one cause per field error. `kind` is the kind, as `Pod`. */
export function invalid(of: { group: string; kind: string }, name: string, errors: readonly FieldError[]): StatusError {
  const causes: StatusCause[] = errors.map((error) => ({ reason: error.type, message: error.body, field: error.field }));
  const texts = [...new Set(errors.map((error) => error.text))];
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  return new StatusError(
    422,
    "Invalid",
    `${qualified(of.group, of.kind)} ${quote(name)} is invalid${errors.length > 0 ? `: ${joined}` : ""}`,
    {
      ...(name ? { name } : {}),
      ...(of.group ? { group: of.group } : {}),
      kind: of.kind,
      ...(causes.length > 0 ? { causes } : {}),
    },
  );
}

export function methodNotSupported(of: GroupResource, action: string): StatusError {
  return new StatusError(405, "MethodNotAllowed", `${action} is not supported on resources of kind "${qualified(of.group, of.resource)}"`, {
    ...(of.group ? { group: of.group } : {}),
    kind: of.resource,
  });
}

/** 410: the resource version that was asked for has been compacted away. */
export function expired(message: string): StatusError {
  return new StatusError(410, "Expired", message);
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return new StatusError(429, "TooManyRequests", message, { retryAfterSeconds });
}

export function timeout(message: string, retryAfterSeconds = 0): StatusError {
  return new StatusError(504, "Timeout", `Timeout: ${message}`, retryAfterSeconds ? { retryAfterSeconds } : undefined);
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError(503, "ServiceUnavailable", message);
}

export function internalError(message: string): StatusError {
  return new StatusError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
}

export function notAcceptable(message: string): StatusError {
  return new StatusError(406, "NotAcceptable", message);
}

export function unsupportedMediaType(message: string): StatusError {
  return new StatusError(415, "UnsupportedMediaType", message);
}

export function requestEntityTooLarge(message: string): StatusError {
  return new StatusError(413, "RequestEntityTooLarge", message);
}

/** A method that a path doesn't know. */
export function methodNotAllowed(): StatusError {
  return new StatusError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}

/** What a request for a path that nothing serves gets. */
export function pathNotFound(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource", {});
}

export type FieldErrorType =
  | "FieldValueNotFound"
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "InternalError"
  | "FieldValueTypeInvalid";

/** One complaint about one field, in upstream's words (apimachinery's `util/validation/field`). */
export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  /** Without the field: `Invalid value: 0: must be greater than 0`. */
  readonly body: string;
  /** With the field: `spec.replicas: Invalid value: 0: must be greater than 0`. */
  readonly text: string;
}

function fieldError(type: FieldErrorType, field: FieldPath | string, body: string): FieldError {
  const path = field.toString();
  return { type, field: path, body, text: `${path}: ${body}` };
}

/** A value as Go's `%#v`-like field errors print it: strings quoted, objects as JSON. */
function shown(value: unknown): string {
  if (value === undefined || value === null) return "null";
  if (typeof value === "number") return goNumber(value);
  return typeof value === "string" ? quote(value) : goJson(value);
}

/** JSON as Go writes it: safe within HTML. */
export function goJson(value: unknown, indent?: number): string {
  const json = exactJson(value, indent);
  return json.replace(/[<>&\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function withDetail(body: string, detail: string): string {
  return detail === "" ? body : `${body}: ${detail}`;
}

/** Makers of field errors, named as upstream names them. */
export const field = {
  required: (path: FieldPath | string, detail = ""): FieldError =>
    fieldError("FieldValueRequired", path, withDetail("Required value", detail)),
  invalid: (path: FieldPath | string, value: unknown, detail: string): FieldError =>
    fieldError("FieldValueInvalid", path, withDetail(`Invalid value: ${shown(value)}`, detail)),
  typeInvalid: (path: FieldPath | string, value: unknown, detail: string): FieldError =>
    fieldError("FieldValueTypeInvalid", path, withDetail(`Invalid value: ${shown(value)}`, detail)),
  notSupported: (path: FieldPath | string, value: unknown, supported: readonly string[]): FieldError =>
    fieldError(
      "FieldValueNotSupported",
      path,
      withDetail(
        `Unsupported value: ${shown(value)}`,
        supported.length > 0 ? `supported values: ${supported.map((v) => JSON.stringify(v)).join(", ")}` : "",
      ),
    ),
  duplicate: (path: FieldPath | string, value: unknown): FieldError =>
    fieldError("FieldValueDuplicate", path, `Duplicate value: ${shown(value)}`),
  notFound: (path: FieldPath | string, value: unknown): FieldError => fieldError("FieldValueNotFound", path, `Not found: ${shown(value)}`),
  forbidden: (path: FieldPath | string, detail: string): FieldError =>
    fieldError("FieldValueForbidden", path, withDetail("Forbidden", detail)),
  tooLong: (path: FieldPath | string, maxLength: number): FieldError =>
    fieldError(
      "FieldValueTooLong",
      path,
      maxLength >= 0 ? `Too long: may not be more than ${maxLength} ${maxLength === 1 ? "byte" : "bytes"}` : "Too long: value is too long",
    ),
  tooMany: (path: FieldPath | string, actual: number, max: number): FieldError =>
    fieldError(
      "FieldValueTooMany",
      path,
      max >= 0 ? `Too many: ${actual}: must have at most ${max} ${max === 1 ? "item" : "items"}` : "Too many: has too many items",
    ),
  internal: (path: FieldPath | string, message: string): FieldError => fieldError("InternalError", path, `Internal error: ${message}`),
};

/** A path to a field: `spec.containers[0].env[1].name`, `metadata.labels[app]`. Immutable; its text is made only when an error is. */
export class FieldPath {
  readonly #parent: FieldPath | undefined;
  /** A name, or a number: a place in a list. */
  readonly #step: string | number;
  readonly #isKey: boolean;

  constructor(step: string | number, parent?: FieldPath, isKey = false) {
    this.#parent = parent;
    this.#step = step;
    this.#isKey = isKey;
  }

  child(name: string, ...names: string[]): FieldPath {
    let path = new FieldPath(name, this);
    for (const next of names) path = new FieldPath(next, path);
    return path;
  }

  index(index: number): FieldPath {
    return new FieldPath(index, this);
  }

  key(key: string): FieldPath {
    return new FieldPath(key, this, true);
  }

  toString(): string {
    return this.#text() || "<nil>";
  }

  #text(): string {
    const before = this.#parent ? this.#parent.#text() : "";
    if (this.#isKey || typeof this.#step === "number") return `${before}[${this.#step}]`;
    return before === "" ? this.#step : `${before}.${this.#step}`;
  }
}

export function path(first: string, ...rest: string[]): FieldPath {
  return new FieldPath([first, ...rest].join("."));
}
