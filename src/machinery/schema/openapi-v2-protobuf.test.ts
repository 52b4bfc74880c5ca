import { readFileSync } from "node:fs";
import protobufjs from "protobufjs";
import { expect, it } from "vitest";
import { openapiV2 } from "./openapi.ts";
import type { OpenApiResource } from "./openapi-schemas.ts";
import { encodeOpenapiV2 } from "./openapi-v2-protobuf.ts";
import { allGroups, schemaOf } from "./testing/tables.ts";

/** What clients know of gnostic's messages, as far as these documents go. */
const messages = protobufjs.parse(`
  syntax = "proto3";
  message Any { string yaml = 2; }
  message NamedAny { string name = 1; Any value = 2; }
  message Document {
    string swagger = 1; Info info = 2; Paths paths = 8; Definitions definitions = 9; ParameterDefinitions parameters = 10;
    repeated SecurityRequirement security = 12; SecurityDefinitions securityDefinitions = 13;
  }
  message Info { string title = 1; string version = 2; }
  message Paths { repeated NamedPathItem path = 2; }
  message NamedPathItem { string name = 1; PathItem value = 2; }
  message PathItem {
    Operation get = 2; Operation put = 3; Operation post = 4; Operation delete = 5; Operation options = 6;
    Operation head = 7; Operation patch = 8;
    repeated ParametersItem parameters = 9; repeated NamedAny vendorExtension = 10;
  }
  message Operation {
    repeated string tags = 1; string description = 3; string operationId = 5; repeated string produces = 6; repeated string consumes = 7;
    repeated ParametersItem parameters = 8; Responses responses = 9; repeated string schemes = 10; repeated NamedAny vendorExtension = 13;
  }
  message ParametersItem { Parameter parameter = 1; Reference reference = 2; }
  message Reference { string ref = 1; }
  message Parameter { BodyParameter body = 1; NonBodyParameter nonBody = 2; }
  message BodyParameter { string name = 2; string in = 3; bool required = 4; Schema schema = 5; }
  message NonBodyParameter { QueryParameter query = 3; PathParameter path = 4; }
  message QueryParameter { bool required = 1; string in = 2; string description = 3; string name = 4; string type = 6; bool uniqueItems = 20; }
  message PathParameter { bool required = 1; string in = 2; string description = 3; string name = 4; string type = 5; bool uniqueItems = 19; }
  message ParameterDefinitions { repeated NamedParameter additionalProperties = 1; }
  message NamedParameter { string name = 1; Parameter value = 2; }
  message Responses { repeated NamedResponseValue responseCode = 1; }
  message NamedResponseValue { string name = 1; ResponseValue value = 2; }
  message ResponseValue { Response response = 1; }
  message Response { string description = 1; SchemaItem schema = 2; }
  message SchemaItem { Schema schema = 1; }
  message Definitions { repeated NamedSchema additionalProperties = 1; }
  message Properties { repeated NamedSchema additionalProperties = 1; }
  message NamedSchema { string name = 1; Schema value = 2; }
  message AdditionalProperties { oneof form { Schema schema = 1; bool boolean = 2; } }
  message TypeItem { repeated string value = 1; }
  message ItemsItem { repeated Schema schema = 1; }
  message Schema {
    string ref = 1; string format = 2; string description = 4; Any default = 5; double maximum = 7; double minimum = 9; int64 maxLength = 11;
    repeated string required = 19; repeated Any enum = 20; AdditionalProperties additionalProperties = 21; TypeItem type = 22;
    ItemsItem items = 23; repeated Schema allOf = 24; Properties properties = 25; repeated NamedAny vendorExtension = 31;
  }
  message SecurityRequirement { repeated NamedStringArray additionalProperties = 1; }
  message NamedStringArray { string name = 1; StringArray value = 2; }
  message StringArray { repeated string value = 1; }
  message SecurityDefinitions { repeated NamedSecurityDefinitionsItem additionalProperties = 1; }
  message NamedSecurityDefinitionsItem { string name = 1; SecurityDefinitionsItem value = 2; }
  message SecurityDefinitionsItem { ApiKeySecurity apiKey = 2; }
  message ApiKeySecurity { string type = 1; string name = 2; string in = 3; string description = 4; }
`);

function made<T>(steps: Generator<void, T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** Encoded, and read by another's decoder, which must leave nothing over. */
function decoded(document: Record<string, unknown>): Record<string, unknown> {
  const type = messages.root.lookupType("Document");
  const bytes = made(encodeOpenapiV2(document));
  const message = type.decode(bytes);
  expect(type.encode(message).finish().length).toBe(bytes.length);
  return type.toObject(message, { longs: Number });
}

const schemas = (definition: object) => decoded({ swagger: "2.0", definitions: { d: definition } });
const pair = (name: string, value: object) => ({ name, value });

it("writes schemas", () => {
  const written = schemas({
    description: "a type",
    type: "object",
    required: ["a"],
    properties: {
      a: { type: "string", enum: ["", "On", "*"], maxLength: 63, default: "On" },
      b: { type: "array", items: { $ref: "#/definitions/e" }, "x-kubernetes-list-map-keys": ["name"], "x-kubernetes-list-type": "map" },
      c: { type: "object", additionalProperties: { type: "integer", format: "int32", minimum: 0.5, maximum: 0 } },
      "x-odd": { additionalProperties: false },
    },
    "x-kubernetes-group-version-kind": [{ group: "apps", kind: "Deployment", version: "v1" }],
    oneOf: [{ type: "string" }],
  });
  const a = {
    type: { value: ["string"] },
    enum: [{ yaml: '""\n' }, { yaml: '"On"\n' }, { yaml: "'*'\n" }],
    maxLength: 63,
    default: { yaml: '"On"\n' },
  };
  const b = {
    type: { value: ["array"] },
    items: { schema: [{ ref: "#/definitions/e" }] },
    vendorExtension: [pair("x-kubernetes-list-map-keys", { yaml: "- name\n" }), pair("x-kubernetes-list-type", { yaml: "map\n" })],
  };
  const c = {
    type: { value: ["object"] },
    additionalProperties: { schema: { type: { value: ["integer"] }, format: "int32", minimum: 0.5 } },
  };
  const x = { additionalProperties: { boolean: false } };
  expect(written).toEqual({
    swagger: "2.0",
    definitions: {
      additionalProperties: [
        pair("d", {
          description: "a type",
          type: { value: ["object"] },
          required: ["a"],
          properties: { additionalProperties: [pair("a", a), pair("b", b), pair("c", c), pair("x-odd", x)] },
          vendorExtension: [pair("x-kubernetes-group-version-kind", { yaml: "- group: apps\n  kind: Deployment\n  version: v1\n" })],
        }),
      ],
    },
  });
});

it("writes operations, parameters and security", () => {
  const written = decoded({
    swagger: "2.0",
    info: { title: "Kubernetes", version: "1.36" },
    paths: {
      "/a": {
        post: {
          consumes: ["*/*"],
          operationId: "createA",
          parameters: [
            { name: "body", in: "body", required: true, schema: { $ref: "#/definitions/a" } },
            { uniqueItems: true, type: "boolean", name: "force", in: "query" },
            { $ref: "#/parameters/p" },
          ],
          responses: { 200: { description: "OK", schema: { $ref: "#/definitions/a" } }, 401: { description: "Unauthorized" } },
          "x-kubernetes-action": "post",
        },
        parameters: [{ uniqueItems: true, type: "string", name: "name", in: "path", required: true }],
      },
    },
    parameters: { p: { uniqueItems: true, type: "string", name: "pretty", in: "query" } },
    securityDefinitions: { BearerToken: { type: "apiKey", name: "authorization", in: "header", description: "a token" } },
    security: [{ BearerToken: [] }],
  });
  const query = (name: string, type: string) => ({ nonBody: { query: { name, type, in: "query", uniqueItems: true } } });
  const a = { ref: "#/definitions/a" };
  expect(written).toEqual({
    swagger: "2.0",
    info: { title: "Kubernetes", version: "1.36" },
    paths: {
      path: [
        pair("/a", {
          post: {
            consumes: ["*/*"],
            operationId: "createA",
            parameters: [
              { parameter: { body: { name: "body", in: "body", required: true, schema: a } } },
              { parameter: query("force", "boolean") },
              { reference: { ref: "#/parameters/p" } },
            ],
            responses: {
              responseCode: [
                pair("200", { response: { description: "OK", schema: { schema: a } } }),
                pair("401", { response: { description: "Unauthorized" } }),
              ],
            },
            vendorExtension: [pair("x-kubernetes-action", { yaml: "post\n" })],
          },
          parameters: [
            { parameter: { nonBody: { path: { name: "name", type: "string", in: "path", required: true, uniqueItems: true } } } },
          ],
        }),
      ],
    },
    parameters: { additionalProperties: [pair("p", query("pretty", "string"))] },
    securityDefinitions: {
      additionalProperties: [
        pair("BearerToken", { apiKey: { type: "apiKey", name: "authorization", in: "header", description: "a token" } }),
      ],
    },
    security: [{ additionalProperties: [pair("BearerToken", {})] }],
  });
});

it("writes the document of all built-in resources, and loses none of it", () => {
  const resources = JSON.parse(readFileSync(new URL("../../api/resources.json", import.meta.url), "utf8")) as OpenApiResource[];
  const document = made(openapiV2(schemaOf(...allGroups), resources)) as { paths: object; definitions: object };
  const { paths, definitions } = decoded(document as never) as {
    paths: { path: { name: string }[] };
    definitions: { additionalProperties: { name: string }[] };
  };
  expect(paths.path.map(({ name }) => name)).toEqual(Object.keys(document.paths));
  expect(definitions.additionalProperties.map(({ name }) => name)).toEqual(Object.keys(document.definitions));
});
