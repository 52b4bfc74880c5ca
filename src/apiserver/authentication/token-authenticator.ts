import { aggregated } from "../authorization/authorizer.ts";
import type { Identity } from "../request.ts";

/** Whose a token is. */
export interface TokenOwner {
  identity: Identity;
  /** Those of the wanted audiences that it is for; absent: it knows no audiences, so it is for the API. */
  audiences?: readonly string[];
}

/** One kind of bearer tokens. */
export interface TokenAuthenticator {
  /**
   * Undefined: it is none of its kind. Throws or rejects with `TokenError` where it is one and isn't good; other kinds are asked
   * all the same.
   */
  authenticate(token: string, audiences: readonly string[]): Promise<TokenOwner | undefined> | TokenOwner | undefined;
}

/** Why a token is no good: reviews of tokens tell, requests don't. */
export class TokenError extends Error {}

/** Asks one kind after the other. */
export class TokenUnion {
  readonly #kinds: readonly TokenAuthenticator[];
  /** Of the API itself. */
  readonly #audiences: readonly string[];

  constructor(kinds: readonly TokenAuthenticator[], audiences: readonly string[]) {
    this.#kinds = kinds;
    this.#audiences = audiences;
  }

  /** The owner with the audiences, those of the API unless told; rejects with `TokenError`. */
  async authenticate(token: string, audiences: readonly string[] = this.#audiences): Promise<Required<TokenOwner>> {
    const errors: string[] = [];
    for (const kind of this.#kinds) {
      try {
        const owner = await kind.authenticate(token, audiences);
        if (!owner) continue;
        const shared = owner.audiences ?? audiences.filter((audience) => this.#audiences.includes(audience));
        if (owner.audiences || shared.length > 0) return { identity: owner.identity, audiences: shared };
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        errors.push(error.message);
      }
    }
    throw new TokenError(aggregated(["invalid bearer token", ...errors]));
  }
}
