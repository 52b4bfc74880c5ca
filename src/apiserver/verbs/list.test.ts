import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configMap, pod } from "../testing/pods.ts";
import { TestServer } from "../testing/test-server.ts";

const url = "/api/v1/namespaces/default/configmaps";

async function withMaps(count: number): Promise<TestServer> {
  const test = await TestServer.started();
  for (let i = 0; i < count; i++) await test.post(url, configMap(`c${i}`, {}, { n: String(i % 2) }));
  return test;
}

const names = (body: unknown) => (body as { items: { metadata: { name: string } }[] }).items.map(({ metadata }) => metadata.name);

describe("list", () => {
  it("selects by label and by field", async () => {
    const test = await withMaps(4);
    expect(names((await test.get(`${url}?labelSelector=n%3D1`)).body)).toEqual(["c1", "c3"]);
    expect(names((await test.get(`${url}?labelSelector=n+notin+(1)`)).body)).toEqual(["c0", "c2"]);
    expect(names((await test.get(`${url}?fieldSelector=metadata.name%3Dc2`)).body)).toEqual(["c2"]);
    expect((await test.get(`${url}?fieldSelector=a%3Db`)).body).toMatchObject({
      code: 400,
      message: '"a" is not a known field selector: only "metadata.name", "metadata.namespace"',
    });
    expect((await test.get("/api/v1/pods?fieldSelector=foo%3Dbar")).body.message).toBe("field label not supported: foo");
    expect((await test.get(`${url}?labelSelector=a+b`)).body.message).toBe(
      "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
    );
  });

  it("writes lists piece by piece as it would write them whole", async () => {
    const test = await withMaps(3);
    for (const path of [url, `${url}?labelSelector=n%3D1`, `${url}?labelSelector=n%3Dnone`]) {
      const plain = await test.get(path);
      expect(plain.text).toBe(`${JSON.stringify(plain.body)}\n`);
      const pretty = await test.get(`${path}${path.includes("?") ? "&" : "?"}pretty=true`);
      expect(pretty.body).toEqual(plain.body);
      expect(pretty.text).toBe(`${JSON.stringify(pretty.body, undefined, 2)}\n`);
      const yaml = await test.get(path, { headers: { accept: "application/yaml" } });
      expect(parse(yaml.text)).toEqual(plain.body);
      expect(Object.keys(parse(yaml.text))).toEqual(["apiVersion", "items", "kind", "metadata"]);
      const count = (plain.body as unknown as { items: unknown[] }).items.length;
      for (const [as, key] of [
        ["Table", "rows"],
        ["PartialObjectMetadataList", "items"],
      ]) {
        const other = await test.get(path, { headers: { accept: `application/json;as=${as};v=v1;g=meta.k8s.io` } });
        expect(other.body.kind).toBe(as);
        expect(other.text).toBe(`${JSON.stringify(other.body)}\n`);
        // Partial metadata of nothing are null, as upstream has it.
        expect((other.body as unknown as Record<string, unknown[] | null>)[key as string] ?? []).toHaveLength(count);
      }
    }
  });

  it("finds with a selector that comes again what there is now", async () => {
    const test = await withMaps(6);
    const selected = `${url}?labelSelector=n%3D1`;
    expect(names((await test.get(selected)).body)).toEqual(["c1", "c3", "c5"]);
    await test.patch(`${url}/c3`, "merge", { metadata: { labels: { n: "0" } } });
    await test.post(url, configMap("c4a", {}, { n: "1" }));
    expect(names((await test.get(selected)).body)).toEqual(["c1", "c4a", "c5"]);
    const page = await test.get(`${selected}&limit=2`);
    expect(names(page.body)).toEqual(["c1", "c4a"]);
    expect(names((await test.get(`${selected}&limit=2&continue=${(page.body.metadata as { continue: string }).continue}`)).body)).toEqual([
      "c5",
    ]);
    expect(names((await test.get(`${selected}&limit=4`)).body)).toEqual(["c1", "c4a", "c5"]);
  });

  it("gives chunks of one consistent state", async () => {
    const test = await withMaps(5);
    const first = await test.get(`${url}?limit=2`);
    expect(names(first.body)).toEqual(["c0", "c1"]);
    expect(first.body.metadata).toMatchObject({ resourceVersion: "8", remainingItemCount: 3 });
    const token = (first.body.metadata as { continue: string }).continue;
    expect(JSON.parse(atob(token))).toEqual({ v: "meta.k8s.io/v1", rv: 8, start: "/c1\u0000" });
    await test.delete(`${url}/c2`);
    await test.post(url, configMap("c9"));
    const second = await test.get(`${url}?limit=2&continue=${token}`);
    expect(names(second.body)).toEqual(["c2", "c3"]);
    expect(second.body.metadata).toMatchObject({ resourceVersion: "8", remainingItemCount: 1 });
    const third = await test.get(`${url}?limit=2&continue=${(second.body.metadata as { continue: string }).continue}`);
    expect(names(third.body)).toEqual(["c4"]);
    expect(third.body.metadata).toEqual({ resourceVersion: "8" });
  });

  it("offers an inconsistent rest when the state is compacted", async () => {
    const test = await withMaps(3);
    const token = ((await test.get(`${url}?limit=1`)).body.metadata as { continue: string }).continue;
    await test.post(url, configMap("c9"));
    test.store.compact(test.store.revision);
    const gone = await test.get(`${url}?limit=1&continue=${token}`);
    expect(gone.body).toMatchObject({ code: 410, reason: "Expired" });
    expect(gone.body.message).toMatch(/^The provided continue parameter is too old to display a consistent list result\./);
    const rest = await test.get(`${url}?continue=${(gone.body.metadata as { continue: string }).continue}`);
    expect(names(rest.body)).toEqual(["c1", "c2", "c9"]);
  });

  it("reads at revisions", async () => {
    const test = await withMaps(2);
    expect(names((await test.get(`${url}?resourceVersion=4&resourceVersionMatch=Exact`)).body)).toEqual(["c0"]);
    expect(names((await test.get(`${url}?resourceVersion=4`)).body)).toEqual(["c0", "c1"]);
    expect((await test.get(`${url}?resourceVersion=99`)).body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "Timeout: Too large resource version: 99, current: 5",
      reason: "Timeout",
      details: { causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }], retryAfterSeconds: 1 },
      code: 504,
    });
    expect((await test.get(`${url}?resourceVersionMatch=Exact`)).body.message).toBe(
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    );
    expect((await test.get(`${url}?resourceVersion=foo`)).body.message).toBe(
      'invalid resource version: resourceVersion: Invalid value: "foo": strconv.ParseUint: parsing "foo": invalid syntax',
    );
    expect((await test.get(`${url}?limit=foo`)).body.message).toBe('strconv.ParseInt: parsing "foo": invalid syntax');
  });

  it("answers as a table and as partial metadata", async () => {
    const test = await TestServer.started();
    await test.post("/api/v1/namespaces/default/pods", pod("web"));
    await test.clock.advance(200_000);
    const table = await test.get("/api/v1/namespaces/default/pods", {
      headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" },
    });
    expect(table.body).toMatchObject({
      kind: "Table",
      apiVersion: "meta.k8s.io/v1",
      metadata: { resourceVersion: "4" },
      rows: [{ object: { kind: "PartialObjectMetadata", metadata: { name: "web" } } }],
    });
    const { columnDefinitions, rows } = table.body as unknown as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
    expect(columnDefinitions.map(({ name }) => name)).toEqual([
      "Name",
      "Ready",
      "Status",
      "Restarts",
      "Age",
      "IP",
      "Node",
      "Nominated Node",
      "Readiness Gates",
    ]);
    expect(rows[0]?.cells.slice(0, 5)).toEqual(["web", "0/1", "Pending", "0", "3m20s"]);
    const partial = await test.get("/api/v1/namespaces/default/pods", {
      headers: { accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" },
    });
    expect(partial.body).toMatchObject({
      kind: "PartialObjectMetadataList",
      items: [{ kind: "PartialObjectMetadata", metadata: { name: "web" } }],
    });
    expect((await test.get("/api/v1/pods", { headers: { accept: "text/plain" } })).body).toMatchObject({
      code: 406,
      message:
        "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf, " +
        "application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch",
    });
  });

  it("splices protobuf lists", async () => {
    const test = await withMaps(2);
    const { bytes, headers } = await test.get(url, { headers: { accept: "application/vnd.kubernetes.protobuf" } });
    expect(headers["content-type"]).toBe("application/vnd.kubernetes.protobuf");
    expect([...bytes.slice(0, 4)]).toEqual([0x6b, 0x38, 0x73, 0]);
    const { decodeEnvelope } = await import("../../machinery/schema/envelope.ts");
    const { decodeProtobuf } = await import("../../machinery/schema/protobuf.ts");
    const { apiVersion, kind, raw } = decodeEnvelope(bytes);
    expect([apiVersion, kind]).toEqual(["v1", "ConfigMapList"]);
    const type = test.server.context.types.schema.type("api/core/v1#ConfigMapList");
    expect(names(decodeProtobuf(type, raw))).toEqual(["c0", "c1"]);
  });
});
