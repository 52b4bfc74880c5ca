import { seededRandom } from "../src/machinery/random.ts";
import { type Base, bases } from "./bases.ts";
import { treeOf } from "./bodies.ts";
import { type Difference, differences, printed } from "./differences.ts";
import { reasonOf } from "./known.ts";
import { Normaliser } from "./normalise.ts";
import { type Case, damage } from "./random-damage.ts";
import { richBases, richClusterBases } from "./rich-bases.ts";
import type { Target } from "./run.ts";

export interface FuzzOptions {
  seed: number;
  count: number;
  /** Only kinds whose name has this text. */
  only: string;
  /** How many differences of a kind are printed. */
  shown: number;
}

const parallel = 12;
const maxAttempts = 12;

/** Asks both servers the same damaged objects, and prints how often they agree. Gives the number of disagreements. */
export async function fuzz(theirs: Target, ours: Target, { seed, count, only, shown }: FuzzOptions): Promise<number> {
  const namespace = `fuzz-${seed}`;
  const all = [...bases, ...richBases, ...richClusterBases];
  const chosen = all.filter(({ object }) => object.kind.toLowerCase().includes(only.toLowerCase()));
  for (const target of [theirs, ours]) await prepare(target, namespace, chosen);
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;
  const tallies = new Map<string, { cases: number; agreeing: number }>();
  let disagreements = 0;
  const single = { cases: 0, agreeing: 0 };
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      const base = chosen[next++ % chosen.length] as Base;
      const damaged = damage(base, pick, () => random.next());
      const our = await ask(ours, damaged, namespace);
      let found: Difference[] = [];
      // The reference looks at the entries of maps in random order: one of its answers must be ours.
      for (let attempt = 0; attempt === 0 || (attempt < maxAttempts && found.length > 0); attempt++) {
        // It hangs up where it panics: there is nothing to compare then.
        const their = await ask(theirs, damaged, namespace).catch(() => undefined);
        // It refuses privileged containers, which kybern has no switch for.
        const isComparable = their !== undefined && !JSON.stringify(their).includes("disallowed by cluster policy");
        found = isComparable ? differences(their, our).filter((one) => reasonOf("fuzz", damaged.change, one) === undefined) : [];
      }
      const kind = `${base.object.apiVersion} ${base.object.kind}`;
      const tally = tallies.get(kind) ?? { cases: 0, agreeing: 0 };
      tallies.set(kind, tally);
      tally.cases++;
      if (damaged.isSingle) single.cases++;
      if (found.length === 0) {
        tally.agreeing++;
        if (damaged.isSingle) single.agreeing++;
      } else {
        disagreements++;
        if (tally.cases - tally.agreeing > shown) continue;
        console.log(`  ${kind} ${damaged.method} ${damaged.subresource ?? ""} ${damaged.change}`);
        for (const difference of found.slice(0, 4)) console.log(`    ${printed(difference, 600)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: parallel }, one));
  for (const [kind, { cases, agreeing }] of [...tallies].sort()) console.log(`${kind.padEnd(60)}${agreeing}/${cases} agree`);
  const others = `${count - disagreements - single.agreeing}/${count - single.cases}`;
  console.log(`single damages ${single.agreeing}/${single.cases}, several, patches and statuses ${others} agree`);
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

async function ask(target: Target, { base, method, contentType, subresource, body }: Case, namespace: string): Promise<unknown> {
  const collection = base.path.replace("{ns}", namespace);
  const { name } = filled(base.object, namespace).metadata;
  const path = method === "POST" ? collection : `${collection}/${String(name)}${subresource ? `/${subresource}` : ""}`;
  const { status, headers, body: answer } = await send(target, method, `${path}?dryRun=All`, filled(body, namespace), contentType);
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
