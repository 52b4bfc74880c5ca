import { plain } from "./health.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";

/** What clients may ask for in part, or only where it has changed. */
export interface HttpDocument {
  bytes: Uint8Array;
  /** The content type. */
  type: string;
  /** `"276DB9…"`, in quotes. Without one, the type is found only when the bytes are sent. */
  etag?: string;
  /** When it came to be. */
  modifiedMilliseconds: number;
  /** What else the answer says. */
  headers: Readonly<Record<string, string>>;
}

/** Answers as HTTP has it: conditions first (304, 412), then a range (206, 416). Of several ranges none is looked at. */
export function answerDocument(request: ApiRequest, document: HttpDocument): ApiResponse {
  const { bytes, type, etag, headers } = document;
  const modified = new Date(document.modifiedMilliseconds).toUTCString();
  const validators = { ...headers, ...(etag ? { etag } : {}) };
  const whole = { ...validators, "content-type": type, "last-modified": modified };
  const condition = conditionOf(request, etag, modified);
  if (condition === "failed") {
    return { status: 412, headers: etag ? whole : { ...validators, "last-modified": modified }, body: { form: "none" } };
  }
  if (condition === "unchanged") {
    return { status: 304, headers: etag ? validators : { ...validators, "last-modified": modified }, body: { form: "none" } };
  }
  const range = rangeOf(request, bytes.length, etag, modified);
  if (typeof range === "string") {
    const refusal = plain(416, `${range}\n`);
    if (headers.vary !== undefined) refusal.headers.vary = headers.vary;
    if (range === noOverlap) refusal.headers["content-range"] = `bytes */${bytes.length}`;
    return refusal;
  }
  const sent = { ...whole, "accept-ranges": "bytes" };
  if (!range) return { status: 200, headers: sent, body: { form: "bytes", bytes } };
  const contentRange = `bytes ${range.begin}-${range.end - 1}/${bytes.length}`;
  const part = bytes.subarray(range.begin, range.end);
  return { status: 206, headers: { ...sent, "content-range": contentRange }, body: { form: "bytes", bytes: part } };
}

/** A header's tags have one that is this, or any at all. `isStrong`: tags that only tell of equal meaning don't count. */
function names(header: string, etag: string | undefined, isStrong: boolean): boolean {
  return header
    .split(",")
    .map((tag) => tag.trim())
    .some((tag) => tag === "*" || (etag !== undefined && (isStrong ? tag : tag.replace(/^W\//, "")) === etag));
}

/** Whether a document that changed then is newer than what a header tells, which counts whole seconds; undefined: no such time. */
function isNewer(modified: string, header: string | undefined): boolean | undefined {
  const told = Date.parse(header ?? "");
  return Number.isNaN(told) ? undefined : Date.parse(modified) > told;
}

function conditionOf({ method, headers }: ApiRequest, etag: string | undefined, modified: string): "holds" | "failed" | "unchanged" {
  const reads = method === "GET" || method === "HEAD";
  const { "if-match": match, "if-none-match": noneMatch } = headers;
  if (match) {
    if (!names(match, etag, true)) return "failed";
  } else if (isNewer(modified, headers["if-unmodified-since"])) return "failed";
  if (noneMatch) {
    if (!names(noneMatch, etag, false)) return "holds";
    return reads ? "unchanged" : "failed";
  }
  return reads && isNewer(modified, headers["if-modified-since"]) === false ? "unchanged" : "holds";
}

const noOverlap = "invalid range: failed to overlap";

/** Which bytes are asked for: undefined for all; a text where the range can't be. */
function rangeOf(
  { method, headers }: ApiRequest,
  size: number,
  etag: string | undefined,
  modified: string,
): { begin: number; end: number } | string | undefined {
  const { range, "if-range": onlyIf } = headers;
  if (!range || (method !== "GET" && method !== "HEAD")) return undefined;
  if (onlyIf && onlyIf !== etag && Date.parse(onlyIf) !== Date.parse(modified)) return undefined;
  if (range.includes(",")) return undefined;
  const [, from, to] = /^bytes=\s*(\d*)-(\d*)\s*$/.exec(range) ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return "invalid range";
  if (from === "") return { begin: Math.max(0, size - Number(to)), end: size };
  const begin = Number(from);
  if (begin >= size) return noOverlap;
  if (to !== "" && Number(to) < begin) return "invalid range";
  return { begin, end: to === "" ? size : Math.min(Number(to) + 1, size) };
}
