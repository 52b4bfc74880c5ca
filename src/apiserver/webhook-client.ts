import type { Clock } from "../machinery/clock.ts";
import { StatusError } from "../machinery/errors.ts";
import { exactJson } from "../machinery/exact-json.ts";
import type { Status } from "../machinery/meta/v1.ts";
import type { OutgoingRequest, OutgoingResponse, Platform } from "../machinery/platform.ts";
import { jsonName } from "../machinery/schema/decode.ts";
import { parseExact, parseJsonStrict } from "../machinery/schema/json-text.ts";
import { text } from "./bytes.ts";
import { networkErrorText } from "./network-error-text.ts";
import { readBody } from "./read-body.ts";
import type { ServiceReference, ServiceResolver } from "./service-resolver.ts";

/** How a webhook is reached: what admission and conversion webhooks have as `clientConfig`. */
export interface WebhookTarget {
  url?: string;
  service?: ServiceReference & { path?: string };
  /** PEM in base64; the authorities that the system trusts when absent. */
  caBundle?: string;
  /** Of webhooks that a kubeconfig names: how this server shows who it is. */
  credentials?: WebhookCredentials;
}

/** What a kubeconfig says beside the address. */
export interface WebhookCredentials {
  /** PEM. */
  certificate?: { certificate: string; key: string };
  /** The current bearer token. */
  token?(): Promise<string>;
  serverName?: string;
  insecure?: boolean;
}

export interface WebhookCall {
  target: WebhookTarget;
  body: object;
  timeoutSeconds: number;
  userAgent: string;
  signal?: AbortSignal;
}

/** A webhook's answer is refused beyond this: it is held in memory. */
const maxAnswerBytes = 16 * 1024 * 1024;

/** Calls webhooks. What goes wrong is told in upstream's words. */
export class WebhookClient {
  readonly #platform: Platform;
  readonly #clock: Clock;
  readonly #resolve: ServiceResolver;

  constructor(deps: { platform: Platform; clock: Clock; resolve: ServiceResolver }) {
    this.#platform = deps.platform;
    this.#clock = deps.clock;
    this.#resolve = deps.resolve;
  }

  /** Posts JSON; resolves with the JSON object that comes back with a status of success. Rejects with an error that says why not. */
  async post(call: WebhookCall): Promise<Record<string, unknown>> {
    const { target, timeoutSeconds } = call;
    const url = `${addressOf(target)}?timeout=${timeoutSeconds}s`;
    const late = new AbortController();
    const timer = this.#clock.setTimeout(() => late.abort(), timeoutSeconds * 1000);
    const signal = call.signal ? AbortSignal.any([late.signal, call.signal]) : late.signal;
    try {
      const token = await target.credentials?.token?.();
      const response = await this.#platform.fetch(this.#request(call, url, signal, token));
      const bytes = await readBody(response, maxAnswerBytes, signal);
      return decodeAnswer(response, bytes);
    } catch (error) {
      if (error instanceof AnswerError) throw error;
      const why = late.signal.aborted
        ? "context deadline exceeded"
        : error instanceof StatusError
          ? error.message
          : networkErrorText(error);
      throw new Error(`Post ${JSON.stringify(url)}: ${why}`, { cause: error });
    } finally {
      timer.cancel();
    }
  }

  #request(
    { target, body, timeoutSeconds, userAgent }: WebhookCall,
    url: string,
    signal: AbortSignal,
    token: string | undefined,
  ): OutgoingRequest {
    const headers: Record<string, string> = {
      accept: "application/json, */*",
      "content-type": "application/json",
      "user-agent": userAgent,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const { certificate, serverName, insecure } = target.credentials ?? {};
    const request: OutgoingRequest = {
      url,
      method: "POST",
      headers,
      body: exactJson(body),
      timeoutSeconds,
      signal,
      ...(target.caBundle ? { caBundle: atob(target.caBundle) } : { systemAuthorities: true }),
      ...(certificate ? { clientCertificate: certificate } : {}),
      ...(serverName ? { serverName } : {}),
      ...(insecure ? { insecure } : {}),
    };
    if (!target.service) return request;
    // The name stays that of the service, wherever it is.
    const [, host = "", rest = ""] = /^https:\/\/([^/]+)(.*)$/.exec(url) ?? [];
    headers.host = host;
    request.serverName = host.replace(/:\d+$/, "");
    request.url = `https://${this.#resolve(target.service)}${rest}`;
    return request;
  }
}

/** `https://NAME.NAMESPACE.svc:PORT/PATH` of a service. */
function addressOf({ url, service }: WebhookTarget): string {
  if (url !== undefined) {
    const [, origin = "", path = ""] = /^([a-z]+:\/\/[^/?#]*)(.*)$/i.exec(url) ?? ["", "", url];
    return origin + cleanPath(path);
  }
  const { namespace = "", name = "", port = 443, path = "" } = service ?? {};
  return `https://${name}.${namespace}.svc:${port}${cleanPath(path)}`;
}

/** A path as Go's clients join it: one slash between its parts and none at its end, `.` and `..` followed. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Something came back, and it was no good. */
export class AnswerError extends Error {
  readonly status: number;
  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

function decodeAnswer({ status, headers }: OutgoingResponse, bytes: Uint8Array): Record<string, unknown> {
  const contentType = headers["content-type"] ?? "";
  const body = text(bytes);
  if (status < 200 || status > 206) throw new AnswerError(statusText(status, contentType, body), status);
  if (body.length === 0) throw new AnswerError(`0-length response with status code: ${status} and content type: ${contentType}`, status);
  let value: unknown;
  try {
    value = parseExact(body);
  } catch {
    // A text is YAML too, and no object.
    if (/^[[{]/.test(body)) throw new AnswerError(`couldn't get version/kind; json parse error: ${syntaxComplaint(body)}`, status);
    value = body;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new AnswerError(
      `couldn't get version/kind; json parse error: json: cannot unmarshal ${jsonName(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
      status,
    );
  }
  return value as Record<string, unknown>;
}

/** What upstream's decoder says of a text that is no JSON. */
function syntaxComplaint(body: string): string {
  try {
    parseJsonStrict(body);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}

const statusTexts: Readonly<Record<number, string>> = {
  400: "the server rejected our request for an unknown reason",
  401: "the server has asked for the client to provide credentials",
  404: "the server could not find the requested resource",
  405: "the server does not allow this method on the requested resource",
  409: "the server reported a conflict",
  422: "the server rejected our request due to an error in our request",
  429: "the server has received too many requests and has asked us to try again later",
  503: "the server is currently unable to handle the request",
  504: "the server was unable to return a response in the time allotted, but may still be processing the request",
};

/** What a status that is no success says; a `Status` in the body tells it itself. */
function statusText(status: number, contentType: string, body: string): string {
  const told = toldStatus(body);
  if (told !== undefined) return told;
  const known = statusTexts[status];
  if (known !== undefined) return known;
  const message = contentType === "" || contentType.startsWith("text/") ? body.trim() || "unknown" : "unknown";
  if (status === 403) return message;
  if (status === 406) {
    return message === "unknown" ? "the server was unable to respond with a content type that the client supports" : message;
  }
  if (status === 415) {
    return message === "unknown"
      ? "the body of the request was in an unknown format - accepted media types include: application/json"
      : message;
  }
  if (status >= 500) return `an error on the server (${JSON.stringify(message)}) has prevented the request from succeeding`;
  return `the server responded with the status code ${status} but did not return more information`;
}

function toldStatus(body: string): string | undefined {
  if (!body.startsWith("{")) return undefined;
  try {
    const { kind, status, message } = JSON.parse(body) as Status;
    return kind === "Status" && status === "Failure" ? (message ?? "unknown") : undefined;
  } catch {
    return undefined; // no Status, so the code alone tells
  }
}
