import type { Ciphers } from "./ciphers.ts";
import { openSecretbox, sealSecretbox } from "./secretbox.ts";

/** Seals what is stored with one key. `where` is the state's registry key, to which some ciphers bind it. */
export interface KeyTransformer {
  seal(data: Uint8Array, where: Uint8Array): Uint8Array;
  /** Throws an error in upstream's words. */
  open(sealed: Uint8Array, where: Uint8Array): Uint8Array;
}

const gcmNonceBytes = 12;
const blockBytes = 16;
const secretboxNonceBytes = 24;
const seedInfoBytes = 32;

const tooShort = () => new Error("the stored data was shorter than the required size");

export function gcmTransformer(ciphers: Ciphers, key: Uint8Array): KeyTransformer {
  return {
    seal(data, where) {
      const nonce = ciphers.random(gcmNonceBytes);
      return joined(nonce, ciphers.gcmSeal(key, nonce, data, where));
    },
    open(sealed, where) {
      if (sealed.length < gcmNonceBytes) throw tooShort();
      const opened = ciphers.gcmOpen(key, sealed.subarray(0, gcmNonceBytes), sealed.subarray(gcmNonceBytes), where);
      if (!opened) throw new Error("cipher: message authentication failed");
      return opened;
    },
  };
}

export function cbcTransformer(ciphers: Ciphers, key: Uint8Array): KeyTransformer {
  return {
    seal(data) {
      const iv = ciphers.random(blockBytes);
      const padding = blockBytes - (data.length % blockBytes);
      const padded = new Uint8Array(data.length + padding).fill(padding, data.length);
      padded.set(data);
      return joined(iv, ciphers.cbcEncrypt(key, iv, padded));
    },
    open(sealed) {
      if (sealed.length < blockBytes) throw tooShort();
      const blocks = sealed.subarray(blockBytes);
      if (blocks.length % blockBytes !== 0) throw new Error("the stored data is not a multiple of the block size");
      const padded = ciphers.cbcDecrypt(key, sealed.subarray(0, blockBytes), blocks);
      const padding = padded.at(-1) ?? 0;
      if (padding === 0 || padding > padded.length) throw new Error("invalid PKCS7 data (empty or not padded)");
      if (padded.subarray(padded.length - padding).some((byte) => byte !== padding)) throw new Error("invalid padding on input");
      return padded.slice(0, padded.length - padding);
    },
  };
}

export function secretboxTransformer(ciphers: Ciphers, key: Uint8Array): KeyTransformer {
  return {
    seal(data) {
      const nonce = ciphers.random(secretboxNonceBytes);
      return joined(nonce, sealSecretbox(key, nonce, data));
    },
    open(sealed) {
      if (sealed.length < secretboxNonceBytes) throw tooShort();
      const opened = openSecretbox(key, sealed.subarray(0, secretboxNonceBytes), sealed.subarray(secretboxNonceBytes));
      if (!opened) throw new Error("output array was not large enough for encryption");
      return opened;
    },
  };
}

/** AES-GCM with a key of its own for each state, made of the seed and of random bytes that are stored with it. */
export function seedTransformer(ciphers: Ciphers, seed: Uint8Array): KeyTransformer {
  // The first block of HKDF's second step is as long as the key.
  const keyOf = (info: Uint8Array) => ciphers.hmacSha256(seed, joined(info, Uint8Array.of(1)));
  return {
    seal(data, where) {
      const info = ciphers.random(seedInfoBytes);
      return joined(info, gcmTransformer(ciphers, keyOf(info)).seal(data, where));
    },
    open(sealed, where) {
      if (sealed.length < seedInfoBytes) throw tooShort();
      const info = sealed.subarray(0, seedInfoBytes);
      return gcmTransformer(ciphers, keyOf(info)).open(sealed.subarray(seedInfoBytes), where);
    },
  };
}

export function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
