import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Difference, differences } from "./differences.ts";
import { reasonOf } from "./known.ts";
import { runSequence, type Step, type Target } from "./run.ts";
import type { Sequence, ServerFlags } from "./sequences.ts";
import { unordered } from "./unordered.ts";

const corpusDirectory = join(import.meta.dirname, "corpus");
const answersDirectory = join(import.meta.dirname, "answers");
/** How many sequences run at once. */
const parallel = 6;

/** The stored answers of an area, by sequence. */
export type Answers = Record<string, Step[]>;

export interface AreaDifference extends Difference {
  sequence: string;
  step: number;
  ask: string;
  /** Why it is on purpose; undefined: it isn't. */
  reason: string | undefined;
}

export interface AreaResult {
  area: string;
  requests: number;
  agreeing: number;
  /** Requests that differ only on purpose. */
  onPurpose: number;
  differences: AreaDifference[];
}

export function areaNames(): string[] {
  return readdirSync(corpusDirectory)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -".ts".length))
    .sort();
}

/** The flags that the servers need for an area, where it needs some. */
export async function flagsOf(area: string): Promise<ServerFlags | undefined> {
  const { flags } = (await import(`./corpus/${area}.ts`)) as { flags?: ServerFlags };
  return flags;
}

export async function sequencesOf(area: string): Promise<Sequence[]> {
  const { default: sequences } = (await import(`./corpus/${area}.ts`)) as { default: Sequence[] };
  const names = new Set<string>();
  for (const { name } of sequences) {
    if (names.has(name)) throw new Error(`${area}: two sequences are called ${JSON.stringify(name)}`);
    names.add(name);
  }
  return sequences;
}

/** Whether an area is asked of servers with the issuers, webhooks and certificates of `access-world.ts`. */
export async function needsAccessWorld(area: string): Promise<boolean> {
  const { accessWorld = false } = (await import(`./corpus/${area}.ts`)) as { accessWorld?: boolean };
  return accessWorld;
}

export function readAnswers(area: string): Answers {
  const file = join(answersDirectory, `${area}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** One answer a line, sequences in the order of the corpus. */
export function writeAnswers(area: string, answers: Answers): void {
  const sequences = Object.entries(answers).map(
    ([name, steps]) => `${JSON.stringify(name)}: [\n${steps.map((step) => JSON.stringify(step)).join(",\n")}\n]`,
  );
  writeFileSync(join(answersDirectory, `${area}.json`), `{\n${sequences.join(",\n")}\n}\n`);
}

const openFile = join(import.meta.dirname, "open.json");

/** What differs and is to be mended: by area, `SEQUENCE [STEP]`. A test fails on what is not here, the command on this too. */
export function readOpen(): Record<string, string[]> {
  return existsSync(openFile) ? JSON.parse(readFileSync(openFile, "utf8")) : {};
}

export function writeOpen(open: Readonly<Record<string, string[]>>): void {
  const sorted = Object.entries(open)
    .filter(([, places]) => places.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(openFile, `${JSON.stringify(Object.fromEntries(sorted), undefined, 1)}\n`);
}

export function placeOf({ sequence, step }: AreaDifference): string {
  return `${sequence} [${step}]`;
}

const broken = "failed: ";

/** Why sequences came to no end: their steps build on answers that didn't come. */
export function failuresOf(answers: Answers): string[] {
  return Object.entries(answers).flatMap(([name, [first]]) => {
    const body = first?.answer.body;
    return typeof body === "string" && body.startsWith(broken) ? [`${name} ${body}`] : [];
  });
}

/** Replays sequences, several at once. */
export async function replay(target: Target, sequences: readonly Sequence[]): Promise<Answers> {
  const results = new Map<string, Step[]>();
  const run = async (sequence: Sequence) => {
    try {
      results.set(sequence.name, await runSequence(target, sequence));
    } catch (error) {
      results.set(sequence.name, [{ ask: "", answer: { status: 0, body: `${broken}${(error as Error).stack}` } }]);
    }
  };
  const waiting = sequences.filter(({ alone }) => !alone);
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await run(next);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  for (const sequence of sequences) if (sequence.alone) await run(sequence);
  return Object.fromEntries(sequences.map(({ name }) => [name, results.get(name) as Step[]]));
}

export function compareArea(area: string, theirs: Answers, ours: Answers): AreaResult {
  const result: AreaResult = { area, requests: 0, agreeing: 0, onPurpose: 0, differences: [] };
  for (const [sequence, steps] of Object.entries(ours)) {
    const recorded = theirs[sequence] ?? [];
    for (let step = 0; step < Math.max(steps.length, recorded.length); step++) {
      const own = steps[step];
      const peer = recorded[step];
      result.requests++;
      const ask = own?.ask ?? peer?.ask ?? "";
      let found: Difference[];
      if (!peer || (own && own.ask !== peer.ask)) {
        found = [{ path: "(not recorded: npm run parity -- --record)", theirs: peer?.ask, ours: own?.ask }];
      } else found = differences(unordered(peer.answer), own && unordered(own.answer));
      if (found.length === 0) {
        result.agreeing++;
        continue;
      }
      const told = found.map((one) => ({ ...one, sequence, step, ask, reason: reasonOf(area, sequence, one) }));
      if (told.every(({ reason }) => reason !== undefined)) result.onPurpose++;
      result.differences.push(...told);
    }
  }
  return result;
}
