import type { Secret } from "../../api/core/v1.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { Platform } from "../../machinery/platform.ts";
import { ConfigurationError } from "../configuration-file.ts";
import type { AuthenticationMetrics } from "../metrics/authentication-metrics.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { ServerOptions } from "../options.ts";
import type { TypeCatalog } from "../types.ts";
import type { WebhookClient } from "../webhook-client.ts";
import { type CheckedAuthentication, checkAuthentication, parseAuthenticationConfiguration } from "./authentication-configuration.ts";
import { Authenticators } from "./authenticators.ts";
import { bootstrapTokens } from "./bootstrap-tokens.ts";
import { JwtAuthenticator, signingAlgorithms } from "./jwt-authenticator.ts";
import { LegacyTokens } from "./legacy-tokens.ts";
import { configurationOfFlags } from "./oidc-options.ts";
import { ServiceAccountTokens } from "./service-account-tokens.ts";
import { type TokenAuthenticator, TokenUnion } from "./token-authenticator.ts";
import { parseTokenFile } from "./token-file.ts";
import { TokenWebhook } from "./token-webhook.ts";

export interface AuthenticationDeps {
  platform: Platform;
  objects: ObjectReader;
  clock: Clock;
  logger: Logger;
  types: TypeCatalog;
  client: WebhookClient;
  metrics: AuthenticationMetrics;
  /** Writes labels onto a Secret. */
  label(secret: Secret, labels: Record<string, string>): Promise<void>;
}

/** All ways to show who one is, as the options say. Throws `ConfigurationError`. Whoever made it closes it. */
export function createAuthentication(
  deps: AuthenticationDeps,
  options: ServerOptions,
  audiences: readonly string[],
): { authenticators: Authenticators; close(): void } {
  const { tokenFile, bootstrapTokens: isBootstrapping, frontProxy, webhook } = options.authentication;
  const issuers = [options.issuer, ...options.otherIssuers];
  const configured = new ConfiguredIssuers(deps, options, issuers);
  const kinds: TokenAuthenticator[] = [
    ...(tokenFile === undefined ? [] : [parseTokenFile(tokenFile)]),
    new LegacyTokens({ ...deps, audiences }),
    new ServiceAccountTokens({ ...deps, issuers, audiences }),
    ...(isBootstrapping ? [bootstrapTokens(deps)] : []),
    configured,
    ...(webhook ? [new TokenWebhook(deps, webhook)] : []),
  ];
  const authenticators = new Authenticators({
    tokens: new TokenUnion(kinds, audiences),
    metrics: deps.metrics,
    clock: deps.clock,
    ...(frontProxy ? { frontProxy } : {}),
    allowsAnonymous: (path) => configured.allowsAnonymous(path),
  });
  return { authenticators, close: () => configured.close() };
}

/** What the configuration says, which may change while the server runs. */
class ConfiguredIssuers implements TokenAuthenticator {
  readonly #deps: AuthenticationDeps;
  readonly #options: ServerOptions;
  readonly #ownIssuers: readonly string[];
  #issuers: readonly JwtAuthenticator[] = [];
  #anonymous: CheckedAuthentication["anonymous"];
  #text: string | undefined;

  constructor(deps: AuthenticationDeps, options: ServerOptions, ownIssuers: readonly string[]) {
    this.#deps = deps;
    this.#options = options;
    this.#ownIssuers = ownIssuers;
    const { configuration, oidc } = options.authentication;
    if (oidc) this.#use(checkAuthentication(configurationOfFlags(oidc), ownIssuers));
    if (!configuration) return;
    this.#text = configuration.current;
    this.#use(parseAuthenticationConfiguration(deps.types, configuration.current, ownIssuers));
    configuration.follow((text) => this.#reload(text));
  }

  async authenticate(token: string) {
    for (const issuer of this.#issuers) {
      const owner = await issuer.authenticate(token);
      if (owner) return owner;
    }
    return undefined;
  }

  allowsAnonymous(path: string): boolean {
    if (!this.#anonymous) return this.#options.anonymous;
    return this.#anonymous.enabled && (this.#anonymous.paths?.includes(path) ?? true);
  }

  close(): void {
    for (const issuer of this.#issuers) issuer.stop();
  }

  /** A text that can't be taken changes nothing. */
  #reload(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    try {
      this.#use(parseAuthenticationConfiguration(this.#deps.types, text, this.#ownIssuers));
      this.#deps.logger.info("the authentication configuration was read anew");
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      this.#deps.logger.error("the changed authentication configuration is not taken", { error: error.message });
    }
  }

  #use({ issuers, anonymous }: CheckedAuthentication): void {
    const former = this.#issuers;
    const algorithms = this.#options.authentication.oidc?.signingAlgorithms ?? signingAlgorithms;
    this.#issuers = issuers.map((issuer) => new JwtAuthenticator(this.#deps, issuer, algorithms));
    this.#anonymous = anonymous;
    for (const issuer of former) issuer.stop();
  }
}
