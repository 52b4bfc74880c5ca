import { badRequest, type FieldError, field, invalid, StatusError } from "../../machinery/errors.ts";

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

export function parseListQuery(query: URLSearchParams, watch: boolean): ListQuery {
  const resourceVersion = query.get("resourceVersion") ?? "";
  const parsed: ListQuery = {
    labelSelector: query.get("labelSelector") ?? "",
    fieldSelector: query.get("fieldSelector") ?? "",
    limit: integer(query, "limit") ?? 0,
    continueToken: query.get("continue") ?? "",
    resourceVersion,
    revision: parseRevision(resourceVersion),
    match: (query.get("resourceVersionMatch") ?? "") as ListQuery["match"],
    watch,
    allowWatchBookmarks: boolean(query, "allowWatchBookmarks") ?? false,
    sendInitialEvents: boolean(query, "sendInitialEvents"),
    timeoutSeconds: integer(query, "timeoutSeconds"),
  };
  const errors = watch ? checkWatch(parsed) : checkList(parsed);
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", kind: "ListOptions" }, "", errors);
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
  if (query.sendInitialEvents !== undefined) {
    if (query.match === "") errors.push(forbidMatch("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"));
    if (query.match === "Exact") errors.push(field.notSupported("resourceVersionMatch", query.match, ["NotOlderThan"]));
  } else if (query.match !== "") {
    errors.push(forbidMatch("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"));
  }
  return errors;
}

const forbidMatch = (detail: string) => field.forbidden("resourceVersionMatch", detail);

function parseRevision(text: string): number {
  if (text === "") return 0;
  if (!/^\d+$/.test(text)) {
    throw badRequest(
      `invalid resource version: ${field.invalid("resourceVersion", text, `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`).text}`,
    );
  }
  return Number(text);
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function boolean(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return !(text.toLowerCase() === "false" || text === "0");
}

/** The error for a revision that doesn't exist yet. */
export function tooLargeRevision(asked: number, current: number): StatusError {
  return new StatusError(504, "Timeout", `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}
