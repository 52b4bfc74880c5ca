import type { CustomResourceDefinition, JSONSchemaProps } from "../api/apiextensions/v1.ts";

/**
 * TypeScript for typed clients: an interface and a resource for each version that the definition serves. Those of the stored version have the
 * bare names.
 */
export function typesOfDefinition({ spec }: CustomResourceDefinition): string {
  const { group, names, scope } = spec;
  const sections = ['import { defineKind, type KubeObject } from "kybern/client";\n'];
  for (const { name: version, served, storage, schema } of spec.versions) {
    if (!served) continue;
    const suffix = storage ? "" : capitalized(version);
    const type = identifier(names.kind) + suffix;
    const root = schema?.openAPIV3Schema ?? {};
    const properties = Object.fromEntries(Object.entries(root.properties ?? {}).filter(([name]) => !inherited.has(name)));
    sections.push(`${comment(root.description, "")}export interface ${type} extends KubeObject ${fieldsOf({ ...root, properties }, "")}\n`);
    const place = { group, version, kind: names.kind, plural: names.plural, namespaced: scope === "Namespaced" };
    const fields = Object.entries(place).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
    sections.push(`export const ${identifier(names.plural)}${suffix} = defineKind<${type}>({ ${fields.join(", ")} });\n`);
  }
  return sections.join("\n");
}

/** A `KubeObject` has them. */
const inherited = new Set(["apiVersion", "kind", "metadata"]);
const step = "  ";

function typeOf(schema: JSONSchemaProps, indent: string): string {
  const type = schema.enum ? union(schema.enum.map((value) => JSON.stringify(value))) : plainTypeOf(schema, indent);
  return schema.nullable && type !== "unknown" ? union([type, "null"]) : type;
}

function plainTypeOf(schema: JSONSchemaProps, indent: string): string {
  if (schema["x-kubernetes-int-or-string"]) return "number | string";
  switch (schema.type) {
    case "string":
    case "boolean":
      return schema.type;
    case "integer":
    case "number":
      return "number";
    case "array":
      return `Array<${Array.isArray(schema.items) || !schema.items ? "unknown" : typeOf(schema.items, indent)}>`;
    case "object":
      return objectTypeOf(schema, indent);
    default:
      return "unknown";
  }
}

function objectTypeOf(schema: JSONSchemaProps, indent: string): string {
  const { properties, additionalProperties } = schema;
  if (schema["x-kubernetes-embedded-resource"]) return properties ? `KubeObject & ${fieldsOf(schema, indent)}` : "KubeObject";
  if (properties) return fieldsOf(schema, indent);
  return `Record<string, ${typeof additionalProperties === "object" ? typeOf(additionalProperties, indent) : "unknown"}>`;
}

function fieldsOf(
  schema: Pick<JSONSchemaProps, "properties" | "required" | "x-kubernetes-preserve-unknown-fields">,
  indent: string,
): string {
  const inner = indent + step;
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {}).map(
    ([name, field]) =>
      `${comment(field.description, inner)}${inner}${/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name)}${required.has(name) ? "" : "?"}: ${typeOf(field, inner)};\n`,
  );
  if (schema["x-kubernetes-preserve-unknown-fields"]) fields.push(`${inner}[field: string]: unknown;\n`);
  return fields.length > 0 ? `{\n${fields.join("")}${indent}}` : "{}";
}

function comment(description: string | undefined, indent: string): string {
  if (!description) return "";
  const lines = description.trim().replaceAll("*/", "*\\/").split("\n");
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(" | ");
}

/** Names of kinds and resources may hold dashes. */
function identifier(name: string): string {
  return name.replaceAll(/-(\w?)/g, (_, letter: string) => letter.toUpperCase());
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
