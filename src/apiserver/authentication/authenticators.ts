import { unauthorized } from "../../machinery/errors.ts";
import type { TokenAuthenticator } from "../options.ts";
import type { ApiRequest, Identity } from "../request.ts";

export const authenticatedGroup = "system:authenticated";
export const unauthenticatedGroup = "system:unauthenticated";
export const anonymousUser = "system:anonymous";

const anonymous: Identity = Object.freeze({ name: anonymousUser, groups: Object.freeze([unauthenticatedGroup]) });

/** Finds out who asks: client certificate, then bearer token, then anonymous. */
export class Authenticators {
  readonly #tokens: readonly TokenAuthenticator[];
  readonly #allowAnonymous: boolean;

  constructor(tokens: readonly TokenAuthenticator[], allowAnonymous: boolean) {
    this.#tokens = tokens;
    this.#allowAnonymous = allowAnonymous;
  }

  /** Throws the 401 `StatusError` when credentials are wrong, or missing where they are needed. */
  authenticate(request: ApiRequest): Identity | Promise<Identity> {
    if (request.identity) return withAuthenticated(request.identity);
    const certificate = request.clientCertificate;
    if (certificate && certificate.commonName !== "") {
      return withAuthenticated({
        name: certificate.commonName,
        groups: certificate.organizations,
        ...(certificate.uid ? { uid: certificate.uid } : {}),
      });
    }
    const token = bearerToken(request.headers);
    if (token !== undefined) return this.authenticateToken(token).then(orUnauthorized);
    if (!this.#allowAnonymous || request.invalidCertificate) throw unauthorized();
    return anonymous;
  }

  /** The owner of a bearer token; undefined when nobody knows it. */
  async authenticateToken(token: string): Promise<Identity | undefined> {
    for (const authenticator of this.#tokens) {
      const identity = await authenticator.authenticate(token);
      if (identity) return withAuthenticated(identity);
    }
    return undefined;
  }
}

function orUnauthorized(identity: Identity | undefined): Identity {
  if (!identity) throw unauthorized();
  return identity;
}

function withAuthenticated(identity: Identity): Identity {
  if (identity.groups.includes(authenticatedGroup) || identity.groups.includes(unauthenticatedGroup)) return identity;
  return { ...identity, groups: [...identity.groups, authenticatedGroup] };
}

/** The token of an Authorization header, or of the WebSocket subprotocol that browsers must use. */
function bearerToken(headers: Readonly<Record<string, string>>): string | undefined {
  const authorization = headers.authorization?.trim();
  if (authorization) {
    const space = authorization.indexOf(" ");
    if (space < 0 || authorization.slice(0, space).toLowerCase() !== "bearer") return undefined;
    const token = authorization.slice(space + 1).trim();
    return token === "" ? undefined : token;
  }
  const prefix = "base64url.bearer.authorization.k8s.io.";
  for (const protocol of (headers["sec-websocket-protocol"] ?? "").split(",")) {
    const name = protocol.trim();
    if (!name.startsWith(prefix)) continue;
    try {
      return atob(name.slice(prefix.length).replaceAll("-", "+").replaceAll("_", "/"));
    } catch {
      return undefined;
    }
  }
  return undefined;
}
