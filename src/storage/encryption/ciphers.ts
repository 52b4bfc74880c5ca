/** What encryption at rest needs of the platform. All of it is synchronous: states are read within a request. */
export interface Ciphers {
  random(length: number): Uint8Array;
  /** AES-GCM: the cipher text with its tag of 16 bytes at the end. */
  gcmSeal(key: Uint8Array, nonce: Uint8Array, data: Uint8Array, additional: Uint8Array): Uint8Array;
  /** Undefined when it is not what was sealed. */
  gcmOpen(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, additional: Uint8Array): Uint8Array | undefined;
  /** AES-CBC without padding. */
  cbcEncrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array;
  cbcDecrypt(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, data: Uint8Array): Uint8Array;
}
