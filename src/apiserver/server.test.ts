import { describe, expect, it } from "vitest";
import { text } from "./bytes.ts";
import { configMap, pod } from "./testing/pods.ts";
import { TestServer } from "./testing/test-server.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const pods = "/api/v1/namespaces/default/pods";

describe("a request's way", () => {
  it("creates, reads, lists, updates, patches and deletes", async () => {
    const test = await TestServer.started();
    const created = await test.post(maps, configMap("a", { x: "1" }));
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { name: "a", namespace: "default", resourceVersion: "4" },
      data: { x: "1" },
    });
    const got = await test.get(`${maps}/a`);
    expect(got.body).toEqual(created.body);
    expect(got.body.metadata).toMatchObject({
      managedFields: [{ manager: "test", operation: "Update", fieldsV1: { "f:data": { ".": {}, "f:x": {} } } }],
    });
    const list = await test.get("/api/v1/configmaps");
    expect(list.body).toMatchObject({ kind: "ConfigMapList", metadata: { resourceVersion: "4" }, items: [{ metadata: { name: "a" } }] });
    expect(list.text).not.toContain('"kind":"ConfigMap"');
    const updated = await test.put(`${maps}/a`, configMap("a", { x: "2" }));
    expect(updated.body).toMatchObject({ metadata: { resourceVersion: "5" }, data: { x: "2" } });
    const patched = await test.patch(`${maps}/a`, "merge", { data: { y: "3" } });
    expect(patched.body).toMatchObject({ metadata: { resourceVersion: "6" }, data: { x: "2", y: "3" } });
    const deleted = await test.delete(`${maps}/a`);
    expect(deleted.body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name: "a", kind: "configmaps", uid: created.body.metadata.uid },
    });
    expect((await test.get(`${maps}/a`)).body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: 'configmaps "a" not found',
      reason: "NotFound",
      details: { name: "a", kind: "configmaps" },
      code: 404,
    });
  });

  it("writes nothing when nothing changes", async () => {
    const test = await TestServer.started();
    await test.post(maps, configMap("a", { x: "1" }));
    expect((await test.put(`${maps}/a`, configMap("a", { x: "1" }))).body.metadata.resourceVersion).toBe("4");
    expect((await test.patch(`${maps}/a`, "merge", { data: { x: "1" } })).body.metadata.resourceVersion).toBe("4");
    expect(test.store.revision).toBe(4);
  });

  it("says what is wrong with a path or a method", async () => {
    const test = await TestServer.started();
    const missing = { code: 404, message: "the server could not find the requested resource", details: {} };
    for (const url of [
      "/api/v1/nope",
      "/apis/apps/v9/deployments",

      `${pods}/x/nope`,
      "/api/v1/pods/x",
      "/api/v1/namespaces/default/nodes",
    ]) {
      expect((await test.get(url)).body, url).toMatchObject(missing);
    }
    const refused = { code: 405, message: "the server does not allow this method on the requested resource", details: {} };
    expect((await test.post(`${pods}/x`, {})).body).toMatchObject(refused);
    expect((await test.patch(pods, "merge", {})).body).toMatchObject(refused);
    expect((await test.post("/api/v1/pods", {})).body).toMatchObject(refused);
    expect((await test.delete("/api/v1/configmaps")).body).toMatchObject(refused);
    expect((await test.get("/nope")).text).toBe("404 page not found\n");
  });

  it("says what is wrong with a body", async () => {
    const test = await TestServer.started();
    const message = async (body: unknown, query = "") => (await test.post(`${maps}${query}`, body)).body.message;
    expect(await message({ kind: "Pod", apiVersion: "v1" })).toBe(
      'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion',
    );
    expect(await message('{"kind":"ConfigMap"')).toBe(
      `the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({"kind":"ConfigMap")`,
    );
    expect(await message({ apiVersion: "v2", metadata: { name: "a" } })).toBe(
      'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/runtime/scheme.go:111"',
    );
    expect(await message({ data: {} })).toBe('ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required');
    expect(await message({ metadata: { name: "a", namespace: "b" } })).toBe(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
    expect(await message({ metadata: { name: "a" }, data: { x: 1 } })).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string',
    );
    const sloppy = '{"metadata":{"name":"a"},"foo":1,"data":{"x":"1","x":"2"}}';
    expect(await message(sloppy, "?fieldValidation=Strict")).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo", duplicate field "data.x"',
    );
    const warned = await test.post(maps, sloppy);
    expect(warned.headers.warning).toEqual(['299 - "unknown field \\"foo\\""', '299 - "duplicate field \\"data.x\\""']);
    expect(warned.body).toMatchObject({ data: { x: "2" } });
    expect((await test.post(maps, "x", { headers: { "content-type": "text/plain" } })).body).toMatchObject({
      code: 415,
      message:
        "the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf",
    });
    const yaml = await test.post(maps, "metadata:\n  name: from-yaml\ndata:\n  at: 10:30\n  on: 2026-01-01\n  # a comment\n", {
      headers: { "content-type": "application/yaml" },
    });
    expect(yaml.body).toMatchObject({ metadata: { name: "from-yaml" }, data: { at: "10:30", true: "2026-01-01" } });
  });

  it("takes and gives protobuf", async () => {
    const test = await TestServer.started();
    const protobuf = { headers: { accept: "application/vnd.kubernetes.protobuf", "content-type": "application/vnd.kubernetes.protobuf" } };
    const accept = { headers: { accept: protobuf.headers.accept } };
    const { bytes } = await test.post(`${maps}?dryRun=All`, configMap("a", { x: "1" }), accept);
    const back = await test.raw("POST", maps, { ...protobuf, body: bytes });
    expect(back.status).toBe(201);
    expect((await test.get(`${maps}/a`)).body).toMatchObject({ kind: "ConfigMap", data: { x: "1" } });
  });

  it("generates names, again when one is taken", async () => {
    const test = await TestServer.started();
    const made = await test.post(maps, { metadata: { generateName: "x-" } });
    expect(made.body.metadata.name).toMatch(/^x-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
    const long = await test.post(maps, { metadata: { generateName: "y".repeat(80) } });
    expect(long.body.metadata.name?.length).toBe(63);
  });

  it("does all but store on a dry run", async () => {
    const test = await TestServer.started();
    const before = test.store.revision;
    expect((await test.post(`${maps}?dryRun=All`, configMap("a"))).status).toBe(201);
    expect((await test.post(`${maps}?dryRun=All`, { metadata: { name: "_" } })).status).toBe(422);
    await test.post(maps, configMap("b", { x: "1" }));
    expect((await test.put(`${maps}/b?dryRun=All`, configMap("b", { x: "2" }))).body).toMatchObject({ data: { x: "2" } });
    expect((await test.delete(`${maps}/b`, { dryRun: ["All"] })).status).toBe(200);
    expect((await test.get(`${maps}/b`)).body).toMatchObject({ data: { x: "1" } });
    expect(test.store.revision).toBe(before + 1);
    expect((await test.post(`${maps}?dryRun=Some`, configMap("a"))).body.message).toBe(
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["Some"]: supported values: "All"',
    );
  });

  it("warns of kinds that nothing acts on", async () => {
    const notActedOn = (name: string) => (name === "networkpolicies.networking.k8s.io" ? "nothing enforces it in this cluster" : undefined);
    const test = await TestServer.started({ notActedOn });
    const policy = { metadata: { name: "p" }, spec: { podSelector: {} } };
    const made = await test.post("/apis/networking.k8s.io/v1/namespaces/default/networkpolicies", policy);
    expect(made.headers.warning).toEqual(['299 - "NetworkPolicy is stored; nothing enforces it in this cluster"']);
  });
});

describe("updates", () => {
  it("check name, uid and resource version", async () => {
    const test = await TestServer.started();
    await test.post(maps, configMap("a"));
    const message = async (body: unknown, name = "a") => (await test.put(`${maps}/${name}`, body)).body.message;
    expect(await message(configMap("b"))).toBe("the name of the object (b) does not match the name on the URL (a)");
    expect(await message({ metadata: {} })).toBe("the name of the object (a based on URL) was undeterminable: name must be provided");
    expect(await message({ metadata: { name: "a", resourceVersion: "1" } })).toBe(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
    expect(await message({ metadata: { name: "a", uid: "other" } })).toMatch(
      /Precondition failed: UID in precondition: other, UID in object meta: /,
    );
    expect(await message(configMap("no"), "no")).toBe('configmaps "no" not found');
    const lease = { metadata: { name: "l" }, spec: { holderIdentity: "me" } };
    expect((await test.put("/apis/coordination.k8s.io/v1/namespaces/default/leases/l", lease)).status).toBe(201);
    expect((await test.put("/apis/coordination.k8s.io/v1/namespaces/default/leases/l", lease)).body.message).toBe(
      'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });

  it("lose none of many concurrent patches", async () => {
    const test = await TestServer.started();
    await test.post(maps, configMap("a"));
    const patches = ["a", "b", "c", "d"].map((key) => test.patch(`${maps}/a`, "merge", { data: { [key]: key } }));
    expect((await Promise.all(patches)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await test.get(`${maps}/a`)).body).toMatchObject({ data: { a: "a", b: "b", c: "c", d: "d" } });
  });

  it("patch in three ways", async () => {
    const test = await TestServer.started();
    await test.post(pods, pod("p"));
    const strategic = { spec: { containers: [{ name: "main", image: "nginx:2" }] } };
    expect((await test.patch(`${pods}/p`, "strategic-merge", strategic)).body).toMatchObject({
      metadata: { generation: 2 },
      spec: { containers: [{ name: "main", image: "nginx:2" }] },
    });
    const json = [{ op: "replace", path: "/spec/containers/0/image", value: "nginx:3" }];
    expect((await test.patch(`${pods}/p`, "json", json)).body).toMatchObject({ spec: { containers: [{ image: "nginx:3" }] } });
    expect((await test.patch(`${pods}/p`, "json", [{ op: "test", path: "/kind", value: "x" }])).body).toMatchObject({
      code: 422,
      message: "the server rejected our request due to an error in our request",
    });
    expect((await test.patch(`${pods}/p`, "merge", '{"a":')).body.message).toBe("error decoding patch: unexpected end of JSON input");
    expect((await test.patch(`${pods}/p`, "merge", { metadata: { name: "q" } })).body.message).toBe(
      "the name of the object (q) does not match the name on the URL (p)",
    );
    expect((await test.ask("PATCH", `${pods}/p`, {})).body.message).toBe("415: Unsupported Media Type");
  });
});

describe("deletes", () => {
  it("wait for finalizers", async () => {
    const test = await TestServer.started();
    await test.post(maps, { metadata: { name: "a", finalizers: ["x.y/z"] } });
    expect((await test.delete(`${maps}/a`)).body).toMatchObject({
      kind: "ConfigMap",
      metadata: { deletionTimestamp: "2026-01-01T00:00:00Z", deletionGracePeriodSeconds: 0, finalizers: ["x.y/z"] },
    });
    expect((await test.post(maps, configMap("a"))).body.message).toBe('object is being deleted: configmaps "a" already exists');
    const more = await test.patch(`${maps}/a`, "merge", { metadata: { finalizers: ["x.y/z", "x.y/more"] } });
    expect(more.body.message).toMatch(
      /no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"x.y\/more"\}/,
    );
    await test.patch(`${maps}/a`, "merge", { metadata: { finalizers: null } });
    expect((await test.get(`${maps}/a`)).status).toBe(404);
    expect((await test.post(maps, { metadata: { name: "b", finalizers: ["z"] } })).body.message).toBe(
      'ConfigMap "b" is invalid: metadata.finalizers[0]: Invalid value: "z": name is neither a standard finalizer name nor is it fully qualified',
    );
  });

  it("follow the propagation policy", async () => {
    const test = await TestServer.started();
    for (const name of ["a", "b", "c"]) await test.post(maps, configMap(name));
    expect((await test.delete(`${maps}/a`, { propagationPolicy: "Foreground" })).body.metadata).toMatchObject({
      finalizers: ["foregroundDeletion"],
    });
    expect((await test.delete(`${maps}/b?propagationPolicy=Orphan`)).body.metadata).toMatchObject({ finalizers: ["orphan"] });
    expect((await test.delete(`${maps}/c?propagationPolicy=Background`)).body).toMatchObject({ status: "Success" });
    expect((await test.delete(`${maps}/a`, { propagationPolicy: "Other" })).body.message).toBe(
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Other": supported values: "Foreground", "Background", "Orphan", "nil"',
    );
  });

  it("give pods on a node their grace period", async () => {
    const test = await TestServer.started();
    await test.post(pods, pod("p", { spec: { nodeName: "n" } }));
    expect((await test.delete(`${pods}/p`)).body.metadata).toMatchObject({
      deletionTimestamp: "2026-01-01T00:00:30Z",
      deletionGracePeriodSeconds: 30,
      generation: 2,
    });
    await test.clock.advance(5000);
    expect((await test.delete(`${pods}/p`)).body.metadata).toMatchObject({ deletionTimestamp: "2026-01-01T00:00:30Z" });
    expect((await test.delete(`${pods}/p`, { gracePeriodSeconds: 60 })).body.metadata).toMatchObject({ deletionGracePeriodSeconds: 30 });
    expect((await test.delete(`${pods}/p?gracePeriodSeconds=10`)).body.metadata).toMatchObject({
      deletionTimestamp: "2026-01-01T00:00:10Z",
      deletionGracePeriodSeconds: 10,
    });
    expect((await test.delete(`${pods}/p`, { gracePeriodSeconds: 0 })).body).toMatchObject({
      kind: "Pod",
      metadata: { deletionGracePeriodSeconds: 0 },
    });
    expect((await test.get(`${pods}/p`)).status).toBe(404);
  });

  it("check preconditions, and delete collections by selector", async () => {
    const test = await TestServer.started();
    for (const n of ["1", "2", "3"]) await test.post(maps, configMap(`c${n}`, {}, { n }));
    const wrong = await test.delete(`${maps}/c1`, { preconditions: { resourceVersion: "1" } });
    expect(wrong.body.message).toBe(
      'Operation cannot be fulfilled on ConfigMap "c1": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (4). The object might have been modified',
    );
    const gone = await test.delete(`${maps}?labelSelector=n+in+(1,3)`);
    expect(gone.body).toMatchObject({ kind: "ConfigMapList", items: [{ metadata: { name: "c1" } }, { metadata: { name: "c3" } }] });
    expect((await test.get(maps)).body).toMatchObject({ items: [{ metadata: { name: "c2" } }] });
  });
});

describe("what is no resource", () => {
  it("tells what is served", async () => {
    const test = await TestServer.started();
    expect((await test.get("/api")).body).toMatchObject({ kind: "APIVersions", versions: ["v1"] });
    expect((await test.get("/apis/autoscaling")).body).toMatchObject({
      kind: "APIGroup",
      name: "autoscaling",
      preferredVersion: { groupVersion: "autoscaling/v2" },
    });
    const { resources } = (await test.get("/apis/apps/v1")).body as unknown as { resources: { name: string }[] };
    expect(resources.map(({ name }) => name)).toContain("deployments/scale");
    expect((await test.get("/apis/none")).status).toBe(404);
    expect((await test.get("/version")).body).toMatchObject({ gitVersion: "v1.36.3", major: "1", minor: "36" });
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
    const aggregated = await test.get("/apis", { headers: { accept } });
    expect(aggregated.headers["content-type"]).toBe("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
    expect(aggregated.body).toMatchObject({ kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2" });
    const etag = aggregated.headers.etag as string;
    expect((await test.get("/apis", { headers: { accept, "if-none-match": etag } })).status).toBe(304);
    expect((await test.get("/openapi/v3")).body).toHaveProperty(["paths", "apis/apps/v1", "serverRelativeURL"]);
    expect((await test.get("/openapi/v3/apis/apps/v1")).body).toMatchObject({ openapi: "3.0.0" });
    expect((await test.get("/openapi/v2")).body).toMatchObject({ swagger: "2.0" });
  });

  it("gives the OpenAPI 2 document in the form that the client likes best", async () => {
    const test = await TestServer.started();
    const asked = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    const given = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
    const type = async (accept: string) => (await test.get("/openapi/v2", { headers: { accept } })).headers["content-type"];
    for (const accept of [asked, given, `${asked},application/json`, `application/json;q=0.5, ${asked}`])
      expect(await type(accept)).toBe(given);
    for (const accept of [
      "",
      "*/*",
      "application/*",
      "text/html, */*",
      `application/json, ${asked}`,
      `${asked};q=0.3,application/json;q=0.4`,
    ]) {
      expect(await type(accept)).toBe("application/json");
    }
    expect(text((await test.get("/openapi/v2", { headers: { accept: asked } })).bytes.subarray(0, 21))).toBe(
      "\n\x032.0\x12\x12\n\nKubernetes\x12\x04",
    );
    for (const accept of ["text/html", "application/yaml", "application/vnd.kubernetes.protobuf"]) {
      expect(await test.get("/openapi/v2", { headers: { accept } })).toMatchObject({ status: 406, text: "" });
    }
  });

  it("tells how it is", async () => {
    const sick = { name: "store", check: () => "it is slow", endpoints: ["readyz" as const] };
    const test = await TestServer.started({ healthChecks: [sick] });
    expect((await test.get("/livez?verbose")).text).toBe("[+]ping ok\nlivez check passed\n");
    expect(await test.get("/readyz")).toMatchObject({
      status: 500,
      text: "[+]ping ok\n[-]store failed: reason withheld\n[+]shutdown ok\nreadyz check failed\n",
    });
    expect((await test.get("/readyz?exclude=store&exclude=foo&verbose")).text).toBe(
      '[+]ping ok\n[+]store excluded: ok\n[+]shutdown ok\nwarn: some health checks cannot be excluded: no matches for "foo"\nreadyz check passed\n',
    );
    expect((await test.get("/metrics")).status).toBe(404);
  });
});
