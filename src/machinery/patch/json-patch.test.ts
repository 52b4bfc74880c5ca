import { describe, expect, it } from "vitest";
import { deepFreeze } from "../object.ts";
import { applyJsonPatch, decodeJsonPatch, type JsonPatchOperation } from "./json-patch.ts";
import { applyMergePatch, decodeMergePatch } from "./merge-patch.ts";

const document = deepFreeze({ a: { b: [1, 2, 3], c: { d: "x" } }, "x/y": { "m~n": 1 }, kept: { deep: true } });
const apply = (...operations: JsonPatchOperation[]) =>
  applyJsonPatch(document, decodeJsonPatch(operations)) as Record<string, unknown> & { a: { b: unknown }; kept: unknown; new: unknown };

describe("applyJsonPatch", () => {
  it.each<[JsonPatchOperation[], unknown]>([
    [[{ op: "add", path: "/a/b/1", value: 9 }], [1, 9, 2, 3]],
    [[{ op: "add", path: "/a/b/-", value: 9 }], [1, 2, 3, 9]],
    [[{ op: "add", path: "/a/b/-1", value: 9 }], [1, 2, 3, 9]],
    [[{ op: "remove", path: "/a/b/-1" }], [1, 2]],
    [[{ op: "replace", path: "/a/b/0", value: 9 }], [9, 2, 3]],
    [[{ op: "move", from: "/a/b/0", path: "/a/b/2" }], [2, 3, 1]],
    [
      [
        { op: "copy", from: "/a/c", path: "/a/b/0" },
        { op: "replace", path: "/a/b/0/d", value: "y" },
        { op: "test", path: "/a/c/d", value: "x" },
      ],
      [{ d: "y" }, 1, 2, 3],
    ],
    [[{ op: "add", path: "/a/b/-" }], [1, 2, 3, null]],
  ])("%j", (operations, list) => {
    expect(apply(...operations).a.b).toEqual(list);
  });

  it("replaces what isn't there, as upstream's library", () => {
    expect(apply({ op: "replace", path: "/new", value: 1 }).new).toBe(1);
  });

  it("reads escapes in paths, and sets a field of any name", () => {
    expect(apply({ op: "replace", path: "/x~1y/m~0n", value: 2 })["x/y"]).toEqual({ "m~n": 2 });
    expect(Object.keys(apply({ op: "add", path: "/__proto__", value: 2 }))).toContain("__proto__");
  });

  it("shares what it doesn't touch and changes nothing that is given", () => {
    const value = deepFreeze({ z: { y: 1 } });
    const result = apply({ op: "add", path: "/a/c/e", value }, { op: "replace", path: "/a/c/e/z/y", value: 2 });
    expect(result.kept).toBe(document.kept);
    expect(result.a).toEqual({ b: [1, 2, 3], c: { d: "x", e: { z: { y: 2 } } } });
    expect(value).toEqual({ z: { y: 1 } });
  });

  it.each<JsonPatchOperation>([
    { op: "remove", path: "/nope" },
    { op: "remove", path: "/a/b/3" },
    { op: "add", path: "/nope/a", value: 1 },
    { op: "add", path: "/a/b/x", value: 1 },
    { op: "add", path: "/a/b/5", value: 1 },
    { op: "replace", path: "/a/b/3", value: 1 },
    { op: "replace", path: "", value: 1 },
    { op: "test", path: "/a/c/d", value: "y" },
    { op: "test", path: "/no/where", value: null },
    { op: "move", from: "/nope", path: "/b" },
    { op: "copy", path: "/b" },
    { op: "frobnicate", path: "/a" },
    { op: "add" },
    {},
  ])("refuses %j", (operation) => {
    expect(() => apply(operation)).toThrow(
      expect.objectContaining({ code: 422, reason: "Invalid", message: "the server rejected our request due to an error in our request" }),
    );
  });

  it("tests a missing field against null", () => {
    expect(apply({ op: "test", path: "/nope", value: null })).toBe(document);
  });

  it("refuses what is no patch", () => {
    const text = (patch: unknown) => () => decodeJsonPatch(patch);
    expect(text({})).toThrow("error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp");
    expect(text(["x"])).toThrow("error decoding patch: json: cannot unmarshal string into Go value of type handlers.jsonPatchOp");
    expect(text([{ path: 5 }])).toThrow(
      "error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.path of type string",
    );
    expect(text(new Array(10001).fill({}))).toThrow("The allowed maximum operations in a JSON patch is 10000, got 10001");
    expect(decodeJsonPatch(null)).toEqual([]);
  });
});

describe("applyMergePatch", () => {
  it("merges maps, replaces the rest, and drops nulls of new values", () => {
    const original = deepFreeze({ a: { b: 1, c: 2 }, l: [1, { x: 1 }], k: { same: true } });
    const result = applyMergePatch(original, { a: { b: null, d: { e: null, f: 1 } }, l: [{ y: null, z: null, w: 1 }, null], n: null });
    expect(result).toEqual({ a: { c: 2, d: { f: 1 } }, l: [{ w: 1 }, null], k: { same: true } });
    expect(result.k).toBe(original.k);
    expect(applyMergePatch(original, { a: { b: 1 }, zz: null })).toBe(original);
  });

  it("refuses what is no patch", () => {
    expect(() => decodeMergePatch(null)).toThrow("Invalid JSON Patch");
    expect(() => decodeMergePatch([])).toThrow(
      "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    );
  });
});
