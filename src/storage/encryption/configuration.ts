import { parse, YAMLParseError } from "yaml";
import { parseDuration } from "../../machinery/duration.ts";
import { type FieldError, type FieldPath, field, path } from "../../machinery/errors.ts";

/** An apiserver.config.k8s.io/v1 EncryptionConfiguration that was found to be right. */
export interface EncryptionConfiguration {
  resources: readonly { resources: readonly string[]; providers: readonly ProviderConfiguration[] }[];
}

export interface ProviderConfiguration {
  aesgcm?: { keys: readonly Key[] };
  aescbc?: { keys: readonly Key[] };
  secretbox?: { keys: readonly Key[] };
  identity?: object;
  kms?: KmsConfiguration;
}

interface Key {
  name: string;
  secret: string;
}

export interface KmsConfiguration {
  apiVersion?: string;
  name: string;
  endpoint: string;
  timeout?: string;
  cachesize?: number;
}

const kind = "apiserver.config.k8s.io/v1";
const providerNames = ["kms", "aesgcm", "aescbc", "secretbox", "identity"] as const;
const defaultTimeoutMilliseconds = 3000;

/** Reads a configuration and checks it. Throws an error in upstream's words, without secrets; `where` is the file's name. */
export function parseEncryptionConfiguration(text: string, where: string): EncryptionConfiguration {
  const fail = (why: string) => new Error(`error while parsing file: ${why}`);
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    // The message would show the line, which may hold a secret.
    throw fail(`error decoding encryption provider configuration file ${JSON.stringify(where)}: it is no YAML (${error.code})`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw fail(`encryption provider configuration file ${JSON.stringify(where)} is empty`);
  }
  const { apiVersion, kind: given } = value as { apiVersion?: unknown; kind?: unknown };
  if (apiVersion !== kind || given !== "EncryptionConfiguration") {
    throw fail(
      `error decoding encryption provider configuration file ${JSON.stringify(where)}: no kind ${JSON.stringify(given ?? "")} is registered for version ${JSON.stringify(apiVersion ?? "")}`,
    );
  }
  const configuration = value as EncryptionConfiguration;
  const problem = shapeProblem(configuration);
  if (problem) throw fail(`error decoding encryption provider configuration file ${JSON.stringify(where)}: ${problem}`);
  const errors = configurationErrors(configuration);
  if (errors.length > 0) {
    const texts = errors.map(({ field: at, body }) => `${at}: ${body}`);
    throw fail(texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]`);
  }
  return configuration;
}

/** Milliseconds that a call may take. */
export function kmsTimeout({ timeout }: KmsConfiguration): number {
  const parsed = timeout === undefined ? defaultTimeoutMilliseconds : parseDuration(timeout);
  return typeof parsed === "string" ? Number.NaN : parsed;
}

/** Fields that aren't known would be keys that nobody uses: they are refused, as upstream does. */
function shapeProblem({ resources, ...others }: EncryptionConfiguration): string | undefined {
  if (resources !== undefined && resources !== null && !Array.isArray(resources)) return "resources is no list";
  const unknown: string[] = [];
  const look = (object: object, known: readonly string[], at: string) => {
    for (const name of Object.keys(object)) if (!known.includes(name)) unknown.push(`unknown field ${JSON.stringify(`${at}${name}`)}`);
  };
  look(others, ["apiVersion", "kind"], "");
  for (const [index, entry] of (resources ?? []).entries()) {
    const at = `resources[${index}].`;
    if (typeof entry !== "object" || entry === null) return `${at.slice(0, -1)} is no object`;
    look(entry, ["resources", "providers"], at);
    for (const list of [entry.resources, entry.providers])
      if (list && !Array.isArray(list)) return `${at.slice(0, -1)}: a list is expected`;
    if ((entry.resources ?? []).some((one: unknown) => typeof one !== "string")) return `${at}resources: a text is expected`;
    for (const [number, provider] of (entry.providers ?? []).entries()) {
      if (typeof provider !== "object" || provider === null) return `${at}providers[${number}] is no object`;
      look(provider, providerNames, `${at}providers[${number}].`);
      for (const name of ["aesgcm", "aescbc", "secretbox"] as const) {
        const keys = provider[name]?.keys ?? [];
        if (!Array.isArray(keys) || keys.some((key) => typeof key !== "object" || key === null)) {
          return `${at}providers[${number}].${name}.keys: keys are expected`;
        }
      }
    }
  }
  return unknown.length > 0 ? `strict decoding error: ${unknown.join(", ")}` : undefined;
}

function configurationErrors({ resources = [] }: EncryptionConfiguration): FieldError[] {
  const root = path("resources");
  if (resources.length === 0) return [field.required(root, "at least one resources is required")];
  const kmsNames = new Set<string>();
  return resources.flatMap(({ resources: names = [], providers = [] }, at) => {
    const entry = root.index(at);
    const errors: FieldError[] = [];
    if (names.length === 0) errors.push(field.required(entry.child("resources"), `at least one ${entry.child("resources")} is required`));
    errors.push(...overlapErrors(names, entry.child("resources")), ...nameErrors(names, entry.child("resources")));
    if (providers.length === 0)
      errors.push(field.required(entry.child("providers"), `at least one ${entry.child("providers")} is required`));
    for (const [index, provider] of providers.entries())
      errors.push(...providerErrors(provider, entry.child("providers").index(index), kmsNames));
    return errors;
  });
}

/** `secrets` is of the core group, `deployments.apps` is not. */
function splitResource(name: string): { resource: string; group: string } {
  const dot = name.indexOf(".");
  return dot < 0 ? { resource: name, group: "" } : { resource: name.slice(0, dot), group: name.slice(dot + 1) };
}

function overlapErrors(names: readonly string[], at: FieldPath): FieldError[] {
  const parts = names.map(splitResource);
  const errors: FieldError[] = [];
  if (new Set(parts.map(({ resource, group }) => `${resource}.${group}`)).size < parts.length) {
    errors.push(field.invalid(at, names, "the same resource cannot be specified multiple times"));
  }
  const overlaps = parts.some((one, index) =>
    parts.some((other, otherIndex) => {
      if (index === otherIndex || (one.resource === other.resource && one.group === other.group)) return false;
      if (one.resource === "*" && one.group === "*") return true;
      return one.group === other.group && (one.resource === "*" || other.resource === "*");
    }),
  );
  if (overlaps) {
    const why = "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked";
    errors.push(field.invalid(at, names, why));
  }
  return errors;
}

const withoutApi = new Set(["apiserveripinfo", "serviceipallocations", "servicenodeportallocations"]);

function nameErrors(names: readonly string[], at: FieldPath): FieldError[] {
  return names.flatMap((name, index) => {
    const why = nameProblem(name);
    return why === undefined ? [] : [field.invalid(at.index(index), name, why)];
  });
}

function nameProblem(name: string): string | undefined {
  const { resource, group } = splitResource(name);
  if (name.toLowerCase() !== name) return "resource name should not contain capital letters";
  if (name === "*") return "use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources";
  if (withoutApi.has(name)) return "resources which do not have REST API/s cannot be encrypted";
  if (group === "events.k8s.io") {
    return "'*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file";
  }
  if (group === "extensions") return "'extensions' group has been removed and cannot be used for encryption";
  if (group === "*" && resource !== "*") return "encrypting the same resource across groups is not supported";
  return undefined;
}

function providerErrors(provider: ProviderConfiguration, at: FieldPath, kmsNames: Set<string>): FieldError[] {
  const given = providerNames.filter((name) => provider[name] !== undefined && provider[name] !== null);
  // What a provider holds isn't shown: it may be a secret.
  if (given.length === 0) {
    const why = "provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity";
    return [field.invalid(at, { AESGCM: null, AESCBC: null, Secretbox: null, Identity: null, KMS: null }, why)];
  }
  const why = "more than one provider specified in a single element, should split into different list elements";
  const many = given.length > 1 ? [field.invalid(at, {}, why)] : [];
  return [...many, ...ownErrors(provider, at, kmsNames)];
}

function ownErrors(provider: ProviderConfiguration, at: FieldPath, kmsNames: Set<string>): FieldError[] {
  if (provider.kms) return kmsErrors(provider.kms, at.child("kms"), kmsNames);
  if (provider.aesgcm) return keyErrors(provider.aesgcm.keys, at.child("aesgcm", "keys"), [16, 24, 32]);
  if (provider.aescbc) return keyErrors(provider.aescbc.keys, at.child("aescbc", "keys"), [16, 24, 32]);
  if (provider.secretbox) return keyErrors(provider.secretbox.keys, at.child("secretbox", "keys"), [32]);
  return [];
}

function keyErrors(keys: readonly Key[] = [], at: FieldPath, lengths: readonly number[]): FieldError[] {
  if (keys.length === 0) return [field.required(at, "at least one keys is required")];
  return keys.flatMap(({ name, secret }, index) => {
    const errors: FieldError[] = [];
    const one = at.index(index);
    if (!name) errors.push(field.required(one.child("name"), "name is a mandatory field for a key"));
    if (!secret) return [...errors, field.required(one.child("secret"), "secret is a mandatory field for a key")];
    if (typeof secret !== "string" || !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret)) {
      return [...errors, field.invalid(one.child("secret"), "REDACTED", "secrets must be base64 encoded")];
    }
    const { length } = atob(secret);
    if (!lengths.includes(length)) {
      const why = `secret is not of the expected length, got ${length}, expected one of [${lengths.join(" ")}]`;
      errors.push(field.invalid(one.child("secret"), "REDACTED", why));
    }
    return errors;
  });
}

function kmsErrors(kms: KmsConfiguration, at: FieldPath, names: Set<string>): FieldError[] {
  const { name = "", endpoint = "", apiVersion = "v1", cachesize } = kms;
  const errors: FieldError[] = [];
  if (name === "") errors.push(field.required(at.child("name"), "name is a mandatory field for a provider"));
  if (name.includes(":")) errors.push(field.invalid(at.child("name"), name, `invalid KMS provider name ${name}, must not contain ':'`));
  if (names.has(name)) errors.push(field.invalid(at.child("name"), name, `duplicate KMS provider name ${name}, names must be unique`));
  names.add(name);
  if (!(kmsTimeout(kms) > 0)) errors.push(field.invalid(at.child("timeout"), kms.timeout, "timeout should be a positive value"));
  if (endpoint === "") errors.push(field.invalid(at.child("endpoint"), "", "endpoint is a mandatory field for a kms"));
  else if (!endpoint.startsWith("unix://")) {
    const scheme = /^([a-zA-Z][\w+.-]*):/.exec(endpoint)?.[1] ?? "";
    const why = `unsupported scheme ${JSON.stringify(scheme)} for KMS provider, only unix is supported`;
    errors.push(field.invalid(at.child("endpoint"), endpoint, why));
  }
  if (apiVersion === "v1") {
    errors.push(field.invalid(at.child("apiVersion"), apiVersion, "KMS v1 is not supported: use v2"));
  } else if (apiVersion !== "v2") {
    const why = "unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported";
    errors.push(field.invalid(at.child("apiVersion"), apiVersion, why));
  } else if (cachesize !== undefined) errors.push(field.invalid(at.child("cachesize"), cachesize, "cachesize is not supported in v2"));
  return errors;
}
