import { customSchemas } from "./openapi-custom.ts";
import {
  byName,
  type Parameter,
  parametersOfAction,
  parametersOfOptions,
  pathParameter,
  prettyParameter,
  type SharedParameters,
  shownParameters,
  takeCommon,
} from "./openapi-parameters.ts";
import type { GroupVersion, Json, OpenApiResource, OpenApiVersion, SchemaCollector } from "./openapi-schemas.ts";
import type { Schema } from "./schema.ts";

interface Operation {
  method: "get" | "put" | "post" | "delete" | "patch" | "options" | "head";
  verb: string;
  action: string;
  /** How the operation's id begins: `readAppsV1NamespacedDeployment`. */
  idVerb: string;
}

const collectionOperations: Operation[] = [
  { method: "get", verb: "list", action: "list", idVerb: "list" },
  { method: "post", verb: "create", action: "post", idVerb: "create" },
  { method: "delete", verb: "deletecollection", action: "deletecollection", idVerb: "delete" },
];

const objectOperations: Operation[] = [
  { method: "get", verb: "get", action: "get", idVerb: "read" },
  { method: "put", verb: "update", action: "put", idVerb: "replace" },
  { method: "delete", verb: "delete", action: "delete", idVerb: "delete" },
  { method: "patch", verb: "patch", action: "patch", idVerb: "patch" },
];

const createSubresource: Operation = { method: "post", verb: "create", action: "post", idVerb: "create" };

/** What a proxy passes on: whoever may get may ask for options and heads. */
const proxyOperations: Operation[] = [
  ...objectOperations,
  createSubresource,
  { method: "options", verb: "get", action: "get", idVerb: "" },
  { method: "head", verb: "get", action: "get", idVerb: "" },
];

const applyPatch = "application/apply-patch+yaml";
const patchTypes = ["application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", applyPatch];
const mediaTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
/** What custom resources are sent and answered in. */
const customMediaTypes = mediaTypes.slice(0, 2);
const customPatchTypes = patchTypes.filter((type) => !type.includes("strategic"));

/** Adds a resource's paths, with its subresources, to `paths`. */
export function addResourcePaths(
  paths: Json,
  resource: OpenApiResource,
  version: OpenApiVersion,
  schema: Schema,
  schemas: SchemaCollector,
  shared?: SharedParameters,
): void {
  const builder = new PathBuilder(version, schema, schemas, resource, shared);
  const root = `/${groupVersionPath(resource)}`;
  const base = resource.namespaced ? `${root}/namespaces/{namespace}/${resource.resource}` : `${root}/${resource.resource}`;
  const scope = resource.namespaced ? "Namespaced" : "";
  const named = ["name", ...(resource.namespaced ? ["namespace"] : [])];

  builder.add(paths, base, collectionOperations, resource, resource, `${scope}${resource.kind}`, named.slice(1));
  if (resource.namespaced && resource.verbs.includes("list")) {
    const all = { ...resource, verbs: ["list"] };
    builder.add(paths, `${root}/${resource.resource}`, collectionOperations, all, resource, `${resource.kind}ForAllNamespaces`, []);
  }
  builder.add(paths, `${base}/{name}`, objectOperations, resource, resource, `${scope}${resource.kind}`, named);
  if (resource.verbs.includes("watch") && !resource.published) {
    const watched = base.replace(root, `${root}/watch`);
    builder.addWatch(paths, watched, resource, `${scope}${resource.kind}List`, named.slice(1));
    if (resource.namespaced)
      builder.addWatch(paths, `${root}/watch/${resource.resource}`, resource, `${resource.kind}ListForAllNamespaces`, []);
    builder.addWatch(paths, `${watched}/{name}`, resource, `${scope}${resource.kind}`, named);
  }
  for (const [name, sub] of Object.entries(resource.subresources ?? {})) {
    const gvk = {
      group: sub.group ?? resource.group,
      version: sub.version ?? resource.version,
      kind: sub.kind,
      verbs: sub.verbs,
      subresource: name,
    };
    const suffix = `${scope}${resource.kind}${capital(name)}`;
    const plain = name === "proxy" ? proxyOperations : [...objectOperations, createSubresource];
    // What is proxied has no type of its own.
    const operations = sub.kind.endsWith("Options")
      ? plain.map((operation) => ({ ...operation, action: "connect", idVerb: "connect" }))
      : plain;
    builder.add(paths, `${base}/{name}/${name}`, operations, gvk, resource, suffix, named);
    if (name === "proxy") {
      builder.add(paths, `${base}/{name}/proxy/{path}`, operations, gvk, resource, `${suffix}WithPath`, [...named, "path"]);
    }
  }
}

/** `api/v1` or `apis/apps/v1`. */
export function groupVersionPath({ group, version }: GroupVersion): string {
  return group === "" ? `api/${version}` : `apis/${group}/${version}`;
}

interface Target extends GroupVersion {
  kind: string;
  verbs: readonly string[];
  subresource?: string;
}

class PathBuilder {
  readonly #version: OpenApiVersion;
  readonly #schema: Schema;
  readonly #schemas: SchemaCollector;
  readonly #resource: OpenApiResource;
  readonly #shared: SharedParameters | undefined;
  /** References to the schemas of a custom kind. */
  readonly #custom: { kind: Json; list: Json } | undefined;

  constructor(version: OpenApiVersion, schema: Schema, schemas: SchemaCollector, resource: OpenApiResource, shared?: SharedParameters) {
    this.#version = version;
    this.#schema = schema;
    this.#schemas = schemas;
    this.#resource = resource;
    this.#shared = shared;
    this.#custom = resource.published && customSchemas(resource, version, schemas);
  }

  add(paths: Json, path: string, operations: Operation[], target: Target, owner: GroupVersion, idSuffix: string, named: string[]): void {
    const item: Json = {};
    for (const operation of operations) {
      if (target.verbs.includes(operation.verb)) item[operation.method] = this.#operation(operation, target, owner, idSuffix);
    }
    if (Object.keys(item).length === 0) return;
    const isConnected = operations.some(({ action }) => action === "connect");
    this.#finish(item, [...this.#named(named, target), ...(isConnected ? [] : [prettyParameter])]);
    paths[path] = item;
  }

  /** The old form of a watch, beside `?watch=true`. */
  addWatch(paths: Json, path: string, target: Target, idSuffix: string, named: string[]): void {
    const [groupName, lowerGroup] = groupNames(target.group);
    const { group, version, kind } = target;
    const isOfOne = named.includes("name");
    const operation = {
      description: isOfOne
        ? `watch changes to an object of kind ${kind}. ${instead}, filtered to a single item with the 'fieldSelector' parameter.`
        : `watch individual changes to a list of ${kind}. ${instead}.`,
      tags: [`${lowerGroup}_${version}`],
      operationId: `watch${groupName}${capital(version)}${idSuffix}`,
      ...answers(this.#version, [...mediaTypes, ...streamTypes], this.#schemas.reference("machinery/meta/v1#WatchEvent"), ["*/*"]),
      "x-kubernetes-action": isOfOne ? "watch" : "watchlist",
      "x-kubernetes-group-version-kind": { group, version, kind },
    };
    const item: Json = { get: operation };
    this.#finish(item, [...this.#named(named, target), prettyParameter, ...parametersOfAction("watch", false)]);
    paths[path] = item;
  }

  #named(named: readonly string[], target: Target): Parameter[] {
    const kind = this.#custom ? this.#resource.kind : target.kind;
    return named.map((name) => pathParameter(name, kind));
  }

  /** Tells the parameters of a path, with those that its operations have in common, and shares what may be. */
  #finish(item: Json, own: readonly Parameter[]): void {
    const operations = Object.values(item) as Json[];
    const common = [...shownParameters(own, this.#version, this.#schemas), ...takeCommon(operations)].sort(byName);
    const place = (parameter: Json) => this.#shared?.place(parameter) ?? parameter;
    for (const operation of operations) {
      if (operation.parameters) operation.parameters = (operation.parameters as Json[]).map(place);
    }
    if (common.length > 0) item.parameters = common.map(place);
  }

  #operation(operation: Operation, target: Target, owner: GroupVersion, idSuffix: string): Json {
    const { group, version, kind } = this.#custom ? this.#resource : target;
    const { action, idVerb } = operation;
    const isConnected = action === "connect";
    const middle = action === "deletecollection" ? "Collection" : isConnected ? capital(operation.method) : "";
    const isLog = target.subresource === "log";
    const taken = isConnected ? parametersOfOptions(target.kind) : isLog ? parametersOfOptions("PodLogOptions") : [];
    const parameters = shownParameters([...parametersOfAction(action, this.#custom !== undefined), ...taken], this.#version, this.#schemas);
    const [groupName, lowerGroup] = groupNames(owner.group);
    const common = {
      description: this.#description(operation, target),
      tags: [`${lowerGroup}_${owner.version}`],
      operationId: `${idVerb}${groupName}${capital(owner.version)}${middle}${idSuffix}`,
    };
    const kindOf = { "x-kubernetes-action": action, "x-kubernetes-group-version-kind": { group, version, kind } };
    const result = isConnected || isLog ? { type: "string" } : this.#resultType(action, target);
    const body = this.#custom && action === "deletecollection" ? undefined : this.#bodyType(action, target);
    const produced = isConnected ? ["*/*"] : [...(isLog ? ["text/plain"] : []), ...(this.#custom ? customMediaTypes : mediaTypes)];
    if (action === "list" && !this.#custom) produced.push(...streamTypes);
    const ordinary = this.#custom ? customMediaTypes : ["*/*"];
    const consumed = action !== "patch" ? ordinary : this.#custom ? customPatchTypes : patchTypes;
    const codes = action === "patch" && this.#custom ? [200] : (codesByAction[action] ?? [200]);
    const unauthorized = { description: "Unauthorized" };
    if (this.#version === 2) {
      const bodyParameter = body ? [{ name: "body", in: "body", ...(action === "delete" ? {} : { required: true }), schema: body }] : [];
      if (body && action === "deletecollection") delete (bodyParameter[0] as Json).required;
      const shown = [...bodyParameter, ...parameters].sort(byName);
      const answer = (code: number) => ({ description: codeTexts[code], ...(result ? { schema: result } : {}) });
      return {
        consumes: consumed,
        produces: produced,
        schemes: ["https"],
        ...common,
        ...(shown.length > 0 ? { parameters: shown } : {}),
        responses: { ...Object.fromEntries(codes.map((code) => [code, answer(code)])), 401: unauthorized },
        ...kindOf,
      };
    }
    const answer = (code: number) => ({ description: codeTexts[code], ...(result ? { content: content(produced, result) } : {}) });
    return {
      ...common,
      ...(parameters.length > 0 ? { parameters } : {}),
      ...(body ? { requestBody: { content: content(consumed, body), ...(action.startsWith("delete") ? {} : { required: true }) } } : {}),
      responses: { ...Object.fromEntries(codes.map((code) => [code, answer(code)])), 401: unauthorized },
      ...kindOf,
    };
  }

  #description({ method, action }: Operation, { subresource }: Target): string {
    const { kind, verbs } = this.#resource;
    const of = subresource === undefined ? "" : `${subresource} of `;
    switch (action) {
      case "list":
        return `${verbs.includes("watch") && !this.#custom ? "list or watch" : "list"} objects of kind ${kind}`;
      case "post":
        return `create ${of}${withArticle(kind)}`;
      case "put":
        return `replace ${of}the specified ${kind}`;
      case "patch":
        return `partially update ${of}the specified ${kind}`;
      case "delete":
        return `delete ${withArticle(kind)}`;
      case "deletecollection":
        return `delete collection of ${kind}`;
      case "connect":
        return `connect ${method.toUpperCase()} requests to ${of}${kind}`;
      default:
        return `read ${of}the specified ${kind}`;
    }
  }

  #resultType(action: string, target: Target): Json | undefined {
    const { returnsDeletedObject, hasPendingFinalizers } = this.#resource.behaviour ?? {};
    // What holds a namespace hides from the documents that its deletion answers with it.
    const isAnswered = action === "delete" && returnsDeletedObject && !hasPendingFinalizers;
    if (action.startsWith("delete") && !isAnswered) return this.#schemas.reference("machinery/meta/v1#Status");
    return this.#kindType(target, action === "list" ? "List" : "");
  }

  #bodyType(action: string, target: Target): Json | undefined {
    if (action === "patch") return this.#schemas.reference("machinery/meta/v1#Patch");
    if (action === "delete" || action === "deletecollection") return this.#schemas.reference("machinery/meta/v1#DeleteOptions");
    return action === "post" || action === "put" ? this.#kindType(target, "") : undefined;
  }

  #kindType({ group, version, kind }: Target, suffix: string): Json | undefined {
    if (this.#custom && kind === this.#resource.kind && group === this.#resource.group) {
      return suffix === "List" ? this.#custom.list : this.#custom.kind;
    }
    const type = this.#schema.typeOfKind(group, version, kind + suffix);
    return type && this.#schema.table(type.ref) ? this.#schemas.reference(type.ref) : undefined;
  }
}

const codesByAction: Readonly<Record<string, readonly number[]>> = {
  post: [200, 201, 202],
  put: [200, 201],
  patch: [200, 201],
  delete: [200, 202],
};
const codeTexts: Readonly<Record<number, string>> = { 200: "OK", 201: "Created", 202: "Accepted" };
const instead = "deprecated: use the 'watch' parameter with a list operation instead";

/** A name that is a plural has none. */
function withArticle(kind: string): string {
  if (/[^s]s$/.test(kind)) return kind;
  return `${/^[AEIOU]/.test(kind) ? "an" : "a"} ${kind}`;
}

const streamTypes = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];

/** The parts of an operation that say what comes back. */
function answers(version: OpenApiVersion, produces: readonly string[], schema: Json, consumes?: readonly string[]): Json {
  const unauthorized = { description: "Unauthorized" };
  if (version === 3) return { responses: { 200: { description: "OK", content: content(produces, schema) }, 401: unauthorized } };
  return {
    ...(consumes ? { consumes } : {}),
    produces,
    schemes: ["https"],
    responses: { 200: { description: "OK", schema }, 401: unauthorized },
  };
}

/** Adds the paths that tell of the resources of versions. */
export function addResourceLists(
  paths: Json,
  version: OpenApiVersion,
  schemas: SchemaCollector,
  groupVersions: Iterable<GroupVersion>,
): void {
  for (const one of groupVersions) {
    const [upper, lower] = groupNames(one.group);
    const operation = {
      tags: [`${lower}_${one.version}`],
      description: "get available resources",
      operationId: `get${upper}${capital(one.version)}APIResources`,
    };
    const answer = answers(version, mediaTypes, schemas.reference("machinery/meta/v1#APIResourceList"), mediaTypes);
    paths[`/${groupVersionPath(one)}/`] = { get: { ...operation, ...answer } };
  }
}

interface DiscoveryPath {
  tag: string;
  operationId: string;
  /** Absent: what the published client says of the operation. */
  description?: string;
  /** The type of the answer; absent: text. */
  type?: string;
  answers: readonly string[];
  takes?: readonly string[];
}

/** Where descriptions have what is said of operations. */
export const operationsReference = "operations";

/** What tells of groups, of the version and of tokens, by path. */
export function discoveryPaths(groups: Iterable<string>): Record<string, DiscoveryPath> {
  const forms = { answers: mediaTypes, takes: mediaTypes };
  const description = "get available API versions";
  const json = ["application/json"];
  const paths: Record<string, DiscoveryPath> = {
    "/api/": { tag: "core", operationId: "getCoreAPIVersions", description, type: "APIVersions", ...forms },
    "/apis/": { tag: "apis", operationId: "getAPIVersions", description, type: "APIGroupList", ...forms },
    "/version/": {
      tag: "version",
      operationId: "getCodeVersion",
      description: "get the version information for this server",
      type: "VersionInfo",
      answers: json,
      takes: json,
    },
    "/openid/v1/jwks/": {
      tag: "openid",
      operationId: "getServiceAccountIssuerOpenIDKeyset",
      answers: ["application/jwk-set+json"],
    },
    "/.well-known/openid-configuration/": {
      tag: "WellKnown",
      operationId: "getServiceAccountIssuerOpenIDConfiguration",
      answers: json,
    },
  };
  for (const group of groups) {
    if (group === "") continue;
    const [upper, tag] = groupNames(group);
    const operationId = `get${upper}APIGroup`;
    paths[`/apis/${group}/`] = { tag, operationId, description: "get information of a group", type: "APIGroup", ...forms };
  }
  return paths;
}

/** One of the paths that `discoveryPaths` tells of, as a document has it. */
export function discoveryPath(version: OpenApiVersion, schemas: SchemaCollector, path: DiscoveryPath): Json {
  const { tag, operationId, description, type, answers: forms, takes } = path;
  const told = description === undefined ? schemas.describe(operationsReference, operationId) : { description };
  const schema = type === undefined ? { type: "string" } : schemas.reference(`machinery/meta/v1#${type}`);
  return { get: { tags: [tag], ...told, operationId, ...answers(version, forms, schema, takes) } };
}

function content(types: readonly string[], schema: Json): Json {
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `rbac.authorization.k8s.io` gives `RbacAuthorization` and `rbacAuthorization`. */
function groupNames(group: string): [upper: string, lower: string] {
  const parts = group === "" ? ["core"] : group.replace(/\.k8s\.io$/, "").split(".");
  const upper = parts.map(capital).join("");
  return [upper, upper.charAt(0).toLowerCase() + upper.slice(1)];
}
