import type { Clock } from "../../machinery/clock.ts";
import type { Platform } from "../../machinery/platform.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../machinery/validation/names.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { TokenAuthenticator } from "../options.ts";
import type { Identity } from "../request.ts";

/** The claims of a service-account token, in upstream's form. */
export interface TokenClaims {
  iss: string;
  sub: string;
  aud: string[];
  exp: number;
  iat: number;
  nbf: number;
  jti: string;
  "kubernetes.io": {
    namespace: string;
    serviceaccount: BoundName;
    pod?: BoundName;
    secret?: BoundName;
    node?: BoundName;
  };
}

interface BoundName {
  name: string;
  uid?: string;
}

/** How many verified tokens are remembered; the checks of times and bound objects run each time. */
const cacheSize = 4096;

/** Authenticates tokens that this cluster signed, as long as what they are bound to lives. */
export class ServiceAccountTokens implements TokenAuthenticator {
  readonly #platform: Platform;
  readonly #objects: ObjectReader;
  readonly #clock: Clock;
  readonly #issuer: string;
  readonly #audiences: readonly string[];
  readonly #verified = new Map<string, TokenClaims>();

  constructor(deps: { platform: Platform; objects: ObjectReader; clock: Clock; issuer: string; audiences: readonly string[] }) {
    this.#platform = deps.platform;
    this.#objects = deps.objects;
    this.#clock = deps.clock;
    this.#issuer = deps.issuer;
    this.#audiences = deps.audiences;
  }

  async authenticate(token: string): Promise<Identity | undefined> {
    return (await this.review(token, this.#audiences))?.identity;
  }

  /** The identity, and which of the wanted audiences the token is for. */
  async review(token: string, audiences: readonly string[]): Promise<{ identity: Identity; audiences: string[] } | undefined> {
    const claims = await this.#claims(token);
    if (!claims) return undefined;
    const nowSeconds = this.#clock.now() / 1000;
    if (claims.iss !== this.#issuer || claims.exp <= nowSeconds || claims.nbf > nowSeconds + 10) return undefined;
    const shared = audiences.filter((audience) => claims.aud.includes(audience));
    if (shared.length === 0) return undefined;
    const identity = this.#identityOf(claims);
    return identity && { identity, audiences: shared };
  }

  async #claims(token: string): Promise<TokenClaims | undefined> {
    const known = this.#verified.get(token);
    if (known) return known;
    if (token.split(".").length !== 3) return undefined;
    const claims = (await this.#platform.verifyToken(token)) as TokenClaims | undefined;
    if (!claims?.["kubernetes.io"]?.serviceaccount || !Array.isArray(claims.aud)) return undefined;
    if (this.#verified.size >= cacheSize) this.#verified.delete(this.#verified.keys().next().value as string);
    this.#verified.set(token, claims);
    return claims;
  }

  /** Undefined when the account, or the pod, secret or node that the token is bound to, is gone or another one. */
  #identityOf(claims: TokenClaims): Identity | undefined {
    const { namespace, serviceaccount, pod, secret, node } = claims["kubernetes.io"];
    if (!this.#lives("serviceaccounts", namespace, serviceaccount)) return undefined;
    if (secret && !this.#lives("secrets", namespace, secret)) return undefined;
    if (pod && !this.#lives("pods", namespace, pod)) return undefined;
    // A node that a pod's token names is for information only; a token bound to a node alone dies with it.
    if (node && !pod && !this.#lives("nodes", "", node)) return undefined;
    const extra: Record<string, string[]> = {};
    if (claims.jti) extra["authentication.kubernetes.io/credential-id"] = [`JTI=${claims.jti}`];
    if (pod) {
      extra["authentication.kubernetes.io/pod-name"] = [pod.name];
      extra["authentication.kubernetes.io/pod-uid"] = [pod.uid ?? ""];
    }
    if (node) {
      extra["authentication.kubernetes.io/node-name"] = [node.name];
      if (node.uid) extra["authentication.kubernetes.io/node-uid"] = [node.uid];
    }
    return {
      name: serviceAccountUser(namespace, serviceaccount.name),
      uid: serviceaccount.uid ?? "",
      groups: serviceAccountGroups(namespace),
      extra,
    };
  }

  /** Upstream honours a token for a minute after its object began to be deleted. */
  #lives(resource: string, namespace: string, bound: BoundName): boolean {
    const entry = this.#objects.get(resource, namespace, bound.name);
    if (!entry || (bound.uid && entry.value.metadata.uid !== bound.uid)) return false;
    const deleted = entry.value.metadata.deletionTimestamp;
    return !deleted || Date.parse(deleted) + 60_000 > this.#clock.now();
  }
}

export function serviceAccountUser(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`;
}

export function serviceAccountGroups(namespace: string): string[] {
  return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`];
}

/** The namespace and name of a service account's user name. */
export function splitServiceAccountUser(user: string): { namespace: string; name: string } | undefined {
  const [, namespace = "", name = ""] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  return isDNS1123Label(namespace).length === 0 && isDNS1123Subdomain(name).length === 0 ? { namespace, name } : undefined;
}
