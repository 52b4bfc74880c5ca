import { describe, expect, it } from "vitest";
import { path } from "../errors.ts";
import type { ObjectMeta } from "../meta/v1.ts";
import { nameIsDNSSubdomain } from "./names.ts";
import { totalAnnotationSizeLimit, validateObjectMeta, validateObjectMetaUpdate } from "./object-meta.ts";
import { validateLabelSelector } from "./selector.ts";

const create = (meta: ObjectMeta, namespaced = true) =>
  validateObjectMeta(meta, { namespaced, nameRule: nameIsDNSSubdomain }, path("metadata")).map((error) => error.text);
const update = (meta: ObjectMeta, old: ObjectMeta) => validateObjectMetaUpdate(meta, old, path("metadata")).map((error) => error.text);

describe("validateObjectMeta", () => {
  it("lets a right one through", () => {
    expect(
      create({
        name: "a.b",
        namespace: "n",
        labels: { a: "b" },
        annotations: { "A.io/x": "anything at all" },
        finalizers: ["orphan"],
        ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "u", controller: true }],
      }),
    ).toEqual([]);
  });

  it("wants names and namespaces", () => {
    expect(create({})).toEqual(["metadata.name: Required value: name or generateName is required", "metadata.namespace: Required value"]);
    expect(create({ name: "a", namespace: "n" }, false)).toEqual(["metadata.namespace: Forbidden: not allowed on this type"]);
    expect(create({ name: "a", namespace: "a.b" })).toEqual(['metadata.namespace: Invalid value: "a.b": must not contain dots']);
  });

  it("complains in upstream's order", () => {
    const errors = create({
      name: "a",
      namespace: "n",
      generation: -1,
      labels: { a: "b c" },
      annotations: { "a b": "" },
      finalizers: ["orphan", "foregroundDeletion"],
      ownerReferences: [
        { apiVersion: "", kind: "", name: "", uid: "" },
        { apiVersion: "v1", kind: "Event", name: "e", uid: "u" },
        { apiVersion: "v1", kind: "A", name: "a", uid: "u", controller: true },
        { apiVersion: "v1", kind: "B", name: "b", uid: "u", controller: true },
      ],
    });
    expect(errors.map((text) => text.replace(/ \(e\.g\..*$/, ""))).toEqual([
      "metadata.generation: Invalid value: -1: must be greater than or equal to 0",
      `metadata.labels: Invalid value: "b c": a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
      `metadata.annotations: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
      'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
      'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
      'metadata.ownerReferences.name: Invalid value: "": must not be empty',
      'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
      'metadata.ownerReferences: Invalid value: {"apiVersion":"v1","kind":"Event","name":"e","uid":"u"}: /v1, Kind=Event is disallowed from being an owner',
      expect.stringMatching(/: Only one reference can have Controller set to true\. Found "true" in references for A\/a and B\/b$/),
      'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
    ]);
  });

  it("counts the bytes of annotations", () => {
    const size = totalAnnotationSizeLimit;
    expect(create({ name: "a", namespace: "n", annotations: { k: "x".repeat(size - 1) } })).toEqual([]);
    expect(create({ name: "a", namespace: "n", annotations: { k: "é".repeat(size / 2) } })).toEqual([
      "metadata.annotations: Too long: may not be more than 262144 bytes",
    ]);
  });
});

describe("validateObjectMetaUpdate", () => {
  const old: ObjectMeta = {
    name: "a",
    namespace: "n",
    uid: "u",
    resourceVersion: "1",
    creationTimestamp: "2026-01-01T00:00:00Z",
    generation: 2,
  };

  it("lets labels change and nothing that identifies the object", () => {
    expect(update({ ...old, labels: { x: "y" } }, old)).toEqual([]);
    expect(
      update({ ...old, name: "b", uid: "v", resourceVersion: "", generation: 1, creationTimestamp: "2026-01-02T00:00:00Z" }, old),
    ).toEqual([
      'metadata.resourceVersion: Invalid value: "": must be specified for an update',
      "metadata.generation: Invalid value: 1: must not be decremented",
      'metadata.name: Invalid value: "b": field is immutable',
      'metadata.uid: Invalid value: "v": field is immutable',
      'metadata.creationTimestamp: Invalid value: "2026-01-02T00:00:00Z": field is immutable',
    ]);
  });

  it("refuses new finalizers on what is being deleted", () => {
    const deleted = { ...old, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["a/a"] };
    expect(update({ ...deleted, finalizers: ["a/a", "c/c", "b/b"] }, deleted)).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"b/b", "c/c"}',
    ]);
  });
});

describe("validateLabelSelector", () => {
  it("names what is wrong", () => {
    const errors = validateLabelSelector(
      {
        matchExpressions: [
          { key: "a", operator: "In" },
          { key: "a", operator: "Exists", values: ["b"] },
          { key: "a", operator: "Near" },
        ],
      },
      path("spec", "selector"),
    );
    expect(errors.map((error) => error.text)).toEqual([
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
      "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
      'spec.selector.matchExpressions[2].operator: Invalid value: "Near": not a valid selector operator',
    ]);
    expect(validateLabelSelector(undefined, path("spec"))).toEqual([]);
  });
});
