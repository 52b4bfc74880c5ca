import type { SubresourceFacts } from "../api/define-resource.ts";
import { badRequest, methodNotAllowed, methodNotSupported, notFound, pathNotFound, type StatusError } from "../machinery/errors.ts";
import type { ServedResource } from "./catalog.ts";
import { componentStatuses } from "./component-statuses.ts";
import type { Call, LegacyVersion, ServerContext } from "./context.ts";
import { type Negotiated, negotiate, type Offer } from "./negotiate.ts";
import { checkSegment } from "./prepare.ts";
import type { ApiRequest, ApiResponse, Identity } from "./request.ts";
import { reviews } from "./reviews.ts";
import type { RequestInfo } from "./route.ts";
import { bind } from "./subresources/binding.ts";
import { connect, connectSubresources } from "./subresources/connect.ts";
import { evict } from "./subresources/eviction.ts";
import { getScale, patchScale, updateScale } from "./subresources/scale.ts";
import { createToken } from "./subresources/token.ts";
import { create } from "./verbs/create.ts";
import { remove } from "./verbs/delete.ts";
import { removeCollection } from "./verbs/delete-collection.ts";
import { get } from "./verbs/get.ts";
import { list } from "./verbs/list.ts";
import { boolean } from "./verbs/list-options.ts";
import { patch, patchTypeOf } from "./verbs/patch.ts";
import { update } from "./verbs/update.ts";
import { virtualHandler } from "./verbs/virtual.ts";
import { watch } from "./verbs/watch.ts";
import { checkWriteOptions } from "./write-options.ts";

export type Handler = (server: ServerContext, call: Call) => ApiResponse | Promise<ApiResponse>;

const verbs: Readonly<Record<string, Handler>> = {
  get,
  list,
  watch,
  create,
  update,
  patch,
  delete: remove,
  deletecollection: removeCollection,
};

/** Subresources that aren't a view of the object itself, by `RESOURCE/SUBRESOURCE VERB`; `*` stands for every resource. */
const special: Readonly<Record<string, Handler>> = {
  "pods/binding create": bind,
  "pods/eviction create": evict,
  "serviceaccounts/token create": createToken,
  "*/scale get": getScale,
  "*/scale update": updateScale,
  "*/scale patch": patchScale,
};

function unwatchable(_server: ServerContext, { resource }: Call): never {
  throw methodNotSupported(resource.definition, "watch");
}

const plainJson: Negotiated = { encoding: "json", as: "", asVersion: "" };

/** Paths in the groups of custom resources that lead nowhere are answered like those outside of the API. */
export function isOutside({ catalog }: ServerContext, { group, version, resource, namespace, verb }: RequestInfo): boolean {
  const found = catalog.find(group, version, resource);
  if (!found) return catalog.isCustomGroup(group);
  if (!found.custom) return false;
  return found.definition.namespaced ? namespace === "" && verb !== "list" && verb !== "watch" : namespace !== "";
}

/** `/namespaces/NAME` and below it, not `/namespaces/NAME/namespaces`. */
function isNamespaceItself({ resource, namespace, name }: RequestInfo): boolean {
  return resource === "namespaces" && name === namespace;
}

/** What an authorised request leads to. */
export interface Target {
  resource: ServedResource;
  handler: Handler;
}

/** The resource and the handler of an authorised request, or the 404 or 405 that there is none. */
export function resolve(server: ServerContext, request: ApiRequest, info: RequestInfo): Target {
  const resource = server.catalog.find(info.group, info.version, info.resource);
  if (!resource || (info.group === "") !== (info.prefix === "api")) throw pathNotFound();
  if (resource.custom) return { resource, handler: warnedHandler(resource, info) };
  const { definition } = resource;
  if (!definition.namespaced && info.namespace !== "" && !isNamespaceItself(info)) throw pathNotFound();
  const isConnect = info.subresource !== "" && connectSubresources.has(`${resource.qualifiedName}/${info.subresource}`);
  if (!isConnect && !servedMethods.has(request.method)) {
    if (info.subresource !== "") checkSubresource(resource, info);
    throw methodNotAllowed();
  }
  if (info.verb === "watch") {
    if (info.subresource !== "") throw pathNotFound();
    if (request.method !== "GET") throw methodNotAllowed();
    if (definition.verbs.includes("list") && !definition.verbs.includes("watch")) return { resource, handler: unwatchable };
  }
  if (info.subresource !== "") return { resource, handler: subresourceHandler(resource, info, request) };
  if (definition.namespaced && info.namespace === "") {
    if (!definition.verbs.includes("list")) throw pathNotFound();
    // Across namespaces there is only reading; an object has no name without its namespace.
    if (info.parts.length > 1) throw noNamespace(info);
    if (info.verb !== "list" && info.verb !== "watch") throw methodNotAllowed();
  }
  // Reviews have no objects with names.
  if (info.parts.length > 1 && definition.verbs.every((verb) => verb === "create")) throw pathNotFound();
  if (info.verb === "create" && info.parts.length > 1) throw methodNotAllowed();
  if ((info.verb === "update" || info.verb === "patch") && info.parts.length < 2) throw methodNotAllowed();
  if (!definition.verbs.includes(info.verb)) throw methodNotAllowed();
  if (definition.group === "" && definition.resource === "bindings") return { resource, handler: bind };
  const virtual = resource.qualifiedName === "componentstatuses" ? componentStatuses(server) : resource.virtual;
  if (virtual) {
    const read = virtualHandler(virtual, info.verb);
    if (!read) throw methodNotAllowed();
    return { resource, handler: read };
  }
  const handler = (info.verb === "create" && reviews[resource.qualifiedName]) || verbs[info.verb];
  if (!handler) throw methodNotAllowed();
  return { resource, handler };
}

/** A refusal is told with the warning of a deprecated version. */
function warnedHandler(resource: ServedResource, info: RequestInfo): Handler {
  try {
    return customHandler(resource, info);
  } catch (error) {
    if (resource.definition.behaviour.deprecation === undefined) throw error;
    return () => {
      throw error;
    };
  }
}

/** Custom resources aren't behind the router: it is the verb alone that leads to a handler, and each looks for what it needs. */
function customHandler(resource: ServedResource, info: RequestInfo): Handler {
  const { definition, qualifiedName } = resource;
  const { verb, subresource } = info;
  const served: readonly string[] = subresource === "" ? definition.verbs : checkSubresource(resource, info).verbs;
  const handler = special[`${qualifiedName}/${subresource} ${verb}`] ?? special[`*/${subresource} ${verb}`] ?? verbs[verb];
  if (!handler || !served.includes(verb)) throw methodNotSupported(definition, verb);
  // The object says its name, not the path.
  if (verb === "create") return (server, call) => create(server, { ...call, name: "" });
  return info.parts.length < 2 && (verb === "update" || verb === "patch") ? nameless : handler;
}

function nameless(_server: ServerContext, call: Call): never {
  if (call.info.verb === "patch") patchTypeOf(call);
  throw badRequest("name must be provided");
}

/** What is wrong with the path of an object that names no namespace: an empty name of one is read, and missed. */
function noNamespace({ path, verb }: RequestInfo): StatusError {
  if (!path.includes("/namespaces//")) return pathNotFound();
  return verb === "create" ? methodNotAllowed() : badRequest("Namespace parameter required.");
}

/** The subresource that a path names, or the 404 that there is none. */
function checkSubresource(resource: ServedResource, { subresource: name, parts }: RequestInfo): SubresourceFacts {
  const { subresources } = resource.definition;
  const subresource = subresources && Object.hasOwn(subresources, name) ? subresources[name] : undefined;
  if (!subresource && resource.custom) throw notFound(resource.definition, parts[1] ?? "");
  if (!subresource || (parts.length > 3 && name !== "proxy" && !resource.custom)) throw pathNotFound();
  return subresource;
}

function subresourceHandler(resource: ServedResource, info: RequestInfo, request: ApiRequest): Handler {
  const subresource = checkSubresource(resource, info);
  if (resource.definition.namespaced && info.namespace === "") throw noNamespace(info);
  if (connectSubresources.has(`${resource.qualifiedName}/${info.subresource}`)) {
    if (!connectMethods(info.subresource).has(request.method)) throw methodNotAllowed();
    return connect;
  }
  if (!subresource.verbs.includes(info.verb)) throw methodNotAllowed();
  const found = special[`${resource.qualifiedName}/${info.subresource} ${info.verb}`] ?? special[`*/${info.subresource} ${info.verb}`];
  if (found) return found;
  // The rest are views of the object: status, finalize, approval, ephemeralcontainers, resize.
  if (info.verb === "get" || info.verb === "update" || info.verb === "patch") return verbs[info.verb] as Handler;
  throw methodNotSupported(resource.definition, `${request.method} ${info.subresource}`);
}

const proxiedMethods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const connectionMethods = new Set(["GET", "POST"]);
const logMethods = new Set(["GET"]);

function connectMethods(subresource: string): ReadonlySet<string> {
  return subresource === "proxy" ? proxiedMethods : subresource === "log" ? logMethods : connectionMethods;
}

const servedMethods = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

/** Puts together what the handlers need to know of the request. */
export function callOf(
  request: ApiRequest,
  info: RequestInfo,
  user: Identity,
  resource: ServedResource,
  legacy: LegacyVersion | undefined,
): Call {
  const isNamespaced = resource.definition.namespaced;
  if (legacy || resource.definition.behaviour.deprecation !== undefined) request.annotations?.add("k8s.io/deprecated", "true");
  // An update looks at its body first.
  if (info.verb !== "update") checkSegment(info.parts[1] ?? "");
  if (info.verb === "get" && info.subresource === "" && boolean(request.query, "export")) {
    throw badRequest("the export parameter, deprecated since v1.14, is no longer supported");
  }
  return {
    request,
    info,
    user,
    resource,
    namespace: isNamespaced ? info.namespace : "",
    name: info.parts[1] ?? "",
    subresource: info.subresource,
    negotiated: request.wantObjects ? plainJson : negotiate(request.headers.accept, offerOf(info, resource)),
    dryRun: checkWriteOptions(request, info),
    warnings: firstWarnings(resource, legacy),
    ...(legacy ? { legacy } : {}),
  };
}

/** What whoever asks for a deprecated kind is warned of, also where that is refused. */
export function firstWarnings({ definition }: ServedResource, legacy: LegacyVersion | undefined): string[] {
  if (legacy) return [legacy.notice];
  const { deprecation } = definition.behaviour;
  return deprecation === undefined ? [] : [deprecation];
}

/** What forms an endpoint's answers come in. */
function offerOf({ verb, subresource, parts }: RequestInfo, { custom, stored, virtual }: ServedResource): Offer {
  return {
    isObject: true,
    transforms: true,
    tables: (stored || virtual !== undefined) && (subresource === "" || subresource === "status" || subresource === "scale"),
    isCollection: verb === "watch" || (verb === "list" && parts.length === 1),
    ...(custom ? { isUnrouted: true, noProtobuf: true } : {}),
    ...(subresource === "log" ? { alsoPlainText: true } : {}),
  };
}
