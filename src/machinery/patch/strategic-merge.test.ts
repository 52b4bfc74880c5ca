import { describe, expect, it } from "vitest";
import { rawTables } from "../../api/tables.ts";
import { deepFreeze } from "../object.ts";
import type { JsonMap } from "./json-values.ts";
import { TablePatchSchemas } from "./patch-schema.ts";
import { applyStrategicMergePatch, decodeStrategicMergePatch } from "./strategic-merge.ts";

const schema = new TablePatchSchemas(rawTables).schema("api/core/v1#Pod")!;
const pod = deepFreeze({
  metadata: { name: "p", finalizers: ["a", "b", "c", "d"], labels: { x: "1" } },
  spec: {
    containers: [
      { name: "c1", image: "i", env: [{ name: "A" }, { name: "B" }, { name: "C" }], args: ["x"] },
      { name: "c2", image: "i" },
      { name: "c3", image: "i" },
    ],
    volumes: [{ name: "v", emptyDir: {} }],
  },
});

type Pod = typeof pod;
const apply = (patch: unknown) => applyStrategicMergePatch(pod, decodeStrategicMergePatch(patch), schema) as unknown as Pod & JsonMap;
const spec = (patch: JsonMap) => apply({ spec: patch }).spec;
const names = (list: readonly { name: string }[]) => list.map((item) => item.name).join(" ");

describe("applyStrategicMergePatch", () => {
  it("merges lists by their keys, those of the patch in its order", () => {
    const { containers } = spec({
      containers: [
        { name: "n", image: "q" },
        { name: "c3", image: "z" },
        { name: "c1", args: ["y"] },
      ],
    });
    expect(names(containers)).toBe("n c2 c3 c1");
    expect(containers[3]).toEqual({ name: "c1", image: "i", env: [{ name: "A" }, { name: "B" }, { name: "C" }], args: ["y"] });
    expect(containers[1]).toBe(pod.spec.containers[1]);
  });

  it("keeps what the patch doesn't touch", () => {
    expect(apply({})).toBe(pod);
    expect(apply({ spec: { containers: [{ name: "c2", image: "i" }] } })).toBe(pod);
    expect(apply({ metadata: { labels: { y: "2" } } }).spec).toBe(pod.spec);
  });

  it("deletes and replaces items", () => {
    expect(names(spec({ containers: [{ name: "c2", $patch: "delete" }] }).containers)).toBe("c1 c3");
    expect(names(spec({ containers: [{ name: "o", image: "i" }, { $patch: "replace" }] }).containers)).toBe("o");
  });

  it("deletes and replaces maps", () => {
    expect(apply({ metadata: { labels: { $patch: "delete" } } }).metadata.labels).toEqual({});
    expect(apply({ metadata: { labels: { $patch: "replace", q: "r" } } }).metadata.labels).toEqual({ q: "r" });
    expect(apply({ metadata: { labels: null } }).metadata).not.toHaveProperty("labels");
  });

  it("sets the order of elements, of maps and scalars", () => {
    expect(
      names(
        spec({ "$setElementOrder/containers": [{ name: "c3" }, { name: "n" }, { name: "c1" }], containers: [{ name: "n" }] }).containers,
      ),
    ).toBe("c2 c3 n c1");
    const patch = { "$deleteFromPrimitiveList/finalizers": ["b"], "$setElementOrder/finalizers": ["d", "e", "a"], finalizers: ["e"] };
    expect(apply({ metadata: patch }).metadata.finalizers).toEqual(["c", "d", "e", "a"]);
  });

  it("retains the keys that it is told to", () => {
    expect(spec({ volumes: [{ name: "v", $retainKeys: ["name", "hostPath"], hostPath: { path: "/x", type: null } }] }).volumes).toEqual([
      { name: "v", hostPath: { path: "/x" } },
    ]);
  });

  it("drops directives and nulls of what is new", () => {
    expect(spec({ nodeSelector: { a: "b", c: null }, dnsConfig: { $patch: "delete" } })).toEqual({ ...pod.spec, nodeSelector: { a: "b" } });
  });

  it.each<[unknown, number, string]>([
    [{ spec: { containers: [{ image: "x" }] } }, 500, "map: map[image:x] does not contain declared merge key: name"],
    [{ spec: { containers: [{ name: "c1", $patch: "foo" }] } }, 500, "unknown patch type: foo in map: map[$patch:foo name:c1]"],
    [{ spec: { containers: [{ name: "c1", $patch: "merge" }] } }, 500, "merging lists cannot yet be specified in the patch"],
    [{ metadata: { finalizers: ["a", 5] } }, 500, "list element types are not identical: [[a b c d] [a 5]]"],
    [{ $patch: "foo" }, 500, "unknown patch type: foo in map: map[$patch:foo]"],
    [
      { spec: { "$setElementOrder/containers": [{ name: "z" }], containers: [{ name: "c1", image: "q" }] } },
      500,
      "The order in patch list:\n[map[image:q name:c1]]\n doesn't match $setElementOrder list:\n[map[name:z]]\n",
    ],
    [{ spec: { "$setElementOrder/containers": 5 } }, 500, "expected a []interface {}, but received a int64"],
    [{ spec: { $retainKeys: 5 } }, 400, "invalid patch format of retainKeys"],
    [{ spec: { volumes: [{ name: "v", $retainKeys: ["name"], emptyDir: {} }] } }, 400, "invalid patch format of retainKeys"],
    [{ metadata: { $deleteFromPrimitiveListfinalizers: ["a"] } }, 400, "invalid patch format of primitive list"],
    [
      { metadata: { "$setElementOrder/foo": ["a"], foo: ["b"] } },
      500,
      'unable to find api field in struct ObjectMeta for the json field "foo"',
    ],
    [[], 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"],
  ])("refuses %j", (patch, code, message) => {
    expect(() => apply(patch)).toThrow(expect.objectContaining({ code, message }));
  });
});
