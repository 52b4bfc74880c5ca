import type { Random } from "../../random.ts";
import type { FieldSchema, TypeSchema } from "../schema.ts";

/** For property tests: values that fit a type, in the form in which the server stores objects. Not what the kind's validation accepts. */
export function randomObject(type: TypeSchema, random: Random, depth = 7): Record<string, unknown> {
  return struct(type, random, depth);
}

function chance(random: Random, probability: number): boolean {
  return random.next() < probability;
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random.next() * from.length)] as T;
}

function struct(type: TypeSchema, random: Random, depth: number): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const field of type.fields.values()) {
    if (field.name === "apiVersion" || field.name === "kind") continue;
    if (!field.required && chance(random, depth <= 0 ? 0.95 : 0.55)) continue;
    const made = fieldValue(field, random, depth - 1);
    if (made !== undefined) value[field.name] = made;
  }
  return value;
}

function fieldValue(field: FieldSchema, random: Random, depth: number): unknown {
  if (field.enum && chance(random, 0.8)) return pick(random, field.enum);
  const { kind } = field.type;
  const nested = kind === "struct" || kind === "list" || kind === "map" || kind.startsWith("schema");
  if (nested && depth < 0 && field.pointer) return undefined;
  return randomValue(field.type, random, depth);
}

/** Texts that mean something else in YAML, where they aren't quoted. */
const likeYaml = [
  "yes",
  "null",
  "~",
  "1e3",
  "012",
  "0x1F",
  "10:30",
  "2026-01-01",
  ".inf",
  "<<",
  "a: b #c",
  "- a",
  "*x",
  "%y",
  "@z",
  " a\n b\n\n",
  "\t",
];
const words = [
  "a",
  "nginx:1.27",
  "x".repeat(130),
  "app.kubernetes.io/name",
  "grüße",
  "日本語",
  "🙂 text",
  'quote " and \\',
  "",
  "0",
  ...likeYaml,
];
const quantities = ["0", "1", "100m", "1500m", "64Mi", "1Gi", "3k", "123456789n", "12e6", "9223372036854775807", "-5"];
const raws = [{ a: 1, b: ["x", { c: null }] }, "text", 5, [1, 2], true, {}];

function count(random: Random, depth: number): number {
  return depth < 0 ? 0 : 1 + Math.floor(random.next() * 2);
}

/** Never -0, which JSON does not tell from 0. */
function integer(random: Random, bits: 31 | 53): number {
  const magnitude = Math.floor(random.next() ** 3 * 2 ** bits);
  return chance(random, 0.2) ? 0 : chance(random, 0.15) ? 0 - magnitude : magnitude;
}

function time(random: Random): number {
  return Math.floor(random.next() * 4_000_000_000_000);
}

function randomValue(type: TypeSchema, random: Random, depth: number): unknown {
  switch (type.kind) {
    case "string":
      return pick(random, words);
    case "boolean":
      return chance(random, 0.5);
    case "int32":
      return integer(random, 31);
    case "int64":
      return integer(random, 53);
    case "double":
      return pick(random, [0, 1, -1.5, 1e-7, 123456.75, 1e21]);
    case "bytes":
      return btoa(String.fromCharCode(...random.bytes(1 + Math.floor(random.next() * 12))));
    case "quantity":
      return pick(random, quantities);
    case "time":
      return `${new Date(time(random)).toISOString().slice(0, 19)}Z`;
    case "microTime":
      return `${new Date(time(random)).toISOString().slice(0, 23)}456Z`;
    case "duration":
      return "5m0s";
    case "intOrString":
      return chance(random, 0.5) ? integer(random, 31) : pick(random, words);
    case "fieldsV1":
      return { "f:metadata": { "f:labels": { ".": {}, "f:app": {} } }, 'k:{"name":"a"}': {} };
    case "rawExtension":
    case "json":
      return pick(random, raws);
    case "schemaOrBool":
      return depth < 0 || chance(random, 0.5) ? chance(random, 0.5) : struct(type.schemaProps, random, depth);
    case "schemaOrArray":
      return chance(random, 0.5) ? struct(type.schemaProps, random, depth) : [struct(type.schemaProps, random, depth)];
    case "schemaOrStrings":
      return chance(random, 0.5) ? struct(type.schemaProps, random, depth) : ["a", "b"];
    case "struct":
      return struct(type, random, depth);
    case "list":
      return Array.from({ length: count(random, depth) }, () => randomValue(type.items as TypeSchema, random, depth));
    case "map": {
      const map: Record<string, unknown> = {};
      for (let i = count(random, depth); i > 0; i--) map[pick(random, words)] = randomValue(type.items as TypeSchema, random, depth);
      return map;
    }
  }
}
