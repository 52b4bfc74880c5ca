import type { AnyObject } from "../machinery/object.ts";
import { encodeEnvelope, encodeWatchEvent } from "../machinery/schema/envelope.ts";
import type { Entry } from "../storage/store.ts";
import { concat, utf8 } from "./bytes.ts";
import type { ServedResource } from "./catalog.ts";
import type { Call, ServerContext } from "./context.ts";
import type { WatchEventObject } from "./request.ts";
import { entryBytes, metadataFirst, partialEnvelope, servedValue, withManagedFields } from "./respond.ts";
import { partialOf, tableOf } from "./table.ts";

export type FrameType = WatchEventObject["type"];

/** The frames of the newest events, so that an event is encoded once for all who watch it. */
export class FrameCache {
  readonly #limit: number;
  readonly #frames = new Map<Entry, Map<string, Uint8Array>>();

  constructor(limit = 512) {
    this.#limit = limit;
  }

  get(entry: Entry, form: string, make: () => Uint8Array): Uint8Array {
    let forms = this.#frames.get(entry);
    if (!forms) {
      forms = new Map();
      this.#frames.set(entry, forms);
      if (this.#frames.size > this.#limit) this.#frames.delete(this.#frames.keys().next().value as Entry);
    }
    let frame = forms.get(form);
    if (!frame) {
      frame = make();
      forms.set(form, frame);
    }
    return frame;
  }
}

/** Makes what one watcher is sent: bytes, or objects for the in-process transport. */
export interface FrameEncoder<T> {
  event(type: FrameType, entry: Entry): T;
  /** An event whose object isn't an entry: a bookmark, an error, an object that left the selection. */
  object(type: FrameType, object: AnyObject): T;
}

export function objectFrames(resource: ServedResource): FrameEncoder<WatchEventObject> {
  return {
    event: (type, entry) => ({ type, object: servedValue(resource, entry) }),
    object: (type, object) => ({ type, object }),
  };
}

export function byteFrames(server: ServerContext, call: Call): FrameEncoder<Uint8Array> {
  const { legacy } = call;
  if (legacy && call.negotiated.as === "") return jsonFrames(server, call, (object) => legacy.fromServed(object));
  if (call.negotiated.as === "Table") return tableFrames(server, call);
  if (call.negotiated.as !== "") {
    return call.negotiated.encoding === "protobuf"
      ? protobufFrames(server, call.resource, call.negotiated.asVersion)
      : jsonFrames(server, call, undefined);
  }
  return call.negotiated.encoding === "protobuf" ? protobufFrames(server, call.resource) : plainFrames(server, call.resource);
}

const objectEnd = utf8("}\n");
const jsonHeads = Object.fromEntries(
  ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"].map((type) => [type, utf8(`{"type":"${type}","object":`)]),
) as Record<FrameType, Uint8Array>;

const jsonFrame = (type: FrameType, object: object) => utf8(`{"type":"${type}","object":${JSON.stringify(object)}}\n`);

function plainFrames(server: ServerContext, resource: ServedResource): FrameEncoder<Uint8Array> {
  const suffix = ` json ${resource.apiVersion}`;
  return {
    event: (type, entry) =>
      server.frames.get(entry, type + suffix, () => concat([jsonHeads[type], entryBytes(server, resource, entry, "json"), objectEnd])),
    object: jsonFrame,
  };
}

/** Frames that are made for each watcher: partial metadata and old API versions. */
function jsonFrames(
  _server: ServerContext,
  { resource }: Call,
  convert: ((object: AnyObject) => AnyObject) | undefined,
): FrameEncoder<Uint8Array> {
  return {
    event: (type, entry) => {
      const value = servedValue(resource, entry);
      return jsonFrame(type, convert ? convert(withManagedFields(value, entry.managedFields)) : partialOf(value, entry));
    },
    object: (type, object) => {
      if (type === "ERROR") return jsonFrame(type, object);
      return jsonFrame(
        type,
        convert ? convert(object) : { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata },
      );
    },
  };
}

/** Each event holds a Table of one row; only the first has the columns. */
function tableFrames(server: ServerContext, call: Call): FrameEncoder<Uint8Array> {
  let first = true;
  const includeObject = call.request.query.get("includeObject");
  return {
    event: (type, entry) => {
      const table = tableOf(server, call.resource, [entry], includeObject, call.negotiated.asVersion, first);
      first = false;
      return jsonFrame(type, table);
    },
    object: (type, object) => {
      if (type === "ERROR") return jsonFrame(type, object);
      const row = { cells: [], object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata } };
      return jsonFrame(type, {
        kind: "Table",
        apiVersion: `meta.k8s.io/${call.negotiated.asVersion}`,
        metadata: { resourceVersion: object.metadata.resourceVersion },
        columnDefinitions: null,
        rows: [row],
      });
    },
  };
}

/** Length-prefixed WatchEvent messages; the object within has its envelope. */
function protobufFrames(server: ServerContext, resource: ServedResource, partial = ""): FrameEncoder<Uint8Array> {
  const suffix = ` protobuf ${resource.apiVersion} ${partial}`;
  const bytesOf = (entry: Entry) =>
    partial === "" ? entryBytes(server, resource, entry, "protobuf") : partialEnvelope(server, resource, entry, partial);
  const frame = (type: FrameType, object: Uint8Array) => {
    const message = encodeWatchEvent(type, object);
    const head = new Uint8Array(4);
    new DataView(head.buffer).setUint32(0, message.length);
    return concat([head, message]);
  };
  return {
    event: (type, entry) => server.frames.get(entry, type + suffix, () => frame(type, bytesOf(entry))),
    object: (type, object) => {
      const reference = type === "ERROR" ? "machinery/meta/v1#Status" : resource.definition.type;
      if (partial !== "" && type !== "ERROR") {
        const { metadata } = object;
        const message = server.types.of(metadataFirst).encodeProtobuf({ metadata });
        return frame(type, encodeEnvelope(`meta.k8s.io/${partial}`, "PartialObjectMetadata", message));
      }
      const message = server.types.of(reference).encodeProtobuf(object);
      return frame(type, encodeEnvelope(object.apiVersion ?? "", object.kind ?? "", message));
    },
  };
}
