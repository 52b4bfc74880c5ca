import { seededRandom } from "../src/machinery/random.ts";
import type { TypeSchema } from "../src/machinery/schema/schema.ts";
import { type Base, bases } from "./bases.ts";
import { fieldPathsOf, type Pick, reach } from "./field-paths.ts";
import { filled, prepare, send, tidy } from "./fuzz-objects.ts";
import { grownBases, writeGrownBases } from "./grown-bases.ts";
import { policyBases } from "./policy-bases.ts";
import { freshOf, Maker, schemaOf } from "./random-damage.ts";
import { richBases, richClusterBases } from "./rich-bases.ts";
import type { Target } from "./run.ts";

const attempts = 12;

/** Gives each base the fields that it lacks, as far as the server takes them, and stores what has grown. */
export async function grow(target: Target, seed: number, only: string): Promise<void> {
  const namespace = `fuzz-${seed}`;
  const random = seededRandom(seed);
  const pick: Pick = (list) => list[Math.floor(random.next() * list.length)] as (typeof list)[number];
  const chosen = [...bases, ...richBases, ...richClusterBases, ...policyBases].filter(({ object }) =>
    object.kind.toLowerCase().includes(only.toLowerCase()),
  );
  await prepare(target, namespace, chosen);
  const grown: Base[] = grownBases().filter(({ object }) => !chosen.some((one) => one.object.kind === object.kind));
  const grower = new Grower(target, namespace, pick, () => random.next());
  // What pods can say is found out once.
  const isFirst = ({ object }: Base) => object.kind === "PodTemplate";
  for (const base of [...chosen.filter(isFirst), ...chosen.filter((one) => !isFirst(one))]) {
    const one = await grower.grow(base);
    console.log(one.told);
    grown.push(renamed(one.base));
  }
  await tidy(target, namespace, chosen);
  writeGrownBases(grown);
}

/** Beside the base that it has grown from, but for those whose name is decided by what they are. */
function renamed(base: Base): Base {
  const { object, fresh } = base;
  if (fresh || object.kind === "Namespace") return base;
  return { ...base, object: { ...object, metadata: { ...object.metadata, name: `grown-${String(object.metadata.name)}` } } };
}

/** Where the specification of pods lies: what has grown of pod templates is put there. */
const podSpecs = ["spec.template", "spec.jobTemplate.spec.template"];

class Grower {
  readonly #target: Target;
  readonly #namespace: string;
  readonly #makers: readonly Maker[];
  readonly #pick: Pick;
  /** By kind: what an object of it has already. */
  readonly #reached = new Map<string, Set<string>>();
  #podSpec: unknown;

  constructor(target: Target, namespace: string, pick: Pick, random: () => number) {
    this.#target = target;
    this.#namespace = namespace;
    this.#pick = pick;
    this.#makers = [new Maker(pick, random, true), new Maker(pick, random)];
  }

  async grow(base: Base): Promise<{ base: Base; told: string }> {
    const { apiVersion, kind } = base.object;
    const reached = this.#reached.get(`${apiVersion} ${kind}`) ?? new Set();
    this.#reached.set(`${apiVersion} ${kind}`, reached);
    const schema = schemaOf(base);
    let grown = base;
    for (const ofStatus of [false, true]) {
      if (ofStatus && (!schema.fields.has("status") || !(await this.#accepts({ ...grown, status: {} }, true)))) continue;
      if (ofStatus) grown = { ...grown, status: structuredClone((base.object.status as object | undefined) ?? {}) };
      else grown = await this.#withPodSpec(grown);
      for (const path of fieldPathsOf(schema, ofStatus)) {
        if (!reached.has(path) && !this.#isOfPods(path)) grown = (await this.#withField(grown, path, ofStatus, reached)) ?? grown;
      }
    }
    if (kind === "PodTemplate") this.#podSpec = (grown.object.template as { spec?: unknown }).spec;
    return { base: grown, told: `${apiVersion} ${kind}: ${reached.size} fields` };
  }

  #isOfPods(path: string): boolean {
    return this.#podSpec !== undefined && podSpecs.some((at) => path.startsWith(`${at}.spec.`));
  }

  async #withPodSpec(base: Base): Promise<Base> {
    for (const at of podSpecs) {
      const copy = structuredClone(base);
      let template: Record<string, unknown> | undefined = copy.object;
      for (const step of at.split(".")) template = template?.[step] as Record<string, unknown> | undefined;
      const spec = template?.spec as { restartPolicy?: string } | undefined;
      if (!template || !spec || !this.#podSpec) continue;
      template.spec = structuredClone(this.#podSpec);
      if (spec.restartPolicy) (template.spec as { restartPolicy?: string }).restartPolicy = spec.restartPolicy;
      if (await this.#accepts(copy, false)) return copy;
    }
    return base;
  }

  async #withField(base: Base, path: string, ofStatus: boolean, reached: Set<string>): Promise<Base | undefined> {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const maker = this.#makers[attempt % 2] as Maker;
      const make = (type: TypeSchema, name: string) => maker.value(type, name);
      const copy = structuredClone(base);
      const root = ofStatus ? (copy as unknown as Record<string, unknown>) : copy.object;
      const place = reach(root, schemaOf(base), path, make, this.#pick);
      if (!place) return undefined;
      const container = place.container as Record<string, unknown>;
      const isThere = container[place.key] !== undefined;
      container[place.key] ??= maker.value(place.type, String(place.key), place.enumeration);
      const changed = !isThere || JSON.stringify(copy) !== JSON.stringify(base);
      const answer = changed ? await this.#accepts(copy, ofStatus) : copy.object;
      if (!answer || (changed && valueAt(answer, place.path) === undefined)) continue;
      reached.add(path);
      return copy;
    }
    return undefined;
  }

  /** The object as the server would store it. */
  async #accepts(base: Base, ofStatus: boolean): Promise<object | undefined> {
    const collection = base.path.replace("{ns}", this.#namespace);
    const query = "?dryRun=All&fieldValidation=Strict";
    const object = filled(ofStatus ? { ...base.object, status: base.status } : freshOf(base), this.#namespace);
    const one = `${collection}/${String(object.metadata.name)}/status`;
    // It hangs up where it panics.
    const answer = await send(this.#target, ofStatus ? "PUT" : "POST", `${ofStatus ? one : collection}${query}`, object).catch(
      () => undefined,
    );
    return answer && answer.status < 300 ? (answer.body as object) : undefined;
  }
}

function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const [, name, key] of path.matchAll(/([^.[\]]+)|\[([^\]]*)\]/g)) {
    value = (value as Record<string, unknown> | undefined)?.[(name ?? key) as string];
  }
  return value;
}
