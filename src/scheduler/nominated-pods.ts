import type { Nominations } from "./algorithm.ts";
import type { PodInfo } from "./pod-info.ts";

const none: readonly PodInfo[] = [];

/** Pods that were promised a node on which room is being made for them. */
export class NominatedPods implements Nominations {
  readonly #nodeOf = new Map<string, string>();
  readonly #byNode = new Map<string, PodInfo[]>();

  add(pod: PodInfo, node: string): void {
    this.remove(pod.uid);
    this.#nodeOf.set(pod.uid, node);
    this.#byNode.set(node, [...(this.#byNode.get(node) ?? []), pod]);
  }

  remove(uid: string): void {
    const node = this.#nodeOf.get(uid);
    if (node === undefined) return;
    this.#nodeOf.delete(uid);
    const left = (this.#byNode.get(node) ?? []).filter((pod) => pod.uid !== uid);
    if (left.length === 0) this.#byNode.delete(node);
    else this.#byNode.set(node, left);
  }

  nodeOf(uid: string): string | undefined {
    return this.#nodeOf.get(uid);
  }

  /** The less important pods that were promised the node. */
  lessImportantOn(node: string, pod: PodInfo): readonly PodInfo[] {
    const promised = this.#byNode.get(node);
    return promised ? promised.filter((other) => other.uid !== pod.uid && other.priority < pod.priority) : none;
  }

  on(node: string, pod: PodInfo): readonly PodInfo[] {
    if (this.#byNode.size === 0) return none;
    const promised = this.#byNode.get(node);
    return promised ? promised.filter((other) => other.uid !== pod.uid && other.priority >= pod.priority) : none;
  }
}
