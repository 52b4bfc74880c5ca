/** What upstream's parser of URLs has against a text; undefined: nothing. */
export function urlFault(text: string): string | undefined {
  if (hasControlCharacter(text)) return "net/url: invalid control character in URL";
  const [address = "", fragment] = cut(text, "#");
  if (address === "") return escapeFault(fragment ?? "");
  if (address.startsWith(":")) return "missing protocol scheme";
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*(?=:)/.exec(address)?.[0] ?? "";
  const [rest = ""] = cut(scheme === "" ? address : address.slice(scheme.length + 1), "?");
  if (!rest.startsWith("/")) {
    // What comes after a scheme without a slash isn't looked into.
    if (scheme !== "") return escapeFault(fragment ?? "");
    if ((rest.split("/")[0] ?? "").includes(":")) return "first path segment in URL cannot contain colon";
  }
  const hasAuthority = rest.startsWith("//") && (scheme !== "" || !rest.startsWith("///"));
  const end = hasAuthority ? rest.indexOf("/", 2) : 0;
  const authority = hasAuthority ? rest.slice(2, end < 0 ? undefined : end) : "";
  const path = hasAuthority ? (end < 0 ? "" : rest.slice(end)) : rest;
  return authorityFault(authority) ?? escapeFault(path) ?? escapeFault(fragment ?? "");
}

function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function hasControlCharacter(text: string): boolean {
  return [...text].some((character) => character < " " || character === "\u007f");
}

function escapeFault(text: string): string | undefined {
  const broken = /%(?![0-9a-fA-F]{2})/.exec(text);
  return broken ? `invalid URL escape ${JSON.stringify(text.slice(broken.index, broken.index + 3))}` : undefined;
}

function authorityFault(authority: string): string | undefined {
  const at = authority.lastIndexOf("@");
  if (at >= 0 && !/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(authority.slice(0, at))) return "net/url: invalid userinfo";
  const host = authority.slice(at + 1);
  const isLiteral = host.startsWith("[");
  const close = host.lastIndexOf("]");
  if (isLiteral && close < 0) return "missing ']' in host";
  const colon = host.lastIndexOf(":");
  const port = isLiteral ? host.slice(close + 1) : colon < 0 ? "" : host.slice(colon);
  if (port !== "" && !/^:\d*$/.test(port)) return `invalid port ${JSON.stringify(port)} after host`;
  const broken = escapeFault(host);
  if (broken) return broken;
  // Of what is escaped, a host has nothing but characters beyond ASCII.
  const escaped = /%[0-7][0-9a-fA-F]/.exec(host);
  if (escaped && !isLiteral) return `invalid URL escape ${JSON.stringify(escaped[0])}`;
  const odd = /[\x20\\^`{|}]/.exec(host);
  return odd ? `invalid character ${JSON.stringify(odd[0])} in host name` : undefined;
}
