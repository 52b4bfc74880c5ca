import { badRequest } from "../machinery/errors.ts";
import { jsonName } from "../machinery/schema/decode.ts";
import { parseJsonStrict } from "../machinery/schema/json-text.ts";
import { text, utf8 } from "./bytes.ts";

/** Where a list goes on: after the key `start`, at the revision of the first chunk; -1 for "as things are now". */
export interface ContinueToken {
  revision: number;
  /** Relative to the prefix of what is listed, a namespace or all of them, ending in NUL when it was the last key given. */
  start: string;
}

/** Upstream's form: unpadded base64url of `{"v":"meta.k8s.io/v1","rv":1,"start":"/default/web\u0000"}`. */
export function encodeContinue(token: ContinueToken): string {
  const json = `{"v":"meta.k8s.io/v1","rv":${token.revision},"start":${JSON.stringify(token.start)}}`;
  return toBase64Url(utf8(json));
}

export function decodeContinue(encoded: string): ContinueToken {
  let parsed: { v?: string; rv?: number; start?: string };
  try {
    parsed = JSON.parse(text(fromBase64Url(encoded))) ?? {};
    if (typeof parsed !== "object" || Array.isArray(parsed)) throw new TypeError("not an object");
  } catch {
    throw badRequest(`invalid continue token: continue key is not valid: ${complaint(encoded)}`);
  }
  if (parsed.v !== "meta.k8s.io/v1") {
    throw badRequest(`invalid continue token: continue key is not valid: server does not recognize this encoded version ${parsed.v ?? ""}`);
  }
  if (!parsed.rv)
    throw badRequest("invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (!parsed.start)
    throw badRequest("invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)");
  const start = parsed.start.startsWith("/") ? parsed.start : `/${parsed.start}`;
  if (
    start.length > 1 &&
    start
      .slice(1)
      .split("/")
      .some((part) => part === "" || part === "." || part === "..")
  ) {
    throw badRequest(`invalid continue token: continue key is not valid: ${parsed.start}`);
  }
  return { revision: parsed.rv, start: start.slice(1) };
}

const notBase64Url = /[^A-Za-z0-9_-]/;

/** What Go's parsers have against a token. */
function complaint(encoded: string): string {
  const wrong = encoded.search(notBase64Url);
  if (wrong >= 0 || encoded.length % 4 === 1) return `illegal base64 data at input byte ${wrong < 0 ? encoded.length - 1 : wrong}`;
  try {
    const { value } = parseJsonStrict(binaryOf(encoded), { isBytes: true });
    return `json: cannot unmarshal ${jsonName(value)} into Go value of type storage.continueToken`;
  } catch (error) {
    return (error as Error).message;
  }
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64Url(encoded: string): Uint8Array {
  if (notBase64Url.test(encoded)) throw new SyntaxError("not unpadded base64url");
  return Uint8Array.from(binaryOf(encoded), (character) => character.charCodeAt(0));
}

/** The bytes as characters. */
function binaryOf(encoded: string): string {
  return atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
}
