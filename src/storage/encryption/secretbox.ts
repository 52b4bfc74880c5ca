/** NaCl's secretbox: XSalsa20 with Poly1305, which platforms don't bring. */

const tagBytes = 16;
const sigma = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574] as const;

/** The tag, then the cipher text. */
export function sealSecretbox(key: Uint8Array, nonce: Uint8Array, data: Uint8Array): Uint8Array {
  const box = new Uint8Array(tagBytes + data.length);
  const authKey = applyStream(key, nonce, data, box.subarray(tagBytes));
  box.set(poly1305(authKey, box.subarray(tagBytes)));
  return box;
}

/** Undefined when it is not what was sealed. */
export function openSecretbox(key: Uint8Array, nonce: Uint8Array, box: Uint8Array): Uint8Array | undefined {
  if (box.length < tagBytes) return undefined;
  const sealed = box.subarray(tagBytes);
  const data = new Uint8Array(sealed.length);
  const authKey = applyStream(key, nonce, sealed, data);
  const tag = poly1305(authKey, sealed);
  let difference = 0;
  for (let at = 0; at < tagBytes; at++) difference |= (tag[at] as number) ^ (box[at] as number);
  return difference === 0 ? data : undefined;
}

/** Writes `data` under the key stream to `out` and gives the first 32 bytes of the stream, with which it is authenticated. */
function applyStream(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, out: Uint8Array): Uint8Array {
  const subkey = new Uint32Array(8);
  const inner = salsaWords(wordsOf(key), wordsOf(nonce.subarray(0, 16)));
  for (const [at, from] of [0, 5, 10, 15, 6, 7, 8, 9].entries()) subkey[at] = inner[from] as number;
  const rest = wordsOf(nonce.subarray(16, 24));
  const block = new Uint8Array(64);
  const authKey = new Uint8Array(32);
  for (let counter = 0, at = -32; at < data.length || counter === 0; counter++) {
    const input = Uint32Array.of(rest[0] as number, rest[1] as number, counter >>> 0, Math.floor(counter / 2 ** 32));
    const words = salsaWords(subkey, input);
    const start = stateOf(subkey, input);
    const view = new DataView(block.buffer);
    for (let word = 0; word < 16; word++) view.setUint32(4 * word, ((words[word] as number) + (start[word] as number)) >>> 0, true);
    if (counter === 0) authKey.set(block.subarray(0, 32));
    for (let byte = 0; byte < 64; byte++, at++) {
      if (at >= 0 && at < data.length) out[at] = (data[at] as number) ^ (block[byte] as number);
    }
  }
  return authKey;
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Uint32Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(4 * at, true));
}

function stateOf(key: Uint32Array, input: Uint32Array): Uint32Array {
  return Uint32Array.of(sigma[0], ...key.subarray(0, 4), sigma[1], ...input, sigma[2], ...key.subarray(4), sigma[3]);
}

const columns = [
  [0, 4, 8, 12],
  [5, 9, 13, 1],
  [10, 14, 2, 6],
  [15, 3, 7, 11],
  [0, 1, 2, 3],
  [5, 6, 7, 4],
  [10, 11, 8, 9],
  [15, 12, 13, 14],
] as const;

/** Twenty rounds of Salsa20, without adding what they began with. */
function salsaWords(key: Uint32Array, input: Uint32Array): Uint32Array {
  const x = stateOf(key, input);
  const turn = (to: number, a: number, b: number, bits: number) => {
    const sum = ((x[a] as number) + (x[b] as number)) >>> 0;
    x[to] = (x[to] as number) ^ ((sum << bits) | (sum >>> (32 - bits)));
  };
  for (let round = 0; round < 20; round += 2) {
    for (const [a, b, c, d] of columns) {
      turn(b, a, d, 7);
      turn(c, b, a, 9);
      turn(d, c, b, 13);
      turn(a, d, c, 18);
    }
  }
  return x;
}

const prime = 2n ** 130n - 5n;

function poly1305(key: Uint8Array, data: Uint8Array): Uint8Array {
  const r = littleEndian(key.subarray(0, 16)) & 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  const s = littleEndian(key.subarray(16, 32));
  let sum = 0n;
  for (let at = 0; at < data.length; at += 16) {
    const part = data.subarray(at, at + 16);
    sum = ((sum + littleEndian(part) + (1n << BigInt(8 * part.length))) * r) % prime;
  }
  let tag = (sum + s) & (2n ** 128n - 1n);
  const bytes = new Uint8Array(tagBytes);
  for (let at = 0; at < tagBytes; at++, tag >>= 8n) bytes[at] = Number(tag & 0xffn);
  return bytes;
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[at] as number);
  return value;
}
