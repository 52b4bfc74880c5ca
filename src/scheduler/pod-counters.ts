import type { NodeInfo } from "./node-info.ts";
import { type AffinityTerm, type PodInfo, termMatches } from "./pod-info.ts";

/** The nodes whose pods are counted. */
interface CountedNodes {
  /** One more than the highest slot in use. */
  readonly slots: number;
  allNodeInfos(): Iterable<NodeInfo>;
}

/** How many pods of a selection are on each node, kept up to date as pods come and go. */
export interface PodCounter {
  /** By node slot; may be shorter than the number of slots (then: none). */
  counts: Int32Array;
  total: number;
}

interface Selection extends PodCounter {
  matches(pod: PodInfo): boolean;
  lastUsed: number;
}

/** The affinity terms of pods that are on nodes, by what they say: how many such pods each node has. */
export interface TermGroup extends PodCounter {
  term: AffinityTerm;
}

export type TermKind = "requiredAffinity" | "requiredAntiAffinity" | "preferredAffinity" | "preferredAntiAffinity";
const termKinds: readonly TermKind[] = ["requiredAffinity", "requiredAntiAffinity", "preferredAffinity", "preferredAntiAffinity"];

/** Selections that nobody has asked for in so many schedulings are dropped. */
const selectionLifetime = 10_000;
const mostSelections = 256;

/**
 * Incremental counts for spreading and affinity: a pod costs one look at each selection in use when it is placed, instead of a
 * walk over all pods of all nodes when another pod is scheduled.
 */
export class PodCounters {
  readonly #nodes: CountedNodes;
  readonly #namespaceLabels: (namespace: string) => Readonly<Record<string, string>> | undefined;
  readonly #selections = new Map<string, Selection>();
  readonly #terms: Record<TermKind, Map<string, TermGroup>> = {
    requiredAffinity: new Map(),
    requiredAntiAffinity: new Map(),
    preferredAffinity: new Map(),
    preferredAntiAffinity: new Map(),
  };
  #turn = 0;

  constructor(nodes: CountedNodes, namespaceLabels: (namespace: string) => Readonly<Record<string, string>> | undefined) {
    this.#nodes = nodes;
    this.#namespaceLabels = namespaceLabels;
  }

  /** The counter of a selection, made by one walk over all pods when it is new. The signature names the selection. */
  selection(signature: string, matches: (pod: PodInfo) => boolean): PodCounter {
    this.#turn++;
    let selection = this.#selections.get(signature);
    if (!selection) {
      selection = { counts: new Int32Array(this.#nodes.slots), total: 0, matches, lastUsed: this.#turn };
      for (const node of this.#nodes.allNodeInfos()) {
        for (const pod of node.pods.values()) if (matches(pod)) add(selection, node.slot, 1);
      }
      if (this.#selections.size >= mostSelections) this.#dropUnused();
      this.#selections.set(signature, selection);
    }
    selection.lastUsed = this.#turn;
    return selection;
  }

  /** The counter of the pods that an affinity term speaks of. */
  ofTerm(term: AffinityTerm): PodCounter {
    return this.selection(`term|${term.signature}`, (pod) => termMatches(term, pod.namespace, pod.labels, this.#namespaceLabels));
  }

  /** The terms of that kind which pods on nodes have. */
  termGroups(kind: TermKind): IterableIterator<TermGroup> {
    return this.#terms[kind].values();
  }

  matchesTerm(term: AffinityTerm, pod: PodInfo): boolean {
    return termMatches(term, pod.namespace, pod.labels, this.#namespaceLabels);
  }

  podAdded(pod: PodInfo, node: NodeInfo): void {
    this.#count(pod, node, 1);
  }

  podRemoved(pod: PodInfo, node: NodeInfo): void {
    this.#count(pod, node, -1);
  }

  /** Namespace labels have changed: selections that depend on them are counted anew when next asked for. */
  namespacesChanged(): void {
    for (const signature of this.#selections.keys()) if (signature.startsWith("term|")) this.#selections.delete(signature);
  }

  #count(pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    for (const selection of this.#selections.values()) if (selection.matches(pod)) add(selection, node.slot, sign);
    for (const kind of termKinds) {
      for (const term of pod[kind]) {
        const groups = this.#terms[kind];
        const signature = `${term.topologyKey}|${term.weight}|${term.signature}`;
        let group = groups.get(signature);
        if (!group) {
          group = { term, counts: new Int32Array(this.#nodes.slots), total: 0 };
          groups.set(signature, group);
        }
        add(group, node.slot, sign);
        if (group.total === 0) groups.delete(signature);
      }
    }
  }

  #dropUnused(): void {
    let oldest: string | undefined;
    let oldestUse = Number.POSITIVE_INFINITY;
    for (const [signature, selection] of this.#selections) {
      if (selection.lastUsed < this.#turn - selectionLifetime) this.#selections.delete(signature);
      else if (selection.lastUsed < oldestUse) {
        oldest = signature;
        oldestUse = selection.lastUsed;
      }
    }
    if (this.#selections.size >= mostSelections && oldest !== undefined) this.#selections.delete(oldest);
  }
}

function add(counter: PodCounter, slot: number, amount: number): void {
  if (slot >= counter.counts.length) {
    const larger = new Int32Array(Math.max(slot + 1, counter.counts.length * 2, 16));
    larger.set(counter.counts);
    counter.counts = larger;
  }
  counter.counts[slot] = (counter.counts[slot] as number) + amount;
  counter.total += amount;
}
