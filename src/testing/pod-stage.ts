import { type Duration, milliseconds } from "./durations.ts";
import { checkKeys } from "./known-keys.ts";

/** A duration, or one drawn between two by the cluster's seed. */
export type Delay = Duration | { least: Duration; most: Duration };

/** How pods fare on simulated nodes. Of several stages that are for a container, a later one's words count. */
export interface PodStage {
  /** Which pods it is for; all when absent. */
  pods?: { namespace?: string; name?: string | RegExp; labels?: Readonly<Record<string, string>> };
  /** Which containers of them. */
  container?: string;
  /** Which images: of containers, and of pulls. */
  image?: string | RegExp;
  node?: string;
  /** How long a pull takes, and how many fail before one doesn't. Of all stages only `image` and `node` select it. */
  pull?: { takes?: Delay; fails?: number; message?: string };
  /** How long it takes before containers start. */
  starts?: Delay;
  /** How long a container isn't ready after its start. */
  ready?: Delay;
  /** After which time a container exits by itself, and with which code. */
  runs?: Delay;
  exitCode?: number;
  /** How many times a container exits, with code 1 unless told, before it stays: a crash loop. After `runs`, or at once. */
  crashes?: number;
  /** After which time a container is killed for want of memory. */
  oom?: Delay;
  /** After which time a pod is evicted, as by an API-initiated eviction. */
  evicted?: Delay;
  /** How long a container takes to stop. */
  stops?: Delay;
}

const known: Readonly<Record<keyof PodStage, true>> = {
  pods: true,
  container: true,
  image: true,
  node: true,
  pull: true,
  starts: true,
  ready: true,
  runs: true,
  exitCode: true,
  crashes: true,
  oom: true,
  evicted: true,
  stops: true,
};
const knownOfPods = { namespace: true, name: true, labels: true } as const;
const knownOfPull = { takes: true, fails: true, message: true } as const;

/** Throws a `TypeError` that says what is wrong with a stage: it would be for no pod, or say nothing. */
export function checkStage(stage: PodStage): void {
  checkKeys("a stage", stage, known);
  const { pods = {}, pull = {}, starts, ready, runs, oom, evicted, stops } = stage;
  checkKeys("pods of a stage", pods, knownOfPods);
  checkKeys("pull of a stage", pull, knownOfPull);
  for (const delay of [pull.takes, starts, ready, runs, oom, evicted, stops]) {
    if (delay === undefined) continue;
    for (const duration of typeof delay === "object" ? [delay.least, delay.most] : [delay]) milliseconds(duration);
  }
}
