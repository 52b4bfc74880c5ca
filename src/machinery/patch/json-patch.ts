import { badRequest, requestEntityTooLarge, StatusError } from "../errors.ts";
import { deepEqual } from "../object.ts";
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
 * `StatusError`, whose text tells nothing, as upstream's.
 */
export function applyJsonPatch(document: JsonMap, operations: readonly JsonPatchOperation[]): unknown {
  const patcher = new Patcher(document);
  for (const operation of operations) patcher.apply(operation ?? {});
  return patcher.root;
}

type Container = Record<string, unknown> | unknown[];

class Patcher {
  root: unknown;
  /** The containers that this patch has made, which may be changed in place. */
  readonly #own = new Set<object>();
  #copiedBytes = 0;

  constructor(document: JsonMap) {
    this.root = document;
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
        const moved = this.#get(from);
        this.#remove(from);
        this.#add(path, moved);
        break;
      }
      case "copy": {
        const copied = this.#get(from);
        this.#copiedBytes += JSON.stringify(copied).length;
        if (this.#copiedBytes > maxCopiedBytes) throw rejected();
        // The value may be one that later steps change in place: it is shared from now on.
        if (typeof copied === "object" && copied !== null) this.#own.clear();
        this.#add(path, copied);
        break;
      }
      case "test":
        if (!deepEqual(path === "" ? this.root : this.#get(path), value)) throw rejected(`testing value ${path} failed: test failed`);
        break;
      default:
        throw rejected(`Unexpected kind: ${op ?? "unknown"}`);
    }
  }

  #add(path: string | undefined, value: unknown): void {
    const { container, key } = this.#writable(path);
    if (!isList(container)) {
      setKey(container, key, value);
      return;
    }
    if (key === "-") container.push(value);
    else container.splice(placeOf(key, container.length + 1), 0, value);
  }

  #remove(path: string | undefined): void {
    const { container, key } = this.#writable(path);
    if (isList(container)) container.splice(placeOf(key, container.length), 1);
    else {
      if (!Object.hasOwn(container, key)) {
        throw rejected(`error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`);
      }
      delete container[key];
    }
  }

  #replace(path: string | undefined, value: unknown): void {
    if (path === "") {
      if (typeof value !== "object" || value === null) throw rejected();
      this.root = value;
      return;
    }
    const { container, key } = this.#writable(path);
    if (isList(container)) container[placeOf(key, container.length)] = value;
    else setKey(container, key, value);
  }

  /** The value at a path; null for a field that isn't there, as long as its parent is. */
  #get(path: string | undefined): unknown {
    const { parents, key } = splitPath(path);
    let container = this.root;
    for (const part of parents) container = valueIn(container, part);
    if (typeof container !== "object" || container === null) throw rejected();
    return valueIn(container, key);
  }

  /** The container that holds a path's end, copied on the first change together with those above it. */
  #writable(path: string | undefined): { container: Container; key: string } {
    const { parents, key } = splitPath(path);
    let container = this.#copyOf(this.root);
    this.root = container;
    for (const part of parents) {
      const copy = this.#copyOf(valueIn(container, part));
      if (isList(container)) container[placeOf(part, container.length)] = copy;
      else setKey(container, part, copy);
      container = copy;
    }
    return { container, key };
  }

  #copyOf(value: unknown): Container {
    if (typeof value !== "object" || value === null) throw rejected();
    if (this.#own.has(value)) return value as Container;
    const copy: Container = isList(value) ? [...value] : { ...value };
    this.#own.add(copy);
    return copy;
  }
}

function valueIn(container: unknown, key: string): unknown {
  if (isList(container)) return container[placeOf(key, container.length)] ?? null;
  if (!isMap(container)) throw rejected();
  return Object.hasOwn(container, key) ? (container[key] ?? null) : null;
}

/** An own property also for `__proto__`. */
function setKey(container: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });
}

/** What stands before the first slash is not looked at. */
function splitPath(path: string | undefined | null): { parents: string[]; key: string } {
  const parts = path?.split("/") ?? [];
  if (parts.length < 2) throw rejected();
  const decoded = parts.slice(1).map((part) => part.replace(/~[01]/g, (code) => (code === "~1" ? "/" : "~")));
  return { parents: decoded.slice(0, -1), key: decoded.at(-1)! };
}

/** A place in a list of `length`: from its start, or from its end when negative. */
function placeOf(key: string, length: number): number {
  if (!/^[+-]?[0-9]+$/.test(key)) throw rejected();
  const place = Number(key);
  if (place >= length || place < -length) throw rejected();
  return place < 0 ? place + length : place;
}

/** The cause says what upstream's library says, for those who show it. */
function rejected(why = "the patch can't be applied to the document"): StatusError {
  const error = new StatusError(422, "Invalid", "the server rejected our request due to an error in our request", {});
  error.cause = new Error(why);
  return error;
}
