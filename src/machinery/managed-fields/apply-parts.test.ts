import { describe, expect, it } from "vitest";
import { rawTables } from "../../api/tables.ts";
import { withoutFields } from "./field-filter.ts";
import { mergeValues } from "./merge-values.ts";
import { ownedFields, withStructs } from "./owned-fields.ts";
import { reconcileFields } from "./reconcile-fields.ts";
import { removeFields } from "./remove-fields.ts";
import { managedOfScale, managedOfScaled } from "./scale-fields.ts";
import { TableShapes } from "./table-shapes.ts";
import { untypedShape } from "./value-shape.ts";

const shapes = new TableShapes(rawTables);
const podSpec = shapes.value("api/core/v1#PodSpec");

describe("mergeValues", () => {
  it("replaces what is owned as a whole and joins the rest", () => {
    const live = { nodeSelector: { a: "1" }, tolerations: [{ key: "a" }], containers: [{ name: "a", args: ["1"], image: "i" }] };
    const applied = { nodeSelector: { b: "1" }, tolerations: [], containers: [{ name: "a", args: ["2"] }] };
    expect(mergeValues(live, applied, podSpec)).toEqual({
      nodeSelector: { b: "1" },
      tolerations: [],
      containers: [{ name: "a", args: ["2"], image: "i" }],
    });
  });

  it("gives the live value itself where nothing is new", () => {
    const live = { containers: [{ name: "a", env: [{ name: "x", value: "1" }] }] };
    expect(mergeValues(live, { containers: [{ name: "a", env: [{ name: "x", value: "1" }] }] }, podSpec)).toBe(live);
    expect(mergeValues(live, { containers: [] }, podSpec)).toEqual(live);
  });

  it("keeps an applied null at a leaf, and what a map or keyed list has", () => {
    expect(mergeValues({ hostname: "a", containers: [{ name: "a" }] }, { hostname: null, containers: null }, podSpec)).toEqual({
      hostname: null,
      containers: [{ name: "a" }],
    });
    expect(mergeValues({ a: { b: [1] } }, { a: { b: [2], c: 1 } }, untypedShape)).toEqual({ a: { b: [2], c: 1 } });
  });
});

describe("field sets of values", () => {
  it("own items, keys of maps and empty maps", () => {
    expect(ownedFields({ containers: [{ name: "a", resources: {} }], nodeSelector: {}, securityContext: null }, podSpec)).toEqual({
      "f:containers": { 'k:{"name":"a"}': { ".": {}, "f:name": {}, "f:resources": {} } },
      "f:nodeSelector": {},
      "f:securityContext": {},
    });
  });

  it("take the structs around them in", () => {
    const set = { "f:securityContext": { "f:runAsUser": {} }, "f:containers": { 'k:{"name":"a"}': { "f:image": {} } } };
    expect(withStructs(set, podSpec)).toEqual({
      "f:securityContext": { ".": {}, "f:runAsUser": {} },
      "f:containers": { ".": {}, 'k:{"name":"a"}': { "f:image": {} } },
    });
  });

  it("shrink to a leaf where a type has become atomic", () => {
    const set = { "f:nodeSelector": { ".": {}, "f:a": {} }, "f:hostname": {} };
    expect(reconcileFields(set, podSpec)).toEqual({ "f:nodeSelector": {}, "f:hostname": {} });
    const same = { "f:containers": { 'k:{"name":"a"}': { "f:image": {} } } };
    expect(reconcileFields(same, podSpec)).toBe(same);
  });

  it("pass filters", () => {
    const set = { "f:spec": { "f:containers": {} }, "f:status": {} };
    expect(withoutFields(["spec"])(set)).toEqual({ "f:status": {} });
  });
});

describe("removeFields", () => {
  it("takes members out, and makes null what is left with nothing", () => {
    const value = { hostname: "h", securityContext: { runAsUser: 1 }, containers: [{ name: "a", image: "i" }, { name: "b" }] };
    const set = {
      "f:securityContext": { "f:runAsUser": {} },
      "f:containers": { 'k:{"name":"a"}': { "f:image": {} }, 'k:{"name":"b"}': {} },
    };
    expect(removeFields(value, set, podSpec)).toEqual({ hostname: "h", securityContext: null, containers: [{ name: "a" }] });
    expect(removeFields(value, { "f:nodeName": {} }, podSpec)).toBe(value);
  });
});

describe("the replicas of a scale", () => {
  const kind = { apiVersion: "apps/v1", replicasAt: (version: string) => (version === "apps/v1" ? ["spec", "replicas"] : undefined) };
  const entry = (manager: string, apiVersion: string, fieldsV1: object, subresource?: string) => ({
    manager,
    operation: "Update",
    apiVersion,
    time: "2026-01-01T00:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1,
    ...(subresource ? { subresource } : {}),
  });

  it("are shown at the version of Scale, and go over to who writes it", () => {
    const managed = JSON.stringify([
      entry("u", "apps/v1", { "f:spec": { "f:paused": {}, "f:replicas": {} } }),
      entry("v", "apps/v0", { "f:spec": { "f:replicas": {} } }),
    ]);
    expect(JSON.parse(managedOfScale(managed, kind) ?? "")).toEqual([entry("u", "autoscaling/v1", { "f:spec": { "f:replicas": {} } })]);
    const scale = JSON.stringify([entry("w", "autoscaling/v1", { "f:spec": { "f:replicas": {} } }, "scale")]);
    const { time: _unknown, ...taken } = entry("w", "apps/v1", { "f:spec": { "f:replicas": {} } }, "scale");
    expect(JSON.parse(managedOfScaled(managed, scale, kind) ?? "")).toEqual([
      taken,
      entry("u", "apps/v1", { "f:spec": { "f:paused": {} } }),
    ]);
  });
});
