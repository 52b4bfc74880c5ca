/** The host addresses of an IPv4 range, each given to one sandbox at a time. The first is the node's own. */
export class AddressPool {
  readonly #first: number;
  readonly #last: number;
  readonly #taken = new Set<number>();
  #next: number;

  constructor(cidr: string) {
    const [base = "", length = "32"] = cidr.split("/");
    const network = toNumber(base);
    this.#first = network + 2;
    // The last address of a range is its broadcast address.
    this.#last = network + 2 ** (32 - Number(length)) - 2;
    this.#next = this.#first;
  }

  /** Takes the next free address, an address that was given back as late as can be. Undefined when all are taken. */
  take(): string | undefined {
    const size = this.#last - this.#first + 1;
    for (let tries = 0; tries < size; tries++) {
      const address = this.#next;
      this.#next = address === this.#last ? this.#first : address + 1;
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      return toText(address);
    }
    return undefined;
  }

  /** Takes a certain address, which another pool has given. */
  reserve(address: string): void {
    this.#taken.add(toNumber(address));
  }

  give(address: string): void {
    this.#taken.delete(toNumber(address));
  }
}

/** The ranges of `/24` in an IPv4 range, from the one with that index on; each for one node. */
export function nodeRange(cidr: string, index: number): string | undefined {
  const [base = "", length = "32"] = cidr.split("/");
  if (index >= 2 ** (24 - Number(length))) return undefined;
  return `${toText(toNumber(base) + index * 256)}/24`;
}

/** The first host address of a range. */
export function firstHost(cidr: string): string {
  return toText(toNumber(cidr.split("/")[0] ?? "") + 1);
}

function toNumber(address: string): number {
  return address.split(".").reduce((value, part) => value * 256 + Number(part), 0);
}

function toText(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}
