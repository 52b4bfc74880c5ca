import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openapiV2, openapiV3, openapiV3Hashes, openapiV3Index } from "./openapi.ts";
import type { OpenApiResource } from "./openapi-schemas.ts";
import { allGroups, schemaOf } from "./testing/tables.ts";

const schema = schemaOf(...allGroups);
const resources = JSON.parse(readFileSync(new URL("../../api/resources.json", import.meta.url), "utf8")) as OpenApiResource[];

interface Document {
  paths: Record<string, Record<string, { operationId: string; parameters: { name: string }[] }>>;
  components: { schemas: Record<string, unknown> };
  definitions: Record<string, unknown>;
  parameters: Record<string, unknown>;
}

/** Runs all steps. */
function made<T>(steps: Generator<void, T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

const apps = made(openapiV3(schema, { group: "apps", version: "v1" }, resources)) as unknown as Document;

/** Every `$ref` anywhere in a value. */
function references(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value !== "object" || value === null) return found;
  for (const [key, part] of Object.entries(value)) {
    if (key === "$ref" && typeof part === "string") found.add(part);
    else references(part, found);
  }
  return found;
}

describe("the OpenAPI 3 document of a group version", () => {
  it("describes a kind as upstream does", () => {
    expect(apps.components.schemas["io.k8s.api.apps.v1.Deployment"]).toEqual({
      type: "object",
      properties: {
        apiVersion: { type: "string" },
        kind: { type: "string" },
        metadata: { default: {}, allOf: [{ $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" }] },
        spec: { default: {}, allOf: [{ $ref: "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec" }] },
        status: { default: {}, allOf: [{ $ref: "#/components/schemas/io.k8s.api.apps.v1.DeploymentStatus" }] },
      },
      "x-kubernetes-group-version-kind": [{ group: "apps", kind: "Deployment", version: "v1" }],
    });
    expect(apps.components.schemas["io.k8s.api.core.v1.ContainerPort"]).toMatchObject({
      required: ["containerPort"],
      properties: { containerPort: { default: 0 }, protocol: { type: "string", default: "TCP", enum: ["SCTP", "TCP", "UDP"] } },
    });
    expect(apps.components.schemas["io.k8s.api.core.v1.PodSpec"]).toMatchObject({
      properties: {
        volumes: {
          "x-kubernetes-list-map-keys": ["name"],
          "x-kubernetes-list-type": "map",
          "x-kubernetes-patch-merge-key": "name",
          "x-kubernetes-patch-strategy": "merge,retainKeys",
        },
      },
    });
  });

  it("says what a published client says of types and fields", () => {
    const descriptions = {
      "api/apps/v1#Deployment": { type: "Updates pods.", fields: { metadata: "Standard metadata.", spec: "Desired state." } },
    };
    const document = made(openapiV3(schema, { group: "apps", version: "v1" }, resources, descriptions)) as unknown as Document;
    expect(document.components.schemas["io.k8s.api.apps.v1.Deployment"]).toMatchObject({
      description: "Updates pods.",
      properties: { metadata: { description: "Standard metadata.", default: {} }, spec: { description: "Desired state." } },
    });
    expect(document.components.schemas["io.k8s.api.apps.v1.DeploymentSpec"]).not.toHaveProperty("description");
  });

  it("has the operations that kubectl looks for", () => {
    const patch = apps.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]?.patch;
    expect(patch).toMatchObject({
      operationId: "patchAppsV1NamespacedDeployment",
      "x-kubernetes-action": "patch",
      "x-kubernetes-group-version-kind": { group: "apps", version: "v1", kind: "Deployment" },
    });
    expect(patch?.parameters.map(({ name }) => name)).toEqual(["dryRun", "fieldManager", "fieldValidation", "force"]);
    expect(apps.paths["/apis/apps/v1/deployments"]?.get?.operationId).toBe("listAppsV1DeploymentForAllNamespaces");
    expect(apps.paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]?.get).toMatchObject({
      "x-kubernetes-group-version-kind": { group: "autoscaling", version: "v1", kind: "Scale" },
    });
  });

  it("refers to nothing that it lacks", () => {
    const names = Object.keys(apps.components.schemas).map((name) => `#/components/schemas/${name}`);
    for (const reference of references(apps)) expect(names).toContain(reference);
  });
});

it("describes all resources in OpenAPI 2", () => {
  const document = made(openapiV2(schema, resources)) as unknown as Document;
  const names = new Set(Object.keys(document.definitions).map((name) => `#/definitions/${name}`));
  for (const name of Object.keys(document.parameters)) names.add(`#/parameters/${name}`);
  for (const reference of references(document)) expect(names.has(reference), reference).toBe(true);
  expect(document.definitions["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]).toEqual({ type: "string", format: "int-or-string" });
  expect(document.definitions["io.k8s.api.apps.v1.DeploymentSpec"]).toMatchObject({
    properties: {
      strategy: { $ref: "#/definitions/io.k8s.api.apps.v1.DeploymentStrategy", "x-kubernetes-patch-strategy": "retainKeys" },
    },
  });
});

it("tells where each document is, by a hash of what it is made from", () => {
  const hashes = openapiV3Hashes(resources, (text) => `h${text.length}`);
  const index = openapiV3Index(hashes) as { paths: Record<string, { serverRelativeURL: string }> };
  expect(Object.keys(index.paths)).toContain("api/v1");
  expect(index.paths["apis/apps/v1"]?.serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=H\d+$/);
});
