import type { FieldSchema, TypeSchema } from "../src/machinery/schema/schema.ts";
import type { Base } from "./bases.ts";
import { types } from "./bodies.ts";
import { keptFields, type Pick, type Place } from "./field-paths.ts";

/** One write of a damaged object. */
export interface Case {
  base: Base;
  method: "POST" | "PUT" | "PATCH";
  /** What kind of patch. */
  contentType?: string;
  subresource?: "status";
  body: unknown;
  /** `spec.replicas = -1` */
  change: string;
  /** One damage; else several, or a status that is random as a whole. */
  isSingle: boolean;
  /** The places that were damaged. */
  places: readonly string[];
}

const strings = [
  "",
  "a",
  "A",
  "-a",
  "a b",
  "a/b",
  "example.com/a",
  "None",
  "x".repeat(64),
  "x".repeat(254),
  "10.0.0.1",
  "fd00::1",
  "10.0.0.0/8",
  "ä",
  "1",
  "*",
  "Always",
  "/x",
  "../x",
  "a_b",
  "a.b",
  "2024-01-01T00:00:00Z",
  "5%",
  "-1",
  "1Gi",
];
const integers = [0, 1, -1, 2, 60, 65535, 65536, 101, 2147483647, 2147483648, 86401];
const quantities = ["0", "-1", "1", "1.5", "100m", "1Ki", "x", "", 1, "1e3", "0.0001"];
const wrong = [null, "x", 1, true, [], {}, [null], { "": "" }];
const patchTypes = ["application/merge-patch+json", "application/strategic-merge-patch+json", "application/json-patch+json"];
/** Mostly one damage, often two, sometimes more: the order of several complaints. */
const amounts = [1, 1, 1, 2, 2, 3];

export function schemaOf({ object: { apiVersion, kind } }: Base): TypeSchema {
  const reference = types.typeOf(apiVersion, kind);
  if (reference === undefined) throw new Error(`no type for ${kind}`);
  return types.schema.type(reference);
}

/** The same object under a name that isn't taken. */
export function freshOf({ object, fresh, isReview }: Base): Base["object"] {
  if (fresh) return JSON.parse(JSON.stringify(object).replaceAll(...fresh)) as Base["object"];
  const copy = structuredClone(object);
  if (!isReview) copy.metadata.name = copy.kind === "Namespace" ? "fresh-{ns}" : `fresh-${String(copy.metadata.name)}`;
  return copy;
}

/** A random write of `base` with one or more damages. `random` gives numbers below 1. */
export function damage(base: Base, pick: Pick, random: () => number): Case {
  const isStatus = !base.isReview && random() < 0.12;
  const method = base.isReview
    ? "POST"
    : isStatus
      ? pick(["PUT", "PATCH"] as const)
      : pick(["POST", "POST", "POST", "PUT", "PUT", "PATCH"] as const);
  const object = method === "POST" ? freshOf(base) : structuredClone(base.object);
  const schema = schemaOf(base);
  const maker = new Maker(pick, random);
  const changes: string[] = [];
  const damaged: string[] = [];
  if (isStatus) {
    const status = schema.fields.get("status");
    if (status) {
      object.status = maker.value(status.type, "status");
      changes.push(`status = ${JSON.stringify(object.status)}`);
    }
  } else if (random() < 0.03) {
    for (const key of Object.keys(object)) if (!["apiVersion", "kind", "metadata", "spec"].includes(key)) delete object[key];
    if (object.spec !== undefined) object.spec = {};
    changes.push("nothing set");
  }
  for (let left = pick(amounts); left > 0; left--) {
    const places: Place[] = [];
    collect(schema, object, "", isStatus, places);
    if (places.length === 0) continue;
    const place = pick(places);
    damaged.push(place.path);
    changes.push(damagePlace(place, maker, pick));
  }
  const body = method === "PATCH" ? object : { ...object };
  const isSingle = changes.length === 1 && !isStatus && method !== "PATCH";
  const change = changes.join("; ");
  const subresource = isStatus ? ({ subresource: "status" } as const) : {};
  if (method !== "PATCH") return { base, method, body, change, isSingle, places: damaged, ...subresource };
  const contentType = pick(patchTypes);
  const patch = contentType.includes("json-patch")
    ? Object.entries(object).map(([key, value]) => ({ op: "add", path: `/${key}`, value }))
    : object;
  // Only what is said of the object changes: its metadata has more than the base knows.
  const said = Array.isArray(patch) ? patch.filter(({ path }) => path !== "/metadata") : patch;
  return { base, method, contentType, body: said, change: `${contentType} ${change}`, isSingle, places: damaged, ...subresource };
}

/** Gives what was done: `spec.replicas = -1`. */
export function damagePlace({ container, key, path, type, enumeration }: Place, maker: Maker, pick: Pick): string {
  const action = pick(["set", "set", "set", "make", "make", "remove", "wrong"] as const);
  if (action === "remove") {
    if (Array.isArray(container)) container.splice(Number(key), 1);
    else delete container[key];
    return `${path} removed`;
  }
  let value: unknown;
  if (action === "make") value = maker.value(type, String(key), enumeration);
  // Another damage may change what is put there.
  else value = structuredClone(pick(action === "wrong" ? wrong : valuesOf(type)));
  (container as Record<string | number, unknown>)[key] = value;
  return `${path} = ${JSON.stringify(value)}`;
}

/** Every field of what is there, and those that could be: of the status, or of all else. */
export function collect(type: TypeSchema, value: unknown, path: string, ofStatus: boolean, places: Place[]): void {
  if (type.kind === "struct" && typeof value === "object" && value !== null) {
    const object = value as Record<string, unknown>;
    for (const [name, field] of type.fields as ReadonlyMap<string, FieldSchema>) {
      const inner = path === "" ? name : `${path}.${name}`;
      if (keptFields.test(inner)) continue;
      if (path === "" && (name === "status") !== ofStatus) continue;
      if (inner !== "metadata" && inner !== "spec")
        places.push({ container: object, key: name, path: inner, type: field.type, enumeration: field.enum });
      if (object[name] !== undefined) collect(field.type, object[name], inner, ofStatus, places);
    }
  } else if (type.kind === "list" && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const inner = `${path}[${index}]`;
      places.push({ container: value, key: index, path: inner, type: type.items as TypeSchema });
      collect(type.items as TypeSchema, item, inner, ofStatus, places);
    }
  } else if (type.kind === "map" && typeof value === "object" && value !== null) {
    const object = value as Record<string, unknown>;
    for (const key of [...Object.keys(object), "new", "bad key"]) {
      const inner = `${path}[${key}]`;
      places.push({ container: object, key, path: inner, type: type.items as TypeSchema });
      if (object[key] !== undefined) collect(type.items as TypeSchema, object[key], inner, ofStatus, places);
    }
  }
}

function valuesOf(type: TypeSchema): readonly unknown[] {
  switch (type.kind) {
    case "string":
      return strings;
    case "int32":
    case "int64":
      return integers;
    case "boolean":
      return [true, false];
    case "quantity":
      return quantities;
    case "intOrString":
      return [...integers, ...strings];
    case "time":
    case "microTime":
      return ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000001Z", "", "x"];
    case "list":
      return [[], ...valuesOf(type.items as TypeSchema).flatMap((item) => [[item], [item, item]])];
    case "map":
      return [{}, { a: "b" }, { "a b": "c" }, { a: 1 }];
    default:
      return [{}, null, "x"];
  }
}

const maxDepth = 6;

/** What a string of a field of such a name may be like. */
const likely: readonly (readonly [RegExp, readonly string[]])[] = [
  [/cidr|ranges|except/i, ["10.0.0.0/8", "10.1.0.0/16", "fd00::/64", "10.0.0.1"]],
  [/ips?$|address/i, ["10.0.0.1", "fd00::1", "10.0.0.2", "a"]],
  [/path/i, ["/a", "a", "a/b", "/a/../b", "b"]],
  [/time$|^lastTransition/i, ["2024-01-01T00:00:00Z"]],
  [/port/i, ["web", "80", "main"]],
  [/url|uri/i, ["https://a.example.com/x", "a", "http://a"]],
  [/label|key|topology/i, ["a", "kubernetes.io/hostname", "example.com/a", "topology.kubernetes.io/zone"]],
  [/name|host|zone|uid|class|group|driver|provisioner|attacher/i, ["a", "b", "main", "data", "example.com", "a.example.com", "fuzz", "A"]],
];

/** Makes whole values of a type, most of them valid in their parts. */
export class Maker {
  readonly #pick: Pick;
  readonly #random: () => number;
  readonly #isSparse: boolean;

  /** `isSparse`: only the fields that are required. */
  constructor(pick: Pick, random: () => number, isSparse = false) {
    this.#pick = pick;
    this.#random = random;
    this.#isSparse = isSparse;
  }

  value(type: TypeSchema, name: string, enumeration?: readonly string[], depth = 0): unknown {
    switch (type.kind) {
      case "string":
        return this.#string(name, enumeration);
      case "struct":
        return this.#struct(type, depth);
      case "list":
        return Array.from({ length: this.#pick([1, 1, 2]) }, () => this.value(type.items as TypeSchema, name, enumeration, depth + 1));
      case "map":
        return { [this.#pick(["a", "cpu", "memory", "example.com/a"])]: this.value(type.items as TypeSchema, name, undefined, depth + 1) };
      case "int32":
      case "int64":
        return this.#pick([1, 1, 2, 5, 80, 0, -1, 70000]);
      case "quantity":
        return this.#pick(["1", "100m", "1Gi", "0", "-1"]);
      case "time":
      case "microTime":
        return "2024-01-01T00:00:00Z";
      case "rawExtension":
      case "json":
        return { a: 1 };
      case "bytes":
        return "eA==";
      default:
        return this.#pick(valuesOf(type));
    }
  }

  #string(name: string, enumeration: readonly string[] | undefined): string {
    if (enumeration && enumeration.length > 0 && this.#random() < 0.9) return this.#pick(enumeration);
    if (this.#random() < 0.1) return this.#pick(strings);
    for (const [pattern, texts] of likely) if (pattern.test(name)) return this.#pick(texts);
    return this.#pick(["a", "b", "True", "In", "Exists", "Equal"]);
  }

  #struct(type: TypeSchema, depth: number): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    if (depth > maxDepth) return result;
    // Of a choice among many only some are taken.
    const chance = this.#isSparse ? 0 : Math.min(0.4, 3 / type.fields.size);
    for (const [name, field] of type.fields as ReadonlyMap<string, FieldSchema>) {
      if (keptFields.test(`metadata.${name}`) && type.name === "ObjectMeta") continue;
      if (this.#random() < (field.required ? 0.9 : chance)) {
        result[name] = this.value(field.type, name, field.enum ?? field.itemsEnum, depth + 1);
      }
    }
    return result;
  }
}
