import { exactInteger } from "../exact-json.ts";

const utf8 = new TextDecoder();

/** Bytes that aren't the protobuf they should be, in upstream's words. */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "WireError";
  }
}

/** Reads protobuf from a range of bytes. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  /** A number of up to 64 bits, as unsigned; above 2^53 the nearest number. */
  varint(): number {
    let result = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      if (this.#at >= this.#end) throw new WireError("unexpected EOF");
      const byte = this.#bytes[this.#at++] as number;
      result += (byte & 0x7f) * factor;
      if (byte < 0x80) return result;
      factor *= 128;
    }
    throw new WireError("proto: integer overflow");
  }

  /** A signed number of 64 bits, or of 32 bits sign-extended. */
  signed(): number | bigint {
    const start = this.#at;
    const value = this.varint();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    let exact = 0n;
    for (let i = 0; i < this.#at - start; i++) exact |= BigInt((this.#bytes[start + i] as number) & 0x7f) << BigInt(7 * i);
    return exactInteger(BigInt.asIntN(64, exact));
  }

  double(): number {
    const at = this.#take(8);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset).getFloat64(at, true);
  }

  /** A part of the bytes, not a copy. */
  bytes(): Uint8Array {
    const length = this.varint();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  text(): string {
    const length = this.varint();
    const at = this.#take(length);
    const bytes = this.#bytes;
    if (length > 24) return utf8.decode(bytes.subarray(at, at + length));
    let text = "";
    for (let i = at; i < at + length; i++) {
      const code = bytes[i] as number;
      if (code >= 0x80) return utf8.decode(bytes.subarray(at, at + length));
      text += String.fromCharCode(code);
    }
    return text;
  }

  /** A reader of the message that begins here; this reader goes on behind it. */
  message(): WireReader {
    const length = this.varint();
    const at = this.#take(length);
    return new WireReader(this.#bytes, at, at + length);
  }

  skip(wireType: number): void {
    if (wireType === 0) this.varint();
    else if (wireType === 1) this.#take(8);
    else if (wireType === 2) this.#take(this.varint());
    else if (wireType === 5) this.#take(4);
    else throw new WireError(`proto: illegal wireType ${wireType}`);
  }

  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw new WireError("unexpected EOF");
    this.#at = at + count;
    return at;
  }
}
