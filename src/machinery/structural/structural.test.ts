import { describe, expect, it } from "vitest";
import { JsonNumber } from "../schema/json-text.ts";
import { applyDefaults } from "./defaults.ts";
import { formatCheck } from "./formats.ts";
import type { JsonSchema } from "./json-schema.ts";
import { validateListTypes } from "./list-types.ts";
import { isSettled, prune } from "./prune.ts";
import { compileStructural } from "./structural.ts";
import { validateChangedValue, validateValue } from "./validate-value.ts";
import { Pattern } from "./value-rules.ts";

const rootOf = (spec: Record<string, JsonSchema>, more: JsonSchema = {}) =>
  compileStructural({ type: "object", properties: { spec: { type: "object", properties: spec, ...more } } });
const complaints = (spec: Record<string, JsonSchema>, value: unknown, more: JsonSchema = {}) =>
  validateValue({ spec: value }, rootOf(spec, more).rules).map(({ text }) => text);

describe("pruning", () => {
  const root = rootOf({
    a: { type: "string" },
    open: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { in: { type: "object", properties: {} } } },
    map: { type: "object", additionalProperties: { type: "object", properties: { x: { type: "integer" } } } },
    list: { type: "array", items: { type: "object", properties: { y: { type: "number" } } } },
    nullable: { type: "string", nullable: true },
    preset: { type: "string", default: "p" },
  });

  it("takes out what the schema doesn't have and tells where that was, in order", () => {
    const object = {
      apiVersion: "g/v1",
      kind: "K",
      metadata: { name: "a" },
      zz: 1,
      spec: { a: "x", b: 1, open: { u: { v: 1 }, in: { w: 1 } }, map: { k: { x: 1, z: 2 } }, list: [{ y: 1, q: 1 }] },
    };
    expect(prune(object, root)).toEqual(["spec.b", "spec.list[0].q", "spec.map.k.z", "spec.open.in.w", "zz"]);
    expect(object).toEqual({
      apiVersion: "g/v1",
      kind: "K",
      metadata: { name: "a" },
      spec: { a: "x", open: { u: { v: 1 }, in: {} }, map: { k: { x: 1 } }, list: [{ y: 1 }] },
    });
  });

  it("takes nulls out where nothing may be null, but leaves those that a default takes the place of", () => {
    const object = { spec: { a: null, nullable: null, preset: null, open: { n: null } } };
    prune(object, root);
    expect(object).toEqual({ spec: { nullable: null, preset: null, open: { n: null } } });
    applyDefaults(object, root);
    expect(object).toEqual({ spec: { nullable: null, preset: "p", open: { n: null } } });
  });

  it("forgets the text of numbers, in what nothing describes too", () => {
    const object = { spec: { list: [{ y: new JsonNumber("1.0") }], open: { n: [new JsonNumber("1e3")] } } };
    prune(object, root);
    expect(object).toEqual({ spec: { list: [{ y: 1 }], open: { n: [1000] } } });
  });

  it("tells whether there is anything to do", () => {
    expect(isSettled({ metadata: {}, spec: { preset: "x", list: [{ y: 1 }] } }, root)).toBe(true);
    expect(isSettled({ spec: { list: [] } }, root)).toBe(false);
    expect(isSettled({ spec: { preset: "x", list: [{ q: 1 }] } }, root)).toBe(false);
    expect(isSettled({ spec: { preset: "x", a: null } }, root)).toBe(false);
  });
});

it("fills defaults below defaults, in items and in values of maps", () => {
  const root = rootOf({
    sub: { type: "object", default: {}, properties: { deep: { type: "integer", default: 1 } } },
    list: { type: "array", items: { type: "object", properties: { mode: { type: "string", default: "auto" } } } },
    map: { type: "object", additionalProperties: { type: "object", properties: { max: { type: "integer", default: 7 } } } },
  });
  const object = { spec: { list: [{}, { mode: "x" }], map: { a: {} } } };
  applyDefaults(object, root);
  expect(object).toEqual({ spec: { sub: { deep: 1 }, list: [{ mode: "auto" }, { mode: "x" }], map: { a: { max: 7 } } } });
});

describe("values", () => {
  it.each<[string, JsonSchema, unknown, string[]]>([
    ["types", { type: "integer" }, "x", ['spec.f: Invalid value: "string": spec.f in body must be of type integer: "string"']],
    [
      "whole numbers",
      { type: "integer" },
      2.5,
      [
        'spec.f: Invalid value: "number": spec.f in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.f',
      ],
    ],
    [
      "int or string",
      { "x-kubernetes-int-or-string": true },
      true,
      ['spec.f: Invalid value: "boolean": spec.f in body must be of type integer,string: "boolean"'],
    ],
    ["limits", { type: "integer", maximum: 3 }, 4, ["spec.f: Invalid value: 4: spec.f in body should be less than or equal to 3"]],
    [
      "limits that exclude",
      { type: "number", minimum: 0, exclusiveMinimum: true },
      0,
      ["spec.f: Invalid value: 0: spec.f in body should be greater than 0"],
    ],
    ["factors", { type: "number", multipleOf: 0.5 }, 0.75, ["spec.f: Invalid value: 0.75: spec.f in body should be a multiple of 0.5"]],
    ["long texts", { type: "string", maxLength: 2 }, "äöü", ["spec.f: Too long: may not be more than 2 bytes"]],
    ["short texts", { type: "string", minLength: 2 }, "a", ['spec.f: Invalid value: "a": spec.f in body should be at least 2 chars long']],
    ["patterns", { type: "string", pattern: "^[a-z]+$" }, "A", [`spec.f: Invalid value: "A": spec.f in body should match '^[a-z]+$'`]],
    ["choices", { type: "string", enum: ["a", "b"] }, "c", ['spec.f: Unsupported value: "c": supported values: "a", "b"']],
    ["formats", { type: "string", format: "ipv4" }, "::1", ['spec.f: Invalid value: "::1": spec.f in body must be of type ipv4: "::1"']],
    ["few items", { type: "array", minItems: 1, items: {} }, [], ["spec.f: Invalid value: 0: spec.f in body should have at least 1 items"]],
    ["many items", { type: "array", maxItems: 1, items: {} }, [1, 2], ["spec.f: Too many: 2: must have at most 1 item"]],
    [
      "items",
      { type: "array", items: { type: "string" } },
      [1],
      ['spec.f[0]: Invalid value: "integer": spec.f[0] in body must be of type string: "integer"'],
    ],
    ["required fields", { type: "object", required: ["x"], properties: { x: {} } }, {}, ["spec.f.x: Required value"]],
    ["null", { type: "string" }, null, ['spec.f: Invalid value: "null": spec.f in body must be of type string: "null"']],
    ["null where it may be", { type: "string", nullable: true }, null, []],
    [
      "one of",
      { type: "object", oneOf: [{ required: ["a"] }, { required: ["b"] }] },
      { a: 1, b: 2 },
      ['<nil>: Invalid value: "": "spec.f" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      "any of, with the complaints of the best match",
      { type: "object", anyOf: [{ required: ["a"] }, { required: ["b"], properties: { c: { minimum: 3 } } }] },
      { c: 1 },
      [
        '<nil>: Invalid value: "": "spec.f" must validate at least one schema (anyOf)',
        "spec.f.c: Invalid value: 1: spec.f.c in body should be greater than or equal to 3",
        "spec.f.b: Required value",
      ],
    ],
    [
      "all of",
      { type: "integer", allOf: [{ minimum: 2 }, { maximum: 4 }] },
      5,
      [
        "spec.f: Invalid value: 5: spec.f in body should be less than or equal to 4",
        '<nil>: Invalid value: "": "spec.f" must validate all the schemas (allOf)',
      ],
    ],
    ["not", { type: "integer", not: { minimum: 2 } }, 5, ['<nil>: Invalid value: "": "spec.f" must not validate the schema (not)']],
  ])("are held to %s", (_what, schema, value, texts) => {
    expect(complaints({ f: schema }, { f: value })).toEqual(texts);
  });

  it("that are as they were are no longer held against an object", () => {
    const { rules } = rootOf({
      n: { type: "string", minLength: 3 },
      list: { type: "array", items: { type: "string", maxLength: 1 } },
      keyed: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["k"],
        items: { type: "object", properties: { k: { type: "string" }, v: { type: "string", maxLength: 1 } } },
      },
    });
    const old = { spec: { n: "ab", list: ["xx"], keyed: [{ k: "a", v: "xx" }] } };
    expect(validateChangedValue({ spec: { ...old.spec, other: 1 } }, old, rules)).toEqual([]);
    const now = {
      spec: {
        n: "ac",
        list: ["xx", "y"],
        keyed: [
          { k: "b", v: "yy" },
          { k: "a", v: "xx" },
        ],
      },
    };
    expect(validateChangedValue(now, old, rules).map(({ text }) => text)).toEqual([
      'spec.n: Invalid value: "ac": spec.n in body should be at least 3 chars long',
      "spec.list[0]: Too long: may not be more than 1 byte",
      "spec.keyed[0].v: Too long: may not be more than 1 byte",
    ]);
  });
});

it("takes fields for absent that objects inherit", () => {
  const properties: Record<string, JsonSchema> = { constructor: { type: "string", default: "x" }, toString: { type: "string" } };
  const root = compileStructural({ type: "object", properties, required: ["constructor", "valueOf"] });
  expect(validateValue({}, root.rules).map(({ text }) => text)).toEqual(["constructor: Required value", "valueOf: Required value"]);
  const object = {};
  applyDefaults(object, root);
  expect(Object.entries(object)).toEqual([["constructor", "x"]]);
});

it("finds items that come twice", () => {
  const root = rootOf({
    set: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
    ports: {
      type: "array",
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["port", "protocol"],
      items: { type: "object", properties: { port: { type: "integer" }, protocol: { type: "string" } } },
    },
  });
  const object = { spec: { set: ["a", "b", "a", "a"], ports: [{ port: 1 }, { port: 1, protocol: "UDP" }, { port: 1, x: 1 }] } };
  expect(validateListTypes(object, root).map(({ text }) => text)).toEqual([
    'spec.set[2]: Duplicate value: "a"',
    'spec.ports[2]: Duplicate value: {"port":1}',
  ]);
});

it.each<[string, string[], string[]]>([
  ["uri", ["/a", "http://x/y?z", "mailto:x"], ["", "a b", "x", "http://[x"]],
  ["email", ["a@b", "A <a@b.c>"], ["a", "a@", "@b"]],
  ["hostname", ["a", "a.b-c", "1.xy"], ["-a", "a_b", "a".repeat(64)]],
  ["mac", ["00:11:22:33:44:55", "0011.2233.4455"], ["00:11:22", "00:11:22-33:44:55"]],
  ["isbn", ["0321751043", "978-0321751041"], ["0321751044"]],
  ["creditcard", ["4111111111111111"], ["4111111111111112"]],
  ["date-time", ["2020-01-01T00:00:00Z", "2020-01-01t10:00:00.5+02:00"], ["2020-01-01", "2020-13-01T00:00:00Z"]],
  ["duration", ["1h5m", "3 days", "0"], ["soon", "5"]],
  ["rgbcolor", ["rgb(1,2,3)"], ["rgb(1,2,256)"]],
])("knows the format %s", (format, good, bad) => {
  const check = formatCheck(format);
  expect(good.filter((text) => !check?.(text))).toEqual([]);
  expect(bad.filter((text) => check?.(text))).toEqual([]);
});

it("reads patterns in Go's syntax", () => {
  expect(new Pattern("(?i)^ABC$").matches("abc")).toBe(true);
  expect(new Pattern("^[[:alpha:]_]+$").matches("ab_")).toBe(true);
  expect(new Pattern("\\A(?P<n>\\pL+)\\z").matches("äb")).toBe(true);
  expect(new Pattern("^(((a*)*)*)*$").matches(`${"a".repeat(50_000)}b`)).toBe(false);
  expect(() => new Pattern("(").matches("")).toThrow(SyntaxError);
});
