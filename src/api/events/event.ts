import type { AnyObject } from "../../machinery/object.ts";
import { eventRow, validateEvent, validateNewEvent, validateNewEventUpdate } from "../core/event.ts";
import type { Event as CoreEvent } from "../core/v1.ts";
import { defineConvertedResource, type ObjectConverter } from "../define-resource.ts";
import type { Event } from "./v1.ts";

/** The fields that have another name in core/v1, which is the stored form. */
const renamed: readonly (readonly [events: keyof Event, core: keyof CoreEvent])[] = [
  ["regarding", "involvedObject"],
  ["note", "message"],
  ["reportingController", "reportingComponent"],
  ["deprecatedSource", "source"],
  ["deprecatedFirstTimestamp", "firstTimestamp"],
  ["deprecatedLastTimestamp", "lastTimestamp"],
  ["deprecatedCount", "count"],
];

const eventConverter: ObjectConverter = {
  toStored: (object) => rename(object, "v1", 0, 1),
  fromStored: (object) => rename(object, "events.k8s.io/v1", 1, 0),
};

function rename(object: AnyObject, apiVersion: string, from: 0 | 1, to: 0 | 1): AnyObject {
  const result: AnyObject = { ...object, apiVersion };
  for (const pair of renamed) {
    delete result[pair[from]];
    const value = object[pair[from]];
    // The older version shows a reporter that isn't named as an empty text.
    if (value !== undefined && !(value === "" && pair[to] === "reportingController")) (result as Record<string, unknown>)[pair[to]] = value;
  }
  if (apiVersion !== "v1") {
    if (result.reportingInstance === "") delete result.reportingInstance;
    return result;
  }
  return { reportingComponent: "", reportingInstance: "", ...result };
}

function asCore(event: Readonly<Event>): CoreEvent {
  const core = eventConverter.toStored(event as unknown as AnyObject) as unknown as CoreEvent;
  core.involvedObject ??= {};
  return core;
}

export const newEvents = defineConvertedResource<Event>("events.k8s.io", "v1", "events", eventConverter, {
  complaintGroup: "",
  default(event) {
    event.deprecatedSource ??= {};
  },
  createChecks: ["kind", "meta", "create"],
  updateChecks: ["kind", "metaUpdate", "update"],
  validate: (event) => validateEvent(asCore(event), "reportingController"),
  validateCreate: (event) => validateNewEvent(asCore(event)),
  validateUpdate: (event, old) => validateNewEventUpdate(asCore(event), asCore(old)),
  row: (event, context) => eventRow(asCore(event), context),
  selectableFields: {
    "regarding.kind": (event) => event.regarding?.kind ?? "",
    "regarding.namespace": (event) => event.regarding?.namespace ?? "",
    "regarding.name": (event) => event.regarding?.name ?? "",
    "regarding.uid": (event) => event.regarding?.uid ?? "",
    "regarding.apiVersion": (event) => event.regarding?.apiVersion ?? "",
    "regarding.resourceVersion": (event) => event.regarding?.resourceVersion ?? "",
    "regarding.fieldPath": (event) => event.regarding?.fieldPath ?? "",
    reason: (event) => event.reason ?? "",
    reportingController: (event) => event.reportingController ?? "",
    type: (event) => event.type ?? "",
  },
  hasNoDependents: true,
  allowCreateOnUpdate: true,
  isUncached: true,
  countsGenerations: false,
});
