import { text } from "../bytes.ts";
import { networkErrorText } from "../network-error-text.ts";
import { readBody } from "../read-body.ts";
import type { TrustedIssuer } from "./authentication-configuration.ts";
import type { IssuerKeysDeps } from "./issuer-keys.ts";
import { issuerOf } from "./service-account-tokens.ts";
import { TokenError } from "./token-authenticator.ts";

export type Claims = Readonly<Record<string, unknown>>;

const timeoutSeconds = 30;
const maxBytes = 1024 * 1024;

/**
 * Claims whose groups lie elsewhere, with them: an issuer whose list is too long for a token names where to ask for it. What is
 * answered there must be a token of the same issuer.
 */
export async function expandGroups(
  deps: IssuerKeysDeps,
  issuer: TrustedIssuer,
  claims: Claims,
  claim: string,
  verify: (token: string) => Promise<Claims>,
): Promise<Claims> {
  if (Object.hasOwn(claims, claim)) return claims;
  const fail = (why: string) => new TokenError(`oidc: could not expand distributed claims: ${why}`);
  const { _claim_names: names, _claim_sources: sources } = claims as {
    _claim_names?: Record<string, string>;
    _claim_sources?: Record<string, { endpoint?: string; access_token?: string }>;
  };
  if (!names) return claims;
  if (!sources) throw fail("oidc: no claim sources");
  const source = Object.hasOwn(names, claim) ? names[claim] : undefined;
  if (source === undefined) return claims;
  const endpoint = Object.hasOwn(sources, source) ? sources[source] : undefined;
  if (!endpoint) throw fail(`id token _claim_names contained a source ${source} missing in _claims_sources`);
  const { endpoint: url = "", access_token: accessToken = "" } = endpoint;
  if (url === "") return claims;
  const token = await ask(deps, issuer, url, accessToken).catch((error: unknown) => {
    throw fail(`while getting distributed claim ${JSON.stringify(claim)}: ${networkErrorText(error)}`);
  });
  if (issuerOf(token) !== issuer.url) throw fail(`verifying untrusted issuer ${issuerOf(token) ?? ""} failed`);
  const found = await verify(token).catch((error: unknown) => {
    throw error instanceof TokenError ? fail(`verify distributed claim token: ${error.message}`) : error;
  });
  if (!Object.hasOwn(found, claim))
    throw fail(`jwt returned by distributed claim endpoint ${JSON.stringify(url)} did not contain claim: ${claim}`);
  return { ...claims, [claim]: found[claim] };
}

async function ask(
  { platform }: IssuerKeysDeps,
  { certificateAuthority }: TrustedIssuer,
  url: string,
  accessToken: string,
): Promise<string> {
  const response = await platform.fetch({
    url,
    method: "GET",
    headers: accessToken === "" ? {} : { authorization: `Bearer ${accessToken}` },
    timeoutSeconds,
    ...(certificateAuthority ? { caBundle: certificateAuthority } : { systemAuthorities: true }),
  });
  const { status } = response;
  if (status < 200 || status > 226) throw new Error(`error while getting distributed claim JWT: ${status}`);
  return text(await readBody(response, maxBytes));
}
