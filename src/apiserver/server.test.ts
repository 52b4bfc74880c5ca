import { describe, expect, it } from "vitest";
import { TestServer } from "./testing/test-server.ts";

describe("a request's way", () => {
  it("creates, reads, lists, updates, patches and deletes", async () => {
    const test = await TestServer.started();
    const created = await test.post("/api/v1/namespaces/default/configmaps", { metadata: { name: "a" }, data: { x: "1" } });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { name: "a", namespace: "default", resourceVersion: "4" },
      data: { x: "1" },
    });
    const got = await test.get("/api/v1/namespaces/default/configmaps/a");
    expect(got.body).toEqual(created.body);
    expect(got.body.metadata).toMatchObject({
      managedFields: [{ manager: "test", operation: "Update", fieldsV1: { "f:data": { ".": {}, "f:x": {} } } }],
    });
    const list = await test.get("/api/v1/configmaps");
    expect(list.body).toMatchObject({
      kind: "ConfigMapList",
      apiVersion: "v1",
      metadata: { resourceVersion: "4" },
      items: [{ metadata: { name: "a" } }],
    });
    const updated = await test.put("/api/v1/namespaces/default/configmaps/a", { metadata: { name: "a" }, data: { x: "2" } });
    expect(updated.body).toMatchObject({ metadata: { resourceVersion: "5" }, data: { x: "2" } });
    const same = await test.put("/api/v1/namespaces/default/configmaps/a", { metadata: { name: "a" }, data: { x: "2" } });
    expect(same.body.metadata.resourceVersion).toBe("5");
    const patched = await test.patch("/api/v1/namespaces/default/configmaps/a", "merge", { data: { y: "3" } });
    expect(patched.body).toMatchObject({ metadata: { resourceVersion: "6" }, data: { x: "2", y: "3" } });
    const deleted = await test.delete("/api/v1/namespaces/default/configmaps/a");
    expect(deleted.body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name: "a", kind: "configmaps", uid: created.body.metadata.uid },
    });
    expect((await test.get("/api/v1/namespaces/default/configmaps/a")).status).toBe(404);
  });
});
