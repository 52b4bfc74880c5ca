import { ageOf } from "../../machinery/duration.ts";
import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isDNS1123Subdomain, isQualifiedName, nameIsPathSegment, utf8Length } from "../../machinery/validation/names.ts";
import type { Cell } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { internalForm } from "../internal-form.ts";
import { complain, type Errors } from "../validation.ts";
import type { Event } from "./v1.ts";

export const events = defineResource<Event>("", "events", {
  hasNoDependents: true,
  updateChecks: ["kind"],
  takesAnyFinalizer: true,
  createChecks: ["kind"],
  validateName: nameIsPathSegment,
  // Events of this form are checked for little else; the name only where all names are.
  validate: (event) => validateEvent(event, "reportingComponent"),
  row: eventRow,
  selectableFields: {
    "involvedObject.kind": (event) => event.involvedObject?.kind ?? "",
    "involvedObject.namespace": (event) => event.involvedObject?.namespace ?? "",
    "involvedObject.name": (event) => event.involvedObject?.name ?? "",
    "involvedObject.uid": (event) => event.involvedObject?.uid ?? "",
    "involvedObject.apiVersion": (event) => event.involvedObject?.apiVersion ?? "",
    "involvedObject.resourceVersion": (event) => event.involvedObject?.resourceVersion ?? "",
    "involvedObject.fieldPath": (event) => event.involvedObject?.fieldPath ?? "",
    reason: (event) => event.reason ?? "",
    reportingComponent: (event) => event.reportingComponent || event.source?.component || "",
    source: (event) => event.source?.component || event.reportingComponent || "",
    type: (event) => event.type ?? "",
  },
  allowCreateOnUpdate: true,
  isUncached: true,
  countsGenerations: false,
});

const maxMessage = 1024;

/** What both forms of events share. With an `eventTime` an event says who reports and what was done. */
export function validateEvent(event: Readonly<Event>, controllerField: string): Errors {
  const errors: Errors = [];
  const own = event.metadata.namespace ?? "";
  const namespace = event.involvedObject?.namespace ?? "";
  const mismatch = () => errors.push(field.invalid(path("involvedObject", "namespace"), namespace, "does not match event.namespace"));
  if (!event.eventTime) {
    if (namespace === "" ? own !== "" && own !== "default" : namespace !== own) mismatch();
  } else {
    if (namespace === "" && own !== "default" && own !== "kube-system") mismatch();
    const controller = event.reportingComponent ?? "";
    if (controller === "") errors.push(field.required(path(controllerField)));
    complain(errors, path(controllerField), controller, isQualifiedName(controller));
    for (const name of ["reportingInstance", "action", "reason"] as const) {
      const value = event[name];
      if (!value) errors.push(field.required(path(name)));
      else if (utf8Length(value) > 128) errors.push(field.invalid(path(name), "", "can have at most 128 characters"));
    }
    if (utf8Length(event.message ?? "") > maxMessage) {
      errors.push(field.invalid(path("message"), "", `can have at most ${maxMessage} characters`));
    }
  }
  complain(errors, path("namespace"), own, isDNS1123Subdomain(own));
  return errors;
}

/** What a new event of the form that events.k8s.io brought is held to, beside what all are; the metadata is told between the two. */
export function validateNewEvent(event: Readonly<Event>): Errors {
  const errors: Errors = [];
  validateSeries(errors, event);
  if (!event.eventTime) errors.push(field.required(path("eventTime")));
  if (event.type !== "Normal" && event.type !== "Warning") {
    errors.push(field.invalid(path("type"), "", `has invalid value: ${event.type ?? ""}`));
  }
  const { firstTimestamp, lastTimestamp, count, source } = event;
  const old = { firstTimestamp, lastTimestamp, count, source: source?.component || source?.host };
  for (const [name, value] of Object.entries(old)) if (value) errors.push(field.invalid(path(name), "", "needs to be unset"));
  return errors;
}

function validateSeries(errors: Errors, { series }: Readonly<Event>): void {
  if (!series) return;
  if ((series.count ?? 0) < 2) errors.push(field.invalid(path("series", "count"), "", "should be at least 2"));
  if (!series.lastObservedTime) errors.push(field.required(path("series", "lastObservedTime")));
}

export function eventRow(event: Readonly<Event>, { now }: { now: number }): Cell[] {
  const first = ageOf(event.firstTimestamp ?? event.eventTime, now);
  const last = event.series ? ageOf(event.series.lastObservedTime, now) : event.lastTimestamp ? ageOf(event.lastTimestamp, now) : first;
  const kind = (event.involvedObject?.kind ?? "").toLowerCase();
  const name = event.involvedObject?.name;
  const component = event.source?.component || event.reportingComponent || "";
  const host = event.source?.host || event.reportingInstance || "";
  return [
    last,
    event.type ?? "",
    event.reason ?? "",
    name ? `${kind}/${name}` : kind,
    event.involvedObject?.fieldPath ?? "",
    host === "" ? component : `${component}, ${host}`,
    (event.message ?? "").trim(),
    first,
    event.series ? (event.series.count ?? 0) : event.count || 1,
    event.metadata.name ?? "",
  ];
}

/** Fields of a new-form event that never change. */
export function validateNewEventUpdate(event: Readonly<Event>, old: Readonly<Event>): Errors {
  const errors: Errors = [];
  if (!deepEqual(event.series, old.series)) validateSeries(errors, event);
  const same = (name: string, value: unknown, before: unknown, type?: string) => {
    if (deepEqual(value, before)) return;
    errors.push(field.invalid(path(name), type ? internalForm(type, value) : value, "field is immutable"));
  };
  const reference = "api/core/v1#ObjectReference";
  same("involvedObject", event.involvedObject ?? {}, old.involvedObject ?? {}, reference);
  same("reason", event.reason ?? "", old.reason ?? "");
  same("message", event.message ?? "", old.message ?? "");
  same("source", event.source ?? {}, old.source ?? {}, "api/core/v1#EventSource");
  for (const name of ["firstTimestamp", "lastTimestamp"] as const) same(name, event[name] ?? null, old[name] ?? null);
  same("count", event.count ?? 0, old.count ?? 0);
  same("reason", event.reason ?? "", old.reason ?? "");
  same("type", event.type ?? "", old.type ?? "");
  same("eventTime", event.eventTime ?? null, old.eventTime ?? null);
  same("action", event.action ?? "", old.action ?? "");
  same("related", event.related ?? null, old.related ?? null, `*${reference}`);
  same("reportingController", event.reportingComponent ?? "", old.reportingComponent ?? "");
  same("reportingInstance", event.reportingInstance ?? "", old.reportingInstance ?? "");
  return errors;
}
