import type { Secret, ServiceAccount } from "../../api/core/v1.ts";
import { type Clock, formatTime } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { Platform } from "../../machinery/platform.ts";
import type { AuthenticationMetrics } from "../metrics/authentication-metrics.ts";
import type { ObjectReader } from "../object-reader.ts";
import { isSame } from "./bootstrap-tokens.ts";
import { serviceAccountGroups, serviceAccountUser, splitServiceAccountUser, verifiedClaims } from "./service-account-tokens.ts";
import { type TokenAuthenticator, TokenError, type TokenOwner } from "./token-authenticator.ts";

export const legacyIssuer = "kubernetes/serviceaccount";
const lastUsedLabel = "kubernetes.io/legacy-token-last-used";
const invalidSinceLabel = "kubernetes.io/legacy-token-invalid-since";
const dayMilliseconds = 24 * 3600 * 1000;

/** The claims of a token that lies in a Secret; it never expires. */
export interface LegacyClaims {
  iss: string;
  sub: string;
  "kubernetes.io/serviceaccount/namespace": string;
  "kubernetes.io/serviceaccount/secret.name": string;
  "kubernetes.io/serviceaccount/service-account.name": string;
  "kubernetes.io/serviceaccount/service-account.uid": string;
}

export interface LegacyTokensDeps {
  platform: Platform;
  objects: ObjectReader;
  clock: Clock;
  logger: Logger;
  audiences: readonly string[];
  metrics: AuthenticationMetrics;
  /** Writes labels onto a Secret. */
  label(secret: Secret, labels: Record<string, string>): Promise<void>;
}

/** Tokens of Secrets of the type `kubernetes.io/service-account-token`, good as long as their Secret holds them. */
export class LegacyTokens implements TokenAuthenticator {
  readonly #deps: LegacyTokensDeps;

  constructor(deps: LegacyTokensDeps) {
    this.#deps = deps;
  }

  async authenticate(token: string, audiences: readonly string[]): Promise<TokenOwner | undefined> {
    const { platform, audiences: own } = this.#deps;
    const claims = await verifiedClaims<LegacyClaims>(platform, token, (issuer) => issuer === legacyIssuer);
    if (!claims) return undefined;
    const shared = audiences.filter((audience) => own.includes(audience));
    if (shared.length === 0) {
      const list = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
      throw new TokenError(`token audiences ${list(own)} is invalid for the target audiences ${list(audiences)}`);
    }
    return { identity: this.#identityOf(claims, token), audiences: shared };
  }

  #identityOf(claims: LegacyClaims, token: string) {
    const { objects } = this.#deps;
    const at = "kubernetes.io/serviceaccount";
    const {
      [`${at}/namespace`]: namespace,
      [`${at}/secret.name`]: secretName,
      [`${at}/service-account.name`]: name,
      [`${at}/service-account.uid`]: uid,
    } = claims;
    for (const [value, what] of [
      [claims.sub, "sub"],
      [namespace, "namespace"],
      [secretName, "secretName"],
      [name, "serviceAccountName"],
      [uid, "serviceAccountUID"],
    ]) {
      if (!value) throw new TokenError(`${what} claim is missing`);
    }
    const subject = splitServiceAccountUser(claims.sub);
    if (subject?.namespace !== namespace || subject.name !== name) throw new TokenError("sub claim is invalid");
    const secret = objects.get("secrets", namespace, secretName)?.value as Secret | undefined;
    if (!secret || secret.metadata.deletionTimestamp) throw new TokenError("Token has been invalidated");
    if (!isSame(atob(secret.data?.token ?? ""), token)) throw new TokenError("Token does not match server's copy");
    const account = objects.get("serviceaccounts", namespace, name)?.value as ServiceAccount | undefined;
    if (!account) throw new TokenError(`serviceaccounts ${JSON.stringify(name)} not found`);
    if (account.metadata.deletionTimestamp) throw new TokenError(`ServiceAccount ${namespace}/${name} has been deleted`);
    if (account.metadata.uid !== uid) throw new TokenError(`ServiceAccount UID (${account.metadata.uid}) does not match claim (${uid})`);
    this.#track(secret);
    const { tokens } = this.#deps.metrics;
    if (secret.metadata.labels?.[invalidSinceLabel]) {
      tokens.invalidated++;
      throw new TokenError(
        `the token in secret ${namespace}/${secretName} for service account ${namespace}/${name} has been marked invalid. Use tokens from the TokenRequest API or manually created secret-based tokens, or remove the '${invalidSinceLabel}' label from the secret to temporarily allow use of this token`,
      );
    }
    tokens.legacy++;
    if (account.secrets?.some((known) => known.name === secretName)) tokens.auto++;
    else tokens.manual++;
    return { name: serviceAccountUser(namespace, name), uid, groups: serviceAccountGroups(namespace) };
  }

  /** Once a day it is noted that the token is in use. */
  #track(secret: Secret): void {
    const { clock, logger, label } = this.#deps;
    const day = (time: number) => formatTime(time).slice(0, 10);
    const today = day(clock.now());
    const last = secret.metadata.labels?.[lastUsedLabel];
    if (last === today || last === day(clock.now() + dayMilliseconds)) return;
    label(secret, { [lastUsedLabel]: today }).catch((error: unknown) => {
      const { name, namespace } = secret.metadata;
      logger.error("the use of a token could not be noted at its secret", { secret: `${namespace}/${name}`, error });
    });
  }
}
