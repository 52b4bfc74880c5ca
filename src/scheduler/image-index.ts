/** How many nodes have an image, and its size there in bytes. */
export interface ImageSpread {
  nodes: number;
  sizeBytes: number;
}

/** The images of all nodes, by name. */
export class ImageIndex {
  readonly #images = new Map<string, ImageSpread>();

  get size(): number {
    return this.#images.size;
  }

  get(name: string): ImageSpread | undefined {
    return this.#images.get(name);
  }

  /** A node had the ones and has the others now. */
  replace(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): void {
    for (const name of before.keys()) {
      if (after.has(name)) continue;
      const image = this.#images.get(name);
      if (image && --image.nodes === 0) this.#images.delete(name);
    }
    for (const [name, sizeBytes] of after) {
      const image = this.#images.get(name);
      if (!image) this.#images.set(name, { nodes: 1, sizeBytes });
      else {
        image.sizeBytes = sizeBytes;
        if (!before.has(name)) image.nodes++;
      }
    }
  }
}
