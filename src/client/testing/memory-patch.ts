import { rawTables } from "../../api/tables.ts";
import { badRequest, StatusError } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { parseApiVersion } from "../../machinery/resource-ref.ts";
import type { RawField } from "../../machinery/tables.ts";
import type { Patch } from "../client.ts";

type Fields = Record<string, unknown>;

/** The patched object; `current` is left as it is. Strategic patches follow merge keys and `$patch`; element order directives are ignored. */
export function applyPatch(current: AnyObject, patch: Patch): AnyObject {
  switch (patch.type) {
    case "application/merge-patch+json":
      return mergePatch(current, patch.body) as AnyObject;
    case "application/strategic-merge-patch+json":
      return strategicPatch(current, patch.body, typeOf(current)) as AnyObject;
    case "application/json-patch+json":
      return jsonPatch(current, patch.body);
    default:
      throw new StatusError(415, "UnsupportedMediaType", `the body of the request was in an unknown format - ${patch.type}`);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mergePatch(current: unknown, patch: unknown): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(current) ? { ...current } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = mergePatch(result[key], value);
  }
  return result;
}

function typeOf(object: AnyObject): string | undefined {
  const { group, version } = parseApiVersion(object.apiVersion ?? "");
  for (const [file, table] of Object.entries(rawTables)) {
    for (const [name, { gvk }] of Object.entries(table)) {
      // A type that belongs to every group says so in a word.
      if (!Array.isArray(gvk)) continue;
      if (gvk.some((of) => of.kind === object.kind && of.group === group && of.version === version)) return `${file}#${name}`;
    }
  }
  return undefined;
}

function fieldOf(type: string | undefined, name: string): RawField | undefined {
  const [file = "", typeName = ""] = (type ?? "").split("#");
  return rawTables[file]?.[typeName]?.fields?.[name];
}

function strategicPatch(current: unknown, patch: unknown, type: string | undefined): unknown {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(current) && patch.$patch !== "replace" ? { ...current } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key === "$patch" || key.startsWith("$setElementOrder/") || key === "$retainKeys") continue;
    if (key.startsWith("$deleteFromPrimitiveList/")) {
      const name = key.slice("$deleteFromPrimitiveList/".length);
      result[name] = ((result[name] as unknown[] | undefined) ?? []).filter((item) => !(value as unknown[]).includes(item));
      continue;
    }
    const field = fieldOf(type, key);
    if (value === null) delete result[key];
    else if (Array.isArray(value) && field?.patchStrategy?.includes("merge")) {
      result[key] = mergeList((result[key] as unknown[] | undefined) ?? [], value, field);
    } else if (value !== undefined) result[key] = strategicPatch(result[key], value, field?.ref ?? field?.values);
  }
  return result;
}

function mergeList(current: readonly unknown[], patch: readonly unknown[], field: RawField): unknown[] {
  const mergeKey = field.patchMergeKey;
  if (!mergeKey) return [...current, ...patch.filter((item) => !current.includes(item))];
  if (patch.some((item) => isFields(item) && item.$patch === "replace")) {
    return patch.filter((item) => isFields(item) && item.$patch === undefined);
  }
  const result = [...current] as Fields[];
  for (const item of patch as Fields[]) {
    const index = result.findIndex((other) => other[mergeKey] === item[mergeKey]);
    if (item.$patch === "delete") {
      if (index >= 0) result.splice(index, 1);
    } else if (index >= 0) result[index] = strategicPatch(result[index], item, field.items) as Fields;
    else result.push(strategicPatch(undefined, item, field.items) as Fields);
  }
  return result;
}

interface Operation {
  op: "add" | "remove" | "replace" | "test" | "move" | "copy";
  path: string;
  from?: string;
  value?: unknown;
}

function jsonPatch(current: AnyObject, body: unknown): AnyObject {
  if (!Array.isArray(body)) throw badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  const result = structuredClone(current);
  for (const operation of body as Operation[]) {
    const from = operation.from === undefined ? undefined : locate(result, operation.from);
    if (operation.op === "move" && from) remove(from);
    const target = locate(result, operation.path);
    if (operation.op === "add") insert(target, operation.value);
    else if (operation.op === "move" || operation.op === "copy") insert(target, structuredClone(from?.value));
    else if (operation.op === "remove") remove(target);
    else if (operation.op === "replace") {
      remove(target);
      insert(target, operation.value);
    } else if (operation.op === "test" && JSON.stringify(target.value) !== JSON.stringify(operation.value)) {
      throw new StatusError(422, "Invalid", `testing value ${operation.path} failed: test failed`);
    }
  }
  return result;
}

interface Location {
  parent: Fields | unknown[];
  key: string;
  value: unknown;
  path: string;
}

function locate(root: unknown, path: string): Location {
  const keys = path
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = keys.pop() ?? "";
  let parent = root;
  for (const key of keys) parent = (parent as Fields | undefined)?.[key];
  if (typeof parent !== "object" || parent === null) {
    throw new StatusError(422, "Invalid", `the server rejected our request due to an error in our request: no such path ${path}`);
  }
  return { parent: parent as Fields, key: last, value: (parent as Fields)[last], path };
}

function insert({ parent, key }: Location, value: unknown): void {
  if (!Array.isArray(parent)) parent[key] = value;
  else parent.splice(key === "-" ? parent.length : Number(key), 0, value);
}

function remove({ parent, key, value, path }: Location): void {
  if (value === undefined) {
    throw new StatusError(422, "Invalid", `the server rejected our request due to an error in our request: no such path ${path}`);
  }
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}
