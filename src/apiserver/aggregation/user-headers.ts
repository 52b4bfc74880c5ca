import type { Identity } from "../request.ts";

/** The headers by which an aggregated API server is told on whose behalf it is asked. */
export function userHeaders({ name, uid, groups, extra = {} }: Identity): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { "X-Remote-User": name };
  if (uid) headers["X-Remote-Uid"] = uid;
  if (groups.length > 0) headers["X-Remote-Group"] = [...groups];
  for (const [key, values] of Object.entries(extra)) headers[`X-Remote-Extra-${headerKey(key)}`] = [...values];
  return headers;
}

/** What no name of a header may have is written with percent signs, and these too. */
function headerKey(key: string): string {
  const bytes = new TextEncoder().encode(key);
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[A-Za-z0-9!#$&'*+.^_`|~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}
