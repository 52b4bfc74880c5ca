import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isConfigMapKey } from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import { base64Length } from "./data-size.ts";
import type { ConfigMap } from "./v1.ts";

/** Keys and values are counted by their values alone: 1 MiB. */
const maxDataSize = 1024 * 1024;

export const configmaps = defineResource<ConfigMap>("", "configmaps", {
  tellsEmpty: true,
  updateChecks: ["metaUpdate", "update", "meta", "kind"],
  validate(map) {
    const errors: Errors = [];
    let size = 0;
    for (const key in map.data) {
      complain(errors, path("data").key(key), key, isConfigMapKey(key));
      if (map.binaryData?.[key] !== undefined) {
        errors.push(field.invalid(path("data").key(key), key, "duplicate of key present in binaryData"));
      }
      size += (map.data[key] as string).length;
    }
    for (const key in map.binaryData) {
      complain(errors, path("binaryData").key(key), key, isConfigMapKey(key));
      size += base64Length(map.binaryData[key] as string);
    }
    if (size > maxDataSize) errors.push(field.tooLong("[]", maxDataSize));
    return errors;
  },
  validateUpdate(map, old) {
    const errors: Errors = [];
    if (!old.immutable) return errors;
    const text = "field is immutable when `immutable` is set";
    if (!map.immutable) errors.push(field.forbidden(path("immutable"), text));
    // Empty binary data is a change, empty data isn't.
    if (!deepEqual(map.data ?? {}, old.data ?? {})) errors.push(field.forbidden(path("data"), text));
    if (!deepEqual(map.binaryData, old.binaryData)) errors.push(field.forbidden(path("binaryData"), text));
    return errors;
  },
  row: (map, { now }) => [
    map.metadata.name ?? "",
    Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length,
    age(map.metadata, now),
  ],
});
