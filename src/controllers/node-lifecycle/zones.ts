import type { Node } from "../../api/core/v1.ts";
import type { Clock, Timer } from "../../machinery/clock.ts";
import type { ConditionStatus } from "./node-health.ts";

export interface EvictionRates {
  /** Nodes per second that are tainted in a zone that is well. */
  evictionsPerSecond: number;
  /** The same in a zone of many nodes that is partly down. */
  secondaryEvictionsPerSecond: number;
  /** A zone with more nodes than this is large; in a smaller one that is partly down nothing is evicted. */
  largeZoneSize: number;
  /** The share of nodes that are not ready from which on a zone counts as partly down. */
  unhealthyZoneShare: number;
}

export type ZoneState = "Normal" | "PartialDisruption" | "FullDisruption";

const excludeLabel = "node.kubernetes.io/exclude-disruption";

/** Region and zone, from the node's labels. Nodes without any are one zone. */
export function zoneOf({ metadata: { labels } }: Node): string {
  const region = labels?.["topology.kubernetes.io/region"] ?? "";
  const zone = labels?.["topology.kubernetes.io/zone"] ?? "";
  return region === "" && zone === "" ? "" : `${region}:\0:${zone}`;
}

export function countsForDisruption(node: Node): boolean {
  return node.metadata.labels?.[excludeLabel] === undefined;
}

export function zoneStateOf(ready: readonly ConditionStatus[], unhealthyShare: number): ZoneState {
  const unready = ready.filter((status) => status !== "True").length;
  if (unready > 0 && unready === ready.length) return "FullDisruption";
  if (unready > 2 && unready / ready.length >= unhealthyShare) return "PartialDisruption";
  return "Normal";
}

export function rateOf(state: ZoneState, size: number, rates: EvictionRates): number {
  if (state !== "PartialDisruption") return rates.evictionsPerSecond;
  return size > rates.largeZoneSize ? rates.secondaryEvictionsPerSecond : 0;
}

const retryMilliseconds = 50;

/** The nodes of one zone that wait to be tainted: one after the other, no faster than the zone's rate. */
export class ZoneQueue {
  readonly #clock: Clock;
  readonly #taint: (node: string) => Promise<boolean>;
  readonly #waiting = new Set<string>();
  #perSecond: number;
  #nextAt = 0;
  #timer: Timer | undefined;
  #busy = false;
  #closed = false;

  /** `taint` resolves with false when the node must be tried again. It must not reject. */
  constructor(clock: Clock, perSecond: number, taint: (node: string) => Promise<boolean>) {
    this.#clock = clock;
    this.#perSecond = perSecond;
    this.#taint = taint;
  }

  add(node: string): void {
    this.#waiting.add(node);
    this.#wake();
  }

  remove(node: string): void {
    this.#waiting.delete(node);
  }

  setRate(perSecond: number): void {
    if (perSecond === this.#perSecond) return;
    this.#perSecond = perSecond;
    this.#nextAt = Math.min(this.#nextAt, this.#clock.now() + (perSecond > 0 ? 1000 / perSecond : 0));
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #wake(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#closed || this.#busy || this.#perSecond === 0 || this.#waiting.size === 0) return;
    this.#timer = this.#clock.setTimeout(() => void this.#next(), Math.max(0, this.#nextAt - this.#clock.now()));
  }

  async #next(): Promise<void> {
    const [node] = this.#waiting;
    if (node === undefined) return;
    this.#busy = true;
    this.#nextAt = this.#clock.now() + 1000 / this.#perSecond;
    if (await this.#taint(node)) this.#waiting.delete(node);
    else this.#nextAt = this.#clock.now() + retryMilliseconds;
    this.#busy = false;
    this.#wake();
  }
}
