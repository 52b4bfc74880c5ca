import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { systemClock } from "../src/client/system-clock.ts";
import { CertificateStore } from "../src/cluster/certificates.ts";
import { applyMergePatch } from "../src/machinery/patch/merge-patch.ts";
import { answerAsServer } from "./aggregated-server.ts";

/** One call as the webhook got it. */
export interface ReceivedCall {
  path: string;
  headers: Record<string, string>;
  body: unknown;
}

const comparedHeaders = ["accept", "authorization", "content-type", "user-agent"];

/** What a corpus has the webhook answer; written into its path. */
export interface Behaviour {
  /** `response` of the AdmissionReview; the uid is filled in unless there is one. */
  response?: Readonly<Record<string, unknown>>;
  /** A JSON patch, sent as `response.patch`. */
  patch?: readonly object[];
  /** Each of these answers is given once, the last one from then on. */
  then?: Behaviour;
  /** Instead of an AdmissionReview. */
  raw?: string;
  status?: number;
  contentType?: string;
  apiVersion?: string;
  kind?: string;
  withoutResponse?: boolean;
  delaySeconds?: number;
  convert?: Conversion;
}

/** How objects of a ConversionReview are converted. */
export interface Conversion {
  /** By the version that is asked for: what of the spec is called otherwise there, `[from, to]`. */
  renames?: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  /** Joined with each converted object as a JSON merge patch, when this version is asked for, or whichever is. */
  merge?: JsonMap;
  mergeInto?: string;
}

/** A path that a webhook with that behaviour listens at; `name` tells it from others of the sequence. */
export function hookPath(name: string, behaviour: Behaviour = {}): string {
  return `/{u}/${name}/${Buffer.from(JSON.stringify(behaviour)).toString("hex")}`;
}

/** A webhook over HTTPS that both servers under comparison call: it behaves as its path says and keeps what it was asked. */
export class WebhookServer {
  readonly url: string;
  /** PEM in base64, as configurations want it. */
  readonly caBundle: string;
  readonly #server: Server;
  readonly #calls = new Map<string, ReceivedCall[]>();
  readonly #counts = new Map<string, number>();

  private constructor(server: Server, caBundle: string) {
    this.#server = server;
    this.caBundle = caBundle;
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
  }

  static async started(directory: string): Promise<WebhookServer> {
    const store = new CertificateStore(join(directory, "webhook"), systemClock);
    const { certificate, key } = await store.certificate("webhook", {
      commonName: "webhook",
      usages: ["server"],
      addresses: ["127.0.0.1"],
      dnsNames: ["localhost"],
    });
    const server = createServer({ cert: certificate, key });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const authority = readFileSync(join(directory, "webhook", "ca.crt"));
    return new WebhookServer(server, authority.toString("base64"));
  }

  /** What has come for a sequence since this was asked last. */
  take(suffix: string): ReceivedCall[] {
    const calls = this.#calls.get(suffix) ?? [];
    this.#calls.delete(suffix);
    return calls;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [path = ""] = (request.url ?? "").split("?");
    if (/^\/(apis|openapi)(\/|$)/.test(path)) {
      answerAsServer(request, Buffer.concat(chunks).toString(), response);
      return;
    }
    const [, suffix = "", name = "", coded = ""] = path.split("/");
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const headers: Record<string, string> = {};
    for (const header of comparedHeaders) if (request.headers[header] !== undefined) headers[header] = String(request.headers[header]);
    const call = { path: (request.url ?? "").replace(`/${coded}`, "").replace(`/${suffix}`, ""), headers, body };
    this.#calls.set(suffix, [...(this.#calls.get(suffix) ?? []), call]);
    const count = (this.#counts.get(`${suffix} ${name}`) ?? 0) + 1;
    this.#counts.set(`${suffix} ${name}`, count);
    let behaviour = JSON.parse(Buffer.from(coded, "hex").toString() || "{}") as Behaviour;
    for (let left = count - 1; left > 0 && behaviour.then; left--) behaviour = behaviour.then;
    if (behaviour.delaySeconds) await new Promise((resolve) => setTimeout(resolve, (behaviour.delaySeconds ?? 0) * 1000));
    response.writeHead(behaviour.status ?? 200, { "content-type": behaviour.contentType ?? "application/json" });
    response.end(behaviour.raw ?? JSON.stringify(reviewOf(behaviour, body)));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface AskedReview {
  kind: string;
  apiVersion: string;
  request: { uid: string; desiredAPIVersion?: string; objects?: JsonMap[] };
}

type JsonMap = { [name: string]: unknown };

function reviewOf(behaviour: Behaviour, asked: AskedReview): object {
  const { apiVersion = asked.apiVersion, kind = asked.kind, patch } = behaviour;
  if (behaviour.withoutResponse) return { apiVersion, kind };
  const { uid, desiredAPIVersion, objects } = asked.request;
  if (desiredAPIVersion !== undefined) {
    const convertedObjects = (objects ?? []).map((object) => converted(object, desiredAPIVersion, behaviour.convert ?? {}));
    const isOther = behaviour.convert?.mergeInto !== undefined && !desiredAPIVersion.endsWith(`/${behaviour.convert.mergeInto}`);
    const response = isOther ? {} : behaviour.response;
    return { apiVersion, kind, response: { uid, convertedObjects, result: { status: "Success" }, ...response } };
  }
  const patched = patch ? { patchType: "JSONPatch", patch: Buffer.from(JSON.stringify(patch)).toString("base64") } : {};
  return { apiVersion, kind, response: { uid, allowed: true, ...patched, ...behaviour.response } };
}

function converted(object: JsonMap, apiVersion: string, { renames = {}, merge, mergeInto }: Conversion): JsonMap {
  const version = apiVersion.slice(apiVersion.indexOf("/") + 1);
  const spec: JsonMap = { ...(object.spec as JsonMap | undefined) };
  for (const [from, to] of renames[version] ?? []) {
    if (!(from in spec)) continue;
    spec[to] = spec[from];
    delete spec[from];
  }
  const result = { ...object, apiVersion, spec };
  const isMeant = merge !== undefined && (mergeInto === undefined || mergeInto === version);
  return isMeant ? (applyMergePatch(result, merge) as JsonMap) : result;
}
