import { badRequest } from "../errors.ts";
import { decodedKind, isList, isMap, type JsonMap } from "./json-values.ts";

/** Checks what a request sent as a JSON merge patch. Throws the 400 `StatusError`. */
export function decodeMergePatch(patch: unknown): JsonMap {
  if (patch === null) throw badRequest("Invalid JSON Patch");
  if (!isMap(patch)) {
    throw badRequest(`error decoding patch: json: cannot unmarshal ${decodedKind(patch)} into Go value of type map[string]interface {}`);
  }
  return patch;
}

/** Applies a JSON merge patch (RFC 7386). Changes neither; what the patch doesn't touch is shared with the original. */
export function applyMergePatch(original: JsonMap, patch: JsonMap): JsonMap {
  let result: Record<string, unknown> | undefined;
  for (const key of Object.keys(patch)) {
    const change = patch[key];
    const current = Object.hasOwn(original, key) ? original[key] : undefined;
    if (change === null) {
      if (current === undefined) continue;
      result ??= { ...original };
      delete result[key];
      continue;
    }
    let value: unknown;
    if (isMap(current)) value = isMap(change) ? applyMergePatch(current, change) : change;
    else value = withoutNulls(change);
    if (value === current) continue;
    result ??= { ...original };
    result[key] = value;
  }
  return result ?? original;
}

/** A new value: the nulls in its maps stand for nothing. Items of lists stay, whatever they are. */
function withoutNulls(value: unknown): unknown {
  if (isList(value)) {
    const items = value.map(withoutNulls);
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isMap(value)) return value;
  let result: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const kept = withoutNulls(value[key]);
    if (kept !== null && kept === value[key]) continue;
    result ??= { ...value };
    if (kept === null) delete result[key];
    else result[key] = kept;
  }
  return result ?? value;
}
