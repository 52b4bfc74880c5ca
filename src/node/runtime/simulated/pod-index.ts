const podUidLabel = "io.kubernetes.pod.uid";

interface Labelled {
  labels?: Record<string, string>;
}

/** Sandboxes or containers by id, and by the pod that their labels name: the agent of a node asks for those of one pod all the time. */
export class PodIndex<T> extends Map<string, T> {
  readonly #labelsOf: (item: T) => Labelled;
  /** Lists: nearly always of one. */
  readonly #byPod = new Map<string, T[]>();

  constructor(labelsOf: (item: T) => Labelled) {
    super();
    this.#labelsOf = labelsOf;
  }

  override set(id: string, item: T): this {
    this.delete(id);
    const pod = this.#podOf(item);
    const items = this.#byPod.get(pod);
    if (items) items.push(item);
    else this.#byPod.set(pod, [item]);
    return super.set(id, item);
  }

  override delete(id: string): boolean {
    const item = this.get(id);
    if (item === undefined) return false;
    const pod = this.#podOf(item);
    const left = this.#byPod.get(pod)?.filter((other) => other !== item) ?? [];
    if (left.length > 0) this.#byPod.set(pod, left);
    else this.#byPod.delete(pod);
    return super.delete(id);
  }

  /** Those that may have the id and all of the labels. */
  candidates({ id, labels }: { id?: string | undefined; labels?: Record<string, string> | undefined }): Iterable<T> {
    if (id !== undefined) {
      const item = this.get(id);
      return item === undefined ? [] : [item];
    }
    const pod = labels?.[podUidLabel];
    return pod === undefined ? this.values() : (this.#byPod.get(pod) ?? []);
  }

  #podOf(item: T): string {
    return this.#labelsOf(item).labels?.[podUidLabel] ?? "";
  }
}
