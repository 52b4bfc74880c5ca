/** The source of randomness that is handed to whoever needs one, so that a seed replays a run. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  bytes(length: number): Uint8Array;
}

const hexDigits = [...new TextEncoder().encode("0123456789abcdef")];
const dash = 0x2d;
/** The bytes of a UUID before which there is a dash. */
const dashedBytes = new Set([4, 6, 8, 10]);

/**
 * In hexadecimal digits, with dashes before the bytes named. Made in one piece: a text that grew bit by bit would stay a tree of its
 * pieces, many times its size.
 */
export function hex(bytes: Uint8Array, dashed?: ReadonlySet<number>): string {
  const codes: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (dashed?.has(i)) codes.push(dash);
    codes.push(hexDigits[byte >> 4] as number, hexDigits[byte & 0x0f] as number);
  }
  return String.fromCharCode.apply(undefined, codes);
}

/** A version 4 UUID. */
export function uuid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return hex(bytes, dashedBytes);
}

/** Upstream's alphabet for generated names: no vowels, and no characters that look alike. */
const suffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";

/** The random suffix of generateName and of pod names: five characters unless told. */
export function nameSuffix(random: Random, length = 5): string {
  let suffix = "";
  for (let i = 0; i < length; i++) suffix += suffixAlphabet[Math.floor(random.next() * suffixAlphabet.length)];
  return suffix;
}

/** A random source whose state can be read, and begun from again. */
export interface SeededRandom extends Random {
  /** A seed: a generator made with it goes on as this one does. */
  readonly state: number;
}

/** A small, fast generator (mulberry32) for simulation and tests. Never for keys or tokens. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    get state() {
      return state;
    },
    next,
    bytes(length) {
      const bytes = new Uint8Array(length);
      for (let i = 0; i < length; i++) bytes[i] = Math.floor(next() * 256);
      return bytes;
    },
  };
}
