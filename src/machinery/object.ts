import type { ObjectMeta, OwnerReference } from "./meta/v1.ts";

/** What every object of the API has. Objects are plain JSON-shaped data and are never changed once they are stored. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** An object whose kind is known only at run time. */
export interface AnyObject extends KubeObject {
  [field: string]: unknown;
}

/** What a list answers: one page, if it was asked for with a limit. */
export interface ObjectList<T> {
  apiVersion?: string;
  kind?: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  items: T[];
}

export function nameOf(object: KubeObject): string {
  return object.metadata.name ?? "";
}

export function namespaceOf(object: KubeObject): string {
  return object.metadata.namespace ?? "";
}

export function uidOf(object: KubeObject): string {
  return object.metadata.uid ?? "";
}

/** `namespace/name`, or the bare name of a cluster-scoped object: the key of informers and work queues. */
export function keyOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name ?? ""}` : (name ?? "");
}

export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf("/");
  return slash < 0 ? { namespace: "", name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The owner reference that has `controller: true`. */
export function controllerOf(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

export function isControlledBy(object: KubeObject, owner: KubeObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** Freezes plain data all the way down and returns it. Already frozen parts are taken to be frozen below too. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}

/** A deep, unfrozen copy of plain JSON-shaped data. */
export function deepCopy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(deepCopy) as T;
  const copy: Record<string, unknown> = {};
  for (const key in value) {
    const part = value[key];
    setField(copy, key, typeof part === "object" ? deepCopy(part) : part);
  }
  return copy as T;
}

/** A part of an object that is about to be changed: one that it shares with a stored state is copied first. */
export function ownPart<T extends object, K extends keyof T>(object: T, name: K): T[K] {
  if (typeof object[name] === "object" && Object.isFrozen(object[name])) object[name] = deepCopy(object[name]);
  return object[name];
}

/** Sets a field as `JSON.parse` does: `__proto__` is a name like others, where assigning it would set the object's prototype. */
export function setField(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
  else object[key] = value;
}

/** Equality of plain JSON-shaped data; a field that is undefined equals one that is absent. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) if (!deepEqual(a[index], b[index])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) if (!deepEqual(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && isInherited(left[key])) return false;
  return true;
}

/** Not a field's value: of names that all objects know, like `constructor`, or none at all. */
function isInherited(value: unknown): boolean {
  return value === undefined || typeof value === "function" || value === Object.prototype;
}
