import type { ApiRequest } from "./request.ts";
import { booleanParameter } from "./request.ts";

/** What a request asks for, read from its method and path alone. Authorization, audit and admission speak in these terms. */
export interface RequestInfo {
  isResourceRequest: boolean;
  /** The decoded path. */
  path: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for other paths the lower-case method. */
  verb: string;
  /** `api` or `apis`; empty for non-resource requests. */
  prefix: string;
  group: string;
  version: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  /** The path parts from the resource on: a proxied path follows the subresource. */
  parts: readonly string[];
}

/** A path that begins as one of the old forms and doesn't go on. */
export class UnreadablePath extends Error {
  constructor(path: string) {
    const shown = path.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
    super(
      `Internal Server Error: ${JSON.stringify(shown)}: failed to create RequestInfo: unable to determine kind and namespace from url, ${path}`,
    );
  }
}

const methodVerbs: Record<string, string> = {
  GET: "get",
  HEAD: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

const namespaceSubresources = new Set(["status", "finalize"]);

/** Reads a path by the Kubernetes grammar: `/apis/GROUP/VERSION/[namespaces/NS/]RESOURCE[/NAME[/SUBRESOURCE]]`. */
export function route(request: ApiRequest): RequestInfo {
  const path = decodePath(request.path);
  const info: RequestInfo = {
    isResourceRequest: false,
    path,
    verb: request.method.toLowerCase(),
    prefix: "",
    group: "",
    version: "",
    resource: "",
    subresource: "",
    namespace: "",
    name: "",
    parts: [],
  };
  const parts = splitPath(path);
  const prefix = parts[0];
  if (parts.length < 3 || (prefix !== "api" && prefix !== "apis")) return info;
  let at = 1;
  if (prefix === "apis") {
    if (parts.length < 4) return info;
    info.group = parts[at++] as string;
  }
  info.prefix = prefix;
  info.isResourceRequest = true;
  info.version = parts[at++] as string;
  info.verb = methodVerbs[request.method] ?? "";

  if ((parts[at] === "watch" || parts[at] === "proxy") && parts.length === at + 1) throw new UnreadablePath(request.path);
  // The deprecated form /api/v1/watch/RESOURCE.
  let watchPath = false;
  if (parts[at] === "watch" && parts.length > at + 1) {
    watchPath = true;
    at++;
  }
  if (parts[at] === "namespaces") {
    if (parts.length > at + 1) {
      info.namespace = parts[at + 1] as string;
      // /namespaces/NS/RESOURCE: the resource is within the namespace, unless it is a subresource of the namespace itself.
      if (parts.length > at + 2 && !namespaceSubresources.has(parts[at + 2] as string)) at += 2;
    }
  }
  const rest = parts.slice(at);
  info.parts = rest;
  info.resource = rest[0] ?? "";
  info.name = rest[1] ?? "";
  info.subresource = rest[2] ?? "";

  // Whatever the method is.
  if (watchPath) info.verb = "watch";
  if (info.name === "" && info.verb === "get") info.verb = "list";
  if (info.verb === "list" || info.verb === "watch" || info.verb === "get") {
    // `?watch` on one name is a list with a field selector in old clients; the path form names the object.
    if (info.verb === "list" && booleanParameter(request.query, "watch")) info.verb = "watch";
    if (info.verb !== "get" && info.name === "") {
      const selector = request.query.get("fieldSelector");
      if (selector) info.name = selectedName(selector);
    }
  }
  if (info.name === "" && info.verb === "delete") info.verb = "deletecollection";
  return info;
}

/** The name that `metadata.name=NAME` asks for: lets an authorizer that knows names decide about lists and watches of one object. */
export function selectedName(fieldSelector: string): string {
  return selectedValue(fieldSelector, /^metadata\.name==?([^=].*)$/);
}

/** The namespace that `metadata.namespace=NAMESPACE` asks for. */
export function selectedNamespace(fieldSelector: string): string {
  return selectedValue(fieldSelector, /^metadata\.namespace==?([^=].*)$/);
}

function selectedValue(fieldSelector: string, pattern: RegExp): string {
  for (const term of fieldSelector.split(",")) {
    const match = pattern.exec(term.trim());
    if (match) return match[1] as string;
  }
  return "";
}

function splitPath(path: string): string[] {
  let start = 0;
  let end = path.length;
  while (start < end && path[start] === "/") start++;
  while (end > start && path[end - 1] === "/") end--;
  const trimmed = path.slice(start, end);
  return trimmed === "" ? [] : trimmed.split("/");
}

export function decodePath(path: string): string {
  if (!path.includes("%")) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
