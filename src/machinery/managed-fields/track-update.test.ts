import { describe, expect, it } from "vitest";
import { rawTables } from "../../api/tables.ts";
import type { ManagedFieldsEntry } from "../meta/v1.ts";
import { deepFreeze } from "../object.ts";
import { withoutFields } from "./field-filter.ts";
import { KnownEntries } from "./known-entries.ts";
import { sameBesidesTimes } from "./managed-entries.ts";
import { TableShapes } from "./table-shapes.ts";
import sequences from "./testdata/sequences.json" with { type: "json" };
import { trackUpdate, type UpdateToTrack } from "./track-update.ts";

const shapes = new TableShapes(rawTables);

function track(update: Partial<UpdateToTrack> & { now: object }): string | undefined {
  return trackUpdate({
    shape: shapes.object("api/core/v1#ConfigMap"),
    old: undefined,
    manager: "m",
    apiVersion: "v1",
    time: "2026-01-01T00:00:00Z",
    managed: undefined,
    known: new KnownEntries(),
    ...update,
  });
}

function configMap(data: Record<string, string>, labels?: Record<string, string>): object {
  return deepFreeze({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", uid: "u", ...(labels ? { labels } : {}) }, data });
}

const fields = (text: string | undefined) =>
  (JSON.parse(text ?? "[]") as ManagedFieldsEntry[]).map((entry) => [entry.manager, entry.fieldsV1]);

// testdata/sequences.json: what kube-apiserver v1.36 answered to the same requests.
for (const sequence of sequences) {
  describe(`as upstream: ${sequence.name}`, () => {
    const filter = withoutFields(["status"]);
    let old: object | undefined;
    let managed: string | undefined;
    const known = new KnownEntries();
    sequence.steps.forEach((step, index) => {
      it(`step ${index} by ${step.manager} ${"subresource" in step ? step.subresource : ""}`, () => {
        const want = "managed" in step ? step.managed : undefined;
        const times = (JSON.parse(want ?? "[]") as ManagedFieldsEntry[]).map((entry) => entry.time ?? "").sort();
        const requested = "requested" in step ? (step.requested as ManagedFieldsEntry[]) : undefined;
        const subresource = "subresource" in step ? step.subresource : undefined;
        const got = trackUpdate({
          shape: shapes.object(sequence.type),
          old,
          now: step.object,
          manager: step.manager,
          apiVersion: sequence.apiVersion,
          subresource,
          time: times.at(-1) ?? "2026-01-01T00:00:00Z",
          managed,
          requested,
          known,
          filter: subresource === "status" ? withoutFields(["spec"]) : filter,
        });
        old = step.object;
        managed = want;
        expect(got).toBe(want);
      });
    });
  });
}

describe("trackUpdate", () => {
  it("gives the very same text back when nothing has changed", () => {
    const object = configMap({ a: "1" });
    const managed = track({ now: object });
    expect(managed).toBe(
      '[{"manager":"m","operation":"Update","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:a":{}}}}]',
    );
    expect(track({ old: object, now: configMap({ a: "1" }), managed, time: "2026-01-02T00:00:00Z" })).toBe(managed);
  });

  it("keeps the time when a manager only takes fields away, and drops who is left with nothing", () => {
    const one = configMap({ a: "1" });
    const two = configMap({ a: "1", b: "2" });
    const created = track({ now: one, manager: "x" });
    const added = track({ old: one, now: two, manager: "y", managed: created, time: "2026-01-02T00:00:00Z" });
    expect(fields(added)).toEqual([
      ["x", { "f:data": { ".": {}, "f:a": {} } }],
      ["y", { "f:data": { "f:b": {} } }],
    ]);
    expect(track({ old: two, now: one, manager: "x", managed: added, time: "2026-01-03T00:00:00Z" })).toBe(created);
  });

  it("moves a changed field to who changed it", () => {
    const one = configMap({ a: "1" }, { l: "1" });
    const created = track({ now: one, manager: "x" });
    const changed = track({ old: one, now: configMap({ a: "2" }, { l: "1" }), manager: "y", managed: created });
    expect(fields(changed)).toEqual([
      ["x", { "f:data": {}, "f:metadata": { "f:labels": { ".": {}, "f:l": {} } } }],
      ["y", { "f:data": { "f:a": {} } }],
    ]);
  });

  it("forgets everything on [] and [{}] and doesn't track on", () => {
    const object = configMap({ a: "1" });
    const managed = track({ now: object });
    for (const requested of [[], [{}]] as ManagedFieldsEntry[][]) {
      expect(track({ old: object, now: configMap({ a: "2" }), managed, requested })).toBeUndefined();
    }
    expect(track({ old: object, now: configMap({ a: "2" }) })).toBeUndefined();
  });

  it("takes managedFields that a request brings, but not those that are malformed or come with a subresource", () => {
    const object = configMap({ a: "1" });
    const managed = track({ now: object });
    const other = {
      manager: "z",
      operation: "Update",
      apiVersion: "v1",
      fieldsType: "FieldsV1",
      fieldsV1: { "f:data": { "f:q": {}, "f:b": {} } },
    };
    expect(track({ old: object, now: object, managed, requested: [other] as ManagedFieldsEntry[] })).toBe(
      '[{"manager":"z","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:b":{},"f:q":{}}}}]',
    );
    expect(track({ old: object, now: object, managed, requested: [other] as ManagedFieldsEntry[], subresource: "status" })).toBe(managed);
    const bad = { ...other, fieldsV1: { nonsense: {} } };
    expect(track({ old: object, now: object, managed, requested: [bad] as ManagedFieldsEntry[] })).toBe(managed);
  });

  it("compares entries of another version by that version's states", () => {
    const one = configMap({ a: "1" });
    const two = configMap({ a: "2" });
    const managed = track({ now: one, apiVersion: "v0", manager: "x" });
    const shape = shapes.object("api/core/v1#ConfigMap");
    const same = track({ old: one, now: two, manager: "y", managed, versions: { shape: () => shape, convert: () => one } });
    expect(fields(same)).toEqual([
      ["x", { "f:data": { ".": {}, "f:a": {} } }],
      ["y", { "f:data": { "f:a": {} } }],
    ]);
    expect(
      fields(track({ old: one, now: two, manager: "y", managed, versions: { shape: () => undefined, convert: (object) => object } })),
    ).toEqual([["y", { "f:data": { "f:a": {} } }]]);
  });

  it("tells texts that differ in times only", () => {
    const one = track({ now: configMap({ a: "1" }) });
    expect(sameBesidesTimes(one, track({ now: configMap({ a: "1" }), time: "2026-05-05T00:00:00Z" }))).toBe(true);
    expect(sameBesidesTimes(one, track({ now: configMap({ b: "1" }) }))).toBe(false);
    expect(sameBesidesTimes(one, undefined)).toBe(false);
  });
});
