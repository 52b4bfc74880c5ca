import type { TokenReview } from "../../api/authentication/v1.ts";
import { ExpiringCache } from "../../machinery/expiring-cache.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { Platform } from "../../machinery/platform.ts";
import { askReview, type ReviewWebhook, type ReviewWebhookDeps } from "../review-webhook.ts";
import { type TokenAuthenticator, TokenError, type TokenOwner } from "./token-authenticator.ts";

/** `--authentication-token-webhook-…` */
export interface TokenWebhookOptions extends ReviewWebhook {
  cacheSeconds: number;
}

const timeoutSeconds = 30;
const cacheSize = 8192;

/** Asks a server outside whose a token is. */
export class TokenWebhook implements TokenAuthenticator {
  readonly #deps: ReviewWebhookDeps & { logger: Logger; platform: Platform };
  readonly #options: TokenWebhookOptions;
  /** By a hash: tokens stay out of memory. */
  readonly #answers: ExpiringCache<TokenOwner | undefined>;

  constructor(deps: ReviewWebhookDeps & { logger: Logger; platform: Platform }, options: TokenWebhookOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#answers = new ExpiringCache(deps.clock, cacheSize);
  }

  authenticate(token: string, audiences: readonly string[]): Promise<TokenOwner | undefined> {
    const key = this.#deps.platform.sha256(JSON.stringify([token, audiences]));
    return this.#answers.get(
      key,
      () => this.#ask(token, audiences),
      () => this.#options.cacheSeconds * 1000,
    );
  }

  async #ask(token: string, audiences: readonly string[]): Promise<TokenOwner | undefined> {
    const { target, version } = this.#options;
    const body = {
      kind: "TokenReview",
      apiVersion: `authentication.k8s.io/${version}`,
      metadata: {},
      spec: { token, audiences },
      status: { user: {} },
    };
    let review: Partial<TokenReview>;
    try {
      review = (await askReview(this.#deps, target, body, timeoutSeconds)) as Partial<TokenReview>;
    } catch (error) {
      const { message } = error as Error;
      this.#deps.logger.error("the webhook that knows tokens could not be asked", { error: message });
      throw new TokenError(message);
    }
    const { authenticated, user = {}, audiences: given = [], error } = review.status ?? {};
    const shared = given.length === 0 ? undefined : audiences.filter((audience) => given.includes(audience));
    if (shared?.length === 0) return undefined;
    if (!authenticated) {
      if (error) throw new TokenError(error);
      return undefined;
    }
    const { username = "", uid, groups = [], extra } = user;
    return {
      identity: { name: username, groups, ...(uid ? { uid } : {}), ...(extra ? { extra } : {}) },
      ...(shared ? { audiences: shared } : {}),
    };
  }
}
