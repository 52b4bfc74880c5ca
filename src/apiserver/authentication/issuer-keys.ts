import type { JWK } from "jose";
import { type Clock, pause } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { Platform } from "../../machinery/platform.ts";
import { text } from "../bytes.ts";
import { networkErrorText } from "../network-error-text.ts";
import { readBody } from "../read-body.ts";
import type { TrustedIssuer } from "./authentication-configuration.ts";
import { TokenError } from "./token-authenticator.ts";

const retryMilliseconds = 10_000;
const timeoutSeconds = 30;
/** Of a document that an issuer publishes. */
const maxBytes = 1024 * 1024;

export interface IssuerKeysDeps {
  platform: Platform;
  clock: Clock;
  logger: Logger;
}

/** The keys that an issuer publishes: found by its discovery document, fetched again when a token names one that isn't known. */
export class IssuerKeys {
  readonly #deps: IssuerKeysDeps;
  readonly #issuer: TrustedIssuer;
  readonly #stopping = new AbortController();
  #url: string | undefined;
  #keys: readonly JWK[] = [];
  #fetching: Promise<readonly JWK[]> | undefined;

  constructor(deps: IssuerKeysDeps, issuer: TrustedIssuer) {
    this.#deps = deps;
    this.#issuer = issuer;
    this.#discover().catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) deps.logger.error("an issuer's keys are not looked for any more", { issuer: issuer.url, error });
    });
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Those that are known, of that id where a token names one. Throws `TokenError` until the issuer has been found. */
  known(kid: string | undefined): JWK[] {
    if (this.#url === undefined) throw new TokenError("oidc: authenticator not initialized");
    return matching(this.#keys, kid);
  }

  /** Those that the issuer publishes now. Rejects with `TokenError`. */
  async fetched(kid: string | undefined): Promise<JWK[]> {
    this.#fetching ??= this.#fetch().finally(() => {
      this.#fetching = undefined;
    });
    return matching(await this.#fetching, kid);
  }

  async #fetch(): Promise<readonly JWK[]> {
    try {
      const { keys } = (await this.#get(this.#url as string)) as { keys?: JWK[] };
      this.#keys = Array.isArray(keys) ? keys.filter((key) => key.kty !== "oct") : [];
      return this.#keys;
    } catch (error) {
      throw new TokenError(`fetching keys oidc: get keys failed ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Tries until the issuer answers: it may run on this very cluster. */
  async #discover(): Promise<void> {
    const { signal } = this.#stopping;
    const { url, discoveryUrl } = this.#issuer;
    while (!signal.aborted) {
      try {
        const where = discoveryUrl ?? `${url.replace(/\/$/, "")}/.well-known/openid-configuration`;
        const { issuer, jwks_uri: keysUrl } = (await this.#get(where)) as { issuer?: string; jwks_uri?: string };
        if (issuer !== url) {
          throw new Error(
            `oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(url)} got ${JSON.stringify(issuer ?? "")}`,
          );
        }
        if (!keysUrl) throw new Error("provider did not return JWKS URL");
        this.#url = keysUrl;
        return;
      } catch (error) {
        if (signal.aborted) return;
        const why = error instanceof Error ? error.message : String(error);
        this.#deps.logger.warn("an issuer of tokens can't be reached; trying again in 10 seconds", { issuer: url, why });
      }
      await pause(this.#deps.clock, retryMilliseconds, signal); // stopped: the loop ends
    }
  }

  async #get(url: string): Promise<unknown> {
    const { certificateAuthority } = this.#issuer;
    try {
      const response = await this.#deps.platform.fetch({
        url,
        method: "GET",
        headers: { accept: "application/json" },
        timeoutSeconds,
        signal: this.#stopping.signal,
        ...(certificateAuthority ? { caBundle: certificateAuthority } : { systemAuthorities: true }),
      });
      const content = text(await readBody(response, maxBytes));
      if (response.status !== 200) throw new Error(`${response.status}: ${content.trim()}`);
      return JSON.parse(content);
    } catch (error) {
      throw new Error(`Get ${JSON.stringify(url)}: ${networkErrorText(error)}`, { cause: error });
    }
  }
}

function matching(keys: readonly JWK[], kid: string | undefined): JWK[] {
  return keys.filter((key) => kid === undefined || key.kid === kid);
}
