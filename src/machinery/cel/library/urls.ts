import { quote } from "../../quote.ts";
import { structType } from "../check/types.ts";
import { noOverload } from "../values/compare.ts";
import { ArrayList, EntriesMap, Failure, ObjectValue, type Value } from "../values/value.ts";
import { AddressError, parseAddress } from "./address-parser.ts";

const urlType = structType("kubernetes.URL");

interface ParsedURL {
  scheme: string;
  opaque: string;
  host: string;
  /** As it was written. */
  rawPath: string;
  query: string;
  fragment: string;
  user: string;
}

class URLError extends Error {}

export class URLValue extends ObjectValue {
  readonly type = urlType;
  readonly url: ParsedURL;
  constructor(url: ParsedURL) {
    super();
    this.url = url;
  }
  equals(other: Value): Value {
    return other instanceof URLValue ? JSON.stringify(this.url) === JSON.stringify(other.url) : noOverload;
  }
}

function getScheme(text: string): { scheme: string; rest: string } {
  const match = /^([A-Za-z][A-Za-z0-9+.-]*)?:/.exec(text);
  if (!match) return { scheme: "", rest: text };
  if (match[1] === undefined) throw new URLError("missing protocol scheme");
  return { scheme: match[1].toLowerCase(), rest: text.slice(match[0].length) };
}

const hostSafe = /[A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/;

/** Checks escapes and, of hosts, characters. */
function unescapePart(text: string, mode: "path" | "host" | "zone" | "user" | "fragment"): string {
  const bytes: number[] = [];
  const utf8 = new TextEncoder().encode(text);
  const isHost = mode === "host" || mode === "zone";
  for (let at = 0; at < utf8.length; at++) {
    const char = String.fromCharCode(utf8[at] as number);
    if (char !== "%") {
      if (isHost && char < "\x80" && !hostSafe.test(char)) throw new URLError(`invalid character ${quote(char)} in host name`);
      bytes.push(utf8[at] as number);
      continue;
    }
    const hex = String.fromCharCode(...utf8.slice(at + 1, at + 3));
    if (!/^[0-9a-fA-F]{2}$/.test(hex)) {
      throw new URLError(`invalid URL escape ${quote(String.fromCharCode(...utf8.slice(at, at + 3)))}`);
    }
    const byte = Number.parseInt(hex, 16);
    if (mode === "host" && byte < 0x80 && hex !== "25") throw new URLError(`invalid URL escape ${quote(`%${hex}`)}`);
    if (mode === "zone" && hex !== "25" && byte !== 0x20 && !hostSafe.test(String.fromCharCode(byte))) {
      throw new URLError(`invalid URL escape ${quote(`%${hex}`)}`);
    }
    bytes.push(byte);
    at += 2;
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf("[");
  const checkPort = (port: string) => {
    if (port !== "" && !/^:\d*$/.test(port)) throw new URLError(`invalid port ${quote(port)} after host`);
  };
  if (open > 0) throw new URLError("invalid IP-literal");
  if (open === 0) {
    const close = host.lastIndexOf("]");
    if (close < 0) throw new URLError("missing ']' in host");
    checkPort(host.slice(close + 1));
    const inner = host.slice(1, close);
    const zone = inner.indexOf("%25");
    const name =
      zone < 0 ? unescapePart(inner, "host") : unescapePart(inner.slice(0, zone), "host") + unescapePart(inner.slice(zone), "zone");
    try {
      if (parseAddress(name).bytes.length === 4) throw new URLError("invalid IP-literal");
    } catch (error) {
      if (error instanceof AddressError) throw new URLError(`invalid host: ${error.message}`);
      throw error;
    }
    return `[${name}]${host.slice(close + 1)}`;
  }
  const first = host.indexOf(":");
  if (first >= 0) checkPort(host.slice(scheme === "http" || scheme === "https" ? first : host.lastIndexOf(":")));
  return unescapePart(host, "host");
}

/** A URL as in the first line of a request: absolute, or an absolute path. Fragments are part of the path there. */
function parseParts(text: string, viaRequest: boolean): ParsedURL {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused.
  if (/[\x00-\x1f\x7f]/.test(text)) throw new URLError("net/url: invalid control character in URL");
  if (text === "" && viaRequest) throw new URLError("empty url");
  const url: ParsedURL = { scheme: "", opaque: "", host: "", rawPath: "", query: "", fragment: "", user: "" };
  if (text === "*") return { ...url, rawPath: "*" };
  const { scheme, rest: behind } = getScheme(text);
  url.scheme = scheme;
  const mark = behind.indexOf("?");
  let rest = mark < 0 ? behind : behind.slice(0, mark);
  url.query = mark < 0 ? "" : behind.slice(mark + 1);
  if (!rest.startsWith("/")) {
    if (scheme !== "") return { ...url, opaque: rest };
    if (viaRequest) throw new URLError("invalid URI for request");
    if ((rest.split("/")[0] as string).includes(":")) throw new URLError("first path segment in URL cannot contain colon");
  }
  if ((scheme !== "" || (!viaRequest && !rest.startsWith("///"))) && rest.startsWith("//")) {
    const slash = rest.indexOf("/", 2);
    const authority = rest.slice(2, slash < 0 ? undefined : slash);
    rest = slash < 0 ? "" : rest.slice(slash);
    const at = authority.lastIndexOf("@");
    url.host = parseHost(scheme, authority.slice(at + 1));
    if (at >= 0) {
      url.user = authority.slice(0, at);
      if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(url.user)) throw new URLError("net/url: invalid userinfo");
      unescapePart(url.user, "user");
    }
  }
  unescapePart(rest, "path");
  url.rawPath = rest;
  return url;
}

/** What is wrong with a URL of a request, undefined where nothing is. */
export function requestURIError(text: string): string | undefined {
  return caught(text, () => parseParts(text, true));
}

function caught(text: string, parse: () => unknown): string | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (error instanceof URLError) return `parse ${quote(text)}: ${error.message}`;
    throw error;
  }
}

function toURL(text: string): Value {
  const failure = (message: string) => new Failure(`URL parse error during conversion from string: ${message}`);
  const error = requestURIError(text);
  if (error !== undefined) return failure(error);
  const hash = text.indexOf("#");
  const before = hash < 0 ? text : text.slice(0, hash);
  let url: ParsedURL | undefined;
  const partError = caught(before, () => {
    url = parseParts(before, false);
  });
  if (partError !== undefined || !url) return failure(partError ?? "");
  url.fragment = hash < 0 ? "" : text.slice(hash + 1);
  const fragmentError = caught(text, () => unescapePart(url?.fragment ?? "", "fragment"));
  return fragmentError === undefined ? new URLValue(url) : failure(fragmentError);
}

/** The path as written where its characters are fine, or else with the others escaped. */
function escapedPath({ rawPath }: ParsedURL): string {
  if (/^[A-Za-z0-9\-_.~$&+/:=@!'()*,;[\]%]*$/.test(rawPath)) return rawPath;
  const bytes = new TextEncoder().encode(unescapePart(rawPath, "path"));
  let escaped = "";
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    const plain = byte < 0x80 && /[A-Za-z0-9\-_.~$&+/:=@]/.test(char);
    escaped += plain ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

function splitHost(host: string): { name: string; port: string } {
  const match = /^(?:\[([\s\S]*)\]|([\s\S]*?))(?::(\d*))?$/.exec(host);
  return { name: match?.[1] ?? match?.[2] ?? host, port: match?.[3] ?? "" };
}

function queryOf({ query }: ParsedURL): Value {
  const found = new Map<string, string[]>();
  for (const part of query.split("&")) {
    if (part === "" || part.includes(";")) continue;
    const equals = part.indexOf("=");
    try {
      const [key, value] = [equals < 0 ? part : part.slice(0, equals), equals < 0 ? "" : part.slice(equals + 1)].map((text) =>
        unescapePart(text.replaceAll("+", " "), "path"),
      ) as [string, string];
      found.set(key, [...(found.get(key) ?? []), value]);
    } catch (error) {
      if (!(error instanceof URLError)) throw error;
    }
  }
  return EntriesMap.of([...found].map(([key, values]) => [key, new ArrayList(values)] as const));
}

export const urlFunctions: Readonly<Record<string, (...args: never[]) => Value>> = {
  string_to_url: toURL,
  is_url_string: (text: string) => requestURIError(text) === undefined,
  url_get_scheme: ({ url }: URLValue) => url.scheme,
  url_get_host: ({ url }: URLValue) => url.host,
  url_get_hostname: ({ url }: URLValue) => splitHost(url.host).name,
  url_get_port: ({ url }: URLValue) => splitHost(url.host).port,
  url_get_escaped_path: ({ url }: URLValue) => escapedPath(url),
  url_get_query: ({ url }: URLValue) => queryOf(url),
};
