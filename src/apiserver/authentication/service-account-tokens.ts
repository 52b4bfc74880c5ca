import type { Clock } from "../../machinery/clock.ts";
import type { Platform } from "../../machinery/platform.ts";
import { isDNS1123Label, isDNS1123Subdomain } from "../../machinery/validation/names.ts";
import type { AuthenticationMetrics } from "../metrics/authentication-metrics.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { Identity } from "../request.ts";
import { credentialIdKey, decodeBase64Url } from "./authenticators.ts";
import { type TokenAuthenticator, TokenError, type TokenOwner } from "./token-authenticator.ts";

/** The claims of a service-account token, in upstream's form. */
export interface TokenClaims {
  iss: string;
  sub: string;
  aud?: string[] | string;
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
    /** From then on its use is a sign of a client that doesn't read its token anew. */
    warnafter?: number;
  };
}

interface BoundName {
  name: string;
  uid?: string;
}

/** How many verified tokens are remembered; the checks of times and bound objects run each time. */
const cacheSize = 4096;
/** Clocks differ, and what is deleted is still in use for a moment. */
const leewaySeconds = 60;

export interface ServiceAccountTokensDeps {
  platform: Platform;
  objects: ObjectReader;
  clock: Clock;
  /** The first one issues, the others are believed too. */
  issuers: readonly string[];
  audiences: readonly string[];
  metrics: AuthenticationMetrics;
}

/** Authenticates tokens that this cluster signed, as long as what they are bound to lives. */
export class ServiceAccountTokens implements TokenAuthenticator {
  readonly #deps: ServiceAccountTokensDeps;
  readonly #verified = new Map<string, TokenClaims>();

  constructor(deps: ServiceAccountTokensDeps) {
    this.#deps = deps;
  }

  async authenticate(token: string, audiences: readonly string[]): Promise<TokenOwner | undefined> {
    const claims = this.#verified.get(token) ?? (await this.#verify(token));
    if (!claims) return undefined;
    const own = [claims.aud ?? []].flat();
    const forWhom = own.length === 0 ? this.#deps.audiences : own;
    const shared = audiences.filter((audience) => forWhom.includes(audience));
    if (shared.length === 0) {
      const list = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
      throw new TokenError(`token audiences ${list(forWhom)} is invalid for the target audiences ${list(audiences)}`);
    }
    this.#checkTimes(claims);
    const identity = this.#identityOf(claims);
    const { clock, metrics } = this.#deps;
    const { warnafter = 0 } = claims["kubernetes.io"] ?? {};
    if (warnafter > 0 && clock.now() / 1000 > warnafter) metrics.tokens.stale++;
    else metrics.tokens.valid++;
    return { identity, audiences: shared };
  }

  async #verify(token: string): Promise<TokenClaims | undefined> {
    const { platform, issuers } = this.#deps;
    const claims = await verifiedClaims<TokenClaims>(platform, token, (issuer) => issuers.includes(issuer));
    if (!claims) return undefined;
    if (this.#verified.size >= cacheSize) this.#verified.delete(this.#verified.keys().next().value as string);
    this.#verified.set(token, claims);
    return claims;
  }

  #checkTimes({ exp, nbf, iat }: TokenClaims): void {
    const now = this.#deps.clock.now() / 1000;
    if (nbf !== undefined && now + leewaySeconds < nbf) throw new TokenError("service account token is not valid yet");
    if (exp !== undefined && now - leewaySeconds > exp) throw new TokenError("service account token has expired");
    if (iat !== undefined && now + leewaySeconds < iat) throw new TokenError("service account token is issued in the future");
  }

  /** Throws when the account, or the pod, secret or node that the token is bound to, is gone or another one. */
  #identityOf({ jti, "kubernetes.io": claims }: TokenClaims): Identity {
    const { namespace = "", serviceaccount = { name: "" }, pod, secret, node } = claims ?? {};
    const account = this.#deps.objects.get("serviceaccounts", namespace, serviceaccount.name)?.value;
    if (!account) throw new TokenError(`serviceaccounts ${JSON.stringify(serviceaccount.name)} not found`);
    if (account.metadata.uid !== serviceaccount.uid) {
      throw new TokenError(`service account UID (${account.metadata.uid}) does not match claim (${serviceaccount.uid ?? ""})`);
    }
    if (this.#isGone(account.metadata.deletionTimestamp)) {
      throw new TokenError(`service account ${namespace}/${serviceaccount.name} has been deleted`);
    }
    if (secret) this.#checkBound("secret", "secret", "secrets", namespace, secret);
    if (pod) this.#checkBound("pod", "pod", "pods", namespace, pod);
    // A node that a pod's token names is for information only; a token bound to a node alone dies with it.
    if (node && !pod) this.#checkBound("node", "node", "nodes", "", node);
    const extra: Record<string, string[]> = {};
    if (pod) {
      extra["authentication.kubernetes.io/pod-name"] = [pod.name];
      extra["authentication.kubernetes.io/pod-uid"] = [pod.uid ?? ""];
    }
    if (jti) extra[credentialIdKey] = [`JTI=${jti}`];
    if (node) {
      extra["authentication.kubernetes.io/node-name"] = [node.name];
      if (node.uid) extra["authentication.kubernetes.io/node-uid"] = [node.uid];
    }
    return {
      name: serviceAccountUser(namespace, serviceaccount.name),
      uid: serviceaccount.uid ?? "",
      groups: serviceAccountGroups(namespace),
      ...(Object.keys(extra).length > 0 ? { extra } : {}),
    };
  }

  #checkBound(kind: string, claim: string, resource: string, namespace: string, bound: BoundName): void {
    const found = this.#deps.objects.get(resource, namespace, bound.name)?.value;
    if (!found) throw new TokenError("service account token has been invalidated");
    if (found.metadata.uid !== bound.uid) {
      throw new TokenError(`${kind} UID (${found.metadata.uid}) does not match service account ${claim} ref claim (${bound.uid ?? ""})`);
    }
    if (this.#isGone(found.metadata.deletionTimestamp)) throw new TokenError("service account token has been invalidated");
  }

  #isGone(deletionTimestamp: string | undefined): boolean {
    return deletionTimestamp !== undefined && Date.parse(deletionTimestamp) < this.#deps.clock.now() - leewaySeconds * 1000;
  }
}

/**
 * The claims of a token that this cluster's key signed; undefined where it says to be another issuer's. Rejects with `TokenError`
 * when the signature isn't good.
 */
export async function verifiedClaims<T extends { iss: string }>(
  platform: Platform,
  token: string,
  isIssuer: (issuer: string) => boolean,
): Promise<T | undefined> {
  const claimed = issuerOf(token);
  if (claimed === undefined || !isIssuer(claimed)) return undefined;
  const answer = await platform.verifyToken(token);
  if (!answer) return undefined;
  if ("error" in answer) throw new TokenError(answer.error);
  return answer.claims as unknown as T;
}

/** Who a token says has issued it; undefined where it is no token of JSON. Nothing has been verified of it. */
export function issuerOf(token: string): string | undefined {
  const parts = token.split(".");
  const payload = parts.length === 3 ? decodeBase64Url(parts[1] as string) : undefined;
  if (payload === undefined) return undefined;
  try {
    const { iss = "" } = JSON.parse(payload) as { iss?: unknown };
    return typeof iss === "string" ? iss : undefined;
  } catch {
    return undefined; // no token that anybody here knows
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
