import { rawTables } from "../../api/tables.ts";
import { StatusError } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { applyJsonPatch, decodeJsonPatch } from "../../machinery/patch/json-patch.ts";
import { applyMergePatch, decodeMergePatch } from "../../machinery/patch/merge-patch.ts";
import { type PatchSchema, TablePatchSchemas } from "../../machinery/patch/patch-schema.ts";
import { applyStrategicMergePatch, decodeStrategicMergePatch, unsupportedPatchText } from "../../machinery/patch/strategic-merge.ts";
import { parseApiVersion } from "../../machinery/resource-ref.ts";
import type { Patch } from "../client.ts";

/** The patched object; `current` is left as it is. */
export function applyPatch(current: AnyObject, patch: Patch): AnyObject {
  switch (patch.type) {
    case "application/merge-patch+json":
      return applyMergePatch(current, decodeMergePatch(patch.body)) as unknown as AnyObject;
    case "application/json-patch+json":
      return applyJsonPatch(current, decodeJsonPatch(patch.body)) as AnyObject;
    case "application/strategic-merge-patch+json": {
      const schema = schemaOf(current);
      if (!schema) throw new StatusError(415, "UnsupportedMediaType", unsupportedPatchText);
      return applyStrategicMergePatch(current, decodeStrategicMergePatch(patch.body), schema) as unknown as AnyObject;
    }
    default:
      throw new StatusError(415, "UnsupportedMediaType", `the body of the request was in an unknown format - ${patch.type}`);
  }
}

function schemaOf(object: AnyObject): PatchSchema | undefined {
  const { group, version } = parseApiVersion(object.apiVersion ?? "");
  for (const [file, table] of Object.entries(rawTables)) {
    for (const [name, { gvk }] of Object.entries(table)) {
      // A type that belongs to every group says so in a word.
      if (!Array.isArray(gvk)) continue;
      if (gvk.some((of) => of.kind === object.kind && of.group === group && of.version === version)) {
        return new TablePatchSchemas(rawTables).schema(`${file}#${name}`);
      }
    }
  }
  return undefined;
}
