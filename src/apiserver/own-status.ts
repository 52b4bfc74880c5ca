import { withoutFields } from "../machinery/managed-fields/field-filter.ts";
import { trackUpdate } from "../machinery/managed-fields/track-update.ts";
import type { ObjectShape } from "../machinery/managed-fields/value-shape.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { Entry, Store } from "../storage/store.ts";

export interface OwnStatus {
  shape: ObjectShape;
  entry: Entry;
  status: object;
  /** RFC 3339, whole seconds. */
  time: string;
}

/** Writes a status that the API server itself has found out, and owns. Rejects with `StoreConflict` where somebody was faster. */
export function putOwnStatus(store: Store, { shape, entry, status, time }: OwnStatus): Promise<Entry> {
  const { key, revision, value } = entry;
  const object = { ...value, status } as AnyObject;
  const managedFields = trackUpdate({
    shape,
    old: value,
    now: object,
    manager: "kube-apiserver",
    apiVersion: value.apiVersion ?? "",
    subresource: "status",
    time,
    managed: entry.managedFields,
    filter: withoutFields(["spec"], ["metadata"]),
  });
  return store.put(key, revision, object, managedFields);
}
