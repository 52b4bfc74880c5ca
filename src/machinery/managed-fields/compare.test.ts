import { describe, expect, it } from "vitest";
import { compareValues } from "./compare.ts";
import { pathsOf } from "./field-set.ts";
import { managerFromUserAgent, managerName } from "./manager-name.ts";
import { formatPath } from "./path-element.ts";
import { TableShapes } from "./table-shapes.ts";
import { untypedShape, type ValueShape } from "./value-shape.ts";

const shapes = new TableShapes({
  t: {
    Root: {
      fields: {
        list: { type: "array", items: "t#Item", listType: "map", listMapKeys: ["port", "protocol"] },
        set: { type: "array", items: "string", listType: "set" },
        whole: { type: "array", items: "string", listType: "atomic" },
        map: { type: "map", values: "string" },
        atomic: { ref: "t#Item", mapType: "atomic" },
        free: { type: "object" },
        scalar: { type: "string" },
      },
    },
    Item: { fields: { port: { type: "integer" }, protocol: { type: "string", default: "TCP" }, name: { type: "string" } } },
  },
});

function changes(old: unknown, now: unknown, shape: ValueShape = shapes.value("t#Root")) {
  const { changed, removed } = compareValues(old, now, shape);
  const texts = (set: typeof changed) => [...pathsOf(set)].map(formatPath).sort();
  return { changed: texts(changed), removed: texts(removed) };
}

describe("compareValues", () => {
  it("tells keyed items apart by their keys, with defaults, in any order", () => {
    expect(
      changes(
        { list: [{ port: 80 }, { port: 81, name: "a" }] },
        {
          list: [
            { port: 81, protocol: "TCP", name: "b" },
            { port: 80, protocol: "UDP" },
          ],
        },
      ),
    ).toEqual({
      changed: [
        '.list[port=80,protocol="UDP"]',
        '.list[port=80,protocol="UDP"].port',
        '.list[port=80,protocol="UDP"].protocol',
        '.list[port=81,protocol="TCP"].name',
        '.list[port=81,protocol="TCP"].protocol',
      ],
      removed: ['.list[port=80,protocol="TCP"]', '.list[port=80,protocol="TCP"].port'],
    });
  });

  it("takes repeated items together", () => {
    expect(changes({ set: ["a"] }, { set: ["a", "a"] })).toEqual({ changed: ['.set[="a"]'], removed: ['.set[="a"]'] });
    expect(changes({ list: [{ port: 1 }, { port: 1, name: "x" }] }, { list: [{ port: 1 }, { port: 1, name: "y" }] })).toEqual({
      changed: ['.list[port=1,protocol="TCP"]'],
      removed: [],
    });
  });

  it("takes atomic lists and maps whole", () => {
    expect(changes({ whole: ["a"], atomic: { port: 1 } }, { whole: ["b"], atomic: { port: 2 } })).toEqual({
      changed: [".atomic", ".whole"],
      removed: [],
    });
  });

  it("keeps empty and null apart, and counts what holds added fields as changed", () => {
    expect(changes({ map: null }, { map: {} })).toEqual({ changed: [".map"], removed: [] });
    expect(changes({}, { map: { a: "1" } })).toEqual({ changed: [".map", ".map.a"], removed: [] });
    expect(changes({ map: null }, { map: { a: "1" } })).toEqual({ changed: [".map.a"], removed: [] });
    expect(changes({ map: { a: "1" } }, { map: {} })).toEqual({ changed: [], removed: [".map.a"] });
  });

  it("goes by the values where nothing tells the type", () => {
    expect(changes({ a: { b: 1, c: [1] } }, { a: { b: 2, c: [2] }, d: true }, untypedShape)).toEqual({
      changed: [".a.b", ".a.c", ".d"],
      removed: [],
    });
    expect(changes({ a: 1 }, { a: { b: 1 } }, untypedShape)).toEqual({ changed: [".a", ".a.b"], removed: [] });
  });

  it("takes free-form fields of built-in kinds as a whole", () => {
    expect(changes({ free: { a: 1 } }, { free: { a: 1, b: 2 } })).toEqual({ changed: [".free"], removed: [] });
  });
});

describe("manager names", () => {
  it("come from the request or the User-Agent", () => {
    expect(managerName("me", "kubectl/v1.36.0 (linux/amd64)")).toBe("me");
    expect(managerName("", "kubectl/v1.36.0 (linux/amd64)")).toBe("kubectl");
    expect(managerName(undefined, "")).toBe("unknown");
    expect(managerFromUserAgent("a\u0000b\u00e9")).toBe("ab\u00e9");
    expect(managerFromUserAgent("x".repeat(200))).toBe("x".repeat(128));
    expect(managerFromUserAgent("\u00e9".repeat(100))).toBe("\u00e9".repeat(64));
  });
});
