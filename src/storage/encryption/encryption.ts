import type { Clock } from "../../machinery/clock.ts";
import { internalError, StatusError } from "../../machinery/errors.ts";
import type { Ciphers } from "./ciphers.ts";
import type { EncryptionConfiguration, ProviderConfiguration } from "./configuration.ts";
import type { EncryptionMetrics } from "./encryption-metrics.ts";
import { cbcTransformer, gcmTransformer, joined, type KeyTransformer, secretboxTransformer } from "./key-transformers.ts";
import type { KmsProvider } from "./kms-provider.ts";

/** Seals what a store on disk keeps. */
export interface StorageEncryption {
  /** What is kept for the JSON of a state. Throws the 500 `StatusError` when it can't be sealed. */
  seal(key: string, json: Uint8Array): Uint8Array;
  /** The JSON of what is kept. Throws the 500 `StatusError` when it can't be opened. */
  open(key: string, kept: Uint8Array): Uint8Array;
  /** Writes would seal the state in another way now. */
  isStale(key: string, kept: Uint8Array): boolean;
  /** Gets ready to open what is kept. Failures are logged: who reads the state is told. */
  unlock(kept: Uint8Array): Promise<void>;
}

/** Begins all that is sealed; JSON begins with a brace. */
const mark = "k8s:enc:";

const encoder = new TextEncoder();
const markBytes = encoder.encode(mark);

export function isSealed(kept: Uint8Array): boolean {
  return startsWith(kept, markBytes);
}

/** One way to seal, told by what the sealed bytes begin with. */
interface PrefixedTransformer extends KeyTransformer {
  prefix: Uint8Array;
  prefixText: string;
  kms?: KmsProvider;
}

interface ResourceTransformers {
  /** As configurations name it. */
  resource: string;
  /** The first one seals; all may open. */
  transformers: readonly PrefixedTransformer[];
}

interface EncryptionDeps {
  ciphers: Ciphers;
  clock: Clock;
  metrics: EncryptionMetrics;
  /** Registry prefixes (`/registry/secrets/`) of built-in resources, with the resource that configurations name (`secrets`). */
  resources: ReadonlyMap<string, string>;
  /** The provider of a `kms` entry, started by whoever made it. */
  kms(name: string): KmsProvider | undefined;
}

/** Encryption at rest as an EncryptionConfiguration says it. */
export class EncryptionAtRest implements StorageEncryption {
  readonly #deps: EncryptionDeps;
  #entries: readonly { resources: ReadonlySet<string>; transformers: readonly PrefixedTransformer[] }[] = [];
  #byPrefix = new Map<string, ResourceTransformers>();

  constructor(deps: EncryptionDeps, configuration: EncryptionConfiguration) {
    this.#deps = deps;
    this.replace(configuration);
  }

  /** From now on states are sealed as this says. */
  replace({ resources }: EncryptionConfiguration): void {
    const seen = new Map<string, readonly PrefixedTransformer[]>();
    this.#entries = resources.map((entry) => ({
      resources: new Set(entry.resources),
      transformers: entry.providers.flatMap((provider) => {
        const key = JSON.stringify(provider);
        const transformers = seen.get(key) ?? transformersOf(this.#deps, provider);
        seen.set(key, transformers);
        return transformers;
      }),
    }));
    this.#byPrefix = new Map();
  }

  seal(key: string, json: Uint8Array): Uint8Array {
    const { resource, transformers } = this.#of(key);
    const [first] = transformers;
    if (!first) return json;
    const { clock, metrics } = this.#deps;
    const began = clock.now();
    try {
      const kept = first.prefix.length === 0 ? json : joined(first.prefix, first.seal(json, encoder.encode(key)));
      metrics.sealed(resource, first.prefixText, (clock.now() - began) / 1000);
      return kept;
    } catch (error) {
      metrics.failed(resource, "to_storage", first.prefixText);
      throw failed(error);
    }
  }

  open(key: string, kept: Uint8Array): Uint8Array {
    const { resource, transformers } = this.#of(key);
    const { clock, metrics } = this.#deps;
    if (!isSealed(kept) && transformers.length === 0) return kept;
    const fitting = transformers.filter(({ prefix }) => (prefix.length === 0 ? !isSealed(kept) : startsWith(kept, prefix)));
    if (fitting.length === 0) {
      metrics.failed(resource, "from_storage", "unknown");
      throw failed(new Error(noneFits(transformers)));
    }
    let problem: unknown;
    for (const transformer of fitting) {
      const name = transformer.prefixText || "identity";
      const began = clock.now();
      try {
        const json = transformer.open(kept.subarray(transformer.prefix.length), encoder.encode(key));
        metrics.opened(resource, name, (clock.now() - began) / 1000);
        return json;
      } catch (error) {
        metrics.failed(resource, "from_storage", name);
        problem ??= error;
      }
    }
    throw failed(problem);
  }

  isStale(key: string, kept: Uint8Array): boolean {
    const [first] = this.#of(key).transformers;
    if (!first || first.prefix.length === 0) return isSealed(kept);
    if (!startsWith(kept, first.prefix)) return true;
    return first.kms?.isStale(kept.subarray(first.prefix.length)) ?? false;
  }

  async unlock(kept: Uint8Array): Promise<void> {
    for (const { transformers } of this.#entries) {
      for (const { prefix, kms } of transformers) {
        if (kms && startsWith(kept, prefix)) return await kms.unlock(kept.subarray(prefix.length));
      }
    }
  }

  /** The first entry of the configuration that names the resource counts. */
  #of(key: string): ResourceTransformers {
    const prefix = prefixOf(key, this.#deps.resources);
    let found = this.#byPrefix.get(prefix);
    if (!found) {
      const resource = this.#deps.resources.get(prefix) ?? customResource(prefix);
      const [, group = ""] = /^[^.]*\.(.*)$/.exec(resource) ?? [];
      const names = [resource, `*.${group}`, "*.*"];
      const entry = this.#entries.find(({ resources }) => names.some((name) => resources.has(name)));
      found = { resource, transformers: entry?.transformers ?? [] };
      this.#byPrefix.set(prefix, found);
    }
    return found;
  }
}

function prefixOf(key: string, known: ReadonlyMap<string, string>): string {
  const first = key.indexOf("/", "/registry/".length) + 1;
  const short = key.slice(0, first);
  return known.has(short) ? short : key.slice(0, key.indexOf("/", first) + 1);
}

/** Custom objects lie under `/registry/GROUP/PLURAL/`. */
function customResource(prefix: string): string {
  const [group = "", plural = ""] = prefix.slice("/registry/".length).split("/");
  return `${plural}.${group}`;
}

function transformersOf(deps: EncryptionDeps, provider: ProviderConfiguration): PrefixedTransformer[] {
  const { ciphers } = deps;
  const keyed = (
    kind: string,
    keys: readonly { name: string; secret: string }[],
    make: (ciphers: Ciphers, key: Uint8Array) => KeyTransformer,
  ) =>
    keys.map(({ name, secret }) => ({
      ...prefixed(`${mark}${kind}:v1:${name}:`),
      ...make(
        ciphers,
        Uint8Array.from(atob(secret), (character) => character.charCodeAt(0)),
      ),
    }));
  if (provider.aesgcm) return keyed("aesgcm", provider.aesgcm.keys, gcmTransformer);
  if (provider.aescbc) return keyed("aescbc", provider.aescbc.keys, cbcTransformer);
  if (provider.secretbox) return keyed("secretbox", provider.secretbox.keys, secretboxTransformer);
  if (provider.kms) {
    const kms = deps.kms(provider.kms.name);
    if (!kms) throw new Error(`there is no KMS provider ${JSON.stringify(provider.kms.name)}`);
    const seal = (data: Uint8Array, where: Uint8Array) => kms.seal(data, where);
    const open = (sealed: Uint8Array, where: Uint8Array) => kms.open(sealed, where);
    return [{ ...prefixed(`${mark}kms:v2:${provider.kms.name}:`), kms, seal, open }];
  }
  const identity = (data: Uint8Array) => data;
  return [{ ...prefixed(""), seal: identity, open: identity }];
}

function prefixed(prefixText: string): Pick<PrefixedTransformer, "prefix" | "prefixText"> {
  return { prefix: encoder.encode(prefixText), prefixText };
}

function noneFits(transformers: readonly PrefixedTransformer[]): string {
  const hasIdentity = transformers.length === 0 || transformers.some(({ prefix }) => prefix.length === 0);
  return hasIdentity ? "identity transformer tried to read encrypted data" : "no matching prefix found";
}

function failed(error: unknown): StatusError {
  return error instanceof StatusError ? error : internalError(error instanceof Error ? error.message : String(error));
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, at) => bytes[at] === byte);
}
