import type { SchedulerCache } from "./cache.ts";
import type { PodCounter } from "./pod-counters.ts";

/** The values of one node label, numbered, with the number that each node has. */
export interface TopologyTable {
  /** By node slot: the number of the node's value, -1 where it lacks the label. */
  valueOf: Int32Array;
  valueCount: number;
}

/** Topology tables by label key, made anew when nodes or their labels change. */
export class Topologies {
  readonly #cache: SchedulerCache;
  readonly #tables = new Map<string, TopologyTable>();
  #generation = -1;

  constructor(cache: SchedulerCache) {
    this.#cache = cache;
  }

  table(key: string): TopologyTable {
    if (this.#generation !== this.#cache.labelsGeneration) {
      this.#tables.clear();
      this.#generation = this.#cache.labelsGeneration;
    }
    let table = this.#tables.get(key);
    if (!table) {
      const ids = new Map<string, number>();
      const values = new Int32Array(this.#cache.slots).fill(-1);
      for (const node of this.#cache.nodes) {
        const value = node.labels[key];
        if (value === undefined) continue;
        let id = ids.get(value);
        if (id === undefined) {
          id = ids.size;
          ids.set(value, id);
        }
        values[node.slot] = id;
      }
      table = { valueOf: values, valueCount: ids.size };
      this.#tables.set(key, table);
    }
    return table;
  }

  /** The sum of a counter over the nodes of each value. */
  sums(table: TopologyTable, counter: PodCounter): Int32Array {
    const sums = new Int32Array(table.valueCount);
    const slots = Math.min(table.valueOf.length, counter.counts.length);
    for (let slot = 0; slot < slots; slot++) {
      const value = table.valueOf[slot] as number;
      if (value >= 0) sums[value] = (sums[value] as number) + (counter.counts[slot] as number);
    }
    return sums;
  }
}
