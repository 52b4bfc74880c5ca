/**
 * What a corpus file is made of. `{ns}` in paths and bodies stands for the sequence's own namespace, `{u}` for a suffix that no
 * other sequence has, for names of cluster-scoped objects, `{hook}` and `{ca}` for URL and CA bundle of a webhook that does as its
 * path says, a text `{port}` for the number of its port, where it is an aggregated API server too. Both are made new for each run; what a sequence creates is deleted
 * after it.
 */

/** One request and how to send it. */
export interface Request {
  method: string;
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, instead of `body`. In text `{ns}` and `{u}` are filled in. */
  raw?: string | Uint8Array;
  /** Sent as protobuf in the API's envelope; the object names its kind and version. */
  protobuf?: { apiVersion: string; kind: string };
  /** A list is sent as one header each. */
  headers?: Readonly<Record<string, string | string[]>>;
  /** Whom to act as, instead of the administrator. Null: without credentials. */
  user?: string | { name: string; groups?: readonly string[] } | null;
  /** Shown instead of any other credentials: a token of an issuer. Only in areas with such issuers. */
  jwt?: Jwt;
  /** The client certificate of that name, in areas that have them. */
  certificate?: string;
  /** What of the answer's body is compared, where the whole is too much. */
  pick?: (body: unknown) => unknown;
  /** Asked again until this holds, for some seconds: for what the server does by itself. */
  until?: (answer: Answer) => boolean;
}

/** A token of an issuer outside. In claims `{issuer}` stands for the URL that issuers' URLs begin with; null takes a claim away. */
export interface Jwt {
  claims?: Readonly<Record<string, unknown>>;
  /** `a` and `b` are those of the issuers. */
  key?: "a" | "b" | "unknown";
  kid?: string;
  algorithm?: string;
  lastsSeconds?: number;
}

/** A watch: its answer's body is `{ events, ended }`. Bookmarks count only when they end the initial events. */
export interface Watch {
  watch: string;
  headers?: Readonly<Record<string, string>>;
  user?: Request["user"];
  /** How many events to wait for; without it the watch is read until it ends. */
  until?: number;
  /** Asked once the watch is open. Their answers are not compared. */
  during?: readonly Request[];
  /** How long to wait for events. */
  patienceSeconds?: number;
}

/** What the webhook of `webhook-server.ts` was asked since the last such step. */
export interface Calls {
  calls: "in order" | "in any order";
}

export interface Answer {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed where it is JSON, YAML or protobuf; else its text. */
  // biome-ignore lint/suspicious/noExplicitAny: authors reach into answers as they know them
  body: any;
}

export type Ask = Request | Watch | Calls;

/** A request, or a function that makes one of the answers so far. */
export type Step = Ask | ((answers: readonly Answer[]) => Ask);

export interface Sequence {
  name: string;
  steps: readonly Step[];
  /** It changes what other sequences see (a default class, a webhook): runs while no other does. */
  alone?: boolean;
}

/** Flags of the servers that an area needs: a corpus file exports them as `flags`, and its answers are recorded apart. */
export interface ServerFlags {
  /** `--enable-admission-plugins` */
  enable: string;
  /** `--admission-control-config-file`, relative to the corpus. */
  configuration: string;
}

export function get(path: string, more: Partial<Request> = {}): Request {
  return { method: "GET", path, ...more };
}

export function create(path: string, body: unknown, more: Partial<Request> = {}): Request {
  return { method: "POST", path, body, ...more };
}

export function put(path: string, body: unknown, more: Partial<Request> = {}): Request {
  return { method: "PUT", path, body, ...more };
}

export type PatchKind = "json" | "merge" | "strategic" | "apply";

export const patchTypes: Readonly<Record<PatchKind, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

export function patch(kind: PatchKind, path: string, body: unknown, more: Partial<Request> = {}): Request {
  return { method: "PATCH", path, body, ...more, headers: { "content-type": patchTypes[kind], ...more.headers } };
}

/** DELETE of an object or a collection; `options` is the body. */
export function remove(path: string, options?: unknown, more: Partial<Request> = {}): Request {
  return { method: "DELETE", path, ...(options === undefined ? {} : { body: options }), ...more };
}

/** The body of an earlier answer, changed by `change`, for a PUT. */
export function changed(answers: readonly Answer[], index: number, change: (body: Answer["body"]) => void): Answer["body"] {
  const copy = structuredClone(answers.at(index)?.body);
  change(copy);
  return copy;
}

/** Several small sequences that create one object each: `[name, body]`. */
export function creates(path: string, bodies: Readonly<Record<string, unknown>>): Sequence[] {
  return Object.entries(bodies).map(([name, body]) => ({ name, steps: [create(path, body)] }));
}
