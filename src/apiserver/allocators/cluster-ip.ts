import type { Random } from "../../machinery/random.ts";
import { type CIDR, containsIP, formatCIDR, formatIP, networkOf, parseCIDR, parseIP } from "../../machinery/validation/ip.ts";

export type IPFamily = "IPv4" | "IPv6";

/** Allocations above this many addresses of a range aren't made by chance: upstream's limit for IPv6 ranges. */
const maxRangeBits = 20;

/**
 * One range of cluster addresses. The lowest part is kept for addresses that services ask for by name; others are given out of
 * the rest while it lasts.
 */
export class ClusterIPRange {
  readonly family: IPFamily;
  readonly cidr: string;
  readonly #cidr: CIDR;
  readonly #base: bigint;
  /** How many addresses can be given out, from offset 1 on. */
  readonly #size: number;
  readonly #bytes: number;
  readonly #used = new Map<string, number>();
  readonly #random: Random;

  constructor(text: string, random: Random) {
    const cidr = parseCIDR(text);
    if (!cidr) throw new Error(`service cluster IP range ${JSON.stringify(text)} is not a CIDR value`);
    this.#cidr = cidr;
    this.#random = random;
    this.cidr = formatCIDR(cidr);
    const network = networkOf(cidr);
    this.#bytes = network.bytes.length;
    this.family = this.#bytes === 4 ? "IPv4" : "IPv6";
    this.#base = network.bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    const bits = Math.min(this.#bytes * 8 - cidr.prefixLength, maxRangeBits);
    // The network's own address is never given out, nor an IPv4 network's broadcast address.
    this.#size = Math.max(0, 2 ** bits - (this.family === "IPv4" ? 2 : 1));
  }

  /** Whether a service may have the address: the network's own isn't one, nor an IPv4 network's broadcast address. */
  contains(ip: string): boolean {
    const address = parseIP(ip);
    if (!address || address.bytes.length !== this.#bytes || !containsIP(this.#cidr, address)) return false;
    const offset = address.bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n) - this.#base;
    const last = 2n ** BigInt(this.#bytes * 8 - this.#cidr.prefixLength) - 1n;
    return offset !== 0n && (this.family === "IPv6" || offset !== last);
  }

  /** The network's own address, which stands for one that was never taken. */
  get networkAddress(): string {
    return this.#at(-1);
  }

  get used(): number {
    return this.#used.size;
  }

  get free(): number {
    return Math.max(0, this.#size - this.#used.size);
  }

  isUsed(ip: string): boolean {
    return this.#used.has(ip);
  }

  /** Counts uses: a service that is being replaced and its successor may hold the same address for a moment. */
  use(ip: string): void {
    this.#used.set(ip, (this.#used.get(ip) ?? 0) + 1);
  }

  release(ip: string): void {
    const uses = this.#used.get(ip);
    if (uses === undefined) return;
    if (uses > 1) this.#used.set(ip, uses - 1);
    else this.#used.delete(ip);
  }

  /** A free address, or undefined when the range is full. */
  next(): string | undefined {
    const reserved = this.#reserved();
    return this.#search(reserved, this.#size - reserved) ?? this.#search(0, reserved);
  }

  /** How many of the lowest addresses are kept: a sixteenth of the range, between 16 and 256. */
  #reserved(): number {
    if (this.#size < 16) return 0;
    return Math.min(Math.max(16, Math.floor(this.#size / 16)), 256);
  }

  #search(first: number, count: number): string | undefined {
    if (count <= 0) return undefined;
    const start = Math.floor(this.#random.next() * count);
    for (let step = 0; step < count; step++) {
      const ip = this.#at(first + ((start + step) % count));
      if (!this.#used.has(ip)) return ip;
    }
    return undefined;
  }

  #at(offset: number): string {
    let value = this.#base + BigInt(offset + 1);
    const bytes = new Array<number>(this.#bytes);
    for (let i = this.#bytes - 1; i >= 0; i--) {
      bytes[i] = Number(value & 255n);
      value >>= 8n;
    }
    return formatIP({ bytes, leadingZeros: false });
  }
}
