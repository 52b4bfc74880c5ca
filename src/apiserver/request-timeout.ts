import { parseDuration } from "../machinery/duration.ts";
import { badRequest } from "../machinery/errors.ts";

/** How long the client gives the request, as it says in the query. Throws the 400 when that isn't a duration. */
export function timeoutOf(query: URLSearchParams): number | undefined {
  const text = query.get("timeout");
  if (!text) return undefined;
  const parsed = parseDuration(text);
  if (typeof parsed === "string") throw badRequest(`invalid timeout specified in the request URL - time: ${parsed}`);
  return parsed;
}
