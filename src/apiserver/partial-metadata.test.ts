import { expect, it } from "vitest";
import { decodeEnvelope, decodeWatchEvent } from "../machinery/schema/envelope.ts";
import { configMap } from "./testing/pods.ts";
import { TestServer } from "./testing/test-server.ts";

const maps = "/api/v1/namespaces/default/configmaps";
const as = (type: string, kind: string, version = "v1") => ({ headers: { accept: `${type};as=${kind};g=meta.k8s.io;v=${version}` } });
const protobuf = "application/vnd.kubernetes.protobuf";

async function bytesOf(test: TestServer, url: string, kind: string): Promise<Uint8Array> {
  const response = await test.raw("GET", url, as(protobuf, kind));
  expect(response.headers["content-type"]).toBe(protobuf);
  if (response.body.form !== "bytes") throw new Error(response.body.form);
  return response.body.bytes;
}

it("gives metadata alone in each encoding", async () => {
  const test = await TestServer.started();
  await test.post(maps, configMap("a", { key: "value" }));
  const json = (await test.get(`${maps}/a`, as("application/json", "PartialObjectMetadata"))).body;
  expect(json).toMatchObject({ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: { name: "a" } });
  expect(json).not.toHaveProperty("data");
  const beta = (await test.get(`${maps}/a`, as("application/json", "PartialObjectMetadata", "v1beta1"))).body;
  expect(beta).toMatchObject({ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1beta1" });
  expect((await test.get(`${maps}/a`, as("application/yaml", "PartialObjectMetadata"))).text).toContain("\nkind: PartialObjectMetadata\n");

  const one = decodeEnvelope(await bytesOf(test, `${maps}/a`, "PartialObjectMetadata"));
  expect(one).toMatchObject({ apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadata" });
  const metadata = test.server.context.types.of("machinery/meta/v1#ObjectMeta").encodeProtobuf(json.metadata as never);
  expect(one.raw.subarray(-metadata.length)).toEqual(metadata);
  const list = decodeEnvelope(await bytesOf(test, maps, "PartialObjectMetadataList"));
  expect(list).toMatchObject({ apiVersion: "meta.k8s.io/v1", kind: "PartialObjectMetadataList" });
  expect(list.raw.subarray(-one.raw.length)).toEqual(one.raw);
});

it("watches metadata alone in protobuf, from the first events to the bookmark after them", async () => {
  const test = await TestServer.started();
  await test.post(maps, configMap("a", { key: "value" }));
  const query = "watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true";
  const response = await test.raw("GET", `${maps}?${query}`, as(protobuf, "PartialObjectMetadata"));
  expect(response.headers["content-type"]).toBe(`${protobuf};stream=watch`);
  if (response.body.form !== "stream") throw new Error(response.body.form);
  const events: { type: string; kind: string; raw: string }[] = [];
  const stream = response.body.open({
    write(frames) {
      for (const frame of frames) {
        expect(new DataView(frame.buffer, frame.byteOffset).getUint32(0)).toBe(frame.length - 4);
        const { type, object } = decodeWatchEvent(frame.subarray(4));
        const { kind, raw } = decodeEnvelope(object);
        events.push({ type, kind, raw: new TextDecoder().decode(raw) });
      }
      return true;
    },
    end() {},
  });
  await test.patch(`${maps}/a`, "merge", { metadata: { labels: { with: "label" } } });
  stream.close();
  expect(events.map(({ type, kind }) => `${type} ${kind}`)).toEqual([
    "ADDED PartialObjectMetadata",
    "BOOKMARK PartialObjectMetadata",
    "MODIFIED PartialObjectMetadata",
  ]);
  expect(events[1]?.raw).toContain("k8s.io/initial-events-end");
  expect(events[2]?.raw).toContain("label");
});
