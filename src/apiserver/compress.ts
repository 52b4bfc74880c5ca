import type { Platform } from "../machinery/platform.ts";
import { concat } from "./bytes.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";

/** Answers smaller than this aren't worth it: upstream's limit. */
const thresholdBytes = 128 * 1024;

/** Gzips a large answer when the client takes it. */
export async function compress(platform: Platform, request: ApiRequest, response: ApiResponse): Promise<ApiResponse> {
  const { body } = response;
  const size = body.form === "bytes" ? body.bytes.length : body.form === "chunks" ? body.length : 0;
  if (size < thresholdBytes || !acceptsGzip(request.headers["accept-encoding"])) return response;
  const bytes = body.form === "bytes" ? body.bytes : body.form === "chunks" ? concat(body.chunks, body.length) : undefined;
  if (!bytes) return response;
  const headers = { ...response.headers, "content-encoding": "gzip", vary: "Accept-Encoding" };
  return { status: response.status, headers, body: { form: "bytes", bytes: await platform.gzip(bytes) } };
}

function acceptsGzip(header: string | undefined): boolean {
  return header !== undefined && /(^|,)\s*gzip\s*(;(?!\s*q=0(\.0*)?\s*(,|$))|,|$)/.test(header);
}
