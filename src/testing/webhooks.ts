import { endpointslices, services } from "../api/refs.ts";
import type { Client } from "../client/client.ts";
import { isAlreadyExists } from "../machinery/errors.ts";
import { type AnyObject, deepCopy, deepEqual } from "../machinery/object.ts";
import type { OutgoingRequest, OutgoingResponse } from "../machinery/platform.ts";
import { isError } from "./is-error.ts";

/** What an API server asks an admission webhook. */
export interface AdmissionRequest {
  uid: string;
  kind: { group: string; version: string; kind: string };
  resource: { group: string; version: string; resource: string };
  subResource?: string;
  name?: string;
  namespace?: string;
  operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  userInfo: { username?: string; uid?: string; groups?: string[] };
  object: AnyObject | null;
  oldObject: AnyObject | null;
  dryRun?: boolean;
  /** The path that the webhook's configuration names. */
  path: string;
}

/** `true` allows, `false` or a text refuses; an object is allowed as it is then. */
export type AdmissionAnswer =
  | boolean
  | string
  | AnyObject
  | { allowed: boolean; message?: string; code?: number; warnings?: string[]; object?: AnyObject };

/** Looks at what is about to be stored. What it throws is a failure of the webhook, which its failure policy judges. */
export type AdmissionHandler = (request: AdmissionRequest) => AdmissionAnswer | Promise<AdmissionAnswer>;

/** Gives the objects in the desired version, in their order. */
export type ConversionHandler = (objects: AnyObject[], desiredAPIVersion: string) => AnyObject[] | Promise<AnyObject[]>;

interface Handlers {
  admission?: AdmissionHandler;
  conversion?: ConversionHandler;
}

/** Webhooks of a cluster that are functions in this process. Their configurations name a service; what would be sent to it comes here. */
export class InProcessWebhooks {
  /** By `NAME.NAMESPACE.svc`. */
  readonly #handlers = new Map<string, Handlers>();

  constructor(others?: InProcessWebhooks) {
    if (others) for (const [host, handlers] of others.#handlers) this.#handlers.set(host, handlers);
  }

  async serve(client: Client, service: string, handlers: Handlers): Promise<void> {
    const [namespace = "", name = ""] = service.split("/");
    if (!namespace || !name) throw new TypeError(`a webhook's service is named as NAMESPACE/NAME; not "${service}"`);
    const host = `${name}.${namespace}.svc`;
    this.#handlers.set(host, { ...this.#handlers.get(host), ...handlers });
    await makeService(client, namespace, name);
  }

  /** The answer to a request to one of them; undefined when it is to somebody else. */
  answer(request: OutgoingRequest): Promise<OutgoingResponse> | undefined {
    const handlers = this.#handlers.get((request.headers.host ?? "").replace(/:\d+$/, ""));
    return handlers && this.#answer(handlers, request);
  }

  async #answer({ admission, conversion }: Handlers, { url, body = "" }: OutgoingRequest): Promise<OutgoingResponse> {
    const review = JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body)) as AnyObject & {
      request: AnyObject & { uid: string };
    };
    try {
      const { pathname } = new URL(url);
      if (review.kind === "ConversionReview") {
        if (!conversion) throw new Error("this webhook doesn't convert");
        return reply(review, await convert(review.request as never, conversion));
      }
      if (!admission) throw new Error("this webhook doesn't admit");
      return reply(review, await admit({ ...(review.request as unknown as AdmissionRequest), path: pathname }, admission));
    } catch (error) {
      return { status: 500, headers: { "content-type": "text/plain" }, body: once(isError(error) ? error.message : String(error)) };
    }
  }
}

async function admit(request: AdmissionRequest, handler: AdmissionHandler): Promise<object> {
  const before = deepCopy(request.object);
  const said = await handler(request);
  if (!["boolean", "string", "object"].includes(typeof said) || said === null)
    throw new Error(`the webhook's function gave ${said}; it gives true, false, the reason of a refusal, or the object as it should be`);
  const answer =
    typeof said === "boolean"
      ? { allowed: said }
      : typeof said === "string"
        ? { allowed: false, message: said }
        : isAnswer(said)
          ? said
          : { allowed: true, object: said };
  const { allowed, message, code, warnings, object } = answer;
  const status =
    message === undefined && code === undefined
      ? {}
      : { status: { ...(message === undefined ? {} : { message }), ...(code === undefined ? {} : { code }) } };
  // The handler may have changed what it was given.
  const after = object ?? request.object;
  const patch =
    allowed && after !== null && !deepEqual(before, after)
      ? { patchType: "JSONPatch", patch: btoa(unescape(encodeURIComponent(JSON.stringify([{ op: "replace", path: "", value: after }])))) }
      : {};
  return { uid: request.uid, allowed, ...status, ...(warnings ? { warnings } : {}), ...patch };
}

function isAnswer(said: object): said is { allowed: boolean; message?: string; code?: number; warnings?: string[]; object?: AnyObject } {
  return "allowed" in said && !("kind" in said);
}

async function convert(
  { uid, objects, desiredAPIVersion }: { uid: string; objects: AnyObject[]; desiredAPIVersion: string },
  handler: ConversionHandler,
): Promise<object> {
  const convertedObjects = await handler(objects, desiredAPIVersion);
  return { uid, convertedObjects, result: { status: "Success" } };
}

function reply({ apiVersion, kind }: AnyObject, response: object): OutgoingResponse {
  return { status: 200, headers: { "content-type": "application/json" }, body: once(JSON.stringify({ apiVersion, kind, response })) };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** From a range that is for documentation: nothing is there, and nothing is asked. */
const nowhere = "192.0.2.1";

async function makeService(client: Client, namespace: string, name: string): Promise<void> {
  const service = { apiVersion: "v1", kind: "Service", metadata: { name, namespace }, spec: { ports: [{ name: "https", port: 443 }] } };
  const slice = {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: `${name}-in-process`, namespace, labels: { "kubernetes.io/service-name": name } },
    addressType: "IPv4" as const,
    endpoints: [{ addresses: [nowhere], conditions: { ready: true } }],
    ports: [{ name: "https", port: 443, protocol: "TCP" as const }],
  };
  await unlessThere(client.create(services, service));
  await unlessThere(client.create(endpointslices, slice));
}

async function unlessThere(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}
