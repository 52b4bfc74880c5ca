import { parse } from "yaml";
import type { Clock } from "../../machinery/clock.ts";
import type { ObjectMeta, Status } from "../../machinery/meta/v1.ts";
import type { AnyObject } from "../../machinery/object.ts";
import { decodeEnvelope } from "../../machinery/schema/envelope.ts";
import { concat, text } from "../bytes.ts";
import type { ApiRequest, ApiResponse, Identity } from "../request.ts";
import type { RequestInfo } from "../route.ts";
import type { TypeCatalog } from "../types.ts";
import { AuditAnnotations } from "./annotations.ts";
import { AuditEvent, type ObjectReference } from "./audit-event.ts";
import { type AuditLevel, type AuditStage, type AuditTerms, auditLevels } from "./policy.ts";

const longestUserAgent = 1024;

interface AuditedRequestDeps {
  clock: Clock;
  types: TypeCatalog;
  emit(event: AuditEvent): void;
}

/** One request that is audited: what is known of it so far, told at each stage that the policy asks for. */
export class AuditedRequest {
  readonly annotations = new AuditAnnotations();
  readonly #deps: AuditedRequestDeps;
  readonly #request: ApiRequest;
  readonly #info: RequestInfo;
  readonly #id: string;
  readonly #terms: AuditTerms;
  readonly #user: Identity | undefined;
  readonly #received: number;
  #impersonated: Identity | undefined;
  #constraint: string | undefined;
  #objectRef: ObjectReference | undefined;
  #requestObject: string | undefined;
  #responseObject: string | undefined;
  #status: Partial<Status> | undefined;

  constructor(
    deps: AuditedRequestDeps,
    given: { request: ApiRequest; info: RequestInfo; id: string; terms: AuditTerms; user: Identity | undefined; received: number },
  ) {
    this.#deps = deps;
    this.#request = given.request;
    this.#info = given.info;
    this.#id = given.id;
    this.#terms = given.terms;
    this.#user = given.user;
    this.#received = given.received;
    const { isResourceRequest, resource, namespace, name, group, version, subresource } = given.info;
    if (isResourceRequest) {
      this.#objectRef = { resource, namespace, name, uid: "", apiGroup: group, apiVersion: version, resourceVersion: "", subresource };
    }
  }

  received(): void {
    this.#emit("RequestReceived", this.#received);
  }

  /** The request is made under another identity; `mode`: by which narrow right, if by one. */
  impersonated(identity: Identity, mode: string): void {
    this.#impersonated = identity;
    if (mode !== "") this.#constraint = `impersonate:${mode}`;
  }

  decided(allowed: boolean, reason: string): void {
    this.annotations.add("authorization.k8s.io/decision", allowed ? "allow" : "forbid");
    this.annotations.add("authorization.k8s.io/reason", reason);
  }

  /** The body was understood. `complete` gives it with what it left out, as upstream tells it. */
  requestObject(object: AnyObject, complete: () => object): void {
    this.#learn(object.metadata);
    if (this.#has("Request")) this.#requestObject = this.#objectText(complete());
  }

  /** The body is a patch. One that isn't JSON is told as JSON; one that can't be read is refused by who applies it, and isn't told. */
  requestPatch(body: ApiRequest["body"]): void {
    if (!this.#has("Request") || body === undefined) return;
    if (!(body instanceof Uint8Array)) {
      this.#requestObject = JSON.stringify(body);
      return;
    }
    this.#requestObject = asJson(text(body));
  }

  /** The answer to a request that lasts has begun. */
  responseStarted(response: ApiResponse): void {
    this.#respond(response);
    this.#emit("ResponseStarted", this.#deps.clock.now());
  }

  responseComplete(response: ApiResponse): void {
    if (this.#status === undefined) this.#respond(response);
    this.#emit("ResponseComplete", this.#deps.clock.now());
  }

  /** The server itself has failed. */
  panicked(error: unknown): void {
    const message = `APIServer panic'd: ${error instanceof Error ? error.message : String(error)}`;
    this.#status = { metadata: {}, status: "Failure", message, reason: "InternalError", code: 500 };
    this.#emit("Panic", this.#deps.clock.now());
  }

  /** Fields of the body that the path doesn't tell. */
  #learn(metadata: ObjectMeta | undefined): void {
    const reference = this.#objectRef;
    if (!reference || !metadata) return;
    reference.namespace ||= metadata.namespace ?? "";
    reference.name ||= metadata.name ?? "";
    reference.uid ||= metadata.uid ?? "";
    reference.resourceVersion ||= metadata.resourceVersion ?? "";
  }

  #respond({ status: code, body, headers }: ApiResponse): void {
    this.#status = { metadata: {}, code };
    const type = String(headers["content-type"] ?? "");
    const known = body.form === "object" ? (body.object as AnyObject) : this.#readable(body, type, code);
    if (known === undefined) return;
    const source = typeof known === "string" ? known : JSON.stringify(known);
    const isStatus = source.startsWith(`{"kind":"Status"`) || source.startsWith(`{\n  "kind": "Status"`);
    if (isStatus) {
      const { status, message, reason, details } = JSON.parse(source) as Status;
      const told = { status, message, reason, details };
      this.#status = { metadata: {}, ...JSON.parse(JSON.stringify(told)), code };
    }
    if (!this.#has("RequestResponse")) return;
    const isPlain = source.startsWith(`{"`) && !this.#terms.omitManagedFields;
    this.#responseObject = isPlain ? source.trimEnd() : this.#objectText(JSON.parse(source) as AnyObject);
  }

  /** The object that an answer holds; undefined where it holds none, or none that this level tells. */
  #readable(body: ApiResponse["body"], type: string, code: number): string | AnyObject | undefined {
    const bytes = body.form === "bytes" ? body.bytes : body.form === "chunks" ? body : undefined;
    if (bytes === undefined) return undefined;
    // At the lower levels only statuses count, and these are short.
    const length = bytes.length;
    if (!this.#has("RequestResponse") && code < 300 && length > 2000) return undefined;
    const whole = bytes instanceof Uint8Array ? bytes : concat(bytes.chunks, bytes.length);
    if (type.startsWith("application/json")) {
      const source = text(whole);
      if (/^\{\s*"kind":/.test(source)) return source;
      const value = JSON.parse(source) as Partial<AnyObject>;
      return value.kind === undefined ? undefined : (value as AnyObject);
    }
    if (type.startsWith("application/yaml")) return parse(text(whole)) as AnyObject;
    return type.startsWith("application/vnd.kubernetes.protobuf") ? this.#fromProtobuf(whole) : undefined;
  }

  #fromProtobuf(bytes: Uint8Array): AnyObject | undefined {
    const { apiVersion, kind, raw } = decodeEnvelope(bytes);
    const type = this.#deps.types.typeOf(apiVersion, kind);
    if (type === undefined) return undefined;
    return { kind, apiVersion, ...this.#deps.types.of(type).decodeProtobuf(raw) };
  }

  #objectText(object: object): string {
    return JSON.stringify(this.#terms.omitManagedFields ? withoutManagedFields(object as AnyObject) : object);
  }

  #has(level: AuditLevel): boolean {
    return auditLevels.indexOf(this.#terms.level) >= auditLevels.indexOf(level);
  }

  #emit(stage: AuditStage, now: number): void {
    if (this.#terms.omitStages.has(stage)) return;
    const annotations = new Map<string, string>();
    for (const [key, { value, level }] of this.annotations.entries) if (this.#has(level)) annotations.set(key, value);
    const { path, query, headers } = this.#request;
    const agent = headers["user-agent"] ?? "";
    this.#deps.emit(
      new AuditEvent({
        level: this.#terms.level,
        auditId: this.#id,
        stage,
        requestUri: this.#request.uri ?? (query.size > 0 ? `${path}?${query}` : path),
        verb: this.#info.verb,
        user: this.#user,
        impersonatedUser: this.#impersonated,
        impersonationConstraint: this.#constraint,
        sourceIPs: sourceIPs(this.#request),
        userAgent: agent.length > longestUserAgent ? `${agent.slice(0, longestUserAgent)}...TRUNCATED` : agent,
        objectRef: this.#objectRef && { ...this.#objectRef },
        responseStatus: this.#status,
        requestObject: this.#requestObject,
        responseObject: this.#responseObject,
        receivedMilliseconds: this.#received,
        stageMilliseconds: now,
        annotations,
      }),
    );
  }
}

/** A JSON or YAML text as JSON; undefined where it is neither, or a node of it contains itself. */
function asJson(source: string): string | undefined {
  for (const read of [(json: string) => JSON.parse(json), (yaml: string) => parse(yaml)]) {
    try {
      return JSON.stringify(read(source));
    } catch {}
  }
  return undefined;
}

function withoutManagedFields(object: AnyObject): AnyObject {
  const { items } = object as { items?: unknown };
  const own = object.metadata?.managedFields ? { ...object, metadata: { ...object.metadata, managedFields: undefined } } : object;
  return Array.isArray(items) ? ({ ...own, items: items.map((item) => withoutManagedFields(item as AnyObject)) } as AnyObject) : own;
}

/** The client's address as proxies tell it, then the one that the connection came from. */
function sourceIPs({ headers, remoteAddress }: ApiRequest): string[] {
  const addresses: string[] = [];
  for (const part of (headers["x-forwarded-for"] ?? "").split(",")) if (isAddress(part.trim())) addresses.push(part.trim());
  const real = headers["x-real-ip"]?.trim() ?? "";
  if (isAddress(real) && !addresses.includes(real)) addresses.push(real);
  if (remoteAddress && addresses.at(-1) !== remoteAddress) addresses.push(remoteAddress);
  return addresses;
}

function isAddress(value: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(value) || (value.includes(":") && /^[0-9a-fA-F:.]+$/.test(value));
}
