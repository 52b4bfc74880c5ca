import { aggregated } from "../authorization/authorizer.ts";
import type { Identity } from "../request.ts";
import type { CompiledMapping, RuleExpression, TrustedIssuer } from "./authentication-configuration.ts";
import { credentialIdKey } from "./authenticators.ts";
import { claimsValue, textsOf, userValue } from "./claims-expressions.ts";
import { type Claims, expandGroups } from "./distributed-claims.ts";
import { IssuerKeys, type IssuerKeysDeps } from "./issuer-keys.ts";
import { issuerOf } from "./service-account-tokens.ts";
import { type TokenAuthenticator, TokenError, type TokenOwner } from "./token-authenticator.ts";

export const signingAlgorithms = ["ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"] as const;

const leewaySeconds = 300;

/** Tokens of one issuer outside: OpenID Connect. Whoever made it stops it. */
export class JwtAuthenticator implements TokenAuthenticator {
  readonly #deps: IssuerKeysDeps;
  readonly #issuer: TrustedIssuer;
  readonly #algorithms: readonly string[];
  readonly #keys: IssuerKeys;

  constructor(deps: IssuerKeysDeps, issuer: TrustedIssuer, algorithms: readonly string[]) {
    this.#deps = deps;
    this.#issuer = issuer;
    this.#algorithms = algorithms;
    this.#keys = new IssuerKeys(deps, issuer);
  }

  stop(): void {
    this.#keys.stop();
  }

  async authenticate(token: string): Promise<TokenOwner | undefined> {
    const issuer = issuerOf(token);
    const claimed = issuer === "accounts.google.com" ? "https://accounts.google.com" : issuer;
    if (claimed !== this.#issuer.url) return undefined;
    const claims = await this.#verified(token);
    return { identity: await this.#identityOf(claims) };
  }

  async #verified(token: string): Promise<Claims> {
    try {
      const claims = await this.#signed(token);
      this.#checkClaims(claims);
      return claims;
    } catch (error) {
      if (error instanceof TokenError && !error.message.startsWith("oidc: authenticator")) {
        throw new TokenError(`oidc: verify token: ${error.message}`);
      }
      throw error;
    }
  }

  /** The claims, when a key of the issuer signed them. */
  async #signed(token: string): Promise<Claims> {
    const { compactVerify, decodeProtectedHeader, importJWK } = await import("jose");
    let header: { alg?: string; kid?: string };
    try {
      header = decodeProtectedHeader(token);
    } catch {
      throw new TokenError("oidc: malformed jwt: go-jose/go-jose: compact JWS format must have three parts");
    }
    const { alg = "", kid } = header;
    if (!this.#algorithms.includes(alg)) {
      const list = `[${this.#algorithms.map((known) => JSON.stringify(known)).join(" ")}]`;
      throw new TokenError(`oidc: id token signed with unsupported algorithm, expected ${list} got ${JSON.stringify(alg)}`);
    }
    const verifiedBy = async (keys: Parameters<typeof importJWK>[0][]): Promise<Claims | undefined> => {
      for (const jwk of keys) {
        try {
          const key = await importJWK(jwk, alg);
          const { payload } = await compactVerify(token, key, { algorithms: [alg] });
          return JSON.parse(new TextDecoder().decode(payload)) as Claims;
        } catch {
          // Not by this key.
        }
      }
      return undefined;
    };
    const claims = (await verifiedBy(this.#keys.known(kid))) ?? (await verifiedBy(await this.#keys.fetched(kid)));
    if (!claims) throw new TokenError("failed to verify signature: failed to verify id token signature");
    return claims;
  }

  #checkClaims(claims: Claims): void {
    const { audiences } = this.#issuer;
    const given = [claims.aud ?? []].flat() as unknown[];
    const list = (values: readonly unknown[]) => `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
    const isMeant = audiences.some((audience) => given.includes(audience));
    if (!isMeant && audiences.length === 1)
      throw new TokenError(`oidc: expected audience ${JSON.stringify(audiences[0])} got ${list(given)}`);
    const now = this.#deps.clock.now() / 1000;
    const time = (claim: unknown) => (typeof claim === "number" ? claim : 0);
    if (time(claims.exp) < now) {
      const expiry = claims.exp === undefined ? "0001-01-01 00:00:00 +0000 UTC" : goTime(time(claims.exp));
      throw new TokenError(`oidc: token is expired (Token Expiry: ${expiry})`);
    }
    if (claims.nbf !== undefined && now + leewaySeconds < time(claims.nbf)) {
      throw new TokenError(`oidc: current time ${goTime(now)} before the nbf (not before) time: ${goTime(time(claims.nbf))}`);
    }
    if (!isMeant) throw new TokenError(`oidc: expected audience in ${list([...audiences].sort())} got ${list(given)}`);
  }

  async #identityOf(verified: Claims): Promise<Identity> {
    const { groups, requiredClaims, claimRules, userRules } = this.#issuer;
    let claims = verified;
    if (groups && "claim" in groups) {
      claims = await expandGroups(this.#deps, this.#issuer, claims, groups.claim, (token) => this.#verifiedByOwn(token));
    }
    const identity = this.#mapped(claims);
    for (const [claim, wanted] of requiredClaims) {
      if (!Object.hasOwn(claims, claim)) throw new TokenError(`oidc: required claim ${claim} not present in ID token`);
      const value = claims[claim];
      if (typeof value !== "string") throw new TokenError(`oidc: parse claim ${claim}: ${wrongType(value, "string")}`);
      if (value !== wanted) throw new TokenError(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${wanted}`);
    }
    checkRules(claimRules, claimsValue(claims), "oidc: error evaluating claim validation expression");
    checkRules(userRules, userValue(identity), "oidc: error evaluating user info validation rule");
    return identity;
  }

  async #verifiedByOwn(token: string): Promise<Claims> {
    const claims = await this.#signed(token);
    this.#checkClaims(claims);
    return claims;
  }

  #mapped(claims: Claims): Identity {
    const { username, groups, uid, extra } = this.#issuer;
    const name = this.#username(username, claims);
    const ownGroups = groups ? groupsOf(groups, claims) : [];
    const ownUid = uid ? uidOf(uid, claims) : "";
    const found: Record<string, readonly string[]> = {};
    if (typeof claims.jti === "string" && claims.jti !== "") found[credentialIdKey] = [`JTI=${claims.jti}`];
    for (const { key, expression } of extra) {
      const value = expression.evaluate(claimsValue(claims));
      const values = wrapped(`oidc: error evaluating extra claim expression: ${expression.text}`, () => textsOf(value));
      if (values.length > 0) found[key] = values;
    }
    return {
      name,
      groups: ownGroups,
      ...(ownUid === "" ? {} : { uid: ownUid }),
      ...(Object.keys(found).length > 0 ? { extra: found } : {}),
    };
  }

  #username(mapping: CompiledMapping, claims: Claims): string {
    if ("expression" in mapping) {
      const where = "oidc: error evaluating username claim expression";
      const value = wrapped(where, () => mapping.expression.evaluate(claimsValue(claims)));
      if (typeof value !== "string") throw new TokenError(`${where}: username claim expression must return a string`);
      if (value === "") throw new TokenError("oidc: empty username via CEL expression is not allowed");
      return value;
    }
    const { claim, prefix } = mapping;
    const name = textClaim(claims, claim, `oidc: parse username claims ${JSON.stringify(claim)}`);
    if (claim === "email" && Object.hasOwn(claims, "email_verified")) {
      const { email_verified: isVerified } = claims;
      if (typeof isVerified !== "boolean") throw new TokenError(`oidc: parse 'email_verified' claim: ${wrongType(isVerified, "bool")}`);
      if (!isVerified) throw new TokenError("oidc: email not verified");
    }
    return prefix + name;
  }
}

function groupsOf(mapping: CompiledMapping, claims: Claims): string[] {
  if ("expression" in mapping) {
    return wrapped("oidc: error evaluating group claim expression", () => textsOf(mapping.expression.evaluate(claimsValue(claims))));
  }
  const { claim, prefix } = mapping;
  if (!Object.hasOwn(claims, claim)) return [];
  const value = claims[claim];
  const values = Array.isArray(value) ? value : value === null ? [] : [value];
  const wrong = values.find((one) => typeof one !== "string");
  if (wrong !== undefined) {
    throw new TokenError(`oidc: parse groups claim ${JSON.stringify(claim)}: ${wrongType(Array.isArray(value) ? value : wrong, "string")}`);
  }
  return values.map((group: string) => prefix + group);
}

function uidOf(mapping: CompiledMapping, claims: Claims): string {
  if (!("expression" in mapping)) return textClaim(claims, mapping.claim, `oidc: parse uid claim ${JSON.stringify(mapping.claim)}`);
  const where = "oidc: error evaluating uid claim expression";
  const value = wrapped(where, () => mapping.expression.evaluate(claimsValue(claims)));
  if (typeof value !== "string") throw new TokenError(`${where}: uid claim expression must return a string`);
  return value;
}

function textClaim(claims: Claims, claim: string, where: string): string {
  if (!Object.hasOwn(claims, claim)) throw new TokenError(`${where}: claim not present`);
  const value = claims[claim];
  if (typeof value !== "string") throw new TokenError(`${where}: ${wrongType(value, "string")}`);
  return value;
}

function wrongType(value: unknown, type: string): string {
  const found = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return `json: cannot unmarshal ${found} into Go value of type ${type}`;
}

function checkRules(rules: readonly RuleExpression[], subject: ReturnType<typeof claimsValue>, where: string): void {
  const errors: string[] = [];
  const values = rules.map(({ expression }) => {
    try {
      return expression.evaluate(subject);
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      errors.push(error.message);
      return undefined;
    }
  });
  if (errors.length > 0) throw new TokenError(`${where}: ${aggregated(errors)}`);
  for (const [index, { expression, message }] of rules.entries()) {
    if (values[index] !== true) throw new TokenError(`${where}: validation expression '${expression.text}' failed: ${message}`);
  }
}

function wrapped<T>(where: string, evaluate: () => T): T {
  try {
    return evaluate();
  } catch (error) {
    throw error instanceof TokenError ? new TokenError(`${where}: ${error.message}`) : error;
  }
}

/** A time as Go prints it. */
function goTime(seconds: number): string {
  return `${new Date(Math.trunc(seconds) * 1000).toISOString().replace("T", " ").slice(0, 19)} +0000 UTC`;
}
