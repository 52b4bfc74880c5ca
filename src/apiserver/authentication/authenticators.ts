import type { Clock } from "../../machinery/clock.ts";
import { unauthorized } from "../../machinery/errors.ts";
import type { AuthenticationMetrics } from "../metrics/authentication-metrics.ts";
import type { ApiRequest, ClientCertificate, Identity } from "../request.ts";
import { type FrontProxy, identityOfFrontProxy } from "./front-proxy.ts";
import { TokenError, type TokenUnion } from "./token-authenticator.ts";

export const authenticatedGroup = "system:authenticated";
export const unauthenticatedGroup = "system:unauthenticated";
export const anonymousUser = "system:anonymous";
export const credentialIdKey = "authentication.kubernetes.io/credential-id";

const anonymous: Identity = Object.freeze({ name: anonymousUser, groups: Object.freeze([unauthenticatedGroup]) });

export interface AuthenticatorsOptions {
  tokens: TokenUnion;
  frontProxy?: FrontProxy;
  metrics: AuthenticationMetrics;
  clock: Clock;
  /** Whether a path may be asked for without credentials. */
  allowsAnonymous(path: string): boolean;
}

/** Finds out who asks: front proxy, client certificate, bearer token, and then nobody in particular. */
export class Authenticators {
  readonly #options: AuthenticatorsOptions;

  constructor(options: AuthenticatorsOptions) {
    this.#options = options;
  }

  /** Throws the 401 `StatusError` when credentials are wrong, or missing where they are needed. */
  authenticate(request: ApiRequest): Identity | Promise<Identity> {
    if (request.identity) return withAuthenticated(request.identity);
    const { metrics, clock } = this.#options;
    try {
      const caller = this.#callerOf(request);
      if (caller instanceof Promise) {
        const began = clock.now();
        const seconds = () => (clock.now() - began) / 1000;
        return caller.then(
          (identity) => {
            metrics.succeeded(identity.name, seconds());
            return identity;
          },
          (error: unknown) => {
            metrics.refused("error", seconds());
            throw error;
          },
        );
      }
      // What waits for nobody takes no time that a clock tells.
      metrics.succeeded(caller.name, 0);
      return caller;
    } catch (error) {
      const { headers, clientCertificate, invalidCertificate } = request;
      const hasCredentials = headers.authorization !== undefined || clientCertificate !== undefined || invalidCertificate;
      metrics.refused(hasCredentials ? "error" : "failure", 0);
      throw error;
    }
  }

  #callerOf(request: ApiRequest): Identity | Promise<Identity> {
    const { tokens, frontProxy, allowsAnonymous, metrics, clock } = this.#options;
    const certificate = request.clientCertificate;
    if (certificate) {
      const proxied = frontProxy && identityOfFrontProxy(frontProxy, request, certificate);
      if (proxied) return withAuthenticated(proxied);
      if (certificate.isOfClient && certificate.commonName !== "") {
        if (certificate.notAfter !== undefined) metrics.certificateUsed((certificate.notAfter - clock.now()) / 1000);
        return withAuthenticated(identityOfCertificate(certificate));
      }
    }
    const token = bearerToken(request.headers);
    if (token !== undefined) return tokens.authenticate(token).then(({ identity }) => withAuthenticated(identity), refuse);
    // One that only one kind of authority knows is wrong for the other: who shows it is somebody, and not known.
    const isWrong = request.invalidCertificate || (certificate && !(certificate.isOfClient && (!frontProxy || certificate.isOfFrontProxy)));
    if (isWrong || !allowsAnonymous(request.path)) throw unauthorized();
    return anonymous;
  }

  /** The owner of a token and which of the audiences it is for, those of the API unless told. Rejects with `TokenError`. */
  async review(token: string, audiences?: readonly string[]): Promise<{ identity: Identity; audiences: readonly string[] }> {
    const owner = await this.#options.tokens.authenticate(token, audiences);
    return { ...owner, identity: withAuthenticated(owner.identity) };
  }
}

function refuse(error: unknown): never {
  throw error instanceof TokenError ? unauthorized() : error;
}

function identityOfCertificate({ commonName, organizations, uid, fingerprint }: ClientCertificate): Identity {
  return {
    name: commonName,
    groups: organizations,
    ...(uid ? { uid } : {}),
    extra: { [credentialIdKey]: [`X509SHA256=${fingerprint}`] },
  };
}

function withAuthenticated(identity: Identity): Identity {
  if (identity.groups.includes(authenticatedGroup) || identity.groups.includes(unauthenticatedGroup)) return identity;
  return { ...identity, groups: [...identity.groups, authenticatedGroup] };
}

/** The token of an Authorization header, or of the WebSocket subprotocol that browsers must use. */
function bearerToken(headers: Readonly<Record<string, string>>): string | undefined {
  const [scheme = "", token = ""] = headers.authorization?.trim().split(" ") ?? [];
  if (scheme.toLowerCase() === "bearer" && token !== "") return token;
  if (!/websocket/i.test(headers.upgrade ?? "")) return undefined;
  const prefix = "base64url.bearer.authorization.k8s.io.";
  for (const protocol of (headers["sec-websocket-protocol"] ?? "").split(",")) {
    const name = protocol.trim();
    if (name.startsWith(prefix)) return decodeBase64Url(name.slice(prefix.length));
  }
  return undefined;
}

/** Undefined for what is no base64url without padding. */
export function decodeBase64Url(encoded: string): string | undefined {
  if (!/^[\w-]+$/.test(encoded)) return undefined;
  try {
    const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
  } catch {
    return undefined; // no text, so nothing that anybody here wrote
  }
}
