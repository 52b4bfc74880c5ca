import type { AnyObject } from "../machinery/object.ts";
import type { Entry } from "../storage/store.ts";
import type { AuditAnnotations } from "./audit/annotations.ts";
import type { AuditedRequest } from "./audit/audited-request.ts";

/** Who asks. */
export interface Identity {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A request as the API server sees it: no sockets, no framework. */
export interface ApiRequest {
  /** Upper case. */
  method: string;
  /** As sent, still percent-encoded, without the query. */
  path: string;
  query: URLSearchParams;
  /** Names in lower case; a header that came several times has its values joined by commas. */
  headers: Readonly<Record<string, string>>;
  /** Names and values in turn, as they came: tells a header that came twice from one with a comma. */
  rawHeaders?: readonly string[];
  /** Bytes from a socket, or plain data from the in-process transport, which the server owns from then on. */
  body?: Uint8Array | AnyObject;
  remoteAddress?: string;
  /** A client certificate that the transport has verified against the authorities of clients and of proxies in front. */
  clientCertificate?: ClientCertificate;
  /** A client certificate came that none of them signed: without other credentials the request is refused. */
  invalidCertificate?: boolean;
  /** Set by the in-process transport only: no authentication takes place. */
  identity?: Identity;
  /** Answer with objects instead of bytes (in-process transport). */
  wantObjects?: boolean;
  /** Aborted when the client has gone. Of a request that came over a socket it is a getter, which a copy by spreading lacks. */
  signal?: AbortSignal;
  /** Where the steps of the request note what its audit event is to tell; absent where nobody audits it. */
  annotations?: AuditAnnotations;
  /** Path and query as they came, where they came over a socket. */
  uri?: string;
  /** How long webhooks and queues have held it up. */
  elsewhereMilliseconds?: number;
  /** Takes what the steps of the request find out; absent where nobody audits it. */
  audited?: AuditedRequest;
}

export interface ClientCertificate {
  commonName: string;
  organizations: readonly string[];
  /** The subject's attribute 1.3.6.1.4.1.57683.2, when there is one. */
  uid?: string;
  /** SHA-256 of the certificate, as lower-case hex. */
  fingerprint: string;
  /** Until when it counts: milliseconds since the epoch. */
  notAfter?: number;
  /** An authority of clients signed it: it says who asks. */
  isOfClient: boolean;
  /** An authority of proxies signed it: their headers may be believed. */
  isOfFrontProxy: boolean;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string | string[]>;
  body: ResponseBody;
}

export type ResponseBody =
  | { form: "none" }
  | { form: "bytes"; bytes: Uint8Array }
  /** To be written one after the other; joining them would only cost. */
  | { form: "chunks"; chunks: readonly Uint8Array[]; length: number; entries?: EntryChunks }
  /** Frames as they happen. */
  | { form: "stream"; open(sink: Sink<Uint8Array>): OpenStream }
  /** Bytes of another server, passed through. */
  | { form: "source"; source: AsyncIterable<Uint8Array> }
  /** In-process: a frozen object that may be shared. */
  | { form: "object"; object: unknown }
  /** In-process watches. */
  | { form: "events"; open(sink: Sink<WatchEventObject>): OpenStream };

/** Which chunks of a list are of which entries. Bytes of an entry are the same in each list of the same form. */
export interface EntryChunks {
  readonly entries: readonly Entry[];
  /** What the bytes of an entry depend on beside its state. */
  readonly form: string;
  /** The chunk at which the first entry begins. */
  readonly first: number;
  /** An entry is one chunk, and one separates it from the next; otherwise an entry is two. */
  readonly separated: boolean;
}

export interface WatchEventObject {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: AnyObject;
}

/** Where a stream's items go. */
export interface Sink<T> {
  /** False: no more is wanted until `drained` of the stream is called. What was given is kept. */
  write(items: readonly T[]): boolean;
  /** The stream is over; called at most once, never after `close`. */
  end(): void;
}

/** The producer's side of a stream that has been opened. */
export interface OpenStream {
  drained(): void;
  /** The consumer has gone. */
  close(): void;
}

/** A connection that was upgraded (exec, attach, port-forward, proxied WebSockets), as the transport hands it over. */
export interface UpgradeRequest extends ApiRequest {
  /** Bytes that came after the request's head. */
  head: Uint8Array;
  /** The raw connection, a `Duplex` of the transport's own kind. */
  connection: unknown;
}

/** Where an authorised upgrade goes: the node agent that runs the pod. Given by the composition. */
export interface UpgradeTarget {
  node: string;
  /** Path and query at the node agent: `/exec/default/web/main?command=ls`. */
  path: string;
}

export const noBody: ResponseBody = { form: "none" };

export function isBytes(body: Uint8Array | AnyObject | undefined): body is Uint8Array {
  return body instanceof Uint8Array;
}

/** The values of a header that may come several times. */
export function headerValues({ headers, rawHeaders }: ApiRequest, name: string): string[] {
  const joined = headers[name];
  if (joined === undefined) return [];
  if (!rawHeaders || !joined.includes(",")) return [joined];
  const values: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.toLowerCase() === name) values.push((rawHeaders[at + 1] as string).trim());
  return values;
}

/** The value of a boolean query parameter as upstream reads it: present but empty means true. */
export function booleanParameter(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  if (value === null) return false;
  return !(value === "false" || value === "0" || value === "FALSE" || value === "False" || value === "F" || value === "f");
}
