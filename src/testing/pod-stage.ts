import type { Duration } from "./durations.ts";

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
