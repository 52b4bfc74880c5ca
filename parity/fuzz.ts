import { seededRandom } from "../src/machinery/random.ts";
import type { FieldSchema, TypeSchema } from "../src/machinery/schema/schema.ts";
import { type Base, bases } from "./bases.ts";
import { treeOf, types } from "./bodies.ts";
import { type Difference, differences, printed } from "./differences.ts";
import { reasonOf } from "./known.ts";
import { Normaliser } from "./normalise.ts";
import type { Target } from "./run.ts";

export interface FuzzOptions {
  seed: number;
  count: number;
  /** Only kinds whose name has this text. */
  only: string;
  /** How many differences of a kind are printed. */
  shown: number;
}

interface Case {
  base: Base;
  method: "POST" | "PUT";
  body: unknown;
  /** `spec.replicas = -1` */
  change: string;
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
const parallel = 12;

/** Asks both servers the same damaged objects, and prints how often they agree. Gives the number of disagreements. */
export async function fuzz(theirs: Target, ours: Target, { seed, count, only, shown }: FuzzOptions): Promise<number> {
  const namespace = `fuzz-${seed}`;
  const chosen = bases.filter(({ object }) => object.kind.toLowerCase().includes(only.toLowerCase()));
  for (const target of [theirs, ours]) await prepare(target, namespace, chosen);
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;
  const tallies = new Map<string, { cases: number; agreeing: number }>();
  let disagreements = 0;
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      const base = chosen[next++ % chosen.length] as Base;
      const damaged = damage(base, pick, random.next() < 0.25 ? "PUT" : "POST");
      // The reference hangs up where it panics: there is nothing to compare then.
      const asked = ask(theirs, damaged, namespace).catch(() => undefined);
      const [their, our] = await Promise.all([asked, ask(ours, damaged, namespace)]);
      // The reference refuses privileged containers, which kybern has no switch for.
      if (their === undefined || JSON.stringify(their).includes("disallowed by cluster policy")) continue;
      const found = differences(their, our).filter((one: Difference) => reasonOf("fuzz", damaged.change, one) === undefined);
      const kind = `${base.object.apiVersion} ${base.object.kind}`;
      const tally = tallies.get(kind) ?? { cases: 0, agreeing: 0 };
      tallies.set(kind, tally);
      tally.cases++;
      if (found.length === 0) tally.agreeing++;
      else {
        disagreements++;
        if (tally.cases - tally.agreeing > shown) continue;
        console.log(`  ${kind} ${damaged.method} ${damaged.change}`);
        for (const difference of found.slice(0, 4)) console.log(`    ${printed(difference, 600)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, one));
  for (const [kind, { cases, agreeing }] of [...tallies].sort()) console.log(`${kind.padEnd(60)}${agreeing}/${cases} agree`);
  console.log(`seed ${seed}: ${count - disagreements}/${count} agree`);
  for (const target of [theirs, ours]) await tidy(target, namespace, chosen);
  return disagreements;
}

/** What updates are asked of. Of two bases of one kind the first one is made. */
async function prepare(target: Target, namespace: string, chosen: readonly Base[]): Promise<void> {
  await send(target, "POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  await send(target, "POST", `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: "default" } });
  for (const { path, object } of chosen) {
    const { status, body } = await send(target, "POST", path.replace("{ns}", namespace), filled(object, namespace));
    if (status !== 201 && status !== 409) console.log(`${object.kind} is no valid base: ${JSON.stringify(body)}`);
  }
}

async function tidy(target: Target, namespace: string, chosen: readonly Base[]): Promise<void> {
  for (const { path, object } of chosen) {
    const one = `${path.replace("{ns}", namespace)}/${String(filled(object, namespace).metadata.name)}`;
    const { status } = await send(target, "DELETE", one, { gracePeriodSeconds: 0, propagationPolicy: "Background" });
    // There are no controllers that take away what holds volumes and claims.
    const patch = { metadata: { finalizers: null } };
    if (status < 300) await send(target, "PATCH", one, patch, "application/merge-patch+json");
  }
  for (const name of [`fuzz-${namespace}`, namespace]) {
    await send(target, "DELETE", `/api/v1/namespaces/${name}`, {});
    await send(target, "PUT", `/api/v1/namespaces/${name}/finalize`, { metadata: { name }, spec: { finalizers: [] } });
  }
}

function filled<T>(object: T, namespace: string): T {
  return JSON.parse(JSON.stringify(object).replaceAll("{ns}", namespace)) as T;
}

async function ask(target: Target, { base, method, body }: Case, namespace: string): Promise<unknown> {
  const collection = base.path.replace("{ns}", namespace);
  const { name } = filled(base.object, namespace).metadata;
  const path = method === "POST" ? collection : `${collection}/${String(name)}`;
  const { status, headers, body: answer } = await send(target, method, `${path}?dryRun=All`, filled(body, namespace));
  const normaliser = new Normaliser(Date.now());
  const { warnings, body: tree } = normaliser.answer(status, headers, answer);
  return { status, warnings, body: withoutManagedFields(tree) };
}

/** A create of a damaged object has its own corpus of managed fields. */
function withoutManagedFields(tree: unknown): unknown {
  const metadata = (tree as { metadata?: Record<string, unknown> } | undefined)?.metadata;
  if (metadata) delete metadata.managedFields;
  return tree;
}

async function send(target: Target, method: string, path: string, body: unknown, type = "application/json") {
  const headers = {
    authorization: `Bearer ${target.token}`,
    accept: "application/json",
    "content-type": type,
    "user-agent": "parity",
  };
  const answer = await target.http.ask({ method, path, headers, bytes: Buffer.from(JSON.stringify(body)) });
  return { ...answer, body: treeOf(String(answer.headers["content-type"] ?? ""), answer.bytes) };
}

type Pick = <T>(list: readonly T[]) => T;

/** One place of an object and what may stand there. */
interface Place {
  container: Record<string, unknown> | unknown[];
  key: string | number;
  path: string;
  type: TypeSchema;
}

function damage(base: Base, pick: Pick, method: "POST" | "PUT"): Case {
  const renamed = method === "POST" && base.fresh ? base.fresh : undefined;
  const object = renamed
    ? (JSON.parse(JSON.stringify(base.object).replaceAll(...renamed)) as Base["object"])
    : structuredClone(base.object);
  const reference = types.typeOf(object.apiVersion, object.kind);
  if (reference === undefined) throw new Error(`no type for ${object.kind}`);
  const places: Place[] = [];
  collect(types.schema.type(reference), object, "", places);
  // A new object of a name that is taken would only be told that.
  if (method === "POST" && !renamed)
    object.metadata.name = object.kind === "Namespace" ? "fresh-{ns}" : `fresh-${String(object.metadata.name)}`;
  const place = pick(places);
  const { container, key, path, type } = place;
  const values = valuesOf(type);
  const action = pick(["set", "set", "set", "set", "remove", "wrong"]);
  if (action === "remove") {
    if (Array.isArray(container)) container.splice(Number(key), 1);
    else delete container[key];
    return { base, method, body: object, change: `${path} removed` };
  }
  const value = action === "wrong" ? pick(wrong) : pick(values);
  (container as Record<string | number, unknown>)[key] = value;
  return { base, method, body: object, change: `${path} = ${JSON.stringify(value)}` };
}

/** Every field of what is there, and those that could be. */
function collect(type: TypeSchema, value: unknown, path: string, places: Place[]): void {
  if (type.kind === "struct" && typeof value === "object" && value !== null) {
    const object = value as Record<string, unknown>;
    for (const [name, field] of type.fields as ReadonlyMap<string, FieldSchema>) {
      const inner = path === "" ? name : `${path}.${name}`;
      if (/^(apiVersion|kind|status|metadata\.(managedFields|name|namespace|uid|resourceVersion))$/.test(inner)) continue;
      if (inner !== "metadata" && inner !== "spec") places.push({ container: object, key: name, path: inner, type: field.type });
      if (object[name] !== undefined) collect(field.type, object[name], inner, places);
    }
  } else if (type.kind === "list" && Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const inner = `${path}[${index}]`;
      places.push({ container: value, key: index, path: inner, type: type.items as TypeSchema });
      collect(type.items as TypeSchema, item, inner, places);
    }
  } else if (type.kind === "map" && typeof value === "object" && value !== null) {
    const object = value as Record<string, unknown>;
    for (const key of [...Object.keys(object), "new", "bad key"]) {
      const inner = `${path}[${key}]`;
      places.push({ container: object, key, path: inner, type: type.items as TypeSchema });
      if (object[key] !== undefined) collect(type.items as TypeSchema, object[key], inner, places);
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
