import type { AnyObject } from "../machinery/object.ts";
import { concat, protobufField } from "./bytes.ts";
import type { TypeCatalog } from "./types.ts";

interface PartialList {
  metadata: object;
  items: AnyObject[];
}

/** The protobuf message of a PartialObjectMetadata or a list of them: they are in no type table. Undefined: it is something else. */
export function partialMessage(types: TypeCatalog, object: AnyObject): Uint8Array | undefined {
  if (!object.apiVersion?.startsWith("meta.k8s.io/")) return undefined;
  if (object.kind === "PartialObjectMetadata") return partialOne(types, object);
  if (object.kind !== "PartialObjectMetadataList") return undefined;
  const { metadata, items } = object as unknown as PartialList;
  const list = types.of("machinery/meta/v1#ListMeta").encodeProtobuf(metadata as AnyObject);
  const rows = (number: number) => items.map((item) => protobufField(number, partialOne(types, item)));
  // The first version of the list had its fields the other way round.
  if (object.apiVersion === "meta.k8s.io/v1beta1") return concat([...rows(1), protobufField(2, list)]);
  return concat([protobufField(1, list), ...rows(2)]);
}

function partialOne(types: TypeCatalog, { metadata }: AnyObject): Uint8Array {
  return protobufField(1, types.of("machinery/meta/v1#ObjectMeta").encodeProtobuf(metadata as AnyObject));
}
