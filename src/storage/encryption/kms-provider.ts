import type { Clock, Timer } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { Ciphers } from "./ciphers.ts";
import { checkKeyId, decodeEncryptedObject, type EncryptedObject, encodeEncryptedObject, keySource } from "./encrypted-object.ts";
import type { EncryptionMetrics } from "./encryption-metrics.ts";
import { gcmTransformer, type KeyTransformer, seedTransformer } from "./key-transformers.ts";

/** A key management service of version 2, behind its socket. Each call rejects when it fails or takes too long. */
export interface KmsService {
  status(): Promise<{ version: string; healthz: string; keyId: string }>;
  encrypt(plain: Uint8Array): Promise<{ wrapped: Uint8Array; keyId: string; annotations: ReadonlyMap<string, Uint8Array> }>;
  decrypt(wrapped: Uint8Array, keyId: string, annotations: ReadonlyMap<string, Uint8Array>): Promise<Uint8Array>;
  close(): void;
}

const seedBytes = 32;
/** How often the service is asked how it does; soon again while it is not well. */
const healthyPollMilliseconds = 60_000;
const unhealthyPollMilliseconds = 10_000;
/** Without a good word of the service for so long nothing is sealed any more. */
const seedLifeMilliseconds = 3 * 60_000;

interface CurrentSeed {
  transformer: KeyTransformer;
  keyId: string;
  wrappedKey: Uint8Array;
  annotations: ReadonlyMap<string, Uint8Array>;
  expires: number;
}

/**
 * Envelope encryption with a KMS: states are sealed by keys that are made of a seed, which the service has wrapped. A seed serves until the
 * service names another key. Seeds that were unwrapped are kept: reading asks the service only for those that nobody has seen.
 */
export class KmsProvider {
  readonly name: string;
  readonly #service: KmsService;
  readonly #ciphers: Ciphers;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: EncryptionMetrics;
  readonly #opened = new Map<string, KeyTransformer>();
  readonly #opening = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, string>();
  #current: CurrentSeed | undefined;
  #complaint: string | undefined = "the KMS has not been asked yet";
  #timer: Timer | undefined;
  #polling: Promise<void> | undefined;
  #closed = false;

  constructor(deps: { ciphers: Ciphers; clock: Clock; logger: Logger; metrics: EncryptionMetrics; service: KmsService }, name: string) {
    this.name = name;
    this.#service = deps.service;
    this.#ciphers = deps.ciphers;
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#metrics = deps.metrics;
  }

  /** What the service suffers from; undefined when it is well. */
  get complaint(): string | undefined {
    return this.#complaint;
  }

  /** Asks the service for its key and makes the first seed. A service that isn't there is asked again later. */
  async start(): Promise<void> {
    await this.#poll();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#service.close();
  }

  seal(data: Uint8Array, where: Uint8Array): Uint8Array {
    const current = this.#current;
    if (!current) throw new Error(`got unexpected nil transformer: ${this.#complaint}`);
    if (this.#clock.now() > current.expires) {
      throw new Error(
        `encryptedDEKSource with keyID ${JSON.stringify(current.keyId)} expired at ${new Date(current.expires).toISOString()}`,
      );
    }
    const { keyId, wrappedKey, annotations, transformer } = current;
    return encodeEncryptedObject({ data: transformer.seal(data, where), keyId, wrappedKey, annotations, source: keySource.seed });
  }

  open(sealed: Uint8Array, where: Uint8Array): Uint8Array {
    const object = decodeEncryptedObject(sealed);
    const transformer = this.#opened.get(cacheKey(object));
    if (transformer) return transformer.open(object.data, where);
    // The next one to ask may find it opened.
    void this.#unwrapInBackground(object);
    throw new Error(`failed to decrypt DEK, error: ${this.#failures.get(cacheKey(object)) ?? "the KMS is being asked"}`);
  }

  isStale(sealed: Uint8Array): boolean {
    const { keyId, source } = decodeEncryptedObject(sealed);
    return this.#current !== undefined && (keyId !== this.#current.keyId || source !== keySource.seed);
  }

  /** Asks the service for the key of a sealed state, unless it is known. A failure is logged: who reads the state is told. */
  async unlock(sealed: Uint8Array): Promise<void> {
    const object = decodeEncryptedObject(sealed);
    const key = cacheKey(object);
    // Many states have one key: a service that isn't there is asked once.
    if (!this.#opened.has(key) && !this.#failures.has(key)) await this.#unwrapInBackground(object);
  }

  #unwrapInBackground(object: EncryptedObject): Promise<void> {
    const key = cacheKey(object);
    let opening = this.#opening.get(key);
    if (!opening) {
      opening = this.#unwrap(object, key)
        .catch((error: unknown) => {
          this.#failures.set(key, messageOf(error));
          this.#logger.error("the KMS could not unwrap a key", { provider: this.name, keyId: object.keyId, error });
        })
        .finally(() => this.#opening.delete(key));
      this.#opening.set(key, opening);
    }
    return opening;
  }

  async #unwrap({ wrappedKey, keyId, annotations, source }: EncryptedObject, key: string): Promise<void> {
    this.#metrics.keysAsked++;
    const plain = await this.#service.decrypt(wrappedKey, keyId, annotations);
    const transformer = source === keySource.seed ? seedTransformer(this.#ciphers, plain) : gcmTransformer(this.#ciphers, plain);
    this.#opened.set(key, transformer);
    this.#failures.delete(key);
  }

  #poll(): Promise<void> {
    this.#polling ??= this.#ask()
      .then(
        () => {
          this.#complaint = undefined;
        },
        (error: unknown) => {
          this.#complaint = messageOf(error);
          this.#logger.error("the KMS is not well", { provider: this.name, error });
        },
      )
      .finally(() => {
        this.#polling = undefined;
        if (this.#closed) return;
        const delay = this.#complaint === undefined ? healthyPollMilliseconds : unhealthyPollMilliseconds;
        this.#timer = this.#clock.setTimeout(() => void this.#poll(), delay);
      });
    return this.#polling;
  }

  async #ask(): Promise<void> {
    const { version, healthz, keyId } = await this.#service.status();
    if (version !== "v2" && version !== "v2beta1") {
      throw new Error(`got unexpected version: expected v2beta1 or v2, got ${JSON.stringify(version)}`);
    }
    if (healthz !== "ok") throw new Error(`got unexpected healthz status: expected "ok", got ${JSON.stringify(healthz)}`);
    checkKeyId(keyId);
    const expires = this.#clock.now() + seedLifeMilliseconds;
    if (this.#current?.keyId === keyId) {
      this.#current.expires = expires;
      return;
    }
    const began = this.#clock.now();
    const seed = this.#ciphers.random(seedBytes);
    this.#metrics.keyMade((this.#clock.now() - began) / 1000);
    const wrapped = await this.#service.encrypt(seed);
    checkKeyId(wrapped.keyId);
    const transformer = seedTransformer(this.#ciphers, seed);
    const { keyId: ownKeyId, annotations, wrapped: wrappedKey } = wrapped;
    this.#current = { transformer, keyId: ownKeyId, wrappedKey, annotations, expires };
    this.#opened.set(cacheKey({ wrappedKey, keyId: ownKeyId, annotations, source: keySource.seed }), transformer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function cacheKey({ wrappedKey, keyId, annotations, source }: Omit<EncryptedObject, "data">): string {
  const texts = [...annotations].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, value.join()]);
  return JSON.stringify([source, keyId, wrappedKey.join(), texts]);
}
