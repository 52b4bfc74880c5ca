import { exactJson } from "../machinery/exact-json.ts";
import type { AnyObject } from "../machinery/object.ts";
import { encodeEnvelope, encodeWatchEvent } from "../machinery/schema/envelope.ts";
import type { Entry, StoreEvent } from "../storage/store.ts";
import { concat, utf8 } from "./bytes.ts";
import type { ServedResource } from "./catalog.ts";
import type { Call, ServerContext } from "./context.ts";
import { partialMessage } from "./partial-protobuf.ts";
import type { WatchEventObject } from "./request.ts";
import { entryBytes, servedValue, withManagedFields } from "./respond.ts";
import { checkIncludeObject, metadataOf, partialOf, type TableForm, type TableRow, tableFormOf } from "./table.ts";

export type FrameType = WatchEventObject["type"];

const frameTypes: readonly FrameType[] = ["ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"];

/** How many frames go to a watcher at once. */
export const batchSize = 256;
/** And how many bytes, roughly: they are joined, for a client that may never read them. */
export const batchBytes = 1024 * 1024;

/** The frames of the newest events, so that an event is encoded once for all who watch it. */
export class FrameCache {
  readonly #limit: number;
  readonly #frames = new Map<Entry, Map<string, Uint8Array>>();
  #events: readonly StoreEvent[] | undefined;
  readonly #batches = new Map<string, readonly Uint8Array[] | undefined>();

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

  /**
   * The frames of all events that the store has handed out together: its subscribers come one after another. Undefined where they are
   * too much to go out at once.
   */
  batch(events: readonly StoreEvent[], form: string, make: () => readonly Uint8Array[]): readonly Uint8Array[] | undefined {
    if (events !== this.#events) {
      this.#events = events;
      this.#batches.clear();
    }
    if (!this.#batches.has(form)) {
      const frames = events.length <= batchSize ? make() : [];
      const isLittle = frames.length > 0 && frames.reduce((sum, { length }) => sum + length, 0) <= batchBytes;
      this.#batches.set(form, isLittle ? frames : undefined);
    }
    return this.#batches.get(form);
  }
}

/** Names of a form's frames, by the types of events. */
type FrameForms = Readonly<Record<FrameType, string>>;

function frameForms(suffix: string): FrameForms {
  return Object.fromEntries(frameTypes.map((type) => [type, `${type} ${suffix}`])) as FrameForms;
}

/** Makes what one watcher is sent: bytes, or objects for the in-process transport. */
export interface FrameEncoder<T> {
  event(type: FrameType, entry: Entry): T;
  /** What a watcher of everything is sent of a batch of events: the very same for each such watcher. */
  batch?(events: readonly StoreEvent[]): readonly T[] | undefined;
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
  if (legacy && call.negotiated.as === "") return convertedFrames(call, (object) => legacy.fromServed(object));
  if (call.negotiated.as === "Table") return tableFrames(server, call);
  if (call.negotiated.as !== "") return partialFrames(server, call);
  return call.negotiated.encoding === "protobuf" ? protobufFrames(server, call.resource) : plainFrames(server, call.resource);
}

const objectEnd = utf8("}\n");
const jsonHeads = Object.fromEntries(frameTypes.map((type) => [type, utf8(`{"type":"${type}","object":`)])) as Record<
  FrameType,
  Uint8Array
>;

const jsonFrame = (type: FrameType, object: object) => utf8(`{"type":"${type}","object":${exactJson(object)}}\n`);

function plainFrames(server: ServerContext, resource: ServedResource): FrameEncoder<Uint8Array> {
  const whole = `json ${resource.form}`;
  const forms = frameForms(whole);
  const event = (type: FrameType, entry: Entry) =>
    server.frames.get(entry, forms[type], () => concat([jsonHeads[type], entryBytes(server, resource, entry, "json"), objectEnd]));
  return {
    event,
    batch: (events) => server.frames.batch(events, whole, () => events.map(({ type, entry }) => event(type, entry))),
    object: jsonFrame,
  };
}

/** Frames of an old API version, made for each watcher. */
function convertedFrames({ resource }: Call, convert: (object: AnyObject) => AnyObject): FrameEncoder<Uint8Array> {
  return {
    event: (type, entry) => jsonFrame(type, convert(withManagedFields(servedValue(resource, entry), entry.managedFields))),
    object: (type, object) => jsonFrame(type, type === "ERROR" ? object : convert(object)),
  };
}

function partialFrames(server: ServerContext, { resource, negotiated }: Call): FrameEncoder<Uint8Array> {
  const { asVersion, encoding } = negotiated;
  const forms = frameForms(`partial ${encoding} ${asVersion} ${resource.apiVersion}`);
  const frame = (type: FrameType, object: AnyObject) => {
    if (encoding !== "protobuf") return jsonFrame(type, object);
    const { apiVersion = "", kind = "" } = object;
    return protobufFrame(type, encodeEnvelope(apiVersion, kind, partialMessage(server.types, object) as Uint8Array));
  };
  return {
    event: (type, entry) =>
      server.frames.get(entry, forms[type], () => frame(type, partialOf(resource, servedValue(resource, entry), entry, asVersion))),
    object: (type, object) => {
      if (type !== "ERROR") return frame(type, metadataOf(resource, object, asVersion));
      return encoding === "protobuf" ? protobufError(server, object) : jsonFrame(type, object);
    },
  };
}

/** Each event holds a Table of one row; only the first has the columns. */
function tableFrames(server: ServerContext, call: Call): FrameEncoder<Uint8Array> {
  const { resource, negotiated, request } = call;
  const { asVersion } = negotiated;
  const includeObject = request.query.get("includeObject");
  checkIncludeObject(includeObject);
  let first = true;
  const frame = (type: FrameType, resourceVersion: string, rowOf: (form: TableForm) => TableRow) => {
    const form = tableFormOf(server, resource, includeObject, asVersion);
    const columnDefinitions = first ? form.columns : null;
    first = false;
    const table = { kind: "Table", apiVersion: `meta.k8s.io/${asVersion}`, metadata: { resourceVersion }, columnDefinitions };
    return jsonFrame(type, { ...table, rows: [rowOf(form)] });
  };
  return {
    event: (type, entry) => frame(type, String(entry.revision), ({ rowOf }) => rowOf(entry)),
    object(type, object) {
      if (type === "ERROR") return jsonFrame(type, object);
      return frame(type, object.metadata.resourceVersion ?? "", ({ rowOfObject }) => rowOfObject(object));
    },
  };
}

/** A length-prefixed WatchEvent message; the object within has its envelope. */
function protobufFrame(type: FrameType, object: Uint8Array): Uint8Array {
  const message = encodeWatchEvent(type, object);
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, message.length);
  return concat([head, message]);
}

function protobufError(server: ServerContext, status: AnyObject): Uint8Array {
  const message = server.types.of("machinery/meta/v1#Status").encodeProtobuf(status);
  return protobufFrame("ERROR", encodeEnvelope(status.apiVersion ?? "", status.kind ?? "", message));
}

function protobufFrames(server: ServerContext, resource: ServedResource): FrameEncoder<Uint8Array> {
  const whole = `protobuf ${resource.apiVersion}`;
  const forms = frameForms(whole);
  const event = (type: FrameType, entry: Entry) =>
    server.frames.get(entry, forms[type], () => protobufFrame(type, entryBytes(server, resource, entry, "protobuf")));
  return {
    event,
    batch: (events) => server.frames.batch(events, whole, () => events.map(({ type, entry }) => event(type, entry))),
    object: (type, object) => {
      if (type === "ERROR") return protobufError(server, object);
      const message = server.types.of(resource.definition.type).encodeProtobuf(object);
      return protobufFrame(type, encodeEnvelope(object.apiVersion ?? "", object.kind ?? "", message));
    },
  };
}
