import { seededRandom } from "../src/machinery/random.ts";
import { type Base, bases } from "./bases.ts";
import { Coverage } from "./coverage.ts";
import { type Difference, differences, printed } from "./differences.ts";
import { filled, prepare, send, tidy } from "./fuzz-objects.ts";
import { grownBases } from "./grown-bases.ts";
import { reasonOf } from "./known.ts";
import { Normaliser } from "./normalise.ts";
import { policyBases } from "./policy-bases.ts";
import { type Case, damage } from "./random-damage.ts";
import { reviewBases } from "./review-bases.ts";
import { richBases, richClusterBases } from "./rich-bases.ts";
import type { Target } from "./run.ts";
import { fieldCases, singleDamage } from "./single-damage.ts";
import { unordered } from "./unordered.ts";

export interface FuzzOptions {
  seed: number;
  count: number;
  /** Only kinds whose name has this text. */
  only: string;
  /** How many differences of a kind are printed. */
  shown: number;
  /** Cases of one damage only. */
  singles: boolean;
}

const parallel = 12;
const maxAttempts = 12;

/** Asks both servers the same damaged objects, and prints how often they agree. Gives the number of disagreements. */
export async function fuzz(theirs: Target, ours: Target, { seed, count, only, shown, singles }: FuzzOptions): Promise<number> {
  const namespace = `fuzz-${seed}`;
  const all = [...bases, ...richBases, ...richClusterBases, ...policyBases, ...grownBases(), ...reviewBases];
  const chosen = all.filter(({ object }) => object.kind.toLowerCase().includes(only.toLowerCase()));
  for (const target of [theirs, ours]) await prepare(target, namespace, chosen);
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.next() * list.length)] as T;
  const tallies = new Map<string, { cases: number; agreeing: number }>();
  let disagreements = 0;
  const single = { cases: 0, agreeing: 0 };
  const coverage = new Coverage();
  // Each field once; what is left of the cases goes to bases in turn.
  const fields = singles ? fieldCases(chosen, pick, () => random.next()) : [];
  const chance = count > 0 ? fields.length / count : 0;
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < count) {
      const turn = chosen[next++ % chosen.length] as Base;
      const ofField = random.next() < chance ? fields.pop() : undefined;
      const damaged = ofField?.() ?? (singles ? singleDamage : damage)(turn, pick, () => random.next());
      const { base } = damaged;
      coverage.add(damaged);
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
  for (const line of coverage.lines(shown)) console.log(line);
  for (const target of [theirs, ours]) await tidy(target, namespace, chosen);
  return disagreements;
}

async function ask(target: Target, { base, method, contentType, subresource, body }: Case, namespace: string): Promise<unknown> {
  const collection = base.path.replace("{ns}", namespace);
  const { name } = filled(base.object, namespace).metadata;
  const path = method === "POST" ? collection : `${collection}/${String(name)}${subresource ? `/${subresource}` : ""}`;
  const { status, headers, body: answer } = await send(target, method, `${path}?dryRun=All`, filled(body, namespace), contentType);
  const normaliser = new Normaliser(Date.now());
  const { warnings, body: tree } = unordered(normaliser.answer(status, headers, withoutNodePorts(answer)));
  return { status, warnings, body: withoutManagedFields(tree) };
}

/** A refused patch shows the service as it is stored, with ports that it was given. */
function withoutNodePorts(answer: unknown): unknown {
  const text = JSON.stringify(answer) ?? "null";
  return text.includes("nodePort") ? JSON.parse(text.replace(/(nodePort(?:\\+":|:))3[0-2]\d{3}(?=\D)/g, "$10")) : answer;
}

/** A create of a damaged object has its own corpus of managed fields. */
function withoutManagedFields(tree: unknown): unknown {
  const metadata = (tree as { metadata?: Record<string, unknown> } | undefined)?.metadata;
  if (metadata) delete metadata.managedFields;
  return tree;
}
