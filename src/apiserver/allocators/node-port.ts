import type { Random } from "../../machinery/random.ts";

/** The range of node ports. The lowest ports are kept for services that ask for one by number, while others last. */
export class NodePortRange {
  readonly first: number;
  readonly size: number;
  readonly #used = new Map<number, number>();
  readonly #random: Random;

  constructor(range: string, random: Random) {
    const match = /^(\d+)-(\d+)$/.exec(range);
    const first = Number(match?.[1]);
    const last = Number(match?.[2]);
    if (!match || first > last || last > 65535) throw new Error(`service node port range ${JSON.stringify(range)} is not FIRST-LAST`);
    this.first = first;
    this.size = last - first + 1;
    this.#random = random;
  }

  toString(): string {
    return `${this.first}-${this.first + this.size - 1}`;
  }

  contains(port: number): boolean {
    return port >= this.first && port < this.first + this.size;
  }

  get used(): number {
    return this.#used.size;
  }

  isUsed(port: number): boolean {
    return this.#used.has(port);
  }

  use(port: number): void {
    this.#used.set(port, (this.#used.get(port) ?? 0) + 1);
  }

  release(port: number): void {
    const uses = this.#used.get(port);
    if (uses === undefined) return;
    if (uses > 1) this.#used.set(port, uses - 1);
    else this.#used.delete(port);
  }

  /** A free port, or undefined when the range is full. */
  next(): number | undefined {
    const reserved = this.size < 16 ? 0 : Math.min(Math.max(16, Math.floor(this.size / 32)), 128);
    return this.#search(reserved, this.size - reserved) ?? this.#search(0, reserved);
  }

  #search(first: number, count: number): number | undefined {
    if (count <= 0) return undefined;
    const start = Math.floor(this.#random.next() * count);
    for (let step = 0; step < count; step++) {
      const port = this.first + first + ((start + step) % count);
      if (!this.#used.has(port)) return port;
    }
    return undefined;
  }
}
