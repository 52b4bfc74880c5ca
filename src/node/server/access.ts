import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { TokenReview } from "../../api/authentication/v1.ts";
import type { SubjectAccessReview } from "../../api/authorization/v1.ts";
import { subjectaccessreviews, tokenreviews } from "../../api/refs.ts";
import { type ClientAuthorities, certificateOf } from "../../apiserver/http/peer-certificate.ts";
import type { Client } from "../../client/client.ts";
import type { Clock } from "../../machinery/clock.ts";
import { ExpiringCache } from "../../machinery/expiring-cache.ts";
import { RequestRefusal } from "./request-refusal.ts";

/** Who asks. */
export interface Caller {
  name: string;
  uid?: string;
  groups: readonly string[];
  extra?: Record<string, string[]>;
}

/** Upstream's cache times for the kubelet's delegated decisions. */
const tokenMilliseconds = 2 * 60_000;
const allowedMilliseconds = 5 * 60_000;
const deniedMilliseconds = 30_000;

const mastersGroup = "system:masters";

const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/**
 * Who may use the agent's API: a client certificate of the cluster's CA or a bearer token that the API server knows, and then what
 * the API server allows that user on `nodes/…` of this node.
 */
export class AccessControl {
  readonly #client: Client;
  readonly #nodeName: string;
  readonly #authorities: ClientAuthorities;
  readonly #tokens: ExpiringCache<Caller | undefined>;
  readonly #decisions: ExpiringCache<boolean>;

  constructor({
    client,
    clock,
    nodeName,
    authorities,
  }: { client: Client; clock: Clock; nodeName: string; authorities: ClientAuthorities }) {
    this.#authorities = authorities;
    this.#client = client;
    this.#nodeName = nodeName;
    this.#tokens = new ExpiringCache(clock);
    this.#decisions = new ExpiringCache(clock, 5000);
  }

  /** Rejects with `RequestRefusal` unless the request may be served. */
  async check(request: IncomingMessage, path: string): Promise<void> {
    const caller = await this.#identify(request);
    if (!caller) throw new RequestRefusal(401, "Unauthorized");
    const verb = verbs[request.method ?? ""] ?? "";
    const subresources = subresourcesOf(path);
    for (const subresource of subresources) if (await this.#isAllowed(caller, verb, subresource)) return;
    throw new RequestRefusal(
      403,
      `Forbidden (user=${caller.name}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(" ")}])\n`,
    );
  }

  async #identify(request: IncomingMessage): Promise<Caller | undefined> {
    const { certificate } = certificateOf(request.socket as TLSSocket, this.#authorities);
    if (certificate) {
      const { commonName, organizations, uid } = certificate;
      return { name: commonName, groups: [...organizations, "system:authenticated"], ...(uid ? { uid } : {}) };
    }
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (!token) return undefined;
    const key = createHash("sha256").update(token).digest("base64");
    return this.#tokens.get(
      key,
      () => this.#reviewToken(token),
      () => tokenMilliseconds,
    );
  }

  async #reviewToken(token: string): Promise<Caller | undefined> {
    const review: TokenReview = { apiVersion: "authentication.k8s.io/v1", kind: "TokenReview", metadata: {}, spec: { token } };
    const { status } = await this.#client.create(tokenreviews, review);
    if (!status?.authenticated || !status.user) return undefined;
    const { username = "", uid, groups = [], extra } = status.user;
    return { name: username, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) };
  }

  async #isAllowed(caller: Caller, verb: string, subresource: string): Promise<boolean> {
    // The API server allows them everything: the API server's own requests need not wait for its answer.
    if (caller.groups.includes(mastersGroup)) return true;
    return this.#decisions.get(
      JSON.stringify([caller, verb, subresource]),
      () => this.#reviewAccess(caller, verb, subresource),
      (allowed) => (allowed ? allowedMilliseconds : deniedMilliseconds),
    );
  }

  async #reviewAccess(caller: Caller, verb: string, subresource: string): Promise<boolean> {
    const review: SubjectAccessReview = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      metadata: {},
      spec: {
        user: caller.name,
        groups: [...caller.groups],
        ...(caller.uid ? { uid: caller.uid } : {}),
        ...(caller.extra ? { extra: caller.extra } : {}),
        resourceAttributes: { verb, version: "v1", resource: "nodes", subresource, name: this.#nodeName },
      },
    };
    return (await this.#client.create(subjectaccessreviews, review)).status?.allowed ?? false;
  }
}

/** What a path is called in authorization; any of them suffices. */
function subresourcesOf(path: string): string[] {
  const [first = ""] = path.slice(1).split("/");
  switch (first) {
    case "pods":
    case "runningpods":
      return ["pods", "proxy"];
    case "healthz":
    case "configz":
      return [first, "proxy"];
    case "stats":
    case "metrics":
      return [first];
    case "logs":
      return ["log"];
    default:
      return ["proxy"];
  }
}
