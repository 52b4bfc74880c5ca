import type { Descriptions } from "./descriptions.ts";
import { SharedParameters } from "./openapi-parameters.ts";
import { addResourceLists, addResourcePaths, discoveryPath, discoveryPaths, groupVersionPath } from "./openapi-paths.ts";
import { type GroupVersion, type Json, type OpenApiResource, SchemaCollector } from "./openapi-schemas.ts";
import type { Schema } from "./schema.ts";

const info = { title: "Kubernetes", version: "1.36" };
const customInfo = { title: "Kubernetes CRD Swagger", version: "v0.1.0" };
const bearerToken = { description: "Bearer Token authentication", type: "apiKey", name: "authorization", in: "header" };

/**
 * The OpenAPI 3 document of one group version: what `/openapi/v3/apis/apps/v1` answers. Documents are made in steps, as there is much
 * to do: whoever runs them may let others have their turn in between.
 */
export function* openapiV3(
  schema: Schema,
  groupVersion: GroupVersion,
  resources: readonly OpenApiResource[],
  descriptions: Descriptions = {},
): Generator<void, Json> {
  const schemas = new SchemaCollector(schema, 3, [groupVersion], descriptions);
  const paths: Json = {};
  const own = resources.filter(({ group, version }) => group === groupVersion.group && version === groupVersion.version);
  for (const resource of own) {
    addResourcePaths(paths, resource, 3, schema, schemas);
    yield;
  }
  const isCustom = own.every(({ published }) => published !== undefined);
  if (!isCustom) addResourceLists(paths, 3, schemas, [groupVersion]);
  return {
    openapi: "3.0.0",
    info: isCustom ? customInfo : info,
    paths: sorted(paths),
    components: { schemas: schemas.sorted(), ...(isCustom ? {} : { securitySchemes: { BearerToken: bearerToken } }) },
  };
}

/** The OpenAPI 3 document of a path of discovery (`apis/apps`, `version`); undefined when there is none. */
export function openapiV3Discovery(
  schema: Schema,
  path: string,
  resources: readonly OpenApiResource[],
  descriptions: Descriptions = {},
): Json | undefined {
  const told = discoveryPaths(builtInGroups(resources))[`/${path}/`];
  if (!told) return undefined;
  const schemas = new SchemaCollector(schema, 3, [], descriptions);
  const paths = { [`/${path}/`]: discoveryPath(3, schemas, told) };
  const own = schemas.sorted();
  const components = { ...(told.type === undefined ? {} : { schemas: own }), securitySchemes: { BearerToken: bearerToken } };
  return { openapi: "3.0.0", info, paths, components };
}

/** The groups that are told of by themselves: not those of custom resources. */
function builtInGroups(resources: readonly OpenApiResource[]): Set<string> {
  return new Set(resources.filter(({ published }) => published === undefined).map(({ group }) => group));
}

/** The paths of the OpenAPI 3 documents, each with a hash of what it is made from. `hash` gives hex. */
export function openapiV3Hashes(resources: readonly OpenApiResource[], hash: (text: string) => string): Map<string, string> {
  const sources = new Map<string, OpenApiResource[]>();
  for (const resource of resources) {
    const path = groupVersionPath(resource);
    const list = sources.get(path) ?? [];
    sources.set(path, list);
    list.push(resource);
  }
  for (const path of Object.keys(discoveryPaths(builtInGroups(resources)))) sources.set(path.slice(1, -1), []);
  const ordered = [...sources].sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(ordered.map(([path, list]) => [path, hash(`${info.version} ${path} ${JSON.stringify(list)}`).toUpperCase()]));
}

/** The index of the OpenAPI 3 documents: what `/openapi/v3` answers. The URLs carry the hashes, so that clients may keep documents for good. */
export function openapiV3Index(hashes: ReadonlyMap<string, string>): Json {
  return { paths: Object.fromEntries(Array.from(hashes, ([path, hash]) => [path, { serverRelativeURL: openapiV3Url(path, hash) }])) };
}

export function openapiV3Url(path: string, hash: string): string {
  return `/openapi/v3/${path}?hash=${hash}`;
}

/** The OpenAPI 2 document of all resources, in steps: what `/openapi/v2` answers. */
export function* openapiV2(schema: Schema, resources: readonly OpenApiResource[], descriptions: Descriptions = {}): Generator<void, Json> {
  const groupVersions = new Map<string, GroupVersion>();
  for (const { group, version } of resources) groupVersions.set(`${group}/${version}`, { group, version });
  const schemas = new SchemaCollector(schema, 2, [...groupVersions.values()], descriptions);
  const paths: Json = {};
  const parameters = new SharedParameters();
  for (const resource of resources) {
    addResourcePaths(paths, resource, 2, schema, schemas, parameters);
    yield;
  }
  addResourceLists(paths, 2, schemas, groupVersions.values());
  const groups = new Set(resources.map(({ group }) => group));
  for (const [path, told] of Object.entries(discoveryPaths(groups))) paths[path] = discoveryPath(2, schemas, told);
  return {
    swagger: "2.0",
    info,
    paths: sorted(paths),
    definitions: schemas.sorted(),
    parameters: parameters.sorted(),
    securityDefinitions: { BearerToken: bearerToken },
    security: [{ BearerToken: [] }],
  };
}

function sorted(paths: Json): Json {
  return Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
}
