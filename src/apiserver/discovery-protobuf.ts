import { concat, protobufField } from "./bytes.ts";
import type { AggregatedResource, AggregatedSubresource, AggregatedVersion, DiscoveryList, ResponseKind } from "./discovery.ts";
import type { TypeCatalog } from "./types.ts";

/** The protobuf message of aggregated discovery, whose types are in no table. */
export function discoveryMessage(types: TypeCatalog, { metadata, items }: DiscoveryList): Uint8Array {
  const list = types.of("machinery/meta/v1#ListMeta").encodeProtobuf(metadata as never);
  const meta = types.of("machinery/meta/v1#ObjectMeta");
  const groups = items.map((group) =>
    concat([protobufField(1, meta.encodeProtobuf(group.metadata as never)), ...repeated(2, group.versions.map(versionMessage))]),
  );
  return concat([protobufField(1, list), ...repeated(2, groups)]);
}

function repeated(number: number, items: readonly (Uint8Array | string)[] = []): Uint8Array[] {
  return items.map((item) => protobufField(number, item));
}

function versionMessage({ version, resources = [], freshness }: AggregatedVersion): Uint8Array {
  return concat([protobufField(1, version), ...repeated(2, resources.map(resourceMessage)), protobufField(3, freshness)]);
}

function resourceMessage(one: AggregatedResource): Uint8Array {
  return concat([
    protobufField(1, one.resource),
    protobufField(2, kindMessage(one.responseKind)),
    protobufField(3, one.scope),
    protobufField(4, one.singularResource),
    ...repeated(5, one.verbs),
    ...repeated(6, one.shortNames),
    ...repeated(7, one.categories),
    ...repeated(8, (one.subresources ?? []).map(subresourceMessage)),
  ]);
}

function subresourceMessage({ subresource, responseKind, verbs }: AggregatedSubresource): Uint8Array {
  return concat([protobufField(1, subresource), protobufField(2, kindMessage(responseKind)), ...repeated(4, verbs)]);
}

function kindMessage({ group, version, kind }: ResponseKind): Uint8Array {
  return concat([protobufField(1, group), protobufField(2, version), protobufField(3, kind)]);
}
