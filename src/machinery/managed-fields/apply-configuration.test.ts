import { describe, expect, it } from "vitest";
import { rawTables } from "../../api/tables.ts";
import { StatusError } from "../errors.ts";
import { deepFreeze } from "../object.ts";
import { applyConfiguration, type ConfigurationToApply } from "./apply-configuration.ts";
import type { ApplyConflict } from "./apply-conflicts.ts";
import { withoutFields } from "./field-filter.ts";
import { TableShapes } from "./table-shapes.ts";

const shapes = new TableShapes(rawTables);
const kinds = {
  ConfigMap: { apiVersion: "v1", shape: shapes.object("api/core/v1#ConfigMap") },
  Service: { apiVersion: "v1", shape: shapes.object("api/core/v1#Service") },
  Deployment: { apiVersion: "apps/v1", shape: shapes.object("api/apps/v1#Deployment") },
};

interface Entry {
  manager: string;
  operation: string;
  time?: string;
  fieldsV1: unknown;
}

/** An object that managers apply to, one second after the other. */
class Applied {
  readonly #kind: keyof typeof kinds;
  object: object | undefined;
  managed: string | undefined;
  #second = 0;

  constructor(kind: keyof typeof kinds, object?: object) {
    this.#kind = kind;
    this.object = object && deepFreeze(this.#whole(object));
  }

  #whole(fields: object): object {
    return { apiVersion: kinds[this.#kind].apiVersion, kind: this.#kind, metadata: { name: "a" }, ...fields };
  }

  apply(manager: string, fields: object, more: Partial<ConfigurationToApply> = {}): this {
    const { apiVersion, shape } = kinds[this.#kind];
    const time = `2026-01-01T00:00:0${this.#second++}Z`;
    const { object, managed } = applyConfiguration({
      shape,
      live: this.object,
      config: this.#whole(fields),
      manager,
      apiVersion,
      kind: this.#kind,
      time,
      managed: this.managed,
      force: false,
      ...more,
    });
    this.object = deepFreeze(object);
    this.managed = managed;
    return this;
  }

  get entries(): Entry[] {
    return JSON.parse(this.managed ?? "[]") as Entry[];
  }

  /** What a manager owns. */
  owned(manager: string): unknown {
    return this.entries.find((entry) => entry.manager === manager)?.fieldsV1;
  }
}

function messageOf(apply: () => unknown): string {
  try {
    apply();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("applyConfiguration", () => {
  it("owns what it applies: leaves, items and keys of maps, not the structs around them", () => {
    const it = new Applied("Deployment").apply("m", {
      spec: {
        replicas: 2,
        template: { metadata: { labels: { a: "1" } }, spec: { containers: [{ name: "c", ports: [{ containerPort: 80 }], args: ["x"] }] } },
      },
    });
    expect(it.owned("m")).toEqual({
      "f:spec": {
        "f:replicas": {},
        "f:template": {
          "f:metadata": { "f:labels": { "f:a": {} } },
          "f:spec": {
            "f:containers": {
              'k:{"name":"c"}': {
                ".": {},
                "f:args": {},
                "f:name": {},
                "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
              },
            },
          },
        },
      },
    });
  });

  it("takes out what it applied before and nobody else owns", () => {
    const it = new Applied("ConfigMap").apply("x", { data: { a: "1", b: "1" } }).apply("y", { data: { b: "1", c: "1" } });
    expect(it.object).toMatchObject({ data: { a: "1", b: "1", c: "1" } });
    it.apply("x", { data: {} });
    expect((it.object as { data: object }).data).toEqual({ b: "1", c: "1" });
    it.apply("y", {});
    // Null until the object is brought into the form of its type.
    expect((it.object as { data: unknown }).data).toBeNull();
    expect(it.entries.map((entry) => entry.manager)).toEqual(["x"]);
  });

  it("leaves what was never applied", () => {
    const it = new Applied("ConfigMap", { data: { live: "1" } });
    it.managed = undefined;
    it.apply("x", { data: { a: "1" } }).apply("x", { data: {} });
    expect((it.object as { data: object }).data).toEqual({ live: "1" });
    expect(it.owned("before-first-apply")).toEqual({ "f:data": { ".": {}, "f:live": {} } });
  });

  it("keeps the time, and the object, when nothing changes; a second owner of the same has no time", () => {
    const it = new Applied("ConfigMap").apply("x", { data: { a: "1" } });
    const { object, managed } = it;
    it.apply("x", { data: { a: "1" } });
    expect(it.object).toBe(object);
    expect(it.managed).toBe(managed);
    it.apply("y", { data: { a: "1" } });
    expect(it.entries.map(({ manager, time }) => [manager, time])).toEqual([
      ["y", undefined],
      ["x", "2026-01-01T00:00:00Z"],
    ]);
  });

  it("tells conflicts, one or several", () => {
    const it = new Applied("ConfigMap").apply("x", { data: { a: "1", b: "1" } }).apply("y", { data: { b: "1", c: "1" } });
    expect(messageOf(() => it.apply("z", { data: { a: "2" } }))).toBe('Apply failed with 1 conflict: conflict with "x": .data.a');
    expect(messageOf(() => it.apply("z", { data: { a: "2", b: "2", c: "2" } }))).toBe(
      'Apply failed with 4 conflicts: conflicts with "x":\n- .data.a\n- .data.b\nconflicts with "y":\n- .data.b\n- .data.c',
    );
    it.apply("z", { data: { a: "2" } }, { force: true });
    expect(it.object).toMatchObject({ data: { a: "2" } });
    expect(it.owned("x")).toEqual({ "f:data": { "f:b": {} } });
  });

  it("tells who updated, at which version and by which subresource", () => {
    const it = new Applied("ConfigMap", { data: { a: "1" } });
    it.managed =
      '[{"manager":"u","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}},"subresource":"status"}]';
    let error: unknown;
    try {
      it.apply("x", { data: { a: "2" } });
    } catch (thrown) {
      error = thrown;
    }
    expect((error as ApplyConflict).toStatusError().status).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'Apply failed with 1 conflict: conflict with "u" with subresource "status" using v1: .data.a',
      reason: "Conflict",
      details: {
        causes: [{ reason: "FieldManagerConflict", message: 'conflict with "u" with subresource "status" using v1', field: ".data.a" }],
      },
      code: 409,
    });
  });

  it("joins keyed lists in the applied order and keeps live items among their neighbours", () => {
    const ports = (...numbers: number[]) => ({ spec: { ports: numbers.map((port) => ({ port, protocol: "TCP" })) } });
    const it = new Applied("Service", ports(1, 2, 3, 4)).apply("x", ports(3, 5, 1));
    const order = (it.object as { spec: { ports: { port: number }[] } }).spec.ports.map(({ port }) => port);
    expect(order).toEqual([2, 3, 4, 5, 1]);
  });

  it("owns nothing of what an endpoint resets", () => {
    const it = new Applied("Service").apply(
      "x",
      { spec: { type: "ClusterIP" }, status: { conditions: [] } },
      { filter: withoutFields(["status"]) },
    );
    expect(it.owned("x")).toEqual({ "f:spec": { "f:type": {} } });
  });

  it("refuses what isn't of the type", () => {
    const said = (kind: keyof typeof kinds, fields: object) => messageOf(() => new Applied(kind).apply("m", fields));
    const prefix = "failed to create typed patch object (/a; /v1, Kind=ConfigMap): ";
    expect(said("ConfigMap", { nope: 1 })).toBe(`${prefix}.nope: field not declared in schema`);
    expect(said("ConfigMap", { data: { a: 1 } })).toBe(`${prefix}.data.a: expected string, got &value.valueUnstructured{Value:1}`);
    expect(said("ConfigMap", { data: [] })).toBe(`${prefix}.data: expected map, got &{[]}`);
    expect(said("ConfigMap", { data: { a: { b: 1 } }, immutable: "x" })).toBe(
      `${prefix}errors:\n  .data.a: expected string, got &value.valueUnstructured{Value:map[string]interface {}{"b":1}}\n  .immutable: expected boolean, got &{x}`,
    );
    expect(said("Service", { spec: { ports: [{ port: 80 }, { port: 80, protocol: "TCP" }] } })).toBe(
      'failed to create typed patch object (/a; /v1, Kind=Service): .spec.ports: duplicate entries for key [port=80,protocol="TCP"]',
    );
    expect(said("ConfigMap", { kind: "Secret" })).toBe("invalid object type: /v1, Kind=Secret");
    expect(said("ConfigMap", { metadata: { name: "a", managedFields: [] } })).toBe("metadata.managedFields must be nil");
    expect(() => new Applied("ConfigMap").apply("m", { nope: 1 })).toThrow(StatusError);
  });

  it("lets kubectl take over what the annotation of client-side apply tells is its own", () => {
    const annotation = "kubectl.kubernetes.io/last-applied-configuration";
    const config = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { a: "1" } };
    const it = new Applied("ConfigMap", {
      metadata: { name: "a", annotations: { [annotation]: JSON.stringify(config) } },
      data: { a: "1", b: "1" },
    });
    const stored = it.object;
    expect(messageOf(() => it.apply("kubectl", { data: { a: "2", b: "2" } }))).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.b',
    );
    it.object = stored;
    it.apply("kubectl", { data: { a: "2" } });
    expect(it.object).toMatchObject({
      metadata: {
        annotations: { [annotation]: '{"apiVersion":"v1","data":{"a":"2"},"kind":"ConfigMap","metadata":{"name":"a"}}\n' },
      },
      data: { a: "2", b: "1" },
    });
  });

  it("drops entries of versions that aren't served", () => {
    const { shape } = kinds.ConfigMap;
    const it = new Applied("ConfigMap", { data: { a: "1" } });
    it.managed = '[{"manager":"u","operation":"Update","apiVersion":"v0","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:a":{}}}}]';
    const versions = { shape: (version: string) => (version === "v1" ? shape : undefined), convert: (object: object) => object };
    it.apply("x", { data: { a: "2" } }, { versions });
    expect(it.entries.map((entry) => entry.manager)).toEqual(["x"]);
  });
});
