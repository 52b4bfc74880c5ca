import { type CIDR, containsIP, formatCIDR, formatIP, networkOf, parseCIDR } from "../../machinery/validation/ip.ts";

/** Upstream's limit: no more subnets than this many bits tell apart. */
const maxIndexBits = 16;

/** A range cut into subnets of one size, each used by one node. Subnets are given out in order, round and round. */
export class CidrSet {
  readonly family: 4 | 6;
  readonly #cidr: CIDR;
  readonly #base: bigint;
  readonly #prefixLength: number;
  readonly #bits: number;
  readonly #size: number;
  readonly #used = new Set<number>();
  #next = 0;

  /** `prefixLength`: of the subnets. Throws when the range can't be cut so. */
  constructor(range: string, prefixLength: number) {
    const cidr = parseCIDR(range);
    if (!cidr) throw new Error(`${JSON.stringify(range)} is not a CIDR value`);
    const network = networkOf(cidr);
    this.#cidr = { address: network, prefixLength: cidr.prefixLength };
    this.#bits = network.bytes.length * 8;
    this.family = this.#bits === 32 ? 4 : 6;
    this.#prefixLength = prefixLength;
    const indexBits = prefixLength - cidr.prefixLength;
    if (indexBits < 0 || prefixLength > this.#bits) throw new Error(`${range} is too small for subnets of size /${prefixLength}`);
    if (indexBits > maxIndexBits)
      throw new Error(`${range} is too large for subnets of size /${prefixLength}: more than ${2 ** maxIndexBits}`);
    this.#size = 2 ** indexBits;
    this.#base = numberOf(network.bytes);
  }

  /** Takes a free subnet; undefined when there is none. */
  allocate(): string | undefined {
    for (let step = 0; step < this.#size; step++) {
      const index = (this.#next + step) % this.#size;
      if (this.#used.has(index)) continue;
      this.#used.add(index);
      this.#next = (index + 1) % this.#size;
      return this.#subnet(index);
    }
    return undefined;
  }

  /** Marks what overlaps with the range as used. False: the range has nothing of it. */
  occupy(subnet: string): boolean {
    const indexes = this.#indexesOf(subnet);
    if (!indexes) return false;
    for (let index = indexes.from; index <= indexes.to; index++) this.#used.add(index);
    return true;
  }

  release(subnet: string): void {
    const indexes = this.#indexesOf(subnet);
    if (indexes) for (let index = indexes.from; index <= indexes.to; index++) this.#used.delete(index);
  }

  #subnet(index: number): string {
    let value = this.#base + (BigInt(index) << BigInt(this.#bits - this.#prefixLength));
    const bytes = new Array<number>(this.#bits / 8);
    for (let at = bytes.length - 1; at >= 0; at--) {
      bytes[at] = Number(value & 255n);
      value >>= 8n;
    }
    return `${formatIP({ bytes, leadingZeros: false })}/${this.#prefixLength}`;
  }

  #indexesOf(text: string): { from: number; to: number } | undefined {
    const cidr = parseCIDR(text);
    if (!cidr || cidr.address.bytes.length * 8 !== this.#bits) return undefined;
    const network = networkOf(cidr);
    if (cidr.prefixLength <= this.#cidr.prefixLength) {
      const covers = containsIP({ address: network, prefixLength: cidr.prefixLength }, this.#cidr.address);
      return covers ? { from: 0, to: this.#size - 1 } : undefined;
    }
    if (!containsIP(this.#cidr, network)) return undefined;
    const shift = BigInt(this.#bits - this.#prefixLength);
    const from = Number((numberOf(network.bytes) - this.#base) >> shift);
    const last = numberOf(network.bytes) + (1n << BigInt(this.#bits - cidr.prefixLength)) - 1n;
    return { from, to: Number((last - this.#base) >> shift) };
  }

  toString(): string {
    return formatCIDR(this.#cidr);
  }
}

function numberOf(bytes: readonly number[]): bigint {
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}
