import { describe, expect, it } from "vitest";
import { TestServer } from "./testing/test-server.ts";

const configMaps = "/api/v1/namespaces/default/configmaps";

describe("a patch that makes what the kind can't hold", () => {
  it("is shown in Go's form when it is strategic", async () => {
    const test = await TestServer.started();
    await test.post(configMaps, { metadata: { name: "a" }, data: { x: "1" } });
    const refused = async (patch: object) => (await test.patch(`${configMaps}/a`, "strategic-merge", patch)).body.message;
    expect(await refused({ data: { a: 1 }, foo: 1 })).toBe(
      ' "" is invalid: patch: Invalid value: "map[data:map[a:1] foo:1]": cannot convert int64 to string',
    );
    expect(await refused({ data: { a: [1.5, null, true] } })).toBe(
      ' "" is invalid: patch: Invalid value: "map[data:map[a:[1.5 <nil> true]]]": unrecognized type: string',
    );
    expect(await refused({ metadata: { ownerReferences: {} } })).toBe(
      ' "" is invalid: patch: Invalid value: "map[metadata:map[ownerReferences:map[]]]": cannot restore slice from map',
    );
    expect((await test.patch(`${configMaps}/a`, "strategic-merge", { kind: "Secret" })).status).toBe(200);
  });

  it("is shown as the object that it made, what it touched sorted", async () => {
    const test = await TestServer.started();
    await test.post(configMaps, { data: { x: "1" }, metadata: { labels: { b: "c", a: "b" }, name: "a" } });
    const { body } = await test.patch(`${configMaps}/a`, "merge", { data: { a: 1 } });
    const { uid, resourceVersion, creationTimestamp, managedFields } = (await test.get(`${configMaps}/a`)).body.metadata;
    const metadata = {
      name: "a",
      namespace: "default",
      uid,
      resourceVersion,
      creationTimestamp,
      labels: { a: "b", b: "c" },
      managedFields,
    };
    const shown = { apiVersion: "v1", data: { a: 1, x: "1" }, kind: "ConfigMap", metadata };
    expect(body.message).toBe(
      ` "" is invalid: patch: Invalid value: ${JSON.stringify(JSON.stringify(shown))}: json: cannot unmarshal number into Go struct field ConfigMap.data of type string`,
    );
  });

  it("has no fields that count without a version", async () => {
    const test = await TestServer.started();
    await test.post(configMaps, { metadata: { name: "a" } });
    const { body, headers } = await test.patch(`${configMaps}/a`, "json", [
      { op: "replace", path: "", value: { metadata: { name: "a" } } },
    ]);
    expect(body.message).toBe("the name of the object (a based on URL) was undeterminable: name must be provided");
    expect(headers.warning).toEqual(['299 - "unknown field \\"metadata\\""']);
  });
});

describe("deletes", () => {
  it("answer the update that takes the last finalizer, and show watchers what was stored", async () => {
    const test = await TestServer.started();
    await test.post(configMaps, { metadata: { name: "a", finalizers: ["example.com/a"] } });
    const marked = (await test.delete(`${configMaps}/a`)).body;
    const seen: unknown[] = [];
    const { store } = test.server.context;
    const subscription = store.subscribe("/registry/configmaps/default/a", store.revision, (events) => {
      for (const { type, entry } of events) seen.push([type, entry.value.metadata.finalizers]);
    });
    const { body } = await test.patch(`${configMaps}/a`, "merge", { metadata: { finalizers: null } });
    subscription.close();
    expect(body.metadata.finalizers).toBeUndefined();
    expect(body.metadata.resourceVersion).toBe(marked.metadata.resourceVersion);
    expect(seen).toEqual([["DELETED", ["example.com/a"]]]);
  });

  it("take what the query says only where there is no body", async () => {
    const test = await TestServer.started();
    await test.post(configMaps, { metadata: { name: "a" } });
    await test.ask("DELETE", `${configMaps}/a?dryRun=All`, { propagationPolicy: "Background" });
    expect((await test.get(`${configMaps}/a`)).status).toBe(404);
  });
});
