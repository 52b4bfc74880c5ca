import type { Descriptions } from "./descriptions.ts";
import { addDiscoveryPaths, addResourcePaths, groupVersionPath, type OpenApiResource } from "./openapi-paths.ts";
import { type GroupVersion, type Json, SchemaCollector } from "./openapi-schemas.ts";
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
  if (!isCustom) addDiscoveryPaths(paths, 3, schemas, [groupVersion]);
  return {
    openapi: "3.0.0",
    info: isCustom ? customInfo : info,
    paths: sorted(paths),
    components: { schemas: schemas.sorted(), ...(isCustom ? {} : { securitySchemes: { BearerToken: bearerToken } }) },
  };
}

/**
 * The index of the OpenAPI 3 documents: what `/openapi/v3` answers. The URLs carry a hash of what a document is made from, so that
 * clients may keep documents for good. `hash` gives hex.
 */
export function openapiV3Index(resources: readonly OpenApiResource[], hash: (text: string) => string): Json {
  const sources = new Map<string, OpenApiResource[]>();
  for (const resource of resources) {
    const path = groupVersionPath(resource);
    const list = sources.get(path) ?? [];
    sources.set(path, list);
    list.push(resource);
  }
  const paths: Json = {};
  for (const [path, list] of [...sources].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const version = hash(`${info.version} ${JSON.stringify(list)}`).toUpperCase();
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${version}` };
  }
  return { paths };
}

/** The OpenAPI 2 document of all resources, in steps: what `/openapi/v2` answers. */
export function* openapiV2(schema: Schema, resources: readonly OpenApiResource[], descriptions: Descriptions = {}): Generator<void, Json> {
  const groupVersions = new Map<string, GroupVersion>();
  for (const { group, version } of resources) groupVersions.set(`${group}/${version}`, { group, version });
  const schemas = new SchemaCollector(schema, 2, [...groupVersions.values()], descriptions);
  const paths: Json = {};
  for (const resource of resources) {
    addResourcePaths(paths, resource, 2, schema, schemas);
    yield;
  }
  addDiscoveryPaths(paths, 2, schemas, groupVersions.values());
  return {
    swagger: "2.0",
    info,
    paths: sorted(paths),
    definitions: schemas.sorted(),
    securityDefinitions: { BearerToken: bearerToken },
    security: [{ BearerToken: [] }],
  };
}

function sorted(paths: Json): Json {
  return Object.fromEntries(Object.entries(paths).sort(([a], [b]) => (a < b ? -1 : 1)));
}
