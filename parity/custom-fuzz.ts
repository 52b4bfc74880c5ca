import type { Target } from "./run.ts";

/** Random schemas and random objects of them, asked of two servers: what each says of an object has to agree. */
export interface CustomFuzzSettings {
  seed: number;
  /** How many objects. */
  count: number;
}

type Json = Record<string, unknown>;

class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  one<T>(values: readonly T[]): T {
    return values[this.below(values.length)] as T;
  }
}

const names = ["a", "b", "c", "d"];
const formats = "email hostname ipv4 ipv6 cidr mac uuid byte date date-time duration uri hexcolor ssn isbn password k8s-short-name".split(
  " ",
);
const texts =
  "|a|ab|abc|abcdef|A|a b|1|-|a@b.c|x.example.com|1.2.3.4|::1|10.0.0.0/8|00:11:22:33:44:55|6ba7b810-9dad-11d1-80b4-00c04fd430c8|YQ==|2020-02-30|2020-02-28|2020-01-01T00:00:00Z|5m|3 days|/a|http://x/y|#fff|123-45-6789|0321751043|true|null|ä|日本".split(
    "|",
  );
const patterns = ["^[a-z]+$", "^\\d+$", "b", "^.{2,3}$", "(?i)^ABC", "^[[:alpha:]]*$", "^(a|ab)$"];

function rulesOf(dice: Dice, type: string): Json {
  const rules: Json = {};
  if (type === "string") {
    if (dice.chance(25)) rules.maxLength = dice.below(5);
    if (dice.chance(20)) rules.minLength = dice.below(4);
    if (dice.chance(20)) rules.pattern = dice.one(patterns);
    if (dice.chance(15)) rules.enum = ["a", "abc", ""].slice(0, 1 + dice.below(3));
    if (dice.chance(30)) rules.format = dice.one(formats);
  }
  if (type === "integer" || type === "number") {
    if (dice.chance(30)) rules.maximum = dice.below(5);
    if (dice.chance(30)) rules.minimum = dice.below(5) - 1;
    if (rules.maximum !== undefined && dice.chance(30)) rules.exclusiveMaximum = true;
    if (rules.minimum !== undefined && dice.chance(30)) rules.exclusiveMinimum = true;
    if (dice.chance(15)) rules.multipleOf = dice.one([2, 3, ...(type === "number" ? [0.5] : [])]);
    if (dice.chance(15)) rules.enum = [1, 2, 5];
    if (dice.chance(20)) rules.format = type === "integer" ? dice.one(["int32", "int64"]) : dice.one(["float", "double"]);
  }
  if (type === "array") {
    if (dice.chance(25)) rules.maxItems = dice.below(3);
    if (dice.chance(20)) rules.minItems = dice.below(3);
  }
  if (type === "object") {
    if (dice.chance(15)) rules.maxProperties = 1 + dice.below(2);
    if (dice.chance(15)) rules.minProperties = dice.below(3);
  }
  return rules;
}

function schemaOf(dice: Dice, depth: number): Json {
  if (dice.chance(7)) return { "x-kubernetes-int-or-string": true };
  if (dice.chance(6)) return { "x-kubernetes-preserve-unknown-fields": true };
  const type = dice.one(
    depth > 0 ? ["string", "integer", "number", "boolean", "array", "object", "object"] : ["string", "integer", "number", "boolean"],
  );
  const schema: Json = { type, ...rulesOf(dice, type) };
  if (dice.chance(15)) schema.nullable = true;
  if (type === "array") arrayParts(dice, schema, depth);
  else if (type === "object") objectParts(dice, schema, depth);
  return schema;
}

function arrayParts(dice: Dice, schema: Json, depth: number): void {
  if (dice.chance(30)) {
    schema["x-kubernetes-list-type"] = "set";
    schema.items = { type: dice.one(["string", "integer"]) };
    return;
  }
  if (dice.chance(30)) {
    schema["x-kubernetes-list-type"] = "map";
    schema["x-kubernetes-list-map-keys"] = ["a"];
    schema.items = { type: "object", required: ["a"], properties: { a: { type: "string" }, b: schemaOf(dice, 0) } };
    return;
  }
  schema.items = schemaOf(dice, depth - 1);
}

function objectParts(dice: Dice, schema: Json, depth: number): void {
  if (dice.chance(25)) {
    schema.additionalProperties = schemaOf(dice, depth - 1);
    return;
  }
  const properties: Record<string, Json> = {};
  for (const name of names) if (dice.chance(65)) properties[name] = schemaOf(dice, depth - 1);
  schema.properties = properties;
  const known = Object.keys(properties);
  if (known.length > 0 && dice.chance(30)) schema.required = [dice.one(known)];
  if (dice.chance(15)) schema["x-kubernetes-preserve-unknown-fields"] = true;
  for (const junctor of ["anyOf", "oneOf", "allOf"]) {
    if (known.length > 0 && dice.chance(12)) schema[junctor] = [0, 1].map(() => alternativeOf(dice, properties));
  }
  if (known.length > 0 && dice.chance(8)) schema.not = alternativeOf(dice, properties);
  for (const property of Object.values(properties)) if (dice.chance(12)) addDefault(dice, property);
}

/** What an alternative may say: values, never types. */
function alternativeOf(dice: Dice, properties: Record<string, Json>): Json {
  const name = dice.one(Object.keys(properties));
  const { type } = properties[name] as Json;
  const rules = typeof type === "string" ? rulesOf(dice, type) : {};
  return { ...(dice.chance(60) ? { required: [name] } : {}), properties: { [name]: rules } };
}

/** Defaults that hold whatever the rules are: those of places without any. */
function addDefault(_dice: Dice, property: Json): void {
  const bare = Object.keys(property).every((key) => key === "type" || key === "nullable");
  const values: Readonly<Record<string, unknown>> = { string: "preset", integer: 7, number: 1.5, boolean: true };
  if (bare && typeof property.type === "string" && property.type in values) property.default = values[property.type];
}

function sampleOf(dice: Dice, schema: Json | undefined, depth: number): unknown {
  if (dice.chance(5)) return null;
  if (!schema || dice.chance(6)) return dice.one([true, 5, 2.5, "text", [], {}, [1, null], { a: { b: null } }]);
  switch (schema.type) {
    case "string":
      return dice.one(texts);
    case "integer":
      return dice.chance(90) ? dice.below(8) - 1 : dice.one([2.5, 3000000000, -7]);
    case "number":
      return dice.chance(60) ? dice.below(6) : dice.one([0.5, 2.25, -0.5, 1e10, 0.00001]);
    case "boolean":
      return dice.chance(50);
    case "array":
      return Array.from({ length: dice.below(4) }, () => sampleOf(dice, schema.items as Json | undefined, depth - 1));
    case "object": {
      const object: Json = {};
      const { properties = {}, additionalProperties } = schema as { properties?: Record<string, Json>; additionalProperties?: Json };
      for (const name of [...names, "zz"]) {
        if (dice.chance(name === "zz" ? 15 : 60)) object[name] = sampleOf(dice, properties[name] ?? additionalProperties, depth - 1);
      }
      return object;
    }
    default:
      return dice.one<unknown>([80, "http", true, 1.5, { x: [null, { y: 1 }] }, null]);
  }
}

interface Said {
  status: number;
  warnings: string[];
  /** Complaints in order of their texts, or the object that was made. */
  body: unknown;
}

const objectsOfOne = 40;

/** Gives how many objects the servers disagree on; prints them. */
export async function customFuzz(theirs: Target, ours: Target, { seed, count }: CustomFuzzSettings): Promise<number> {
  let disagreements = 0;
  for (let begun = 0, round = 0; begun < count; begun += objectsOfOne, round++) {
    const dice = new Dice(seed + round * 7919);
    const group = `f${seed}x${round}.example.com`;
    const spec = { type: "object", properties: Object.fromEntries(names.map((name) => [name, schemaOf(dice, 2)])) };
    const definition = definitionOf(group, spec);
    const path = `/apis/${group}/v1/fuzzes`;
    const [first, second] = await Promise.all([theirs, ours].map((target) => install(target, definition, path)));
    if (first !== second) {
      disagreements++;
      console.log(`seed ${seed} round ${round}: the definition\n  upstream ${first}\n  kybern   ${second}\n  ${JSON.stringify(spec)}`);
    }
    if (first === "" && second === "") {
      for (let index = 0; index < objectsOfOne; index++) {
        const object = { apiVersion: `${group}/v1`, kind: "Fuzz", metadata: { name: `o${index}` }, spec: sampleOf(dice, { ...spec }, 3) };
        const [a, b] = await Promise.all([theirs, ours].map((target) => say(target, path, object)));
        if (JSON.stringify(a) === JSON.stringify(b)) continue;
        disagreements++;
        console.log(`seed ${seed} round ${round} object ${index}\n  upstream ${JSON.stringify(a)}\n  kybern   ${JSON.stringify(b)}`);
        console.log(`  object   ${JSON.stringify(object.spec)}\n  schema   ${JSON.stringify(spec)}`);
      }
    }
    const name = `fuzzes.${group}`;
    await Promise.all([theirs, ours].map((target) => ask(target, "DELETE", `${definitions}/${name}`)));
  }
  return disagreements;
}

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

function definitionOf(group: string, spec: Json): Json {
  return {
    metadata: { name: `fuzzes.${group}` },
    spec: {
      group,
      scope: "Cluster",
      names: { plural: "fuzzes", kind: "Fuzz" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object", properties: { spec } } } }],
    },
  };
}

async function ask(target: Target, method: string, path: string, body?: unknown) {
  const headers = { accept: "application/json", authorization: `Bearer ${target.token}`, "content-type": "application/json" };
  const bytes = body === undefined ? {} : { bytes: Buffer.from(JSON.stringify(body)) };
  const answer = await target.http.ask({ method, path, headers, ...bytes });
  const text = Buffer.from(answer.bytes).toString();
  return { ...answer, body: text.startsWith("{") ? JSON.parse(text) : text };
}

/** Empty when the definition is served, else why it isn't. */
async function install(target: Target, definition: Json, path: string): Promise<string> {
  const created = await ask(target, "POST", definitions, definition);
  if (created.status !== 201)
    return (created.body.details?.causes ?? [])
      .map((one: Json) => `${one.field}: ${one.message}`)
      .sort()
      .join("; ");
  for (let attempt = 0; attempt < 100; attempt++) {
    if ((await ask(target, "GET", path)).status === 200) return "";
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return "never served";
}

async function say(target: Target, path: string, object: Json): Promise<Said> {
  const { status, headers, body } = await ask(target, "POST", path, object);
  const warnings = [headers.warning ?? []]
    .flat()
    .join(", ")
    .split(/,\s*(?=299 )/)
    .sort();
  if (status === 201) return { status, warnings, body: sorted(body.spec) };
  const causes = (body.details?.causes ?? []).map((one: Json) => `${one.field}: ${one.message}`).sort();
  return { status, warnings, body: causes.length > 0 ? causes : body.message };
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, sorted(part)]),
  );
}
