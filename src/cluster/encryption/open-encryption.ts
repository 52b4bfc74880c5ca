import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { builtInResources } from "../../api/registry.ts";
import type { HealthCheck } from "../../apiserver/options.ts";
import { type Clock, every } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import { type Random, uuid } from "../../machinery/random.ts";
import { groupResource } from "../../machinery/resource-ref.ts";
import { type EncryptionConfiguration, parseEncryptionConfiguration } from "../../storage/encryption/configuration.ts";
import { EncryptionAtRest, type StorageEncryption } from "../../storage/encryption/encryption.ts";
import type { EncryptionMetrics } from "../../storage/encryption/encryption-metrics.ts";
import { KmsProvider } from "../../storage/encryption/kms-provider.ts";
import { storageKey } from "../../storage/store.ts";
import { createKmsClient } from "./kms-client.ts";
import { nodeCiphers } from "./node-ciphers.ts";

/** What `--encryption-provider-config…` says. */
export interface EncryptionFlags {
  configFile: string;
  automaticReload: boolean;
}

export interface OpenedEncryption {
  encryption: StorageEncryption;
  healthChecks: HealthCheck[];
  close(): void;
}

/** How often a configuration that is reloaded is looked at. */
const reloadMilliseconds = 60_000;

/** Reads the configuration and asks its KMS plug-ins for their keys: before the store is opened, which is read with them. */
export async function openEncryption(
  deps: { clock: Clock; random: Random; logger: Logger; metrics: EncryptionMetrics },
  { configFile, automaticReload }: EncryptionFlags,
): Promise<OpenedEncryption> {
  const { clock, random, logger, metrics } = deps;
  const closing = new AbortController();
  let providers = new Map<string, { provider: KmsProvider; form: string }>();
  let text = readFileSync(configFile, "utf8");

  /** Plug-ins that are configured as before go on. */
  const startProviders = async ({ resources }: EncryptionConfiguration): Promise<typeof providers> => {
    const next: typeof providers = new Map();
    for (const { kms } of resources.flatMap((entry) => entry.providers)) {
      if (!kms) continue;
      const form = JSON.stringify(kms);
      const old = providers.get(kms.name);
      if (old?.form === form) {
        next.set(kms.name, old);
        continue;
      }
      const service = createKmsClient(kms, { clock, uid: () => uuid(random) });
      const provider = new KmsProvider({ ciphers: nodeCiphers, clock, logger, metrics, service }, kms.name);
      await provider.start();
      next.set(kms.name, { provider, form });
    }
    return next;
  };

  const configuration = parseEncryptionConfiguration(text, configFile);
  providers = await startProviders(configuration);
  const kms = (name: string) => providers.get(name)?.provider;
  const encryption = new EncryptionAtRest({ ciphers: nodeCiphers, clock, metrics, resources: builtInPrefixes(), kms }, configuration);
  metrics.configurationHash = hashOf(text);

  const reload = async () => {
    const changed = readFileSync(configFile, "utf8");
    if (changed === text) return;
    const next = parseEncryptionConfiguration(changed, configFile);
    const old = providers;
    providers = await startProviders(next);
    encryption.replace(next);
    text = changed;
    metrics.configurationHash = hashOf(text);
    for (const [name, { provider }] of old) if (providers.get(name)?.provider !== provider) provider.close();
    logger.info("the encryption configuration was loaded anew", { file: configFile });
  };
  if (automaticReload) {
    every(clock, reloadMilliseconds, closing.signal, () => {
      reload().catch((error: unknown) => logger.error("the encryption configuration was not loaded anew", { file: configFile, error }));
    });
  }
  const check = () => [...providers.values()].map(({ provider }) => provider.complaint).find((complaint) => complaint !== undefined);
  const hasKms = providers.size > 0 || automaticReload;
  return {
    encryption,
    healthChecks: hasKms ? [{ name: "kms-providers", check, endpoints: ["healthz", "livez", "readyz"] }] : [],
    close() {
      closing.abort();
      for (const { provider } of providers.values()) provider.close();
    },
  };
}

function hashOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

/** Under which prefix each built-in resource is stored. Of two that share one, the first counts. */
function builtInPrefixes(): Map<string, string> {
  const prefixes = new Map<string, string>();
  for (const definition of builtInResources()) {
    const prefix = storageKey(definition.storageName, "", "");
    if (!prefixes.has(prefix)) prefixes.set(prefix, groupResource(definition));
  }
  return prefixes;
}
