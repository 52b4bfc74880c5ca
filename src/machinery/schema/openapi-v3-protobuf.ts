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

/** An OpenAPI 3 document in the binary form of gnostic's `openapi.v3.Document`, in steps. */
export function encodeOpenapiV3(value: Json): Generator<void, Uint8Array> {
  return encodeDocument(value, documentFields, {
    paths: { number: 1, write: pathItem },
    components: { fields: componentFields, maps: componentMaps },
  });
}

const reference = message(() => ({
  fields: [
    ["$ref", 1, text],
    ["summary", 2, text],
    ["description", 3, text],
  ],
}));

/** One of two forms: the thing itself, or where it is. */
function orReference(write: Write): Write {
  return (writer, number, value) => {
    const isReference = "$ref" in (value as Json);
    wrapped(isReference ? 2 : 1, isReference ? reference : write)(writer, number, value);
  };
}

const schema = message(() => schemaMessage);
const schemaOrReference = orReference(schema);

const schemaMessage: Message = {
  fields: [
    ["nullable", 1, flag],
    ["readOnly", 3, flag],
    ["writeOnly", 4, flag],
    ["example", 7, any],
    ["deprecated", 8, flag],
    ["title", 9, text],
    ["multipleOf", 10, double],
    ["maximum", 11, double],
    ["exclusiveMaximum", 12, flag],
    ["minimum", 13, double],
    ["exclusiveMinimum", 14, flag],
    ["maxLength", 15, integer],
    ["minLength", 16, integer],
    ["pattern", 17, text],
    ["maxItems", 18, integer],
    ["minItems", 19, integer],
    ["uniqueItems", 20, flag],
    ["maxProperties", 21, integer],
    ["minProperties", 22, integer],
    ["required", 23, texts],
    ["enum", 24, repeated(any)],
    ["type", 25, text],
    ["allOf", 26, repeated(schemaOrReference)],
    ["oneOf", 27, repeated(schemaOrReference)],
    ["anyOf", 28, repeated(schemaOrReference)],
    ["not", 29, schema],
    ["items", 30, wrapped(1, schemaOrReference)],
    ["properties", 31, map(1, schemaOrReference)],
    ["additionalProperties", 32, schemaOrFlag],
    ["default", 33, plainDefault],
    ["description", 34, text],
    ["format", 35, text],
  ],
  extensions: 36,
};

function schemaOrFlag(...[writer, number, value]: Parameters<Write>): void {
  const before = writer.length;
  if (typeof value !== "boolean") schemaOrReference(writer, 1, value);
  else {
    // One of two forms: false is written too.
    writer.varint(value ? 1 : 0);
    writer.tag(2, 0);
  }
  close(writer, number, before);
}

/** Defaults that are plain values; others are empty. */
function plainDefault(...[writer, number, value]: Parameters<Write>): void {
  const before = writer.length;
  if (typeof value === "number") {
    writer.double(value);
    writer.tag(1, 1);
  } else if (typeof value === "boolean") {
    writer.varint(value ? 1 : 0);
    writer.tag(2, 0);
  } else if (typeof value === "string") {
    writer.text(value);
    writer.tag(3, 2);
  }
  close(writer, number, before);
}

const mediaTypes = map(
  1,
  message(() => ({
    fields: [
      ["schema", 1, schemaOrReference],
      ["example", 2, any],
    ],
    extensions: 5,
  })),
);

const parameter = message(() => ({
  fields: [
    ["name", 1, text],
    ["in", 2, text],
    ["description", 3, text],
    ["required", 4, flag],
    ["deprecated", 5, flag],
    ["allowEmptyValue", 6, flag],
    ["style", 7, text],
    ["explode", 8, flag],
    ["allowReserved", 9, flag],
    ["schema", 10, schemaOrReference],
    ["content", 13, mediaTypes],
  ],
  extensions: 14,
}));
const parameters = repeated(orReference(parameter));

const requestBody = message(() => ({
  fields: [
    ["description", 1, text],
    ["content", 2, mediaTypes],
    ["required", 3, flag],
  ],
  extensions: 4,
}));

const response = message(() => ({
  fields: [
    ["description", 1, text],
    ["content", 3, mediaTypes],
  ],
  extensions: 5,
}));

const operation = message(() => operationMessage);
const operationMessage: Message = {
  fields: [
    ["tags", 1, texts],
    ["summary", 2, text],
    ["description", 3, text],
    ["operationId", 5, text],
    ["parameters", 6, parameters],
    ["requestBody", 7, orReference(requestBody)],
    ["responses", 8, map(2, orReference(response))],
    ["deprecated", 10, flag],
  ],
  extensions: 13,
};

const pathItem = message(() => ({
  fields: [
    ["$ref", 1, text],
    ["summary", 2, text],
    ["description", 3, text],
    ["get", 4, operation],
    ["put", 5, operation],
    ["post", 6, operation],
    ["delete", 7, operation],
    ["options", 8, operation],
    ["head", 9, operation],
    ["patch", 10, operation],
    ["parameters", 13, parameters],
  ],
  extensions: 14,
}));

const info = message(() => ({
  fields: [
    ["title", 1, text],
    ["description", 2, text],
    ["version", 6, text],
  ],
  extensions: 7,
}));

const securityScheme = message(() => ({
  fields: [
    ["type", 1, text],
    ["description", 2, text],
    ["name", 3, text],
    ["in", 4, text],
    ["scheme", 5, text],
  ],
  extensions: 9,
}));

const componentFields: Message["fields"] = [
  ["schemas", 1, map(1, schemaOrReference)],
  ["securitySchemes", 7, map(1, orReference(securityScheme))],
];
const componentMaps = { schemas: { number: 1, write: schemaOrReference } };

const documentFields: Message["fields"] = [
  ["openapi", 1, text],
  ["info", 2, info],
  ["paths", 4, map(1, pathItem)],
  ["components", 5, message(() => ({ fields: componentFields }))],
];
