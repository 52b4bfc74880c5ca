import { customSchemas } from "./openapi-custom.ts";
import type { GroupVersion, Json, OpenApiResource, OpenApiVersion, SchemaCollector } from "./openapi-schemas.ts";
import type { Schema } from "./schema.ts";

interface Operation {
  method: "get" | "put" | "post" | "delete" | "patch";
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

type Parameter = [name: string, type: "string" | "integer" | "boolean"];

const listParameters: Parameter[] = [
  ["allowWatchBookmarks", "boolean"],
  ["continue", "string"],
  ["fieldSelector", "string"],
  ["labelSelector", "string"],
  ["limit", "integer"],
  ["resourceVersion", "string"],
  ["resourceVersionMatch", "string"],
  ["sendInitialEvents", "boolean"],
  ["timeoutSeconds", "integer"],
  ["watch", "boolean"],
];
const writeParameters: Parameter[] = [
  ["dryRun", "string"],
  ["fieldManager", "string"],
  ["fieldValidation", "string"],
];
const deleteParameters: Parameter[] = [
  ["dryRun", "string"],
  ["gracePeriodSeconds", "integer"],
  ["orphanDependents", "boolean"],
  ["propagationPolicy", "string"],
];
const parametersOf: Record<string, Parameter[]> = {
  list: listParameters,
  post: writeParameters,
  put: writeParameters,
  patch: [...writeParameters, ["force", "boolean"]],
  delete: deleteParameters,
  deletecollection: [...listParameters.filter(([name]) => name !== "allowWatchBookmarks" && name !== "watch"), ...deleteParameters],
};

const patchTypes = [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];
const mediaTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];
/** What custom resources are sent and answered in. */
const customMediaTypes = mediaTypes.slice(0, 2);
const customPatchTypes = patchTypes.slice(0, 3);

/** Adds a resource's paths, with its subresources, to `paths`. */
export function addResourcePaths(
  paths: Json,
  resource: OpenApiResource,
  version: OpenApiVersion,
  schema: Schema,
  schemas: SchemaCollector,
): void {
  const builder = new PathBuilder(version, schema, schemas, resource);
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
    const gvk = { group: sub.group ?? resource.group, version: sub.version ?? resource.version, kind: sub.kind, verbs: sub.verbs };
    const suffix = `${scope}${resource.kind}${capital(name)}`;
    // What is proxied has no type of its own.
    const operations = sub.kind.endsWith("Options")
      ? [...objectOperations, createSubresource].map((operation) => ({ ...operation, action: "connect", idVerb: "connect" }))
      : [...objectOperations, createSubresource];
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
}

class PathBuilder {
  readonly #version: OpenApiVersion;
  readonly #schema: Schema;
  readonly #schemas: SchemaCollector;
  readonly #resource: OpenApiResource;
  /** References to the schemas of a custom kind. */
  readonly #custom: { kind: Json; list: Json } | undefined;

  constructor(version: OpenApiVersion, schema: Schema, schemas: SchemaCollector, resource: OpenApiResource) {
    this.#version = version;
    this.#schema = schema;
    this.#schemas = schemas;
    this.#resource = resource;
    this.#custom = resource.published && customSchemas(resource, version, schemas);
  }

  add(paths: Json, path: string, operations: Operation[], target: Target, owner: GroupVersion, idSuffix: string, named: string[]): void {
    const item: Json = {};
    for (const operation of operations) {
      if (target.verbs.includes(operation.verb)) item[operation.method] = this.#operation(operation, target, owner, idSuffix);
    }
    if (Object.keys(item).length === 0) return;
    item.parameters = [...named.map((name) => this.#parameter([name, "string"], "path")), this.#parameter(["pretty", "string"], "query")];
    paths[path] = item;
  }

  /** The old form of a watch, beside `?watch=true`. */
  addWatch(paths: Json, path: string, target: Target, idSuffix: string, named: string[]): void {
    const [groupName, lowerGroup] = groupNames(target.group);
    const { group, version, kind } = target;
    const operation = {
      tags: [`${lowerGroup}_${version}`],
      operationId: `watch${groupName}${capital(version)}${idSuffix}`,
      ...answers(this.#version, [...mediaTypes, ...streamTypes], this.#schemas.reference("machinery/meta/v1#WatchEvent"), ["*/*"]),
      "x-kubernetes-action": named.includes("name") ? "watch" : "watchlist",
      "x-kubernetes-group-version-kind": { group, version, kind },
    };
    const parameters = [
      ...named.map((name) => this.#parameter([name, "string"], "path")),
      this.#parameter(["pretty", "string"], "query"),
      ...listParameters.map((parameter) => this.#parameter(parameter, "query")),
    ];
    paths[path] = { get: operation, parameters };
  }

  #operation(operation: Operation, target: Target, owner: GroupVersion, idSuffix: string): Json {
    const { group, version, kind } = target;
    const { action, idVerb } = operation;
    const middle = action === "deletecollection" ? "Collection" : action === "connect" ? capital(operation.method) : "";
    const parameters = (parametersOf[action] ?? []).map((parameter) => this.#parameter(parameter, "query"));
    const [groupName, lowerGroup] = groupNames(owner.group);
    const common = {
      tags: [`${lowerGroup}_${owner.version}`],
      operationId: `${idVerb}${groupName}${capital(owner.version)}${middle}${idSuffix}`,
    };
    const kindOf = { "x-kubernetes-action": action, "x-kubernetes-group-version-kind": { group, version, kind } };
    const result = this.#resultType(action, target);
    const body = this.#custom && action === "deletecollection" ? undefined : this.#bodyType(action, target);
    const produced = this.#custom ? customMediaTypes : mediaTypes;
    const ordinary = this.#custom ? customMediaTypes : ["*/*"];
    const consumed = action !== "patch" ? ordinary : this.#custom ? customPatchTypes : patchTypes;
    if (this.#version === 2) {
      const bodyParameter = body ? [{ name: "body", in: "body", ...(action === "delete" ? {} : { required: true }), schema: body }] : [];
      return {
        consumes: consumed,
        produces: produced,
        schemes: ["https"],
        ...common,
        parameters: [...bodyParameter, ...parameters],
        responses: { 200: { description: "OK", ...(result ? { schema: result } : {}) }, 401: { description: "Unauthorized" } },
        ...kindOf,
      };
    }
    return {
      ...common,
      ...(parameters.length > 0 ? { parameters } : {}),
      ...(body ? { requestBody: { content: content(consumed, body), ...(action.startsWith("delete") ? {} : { required: true }) } } : {}),
      responses: {
        200: { description: "OK", ...(result ? { content: content(produced, result) } : {}) },
        401: { description: "Unauthorized" },
      },
      ...kindOf,
    };
  }

  #resultType(action: string, target: Target): Json | undefined {
    if (action === "connect") return undefined;
    if (action === "delete" || action === "deletecollection") return this.#schemas.reference("machinery/meta/v1#Status");
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

  #parameter([name, type]: Parameter, where: "path" | "query"): Json {
    const needed = where === "path" ? { required: true } : {};
    if (this.#version === 2) return { uniqueItems: true, type, name, in: where, ...needed };
    return { name, in: where, ...needed, schema: { type, uniqueItems: true } };
  }
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
  description: string;
  /** The type of the answer; absent: text. */
  type?: string;
  answers: readonly string[];
  takes?: readonly string[];
}

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
      description: "get the keys that tokens of service accounts are signed with",
      answers: ["application/jwk-set+json"],
    },
    "/.well-known/openid-configuration/": {
      tag: "WellKnown",
      operationId: "getServiceAccountIssuerOpenIDConfiguration",
      description: "get the OpenID configuration of the issuer of service accounts",
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
  const schema = type === undefined ? { type: "string" } : schemas.reference(`machinery/meta/v1#${type}`);
  return { get: { tags: [tag], description, operationId, ...answers(version, forms, schema, takes) } };
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
