import { badRequest } from "../errors.ts";
import { setField } from "../object.ts";
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
    setField(result, key, value);
  }
  return result ?? original;
}

/** A new value, in the order of its keys: the nulls in its maps stand for nothing. Items of lists stay, whatever they are. */
function withoutNulls(value: unknown): unknown {
  if (isList(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const entries = Object.keys(value)
    .sort()
    .map((key) => [key, withoutNulls(value[key])] as const);
  return Object.fromEntries(entries.filter(([, kept]) => kept !== null));
}
