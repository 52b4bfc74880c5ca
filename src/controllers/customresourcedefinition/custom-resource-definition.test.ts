import { expect, it } from "vitest";
import type { CustomResourceDefinition, CustomResourceDefinitionVersion, JSONSchemaProps } from "../../api/apiextensions/v1.ts";
import { apiservices, customresourcedefinitions } from "../../api/refs.ts";
import { builtInResources } from "../../api/registry.ts";
import { rawTables } from "../../api/tables.ts";
import { createApiServer } from "../../apiserver/server.ts";
import { admin, testPlatform } from "../../apiserver/testing/test-server.ts";
import { TypeCatalog } from "../../apiserver/types.ts";
import { silentLogger } from "../../machinery/logger.ts";
import wireOnly from "../../machinery/meta/wire-only.json" with { type: "json" };
import type { AnyObject } from "../../machinery/object.ts";
import { seededRandom } from "../../machinery/random.ts";
import type { WireOnlyTypes } from "../../machinery/schema/schema.ts";
import { ServerHarness } from "../testing/server-harness.ts";
import { startCustomResourceDefinitions } from "./custom-resource-definition.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const widgets = "/apis/example.com/v1/namespaces/default/widgets";

function version(name: string, spec: Record<string, JSONSchemaProps>, more: Partial<CustomResourceDefinitionVersion> = {}) {
  const schema = { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: spec } } } };
  return { name, served: true, storage: name === "v1", schema, ...more };
}

function definition(plural: string, kind: string, versions: CustomResourceDefinitionVersion[]): CustomResourceDefinition {
  const names = { plural, kind };
  return { metadata: { name: `${plural}.example.com` }, spec: { group: "example.com", scope: "Namespaced", names, versions } };
}

const size: Record<string, JSONSchemaProps> = { size: { type: "integer", minimum: 1 }, mode: { type: "string", default: "auto" } };
const widget = (name: string, spec: object, apiVersion = "example.com/v1") => ({ apiVersion, kind: "Widget", metadata: { name }, spec });

async function started(...versions: CustomResourceDefinitionVersion[]): Promise<ServerHarness> {
  const harness = await ServerHarness.started(startCustomResourceDefinitions);
  await harness.server.post(definitions, definition("widgets", "Widget", versions.length > 0 ? versions : [version("v1", size)]));
  await harness.rest();
  return harness;
}

const conditions = ({ status }: CustomResourceDefinition) =>
  (status?.conditions ?? []).map(({ type, status: state, reason, message }) => `${type}=${state} ${reason}: ${message}`);

it("serves a definition, and tells of it, as soon as its names are accepted", async () => {
  const harness = await started();
  const stored = await harness.get(customresourcedefinitions, "widgets.example.com");
  expect(conditions(stored)).toEqual([
    "NamesAccepted=True NoConflicts: no conflicts found",
    "Established=True InitialNamesAccepted: the initial names have been accepted",
  ]);
  expect(stored.status?.acceptedNames).toEqual({ plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" });
  const made = await harness.server.post(widgets, widget("a", { size: 2, other: 1 }));
  expect(made.status).toBe(201);
  expect(made.headers.warning).toEqual([`299 - "unknown field \\"spec.other\\""`]);
  expect(made.body).toMatchObject({ metadata: { generation: 1 }, spec: { size: 2, mode: "auto" } });
  expect((await harness.server.post(widgets, widget("b", { size: 0 }))).body.message).toBe(
    'Widget.example.com "b" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
  );
  expect((await harness.find(apiservices, "v1.example.com"))?.spec).toEqual({
    group: "example.com",
    version: "v1",
    groupPriorityMinimum: 1000,
    versionPriority: 100,
  });
  expect((await harness.server.get("/apis/example.com/v1")).body).toMatchObject({ resources: [{ name: "widgets", kind: "Widget" }] });
  expect((await harness.server.get("/apis")).text).toContain('"example.com/v1"');
  expect((await harness.server.get("/openapi/v3")).text).toContain('"apis/example.com/v1"');
  expect((await harness.server.get("/openapi/v3/apis/example.com/v1")).text).toContain('"com.example.v1.Widget"');
  expect((await harness.server.get("/openapi/v2")).text).toContain('"com.example.v1.Widget"');
});

it("is served from the first request after a restart", async () => {
  const harness = await started();
  await harness.server.post(widgets, widget("a", { size: 2 }));
  const again = createApiServer({
    store: harness.server.store,
    platform: testPlatform,
    clock: harness.clock,
    random: seededRandom(2),
    logger: silentLogger,
    definitions: builtInResources(),
    types: new TypeCatalog(rawTables, wireOnly as unknown as WireOnlyTypes),
  });
  const { status } = await again.handle({
    method: "GET",
    path: `${widgets}/a`,
    query: new URLSearchParams(),
    headers: {},
    identity: admin,
  });
  expect(status).toBe(200);
  again.close();
});

it("shows what is stored by the schema of today", async () => {
  const harness = await started(version("v1", { ...size, old: { type: "string" } }), version("v1beta1", { size: { type: "integer" } }));
  await harness.server.post(widgets, widget("a", { size: 2, old: "x" }));
  const watch = await harness.server.watch(`${widgets}?watch=true&resourceVersion=0`);
  expect((await harness.server.get("/apis/example.com/v1beta1/namespaces/default/widgets/a")).body).toMatchObject({
    apiVersion: "example.com/v1beta1",
    spec: { size: 2 },
  });
  await harness.server.patch(`${definitions}/widgets.example.com`, "json", [
    { op: "remove", path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/old" },
    {
      op: "add",
      path: "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/fresh",
      value: { type: "string", default: "f" },
    },
  ]);
  expect(watch.ended).toBe(true);
  const shown = { size: 2, mode: "auto", fresh: "f" };
  expect((await harness.server.get(`${widgets}/a`)).body.spec).toEqual(shown);
  const list = (await harness.server.get(widgets)).body as unknown as { items: AnyObject[]; metadata: object };
  expect(list.items.map(({ spec }) => spec)).toEqual([shown]);
  expect(list.metadata).toMatchObject({ continue: "" });
  const beta = widget("b", { size: 3 }, "example.com/v1beta1");
  await harness.server.post("/apis/example.com/v1beta1/namespaces/default/widgets", beta);
  expect((await harness.server.get(`${widgets}/b`)).body).toMatchObject({
    apiVersion: "example.com/v1",
    spec: { size: 3, mode: "auto", fresh: "f" },
  });
});

it("gives a name to one definition only, and to the next when that goes", async () => {
  const harness = await started();
  const other = definition("gadgets", "Widget", [version("v1", size)]);
  await harness.server.post(definitions, other);
  await harness.rest();
  expect(conditions(await harness.get(customresourcedefinitions, "gadgets.example.com"))).toEqual([
    'NamesAccepted=False ListKindConflict: "WidgetList" is already in use',
    "Established=False NotAccepted: not all names are accepted",
  ]);
  expect((await harness.server.get("/apis/example.com/v1/namespaces/default/gadgets")).text).toBe("404 page not found\n");
  await harness.server.delete(`${definitions}/widgets.example.com`);
  await harness.pass(1000);
  expect(conditions(await harness.get(customresourcedefinitions, "gadgets.example.com"))).toContain(
    "Established=True InitialNamesAccepted: the initial names have been accepted",
  );
});

it("removes the objects with their definition, which waits for them", async () => {
  const harness = await started();
  await harness.server.post(widgets, widget("a", { size: 1 }));
  const held = widget("held", { size: 1 });
  await harness.server.post(widgets, { ...held, metadata: { ...held.metadata, finalizers: ["x.y/z"] } });
  const deleted = (await harness.server.delete(`${definitions}/widgets.example.com`)).body as unknown as CustomResourceDefinition;
  expect(deleted.metadata.finalizers).toEqual(["customresourcecleanup.apiextensions.k8s.io"]);
  expect(conditions(deleted)).toContain(
    "Terminating=True InstanceDeletionPending: CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
  );
  await harness.rest();
  expect((await harness.server.get(`${widgets}/a`)).status).toBe(404);
  expect((await harness.server.post(widgets, widget("b", { size: 1 }))).body.message).toBe(
    'widgets.example.com "b" is forbidden: create not allowed while custom resource definition is terminating',
  );
  expect(conditions(await harness.get(customresourcedefinitions, "widgets.example.com"))).toContain(
    "Terminating=True InstanceDeletionInProgress: CustomResource deletion is in progress",
  );
  await harness.server.patch(`${widgets}/held`, "merge", { metadata: { finalizers: null } });
  await harness.pass(2000);
  expect(await harness.find(customresourcedefinitions, "widgets.example.com")).toBeUndefined();
  expect(await harness.find(apiservices, "v1.example.com")).toBeUndefined();
  expect((await harness.server.get(widgets)).text).toBe("404 page not found\n");
});

it("holds objects against the rules of their schema", async () => {
  const spec = {
    type: "object",
    required: ["min"],
    "x-kubernetes-validations": [{ rule: "self.min <= self.max", message: "min must be at most max" }],
    properties: {
      min: { type: "integer" },
      max: { type: "integer", "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "max is immutable" }] },
    },
  };
  const v1 = version("v1", {});
  v1.schema = { openAPIV3Schema: { type: "object", required: ["spec"], properties: { spec } } };
  const harness = await started(v1);
  const made = (body: object) => harness.server.post(widgets, widget("a", body));
  expect((await made({ max: 1 })).body.message).toBe(
    'Widget.example.com "a" is invalid: [spec.min: Required value, <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
  );
  expect((await made({ min: 3, max: 1 })).body.message).toBe(
    'Widget.example.com "a" is invalid: spec: Invalid value: min must be at most max',
  );
  expect((await made({ min: 1, max: 2 })).status).toBe(201);
  expect((await harness.server.patch(`${widgets}/a`, "merge", { spec: { max: 4 } })).body.message).toBe(
    'Widget.example.com "a" is invalid: spec.max: Invalid value: 4: max is immutable',
  );
  expect((await harness.server.patch(`${widgets}/a`, "merge", { spec: { min: 2 } })).status).toBe(200);
});

it("takes names of fields that objects inherit", async () => {
  const harness = await started(version("v1", { map: { type: "object", additionalProperties: { type: "string" } } }));
  const body =
    '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"p"},"spec":{"map":{"__proto__":"a","constructor":"b"},"toString":"c"}}';
  const made = await harness.server.post(widgets, body);
  expect(made.status).toBe(201);
  expect(Object.entries((made.body.spec as { map: object }).map)).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
  ]);
  const labelled = await harness.server.patch(`${widgets}/p`, "merge", { metadata: { labels: { x: "y" } } });
  expect(Object.entries((labelled.body.spec as { map: object }).map)).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
  ]);
  expect(({} as Record<string, unknown>).a).toBeUndefined();
});
