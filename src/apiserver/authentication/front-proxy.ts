import { type ApiRequest, type ClientCertificate, headerValues, type Identity } from "../request.ts";

/** Whom to believe what it says of others: `--requestheader-…`. Header names in any case. */
export interface FrontProxy {
  /** PEM certificates that its certificate chains to: `--requestheader-client-ca-file`. */
  clientCA: string;
  /** Common names; empty: every certificate of that authority. */
  allowedNames: readonly string[];
  usernameHeaders: readonly string[];
  uidHeaders: readonly string[];
  groupHeaders: readonly string[];
  extraHeaderPrefixes: readonly string[];
}

/** Whom a proxy in front makes a request for; undefined where it isn't one, or names nobody. */
export function identityOfFrontProxy(
  { allowedNames, usernameHeaders, uidHeaders, groupHeaders, extraHeaderPrefixes }: FrontProxy,
  request: ApiRequest,
  certificate: ClientCertificate,
): Identity | undefined {
  if (!certificate.isOfFrontProxy) return undefined;
  if (allowedNames.length > 0 && !allowedNames.includes(certificate.commonName)) return undefined;
  const valuesOf = (names: readonly string[]) =>
    names.flatMap((name) => headerValues(request, name.toLowerCase())).filter((value) => value);
  const firstOf = (names: readonly string[]) => names.map((name) => headerValues(request, name.toLowerCase())[0]).find((value) => value);
  const name = firstOf(usernameHeaders);
  if (name === undefined) return undefined;
  const uid = firstOf(uidHeaders);
  const extra = extraOf(request, extraHeaderPrefixes);
  return {
    name,
    groups: valuesOf(groupHeaders),
    ...(uid === undefined ? {} : { uid }),
    ...(Object.keys(extra).length > 0 ? { extra } : {}),
  };
}

/** What the headers of these prefixes say of a user, by what follows the prefix. */
export function extraOf(request: ApiRequest, prefixes: readonly string[]): Record<string, string[]> {
  const extra = new Map<string, string[]>();
  for (const prefix of prefixes) {
    for (const header in request.headers) {
      if (!header.startsWith(prefix.toLowerCase())) continue;
      const key = decodeKey(header.slice(prefix.length));
      extra.set(key, [...(extra.get(key) ?? []), ...headerValues(request, header)]);
    }
  }
  // An own property also for `__proto__`.
  return Object.fromEntries(extra);
}

/** The key of a header's extra, which may be percent-encoded. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
