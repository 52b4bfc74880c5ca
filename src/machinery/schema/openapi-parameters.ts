import type { Json, OpenApiVersion, SchemaCollector } from "./openapi-schemas.ts";

/** What requests take beside their body, and where the published client describes it. */
export interface Parameter {
  name: string;
  type: "string" | "integer" | "boolean";
  in: "query" | "path";
  /** Of the group of parameters that it is described with; a text of its own otherwise. */
  describedBy: string;
  description?: string;
}

type Listed = Readonly<Record<string, Parameter["type"]>>;

const lists: Listed = {
  allowWatchBookmarks: "boolean",
  continue: "string",
  fieldSelector: "string",
  labelSelector: "string",
  limit: "integer",
  resourceVersion: "string",
  resourceVersionMatch: "string",
  sendInitialEvents: "boolean",
  shardSelector: "string",
  timeoutSeconds: "integer",
  watch: "boolean",
};
const writes: Listed = { dryRun: "string", fieldManager: "string", fieldValidation: "string" };
const deletes: Listed = {
  dryRun: "string",
  gracePeriodSeconds: "integer",
  ignoreStoreReadErrorWithClusterBreakingPotential: "boolean",
  orphanDependents: "boolean",
  propagationPolicy: "string",
};
const streams: Listed = { container: "string", stderr: "boolean", stdin: "boolean", stdout: "boolean", tty: "boolean" };

/** Of connections and of logs, by the kind of their options. */
const optionParameters: Readonly<Record<string, Listed>> = {
  PodAttachOptions: streams,
  PodExecOptions: { command: "string", ...streams },
  PodPortForwardOptions: { ports: "integer" },
  PodProxyOptions: { path: "string" },
  ServiceProxyOptions: { path: "string" },
  NodeProxyOptions: { path: "string" },
  PodLogOptions: {
    container: "string",
    follow: "boolean",
    insecureSkipTLSVerifyBackend: "boolean",
    limitBytes: "integer",
    previous: "boolean",
    sinceSeconds: "integer",
    stream: "string",
    tailLines: "integer",
    timestamps: "boolean",
  },
};

/** Where descriptions have a group of parameters: `parameters#list`. */
export const parameterReference = (group: string): string => `parameters#${group}`;

function query(describedBy: string, listed: Listed): Parameter[] {
  return Object.entries(listed).map(([name, type]) => ({ name, type, in: "query", describedBy }));
}

const listQuery = query("list", lists);
const writeQuery = query("create", writes);
const deleteQuery = query("delete", deletes);
const ofWatches = new Set(["allowWatchBookmarks", "watch"]);

const byAction: Readonly<Record<string, readonly Parameter[]>> = {
  list: listQuery,
  watch: listQuery,
  post: writeQuery,
  put: writeQuery,
  patch: query("patch", { ...writes, force: "boolean" }),
  delete: deleteQuery,
  deletecollection: [...listQuery.filter(({ name }) => !ofWatches.has(name)), ...deleteQuery],
};
/** Custom resources have the parameters of lists where built-in ones have fewer or others. */
const customByAction: Readonly<Record<string, readonly Parameter[]>> = {
  get: listQuery.filter(({ name }) => name === "resourceVersion"),
  deletecollection: listQuery,
};

export function parametersOfAction(action: string, isCustom: boolean): readonly Parameter[] {
  return (isCustom ? customByAction[action] : undefined) ?? byAction[action] ?? [];
}

export function parametersOfOptions(kind: string): Parameter[] {
  return query(kind, optionParameters[kind] ?? {});
}

export const prettyParameter: Parameter = { name: "pretty", type: "string", in: "query", describedBy: "create" };

/** What stands in braces in a path. */
export function pathParameter(name: string, kind: string): Parameter {
  const described =
    name === "name" ? { description: `name of the ${kind}` } : name === "path" ? { description: "path to the resource" } : {};
  return { name, type: "string", in: "path", describedBy: "create", ...described };
}

/** Parameters as documents have them, by name. */
export function shownParameters(parameters: readonly Parameter[], version: OpenApiVersion, schemas: SchemaCollector): Json[] {
  return parameters.map((one) => shown(one, version, schemas)).sort(byName);
}

export function byName(a: Json, b: Json): number {
  const [left, right] = [`${a.name} ${a.in}`, `${b.name} ${b.in}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

function shown({ name, type, in: where, describedBy, description }: Parameter, version: OpenApiVersion, schemas: SchemaCollector): Json {
  const needed = where === "path" ? { required: true } : {};
  const told = description === undefined ? schemas.describe(parameterReference(describedBy), name) : { description };
  if (version === 2) return { uniqueItems: true, type, ...told, name, in: where, ...needed };
  return { name, in: where, ...told, ...needed, schema: { type, uniqueItems: true } };
}

/** Takes the parameters that all operations of a path have, but bodies, out of them. */
export function takeCommon(operations: readonly Json[]): Json[] {
  const [first, ...others] = operations.map(({ parameters = [] }) => parameters as Json[]);
  const common = new Set<string>();
  for (const parameter of first ?? []) {
    const text = JSON.stringify(parameter);
    if (parameter.in !== "body" && others.every((list) => list.some((one) => JSON.stringify(one) === text))) common.add(text);
  }
  const taken = (first ?? []).filter((parameter) => common.has(JSON.stringify(parameter)));
  for (const operation of operations) {
    const left = ((operation.parameters ?? []) as Json[]).filter((parameter) => !common.has(JSON.stringify(parameter)));
    if (left.length > 0) operation.parameters = left;
    else delete operation.parameters;
  }
  return taken;
}

/** kubectl of old looks for these where they are used. */
const neverShared = new Set(["name", "dryRun", "fieldValidation"]);

/** The parameters of an OpenAPI 2 document that stand in a list of their own, each told by a hash of itself. */
export class SharedParameters {
  readonly #byText = new Map<string, string>();
  readonly #shared: Json = {};

  /** A reference to the parameter, or the parameter where it is told in its place. */
  place(parameter: Json): Json {
    const { name, schema } = parameter as { name: string; schema?: { $ref?: string } };
    if (neverShared.has(name)) return parameter;
    if (parameter.in === "body" && !schema?.$ref?.startsWith("#/definitions/io.k8s.apimachinery")) return parameter;
    const text = JSON.stringify(parameter);
    let key = this.#byText.get(text);
    if (key === undefined) {
      key = `${name}-${hashOf(text)}`;
      this.#byText.set(text, key);
      this.#shared[key] = parameter;
    }
    return { $ref: `#/parameters/${key}` };
  }

  sorted(): Json {
    return Object.fromEntries(Object.entries(this.#shared).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** FNV-1 of 64 bits; its first 48 in base64 for URLs. */
function hashOf(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, hash * 0x100000001b3n) ^ BigInt(byte);
  const bytes = Array.from({ length: 6 }, (_, at) => Number((hash >> BigInt(56 - 8 * at)) & 0xffn));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}
