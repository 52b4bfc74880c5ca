/**
 * Cuts a stream of bytes into JSON values, one a line, however the chunks fall. Each byte is looked at once and copied at most once:
 * a value of many chunks is joined when its end has come.
 */
export class JsonLines {
  readonly #decoder = new TextDecoder();
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  /** The values that end in this chunk. Throws the parser's error on what is not JSON. */
  push(chunk: Uint8Array): unknown[] {
    const values: unknown[] = [];
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, start)) {
      const line = this.#join(chunk.subarray(start, end));
      start = end + 1;
      if (line.length > 0) values.push(JSON.parse(this.#decoder.decode(line)));
    }
    if (start < chunk.length) {
      const rest = chunk.subarray(start);
      this.#pending.push(rest);
      this.#pendingBytes += rest.length;
    }
    return values;
  }

  /** Whether the stream stands in the middle of a value. */
  get incomplete(): boolean {
    return this.#pendingBytes > 0;
  }

  #join(last: Uint8Array): Uint8Array {
    if (this.#pendingBytes === 0) return last;
    const line = new Uint8Array(this.#pendingBytes + last.length);
    let offset = 0;
    for (const part of this.#pending) {
      line.set(part, offset);
      offset += part.length;
    }
    line.set(last, offset);
    this.#pending = [];
    this.#pendingBytes = 0;
    return line;
  }
}
