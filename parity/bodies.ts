import { rawTables } from "../src/api/tables.ts";
import { TypeCatalog } from "../src/apiserver/types.ts";
import wireOnly from "../src/machinery/meta/wire-only.json" with { type: "json" };
import { decodeEnvelope, encodeEnvelope } from "../src/machinery/schema/envelope.ts";
import type { WireOnlyTypes } from "../src/machinery/schema/schema.ts";
import { WireReader } from "../src/machinery/schema/wire-reader.ts";

export const types = new TypeCatalog(rawTables, wireOnly as unknown as WireOnlyTypes);

/** JSON with integers that a double can't hold as text. */
export function parseJson(text: string): unknown {
  return JSON.parse(text, function (this: unknown, _key: string, value: unknown, context?: { source: string }) {
    if (typeof value !== "number" || !context || !/^-?\d+$/.test(context.source) || Number.isSafeInteger(value)) return value;
    return `integer ${context.source}`;
  } as (key: string, value: unknown) => unknown);
}

/** A body as a tree, by its content type; its text where that says none. */
export function treeOf(contentType: string, bytes: Uint8Array): unknown {
  const media = contentType.split(";")[0]?.trim() ?? "";
  if (media === "application/vnd.kubernetes.protobuf" && bytes[0] === 0x6b) {
    const { apiVersion, kind, raw } = decodeEnvelope(bytes);
    const partial = apiVersion.startsWith("meta.k8s.io/") && kind.startsWith("Partial") ? `machinery/meta/v1#${kind}` : undefined;
    if (partial && apiVersion.endsWith("/v1beta1") && kind.endsWith("List")) return `${kind} of ${apiVersion}`;
    const reference = partial ?? types.typeOf(apiVersion || "v1", kind);
    if (reference === undefined) return `${kind} of ${apiVersion}, ${raw.length} bytes`;
    return { apiVersion, kind, ...types.of(reference).decodeProtobuf(raw) };
  }
  const text = new TextDecoder().decode(bytes);
  try {
    if (media === "application/json" || media === "application/jwk-set+json") return parseJson(text);
    if (media === "application/yaml") return types.parseYaml(text).value;
  } catch {
    // Not what its type says: compared as text.
  }
  return text;
}

/** One event of a watch. */
export function watchEventOf(contentType: string, frame: Uint8Array): unknown {
  if (!contentType.startsWith("application/vnd.kubernetes.protobuf")) return parseJson(new TextDecoder().decode(frame));
  let type = "";
  let object: unknown;
  for (const reader = new WireReader(frame); !reader.done; ) {
    const tag = reader.varint();
    if (tag === 10) type = reader.text();
    else if (tag === 18) {
      for (const extension = reader.message(); !extension.done; ) {
        if (extension.varint() === 10) object = treeOf(contentType, extension.bytes());
        else throw new Error("an event's object is encoded");
      }
    } else reader.skip(tag & 7);
  }
  return { type, object };
}

/** An object in the protobuf form that clients send. */
export function protobufOf(object: { apiVersion: string; kind: string }): Uint8Array {
  const { apiVersion, kind } = object;
  // Options are of every version.
  const reference = kind === "DeleteOptions" ? "machinery/meta/v1#DeleteOptions" : types.typeOf(apiVersion, kind);
  if (reference === undefined) throw new Error(`no type for ${apiVersion} ${kind}`);
  const copy = structuredClone(object) as never;
  types.of(reference).normalize(copy);
  return encodeEnvelope(apiVersion, kind, types.of(reference).encodeProtobuf(copy));
}
