import { badRequest, type FieldError, field, invalid, StatusError } from "../../machinery/errors.ts";
import { quote } from "../../machinery/quote.ts";
import { parseFieldSelector } from "../../machinery/selectors/field-selector.ts";
import { parseLabelSelector } from "../../machinery/selectors/label-selector.ts";
import type { ServedResource } from "../catalog.ts";

/** The query of a list or watch, checked. */
export interface ListQuery {
  labelSelector: string;
  fieldSelector: string;
  limit: number;
  continueToken: string;
  /** `""` when absent. */
  resourceVersion: string;
  revision: number;
  match: "" | "Exact" | "NotOlderThan";
  watch: boolean;
  allowWatchBookmarks: boolean;
  sendInitialEvents: boolean | undefined;
  timeoutSeconds: number | undefined;
}

/** Selectors that can't be read are complained of first. The revision is left to `checkRevision`. */
export function parseListQuery(query: URLSearchParams, watch: boolean): ListQuery {
  const resourceVersion = query.get("resourceVersion") ?? "";
  const parsed: ListQuery = {
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
    limit: integer(query, "limit") ?? 0,
    continueToken: query.get("continue") ?? "",
    resourceVersion,
    revision: Number(resourceVersion),
    match: (query.get("resourceVersionMatch") ?? "") as ListQuery["match"],
    watch,
    allowWatchBookmarks: boolean(query, "allowWatchBookmarks") ?? false,
    sendInitialEvents: boolean(query, "sendInitialEvents"),
    timeoutSeconds: integer(query, "timeoutSeconds"),
  };
  const errors = watch ? checkWatch(parsed) : checkList(parsed);
  if (errors.length > 0) {
    parseLabelSelector(parsed.labelSelector);
    parseFieldSelector(parsed.fieldSelector);
    throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
  }
  return parsed;
}

function checkList(query: ListQuery): FieldError[] {
  const errors: FieldError[] = [];
  const { match, resourceVersion } = query;
  if (match !== "") {
    if (resourceVersion === "") errors.push(forbidMatch("resourceVersionMatch is forbidden unless resourceVersion is provided"));
    if (query.continueToken !== "") errors.push(forbidMatch("resourceVersionMatch is forbidden when continue is provided"));
    if (match !== "Exact" && match !== "NotOlderThan") {
      errors.push(field.notSupported("resourceVersionMatch", match, ["Exact", "NotOlderThan", ""]));
    }
    if (match === "Exact" && resourceVersion === "0") {
      errors.push(forbidMatch('resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
    }
  }
  if (query.sendInitialEvents !== undefined) {
    errors.push(field.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
  }
  return errors;
}

function checkWatch(query: ListQuery): FieldError[] {
  const errors: FieldError[] = [];
  const { match, sendInitialEvents } = query;
  if (sendInitialEvents !== undefined) {
    if (match !== "NotOlderThan") errors.push(forbidMatch("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
    if (match !== "" && match !== "NotOlderThan") errors.push(field.notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
  } else if (match !== "") {
    errors.push(forbidMatch("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
    if (match !== "NotOlderThan") errors.push(field.notSupported("resourceVersionMatch", match, ["NotOlderThan"]));
  }
  if (query.continueToken !== "" && (match !== "" || errors.length === 0)) {
    errors.push(forbidMatch("resourceVersionMatch is forbidden when continue is provided"));
  }
  return errors;
}

const forbidMatch = (detail: string) => field.forbidden("resourceVersionMatch", detail);

const maxUint64 = 2n ** 64n;

/** What may come from upstream's cache, and watches, tell a wrong one otherwise than what is read of the store. */
export function parseRevision(text: string, isCached: boolean): number {
  if (text === "") return 0;
  const why = uint64Complaint(text);
  if (why === undefined) return Number(text);
  const complaint = field.invalid("resourceVersion", text, why).text;
  if (isCached) throw new StatusError(500, "", complaint);
  throw badRequest(`invalid resource version: ${complaint}`);
}

/** Throws for a revision that is none, which upstream finds after all else. */
export function checkRevision({ resourceVersion, watch }: ListQuery): void {
  parseRevision(resourceVersion, watch);
}

/** What Go's parser has against a revision. */
export function uint64Complaint(text: string): string | undefined {
  const isNumber = /^\d+$/.test(text);
  if (isNumber && BigInt(text) < maxUint64) return undefined;
  return `strconv.ParseUint: parsing ${quote(text)}: ${isNumber ? "value out of range" : "invalid syntax"}`;
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text === null ? undefined : parseInt64(text);
}

/** A whole number of a query; throws the 400 in the words of upstream's parser. */
export function parseInt64(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${quote(text)}: invalid syntax`);
  const value = BigInt(text.replace(/^\+/, ""));
  if (value !== BigInt.asIntN(64, value)) throw badRequest(`strconv.ParseInt: parsing ${quote(text)}: value out of range`);
  return Number(value);
}

/** Whatever isn't plainly false is true. */
export function boolean(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return !(text.toLowerCase() === "false" || text === "0");
}

/** The error for a revision that doesn't exist yet. Upstream's store gives no hint when to come again, the cache before it does. */
export function tooLargeRevision({ definition }: ServedResource, asked: number, current: number, fromStore = false): StatusError {
  return new StatusError(504, "Timeout", `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    ...(definition.behaviour.isUncached || fromStore ? {} : { retryAfterSeconds: 1 }),
  });
}
