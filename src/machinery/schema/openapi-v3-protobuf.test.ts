import protobufjs from "protobufjs";
import { expect, it } from "vitest";
import { encodeOpenapiV3 } from "./openapi-v3-protobuf.ts";

/** What clients know of gnostic's messages, as far as this document goes. */
const messages = protobufjs.parse(`
  syntax = "proto3";
  message Any { string yaml = 2; }
  message NamedAny { string name = 1; Any value = 2; }
  message Document { string openapi = 1; Info info = 2; Paths paths = 4; Components components = 5; }
  message Info { string title = 1; string version = 6; }
  message Paths { repeated NamedPathItem path = 1; }
  message NamedPathItem { string name = 1; PathItem value = 2; }
  message PathItem { Operation get = 4; repeated ParameterOrReference parameters = 13; }
  message Operation { repeated string tags = 1; string operationId = 5; Responses responses = 8; repeated NamedAny specificationExtension = 13; }
  message ParameterOrReference { Parameter parameter = 1; }
  message Parameter { string name = 1; string in = 2; bool required = 4; SchemaOrReference schema = 10; }
  message Responses { repeated NamedResponse responseOrReference = 2; }
  message NamedResponse { string name = 1; ResponseOrReference value = 2; }
  message ResponseOrReference { Response response = 1; }
  message Response { string description = 1; MediaTypes content = 3; }
  message MediaTypes { repeated NamedMediaType additionalProperties = 1; }
  message NamedMediaType { string name = 1; MediaType value = 2; }
  message MediaType { SchemaOrReference schema = 1; }
  message SchemaOrReference { Schema schema = 1; Reference reference = 2; }
  message Reference { string ref = 1; }
  message Schema {
    repeated string required = 23; string type = 25; repeated SchemaOrReference allOf = 26; ItemsItem items = 30; Properties properties = 31;
    AdditionalPropertiesItem additionalProperties = 32; DefaultType default = 33; string description = 34;
    repeated NamedAny specificationExtension = 36;
  }
  message AdditionalPropertiesItem { oneof of { SchemaOrReference schemaOrReference = 1; bool boolean = 2; } }
  message DefaultType { oneof of { double number = 1; bool boolean = 2; string string = 3; } }
  message ItemsItem { repeated SchemaOrReference schemaOrReference = 1; }
  message Properties { repeated NamedSchema additionalProperties = 1; }
  message NamedSchema { string name = 1; SchemaOrReference value = 2; }
  message Components { Schemas schemas = 1; }
  message Schemas { repeated NamedSchema additionalProperties = 1; }
`).root;

it("writes a document as gnostic's messages have it", () => {
  const reference = { $ref: "#/components/schemas/Thing" };
  const steps = encodeOpenapiV3({
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "1.36" },
    paths: {
      "/things": {
        get: {
          tags: ["core"],
          operationId: "list",
          responses: { "200": { description: "OK", content: { "application/json": { schema: reference } } } },
          "x-kubernetes-action": "list",
        },
        parameters: [{ name: "pretty", in: "query", schema: { type: "string" } }],
      },
    },
    components: {
      schemas: {
        Thing: {
          type: "object",
          description: "A thing.",
          required: ["count"],
          properties: {
            count: { type: "integer", default: 0 },
            part: { allOf: [reference], default: {} },
            parts: { type: "array", items: reference },
            open: { additionalProperties: false },
          },
        },
      },
    },
  });
  let step = steps.next();
  while (!step.done) step = steps.next();
  const type = messages.lookupType("Document");
  expect(type.toObject(type.decode(step.value))).toEqual({
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "1.36" },
    paths: {
      path: [
        {
          name: "/things",
          value: {
            get: {
              tags: ["core"],
              operationId: "list",
              responses: {
                responseOrReference: [
                  {
                    name: "200",
                    value: {
                      response: {
                        description: "OK",
                        content: {
                          additionalProperties: [
                            { name: "application/json", value: { schema: { reference: { ref: "#/components/schemas/Thing" } } } },
                          ],
                        },
                      },
                    },
                  },
                ],
              },
              specificationExtension: [{ name: "x-kubernetes-action", value: { yaml: "list\n" } }],
            },
            parameters: [{ parameter: { name: "pretty", in: "query", schema: { schema: { type: "string" } } } }],
          },
        },
      ],
    },
    components: {
      schemas: {
        additionalProperties: [
          {
            name: "Thing",
            value: {
              schema: {
                type: "object",
                description: "A thing.",
                required: ["count"],
                properties: {
                  additionalProperties: [
                    { name: "count", value: { schema: { type: "integer", default: { number: 0 } } } },
                    {
                      name: "part",
                      value: { schema: { allOf: [{ reference: { ref: "#/components/schemas/Thing" } }], default: {} } },
                    },
                    {
                      name: "parts",
                      value: {
                        schema: { type: "array", items: { schemaOrReference: [{ reference: { ref: "#/components/schemas/Thing" } }] } },
                      },
                    },
                    { name: "open", value: { schema: { additionalProperties: { boolean: false } } } },
                  ],
                },
              },
            },
          },
        ],
      },
    },
  });
});
