import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { deepCopy } from "../object.ts";
import { seededRandom } from "../random.ts";
import { base64OfBytes, bytesOfBase64 } from "./base64.ts";
import { normalize } from "./decode.ts";
import { decodeEnvelope, decodeWatchEvent, encodeEnvelope, encodeWatchEvent, isEnvelope } from "./envelope.ts";
import { decodeProtobuf, encodeProtobuf } from "./protobuf.ts";
import type { TypeSchema } from "./schema.ts";
import { randomObject } from "./testing/random-object.ts";
import { allGroups, schemaOf } from "./testing/tables.ts";
import { WireWriter } from "./wire-writer.ts";

/** Objects as kube-apiserver v1.36 answered them, once as JSON and once as protobuf. */
const stored = JSON.parse(readFileSync(new URL("testing/stored-objects.json", import.meta.url), "utf8")) as {
  json: { apiVersion: string; kind: string; metadata?: { name?: string } };
  protobuf: string;
}[];

const schema = schemaOf(...allGroups);

function typeOf({ apiVersion, kind }: { apiVersion: string; kind: string }): TypeSchema {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  const type = schema.typeOfKind(group as string, version as string, kind);
  if (!type) throw new Error(`no type ${apiVersion} ${kind}`);
  return type;
}

describe("the protobuf of objects that upstream stored", () => {
  for (const { json, protobuf } of stored) {
    it(`${json.kind} is read and written byte for byte`, () => {
      const type = typeOf(json);
      const object = normalize(type, deepCopy(json)).value as typeof json;
      const { apiVersion, kind, raw } = decodeEnvelope(bytesOfBase64(protobuf));
      expect({ apiVersion, kind, ...decodeProtobuf(type, raw) }).toEqual(object);
      expect(base64OfBytes(encodeEnvelope(json.apiVersion, json.kind, encodeProtobuf(type, object)))).toBe(protobuf);
    });
  }
});

it("round-trips random objects of every kind", () => {
  const seed = 20260101;
  const random = seededRandom(seed);
  for (const [ref, table] of schema.tables()) {
    if (!Array.isArray(table.gvk)) continue;
    const type = schema.type(ref);
    const object = normalize(type, randomObject(type, random, 5)).value as Record<string, unknown>;
    expect(decodeProtobuf(type, encodeProtobuf(type, object)), `seed ${seed}, ${ref}`).toEqual(object);
  }
});

it("makes the list type of a type that has none in the tables", () => {
  const list = schema.type("api/core/v1#LocalObjectReferenceList");
  const value = { metadata: { continue: "x" }, items: [{ name: "a" }, {}] };
  expect(decodeProtobuf(list, encodeProtobuf(list, value))).toEqual(value);
});

it("knows messages that have no table", () => {
  const list = schema.type("machinery/meta/v1#PartialObjectMetadataList");
  const value = { metadata: { resourceVersion: "5" }, items: [{ metadata: { name: "a" } }] };
  expect(decodeProtobuf(list, encodeProtobuf(list, value))).toEqual(value);
});

it("keeps a zero behind a pointer and drops others", () => {
  const type = schema.type("api/apps/v1#DeploymentSpec");
  const decoded = decodeProtobuf(type, encodeProtobuf(type, { replicas: 0, minReadySeconds: 0, paused: false }));
  expect(decoded).toEqual({ replicas: 0, strategy: {}, template: { metadata: {}, spec: { containers: null } } });
});

it("skips fields it doesn't know", () => {
  const writer = new WireWriter(1);
  writer.text("later");
  writer.tag(999, 2);
  writer.double(1.5);
  writer.tag(998, 1);
  writer.varint(-1);
  writer.tag(997, 0);
  writer.text("grüße".repeat(60));
  writer.tag(1, 2);
  expect(decodeProtobuf(schema.type("api/core/v1#LocalObjectReference"), writer.finish())).toEqual({ name: "grüße".repeat(60) });
});

it("refuses what isn't protobuf", () => {
  const type = schema.type("api/core/v1#Pod");
  expect(() => decodeProtobuf(type, new Uint8Array([10, 200]))).toThrow("unexpected EOF");
  expect(() => decodeProtobuf(type, new Uint8Array([10, 5, 1]))).toThrow("unexpected EOF");
  expect(() => decodeProtobuf(type, new Uint8Array([8, 1]))).toThrow("proto: wrong wireType = 0 for field ObjectMeta");
  expect(() => decodeEnvelope(new Uint8Array([1, 2, 3, 4, 5]))).toThrow(
    "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
  );
  expect(isEnvelope(new Uint8Array([0x6b, 0x38]))).toBe(false);
});

it("frames watch events", () => {
  const object = encodeEnvelope("v1", "Pod", new Uint8Array([1, 2, 3]));
  const event = decodeWatchEvent(encodeWatchEvent("ADDED", object));
  expect(event.type).toBe("ADDED");
  expect(decodeEnvelope(event.object)).toMatchObject({ apiVersion: "v1", kind: "Pod", raw: new Uint8Array([1, 2, 3]) });
});
