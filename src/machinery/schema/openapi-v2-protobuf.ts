import {
  any,
  close,
  double,
  encodeDocument,
  flag,
  integer,
  type Json,
  type Message,
  map,
  message,
  repeated,
  text,
  texts,
  type Write,
  wrapped,
} from "./openapi-wire.ts";
import type { WireWriter } from "./wire-writer.ts";

/** An OpenAPI 2 document in the binary form of gnostic's `openapi.v2.Document`, in steps. */
export function encodeOpenapiV2(value: Json): Generator<void, Uint8Array> {
  return encodeDocument(value, documentFields, maps);
}

const schema = message(() => schemaMessage);

const schemaMessage: Message = {
  fields: [
    ["$ref", 1, text],
    ["format", 2, text],
    ["title", 3, text],
    ["description", 4, text],
    ["default", 5, any],
    ["multipleOf", 6, double],
    ["maximum", 7, double],
    ["exclusiveMaximum", 8, flag],
    ["minimum", 9, double],
    ["exclusiveMinimum", 10, flag],
    ["maxLength", 11, integer],
    ["minLength", 12, integer],
    ["pattern", 13, text],
    ["maxItems", 14, integer],
    ["minItems", 15, integer],
    ["uniqueItems", 16, flag],
    ["maxProperties", 17, integer],
    ["minProperties", 18, integer],
    ["required", 19, texts],
    ["enum", 20, repeated(any)],
    ["additionalProperties", 21, schemaOrFlag],
    ["type", 22, wrapped(1, (writer, number, value) => texts(writer, number, typeof value === "string" ? [value] : value))],
    ["items", 23, wrapped(1, (writer, number, value) => repeated(schema)(writer, number, Array.isArray(value) ? value : [value]))],
    ["allOf", 24, repeated(schema)],
    ["properties", 25, map(1, schema)],
    ["discriminator", 26, text],
    ["readOnly", 27, flag],
    ["externalDocs", 29, message(() => externalDocs)],
    ["example", 30, any],
  ],
  extensions: 31,
};

const externalDocs: Message = {
  fields: [
    ["description", 1, text],
    ["url", 2, text],
  ],
  extensions: 3,
};

function schemaOrFlag(writer: WireWriter, number: number, value: unknown): void {
  const before = writer.length;
  if (typeof value !== "boolean") schema(writer, 1, value);
  else {
    // One of two forms: false is written too.
    writer.varint(value ? 1 : 0);
    writer.tag(2, 0);
  }
  close(writer, number, before);
}

const reference = message(() => ({
  fields: [
    ["$ref", 1, text],
    ["description", 2, text],
  ],
}));

const bodyParameter = message(() => bodyParameterMessage);
const bodyParameterMessage: Message = {
  fields: [
    ["description", 1, text],
    ["name", 2, text],
    ["in", 3, text],
    ["required", 4, flag],
    ["schema", 5, schema],
  ],
  extensions: 6,
};

/** Parameters of a header and of a path have no `allowEmptyValue`, which moves the numbers after it. */
function plainParameter(hasEmptyValue: boolean): Message {
  const shift = hasEmptyValue ? 1 : 0;
  return {
    fields: [
      ["required", 1, flag],
      ["in", 2, text],
      ["description", 3, text],
      ["name", 4, text],
      ...(hasEmptyValue ? ([["allowEmptyValue", 5, flag]] as Message["fields"]) : []),
      ["type", 5 + shift, text],
      ["format", 6 + shift, text],
      ["collectionFormat", 8 + shift, text],
      ["default", 9 + shift, any],
      ["pattern", 16 + shift, text],
      ["uniqueItems", 19 + shift, flag],
      ["enum", 20 + shift, repeated(any)],
    ],
    extensions: 22 + shift,
  };
}

const withEmptyValue = plainParameter(true);
const withoutEmptyValue = plainParameter(false);

/** In which message a parameter goes, by where it stands in a request. */
const plainParameters: Record<string, [number: number, write: Write]> = {
  header: [1, message(() => withoutEmptyValue)],
  formData: [2, message(() => withEmptyValue)],
  query: [3, message(() => withEmptyValue)],
  path: [4, message(() => withoutEmptyValue)],
};

function parameter(writer: WireWriter, number: number, value: unknown): void {
  const before = writer.length;
  const where = (value as Json).in as string;
  const [form, write] = plainParameters[where] ?? [0, bodyParameter];
  if (form === 0) write(writer, 1, value);
  else wrapped(form, write)(writer, 2, value);
  close(writer, number, before);
}

const parameterOrReference: Write = (writer, number, value) =>
  wrapped("$ref" in (value as Json) ? 2 : 1, "$ref" in (value as Json) ? reference : parameter)(writer, number, value);

const response = message(() => responseMessage);
const responseMessage: Message = {
  fields: [
    ["description", 1, text],
    ["schema", 2, wrapped(1, schema)],
  ],
  extensions: 5,
};

const requirements = repeated(map(1, wrapped(1, texts)));

const operation = message(() => operationMessage);
const operationMessage: Message = {
  fields: [
    ["tags", 1, texts],
    ["summary", 2, text],
    ["description", 3, text],
    ["externalDocs", 4, message(() => externalDocs)],
    ["operationId", 5, text],
    ["produces", 6, texts],
    ["consumes", 7, texts],
    ["parameters", 8, repeated(parameterOrReference)],
    ["responses", 9, map(1, wrapped(1, response))],
    ["schemes", 10, texts],
    ["deprecated", 11, flag],
    ["security", 12, requirements],
  ],
  extensions: 13,
};

const pathItem = message(() => pathItemMessage);
const pathItemMessage: Message = {
  fields: [
    ["$ref", 1, text],
    ["get", 2, operation],
    ["put", 3, operation],
    ["post", 4, operation],
    ["delete", 5, operation],
    ["options", 6, operation],
    ["head", 7, operation],
    ["patch", 8, operation],
    ["parameters", 9, repeated(parameterOrReference)],
  ],
  extensions: 10,
};

const info = message(() => infoMessage);
const infoMessage: Message = {
  fields: [
    ["title", 1, text],
    ["version", 2, text],
    ["description", 3, text],
  ],
  extensions: 7,
};

/** Of the kinds of security definitions the one that documents of Kubernetes have. */
const apiKey = message(() => apiKeyMessage);
const apiKeyMessage: Message = {
  fields: [
    ["type", 1, text],
    ["name", 2, text],
    ["in", 3, text],
    ["description", 4, text],
  ],
  extensions: 5,
};

/** The document's large maps, written in steps. */
const maps = {
  paths: { number: 2, write: pathItem },
  definitions: { number: 1, write: schema },
};

const documentFields: Message["fields"] = [
  ["swagger", 1, text],
  ["info", 2, info],
  ["host", 3, text],
  ["basePath", 4, text],
  ["schemes", 5, texts],
  ["consumes", 6, texts],
  ["produces", 7, texts],
  ["paths", 8, map(2, pathItem)],
  ["definitions", 9, map(1, schema)],
  ["parameters", 10, map(1, parameter)],
  ["security", 12, requirements],
  ["securityDefinitions", 13, map(1, wrapped(2, apiKey))],
];
