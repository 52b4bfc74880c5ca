const utf8 = new TextEncoder();

/**
 * Writes protobuf from the end to the start: the length of a message is known once its content is written, so nothing is
 * measured or copied twice. Everything is written after what follows it.
 */
export class WireWriter {
  #buffer: Uint8Array;
  #start: number;

  constructor(capacity = 4096) {
    this.#buffer = new Uint8Array(capacity);
    this.#start = capacity;
  }

  /** How many bytes have been written. */
  get length(): number {
    return this.#buffer.length - this.#start;
  }

  /** What has been written. Shares the writer's memory. */
  finish(): Uint8Array {
    return this.#buffer.subarray(this.#start);
  }

  #reserve(count: number): number {
    if (this.#start < count) {
      const written = this.length;
      const grown = new Uint8Array(Math.max(this.#buffer.length * 2, written + count));
      grown.set(this.finish(), grown.length - written);
      this.#buffer = grown;
      this.#start = grown.length - written;
    }
    this.#start -= count;
    return this.#start;
  }

  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  /** An integer of up to 64 bits; negative ones take ten bytes, as upstream writes both int32 and int64. */
  varint(value: number | bigint): void {
    if (typeof value === "bigint") {
      this.#longVarint(BigInt.asUintN(64, value));
      return;
    }
    if (value >= 0 && value < 0x80) {
      const at = this.#reserve(1);
      this.#buffer[at] = value;
      return;
    }
    if (value < 0 || value > 0x7fffffff) {
      this.#longVarint(BigInt.asUintN(64, BigInt(value)));
      return;
    }
    const size = value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;
    let at = this.#reserve(size);
    let rest = value;
    for (; rest >= 0x80; rest >>>= 7) this.#buffer[at++] = (rest & 0x7f) | 0x80;
    this.#buffer[at] = rest;
  }

  #longVarint(value: bigint): void {
    let size = 1;
    for (let rest = value >> 7n; rest > 0n; rest >>= 7n) size++;
    let at = this.#reserve(size);
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) this.#buffer[at++] = Number(rest & 0x7fn) | 0x80;
    this.#buffer[at] = Number(rest);
  }

  double(value: number): void {
    const at = this.#reserve(8);
    new DataView(this.#buffer.buffer).setFloat64(at, value, true);
  }

  /** The bytes, and their length before them. */
  bytes(value: Uint8Array): void {
    this.raw(value);
    this.varint(value.length);
  }

  /** The bytes alone. */
  raw(value: Uint8Array): void {
    const at = this.#reserve(value.length);
    this.#buffer.set(value, at);
  }

  /** The text in UTF-8, and its length before it. */
  text(value: string): void {
    const length = value.length;
    if (length > 200 || !this.#ascii(value)) {
      this.bytes(utf8.encode(value));
      return;
    }
    this.varint(length);
  }

  /** Writes the text if it is ASCII throughout; else writes nothing. */
  #ascii(value: string): boolean {
    const length = value.length;
    const at = this.#reserve(length);
    const buffer = this.#buffer;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) {
        this.#start += length;
        return false;
      }
      buffer[at + i] = code;
    }
    return true;
  }
}
