import { badRequest, requestEntityTooLarge, StatusError } from "../errors.ts";
import { exactJson } from "../exact-json.ts";
import { deepCopy, deepEqual, setField } from "../object.ts";
import { decodedKind, isList, isMap, type JsonMap } from "./json-values.ts";

/** One step of a JSON patch. What is missing is undefined; a missing `value` counts as null. */
export interface JsonPatchOperation {
  readonly op?: string;
  readonly path?: string;
  readonly from?: string;
  readonly value?: unknown;
}

const maxOperations = 10000;
/** What `copy` may add in all, in bytes of JSON. */
const maxCopiedBytes = 3 * 1024 * 1024;

/** Checks what a request sent as a JSON patch. Throws the 400 or 413 `StatusError`. */
export function decodeJsonPatch(patch: unknown): readonly JsonPatchOperation[] {
  if (patch === null) return [];
  if (!isList(patch)) throw undecodable(`${decodedKind(patch)} into Go value of type []handlers.jsonPatchOp`);
  for (const operation of patch) {
    if (operation === null) continue;
    if (!isMap(operation)) throw undecodable(`${decodedKind(operation)} into Go value of type handlers.jsonPatchOp`);
    for (const name of ["op", "path", "from"]) {
      const value = operation[name];
      if (value !== undefined && value !== null && typeof value !== "string") {
        throw undecodable(`${decodedKind(value)} into Go struct field jsonPatchOp.${name} of type string`);
      }
    }
  }
  if (patch.length > maxOperations) {
    throw requestEntityTooLarge(
      `Request entity too large: The allowed maximum operations in a JSON patch is ${maxOperations}, got ${patch.length}`,
    );
  }
  return patch as readonly JsonPatchOperation[];
}

function undecodable(what: string): StatusError {
  return badRequest(`error decoding patch: json: cannot unmarshal ${what}`);
}

/**
 * Applies a JSON patch (RFC 6902) as upstream's library does: replacing a field that isn't there adds it, and negative places
 * count from the end of a list. Changes nothing that is given; what the patch doesn't touch is shared. Throws the 422
 * `StatusError`, whose text tells nothing, as upstream's. `copiesLookedAt`: what the patch looks into isn't shared either, as
 * upstream shows it otherwise from then on.
 */
export function applyJsonPatch(document: JsonMap, operations: readonly JsonPatchOperation[], copiesLookedAt = false): unknown {
  const patcher = new Patcher(document, copiesLookedAt);
  for (const operation of operations) patcher.apply(operation ?? {});
  return patcher.root;
}

type Container = Record<string, unknown> | unknown[];

class Patcher {
  root: unknown;
  /** The containers that this patch has made, which may be changed in place. */
  readonly #own = new Set<object>();
  readonly #copiesLookedAt: boolean;
  #copiedBytes = 0;

  constructor(document: JsonMap, copiesLookedAt: boolean) {
    this.root = document;
    this.#copiesLookedAt = copiesLookedAt;
  }

  apply({ op, path, from, value = null }: JsonPatchOperation): void {
    switch (op) {
      case "add":
        this.#add(path, value);
        break;
      case "remove":
        this.#remove(path);
        break;
      case "replace":
        this.#replace(path, value);
        break;
      case "move": {
        const moved = this.#get(
          from,
          (shown) => `move operation does not apply: doc is missing from path: ${shown}`,
          `error in move for path: '${from}'`,
        );
        this.#remove(from);
        const { container, key } = this.#writable(
          path,
          (shown) => `move operation does not apply: doc is missing destination path: ${shown}`,
        );
        this.#put(container, key, moved, `error in move for path: '${path}'`);
        break;
      }
      case "copy": {
        const missingFrom = (shown: string) => `copy operation does not apply: doc is missing from path: ${shown}`;
        let copied = this.#get(from, missingFrom, `error in copy for from: '${from}'`);
        this.#copiedBytes += exactJson(copied).length;
        if (this.#copiedBytes > maxCopiedBytes) {
          const told = `${this.#copiedBytes}, greater than the limit ${maxCopiedBytes}`;
          throw rejected(`Unable to complete the copy, the accumulated size increase of copy is ${told}`);
        }
        // The value may be one that later steps change in place: it is shared from now on.
        if (typeof copied === "object" && copied !== null) this.#own.clear();
        const { container, key } = this.#writable(
          path,
          (shown) => `copy operation does not apply: doc is missing destination path: ${shown}`,
        );
        // The way to the destination may lead through it.
        if (this.#copiesLookedAt) copied = this.#apart(this.#get(from, missingFrom, ""));
        this.#put(container, key, copied, "error while adding value during copy");
        break;
      }
      case "test":
        if (!deepEqual(path === "" ? this.root : this.#tested(path), value)) {
          throw rejected(new TestFailed(`testing value ${path} failed: test failed`));
        }
        if (this.#copiesLookedAt) this.#copyTested(path);
        break;
      default:
        throw rejected(`Unexpected kind: ${op ?? "unknown"}`);
    }
  }

  #add(path: string | undefined, value: unknown): void {
    const { container, key } = this.#writable(path, (shown) => `add operation does not apply: doc is missing path: "${shown}"`);
    this.#put(container, key, value, `error in add for path: '${path}'`);
  }

  #put(container: Container, key: string, value: unknown, what: string): void {
    if (!isList(container)) setField(container, key, value);
    else if (key === "-") container.push(value);
    else container.splice(placeOf(key, container.length + 1, what), 0, value);
  }

  #remove(path: string | undefined): void {
    const { container, key } = this.#writable(path, (shown) => `remove operation does not apply: doc is missing path: "${shown}"`);
    const what = `error in remove for path: '${path}'`;
    if (isList(container)) container.splice(placeOf(key, container.length, what), 1);
    else {
      if (!Object.hasOwn(container, key)) throw rejected(`${what}: Unable to remove nonexistent key: ${key}: ${missing}`);
      delete container[key];
    }
  }

  #replace(path: string | undefined, value: unknown): void {
    if (path === "") {
      if (typeof value !== "object" || value === null) throw rejected("replace operation value must be object or array");
      this.root = value;
      return;
    }
    const { container, key } = this.#writable(path, (shown) => `replace operation does not apply: doc is missing path: ${shown}`);
    if (isList(container)) {
      const place = indexOf(key);
      if (place === undefined || !isWithin(place, container.length)) {
        throw rejected(`replace operation does not apply: doc is missing key: ${path}: ${missing}`);
      }
      container[place < 0 ? place + container.length : place] = value;
    } else setField(container, key, value);
  }

  #tested(path: string | undefined): unknown {
    return this.#get(path, (shown) => `test operation does not apply: is missing path: ${shown}`, `error in test for path: '${path}'`);
  }

  /** The value at a path; null for a field that isn't there, as long as its parent is. */
  #get(path: string | undefined, absent: (path: string) => string, what: string): unknown {
    if (this.#copiesLookedAt) this.#writable(path, absent);
    const { parents, key } = splitPath(path) ?? missingPath(path, absent);
    let container = this.root;
    for (const part of parents) container = valueIn(container, part) ?? missingPath(path, absent);
    if (typeof container !== "object" || container === null) throw missingPath(path, absent);
    if (isList(container)) return container[placeOf(key, container.length, what)] ?? null;
    return Object.hasOwn(container, key) ? ((container as JsonMap)[key] ?? null) : null;
  }

  /** The container that holds a path's end, copied on the first change together with those above it. */
  #writable(path: string | undefined, absent: (path: string) => string): { container: Container; key: string } {
    const { parents, key } = splitPath(path) ?? missingPath(path, absent);
    let container = this.#copyOf(this.root) ?? missingPath(path, absent);
    this.root = container;
    for (const part of parents) {
      const copy = this.#copyOf(valueIn(container, part)) ?? missingPath(path, absent);
      if (isList(container)) {
        const place = indexOf(part) as number;
        container[place < 0 ? place + container.length : place] = copy;
      } else setField(container, part, copy);
      container = copy;
    }
    return { container, key };
  }

  /** What this patch has made of a value, made again: it may be put into itself. */
  #apart(value: unknown): unknown {
    if (typeof value !== "object" || value === null || !this.#own.has(value)) return value;
    if (isList(value)) return value.map((item) => this.#apart(item));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.#apart(item)]));
  }

  #copyTested(path: string | undefined): void {
    if (path === "") this.root = deepCopy(this.root);
    else {
      const { container, key } = this.#writable(path, () => "");
      const value = valueIn(container, key);
      if (typeof value === "object" && value !== null) this.#replace(path, deepCopy(value));
    }
  }

  /** Undefined of what holds nothing. */
  #copyOf(value: unknown): Container | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    if (this.#own.has(value)) return value as Container;
    const copy: Container = isList(value) ? [...value] : { ...value };
    this.#own.add(copy);
    return copy;
  }
}

const missing = "missing value";

function missingPath(path: string | undefined, absent: (path: string) => string): never {
  throw rejected(`${absent(path ?? "")}: ${missing}`);
}

/** Undefined where there is none. */
function valueIn(container: unknown, key: string): unknown {
  if (isList(container)) {
    const place = indexOf(key);
    return place === undefined || !isWithin(place, container.length) ? undefined : container.at(place);
  }
  return isMap(container) && Object.hasOwn(container, key) ? container[key] : undefined;
}

/** What stands before the first slash is not looked at. Undefined: no slash. */
function splitPath(path: string | undefined | null): { parents: string[]; key: string } | undefined {
  const parts = path?.split("/") ?? [];
  if (parts.length < 2) return undefined;
  const decoded = parts.slice(1).map((part) => part.replace(/~[01]/g, (code) => (code === "~1" ? "/" : "~")));
  return { parents: decoded.slice(0, -1), key: decoded.at(-1)! };
}

/** Undefined where the key is no place in a list. */
function indexOf(key: string): number | undefined {
  return /^[+-]?[0-9]+$/.test(key) ? Number(key) : undefined;
}

function isWithin(place: number, length: number): boolean {
  return place < length && place >= -length;
}

/** A place in a list of `length`: from its start, or from its end when negative. */
function placeOf(key: string, length: number, what: string): number {
  const place = indexOf(key);
  if (place === undefined) {
    const why = `strconv.Atoi: parsing ${JSON.stringify(key)}: invalid syntax`;
    throw rejected(`${what}: value was not a proper array index: '${key}': ${why}`);
  }
  if (!isWithin(place, length)) throw rejected(`${what}: Unable to access invalid index: ${place}: invalid index referenced`);
  return place < 0 ? place + length : place;
}

/** A test of a patch that found another value. */
export class TestFailed extends Error {}

/** The cause says what upstream's library says, for those who show it. */
function rejected(cause: string | Error): StatusError {
  const error = new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});
  error.cause = typeof cause === "string" ? new Error(cause) : cause;
  return error;
}
