import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock, systemRandom } from "../../client/system-clock.ts";
import { recordingLogger } from "../../client/testing/recording-logger.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { isStatus } from "../../machinery/errors.ts";
import { WireReader } from "../../machinery/schema/wire-reader.ts";
import { WireWriter } from "../../machinery/schema/wire-writer.ts";
import { EncryptionMetrics } from "../../storage/encryption/encryption-metrics.ts";
import { openSecretbox, sealSecretbox } from "../../storage/encryption/secretbox.ts";
import { openLmdbStore } from "../../storage/lmdb/lmdb-store.ts";
import type { Store } from "../../storage/store.ts";
import { type OpenedEncryption, openEncryption } from "./open-encryption.ts";

let scratch: string;
const opened: { close(): unknown }[] = [];
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "kybern-encryption-"));
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
  rmSync(scratch, { recursive: true, force: true });
});

const logger = recordingLogger();
const key = (letter: string, length = 32) => btoa(letter.repeat(length));
const keyed = (kind: string, ...names: string[]) => ({ [kind]: { keys: names.map((name) => ({ name, secret: key(name[0] as string) })) } });
const identity = { identity: {} };

async function encryptionOf(providers: object[], resources = ["secrets"], metrics = new EncryptionMetrics()): Promise<OpenedEncryption> {
  const configFile = join(scratch, "encryption.json");
  const configuration = {
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [{ resources, providers }],
  };
  writeFileSync(configFile, JSON.stringify(configuration));
  return await openEncryption({ clock: systemClock, random: systemRandom, logger, metrics }, { configFile, automaticReload: false });
}

async function storeWith(providers: object[] | undefined, resources?: string[]): Promise<Store> {
  const sealing = providers && (await encryptionOf(providers, resources));
  const store = await openLmdbStore({
    directory: join(scratch, "store"),
    clock: systemClock,
    logger,
    ...(sealing ? { encryption: sealing.encryption } : {}),
  });
  opened.push({ close: () => store.close() });
  if (sealing) opened.push({ close: () => sealing.close() });
  return store;
}

async function closeAll(): Promise<void> {
  for (const one of opened.splice(0)) await one.close();
}

const secretKey = "/registry/secrets/default/s";
const hidden = "the-hidden-value-of-the-secret";
const secret = (extra: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "s", namespace: "default" },
  data: { value: hidden, ...extra },
});
const file = () => readFileSync(join(scratch, "store", "data.mdb"));
const storedValue = (store: Store) => (store.root().get(secretKey)?.value as { data?: { value?: string } } | undefined)?.data?.value;

describe("encryption at rest", () => {
  it.each([["aesgcm"], ["aescbc"], ["secretbox"]])("keeps nothing but cipher text on disk: %s", async (kind) => {
    const store = await storeWith([keyed(kind, "one"), identity]);
    await store.put(secretKey, 0, secret(), '[{"manager":"me"}]');
    await store.put("/registry/configmaps/default/c", 0, { ...secret(), kind: "ConfigMap", data: { value: "in-the-open" } });
    await closeAll();
    expect(file().includes(hidden)).toBe(false);
    expect(file().includes(`k8s:enc:${kind}:v1:one:`)).toBe(true);
    expect(file().includes("in-the-open")).toBe(true);
    const again = await storeWith([keyed(kind, "one"), identity]);
    expect(storedValue(again)).toBe(hidden);
    expect(again.root().get(secretKey)?.managedFields).toBe('[{"manager":"me"}]');
  });

  it("counts what it seals and opens, and tells its configuration", async () => {
    const metrics = new EncryptionMetrics();
    const { encryption } = await encryptionOf([keyed("aesgcm", "one"), identity], ["secrets"], metrics);
    const plain = new TextEncoder().encode("{}");
    const kept = encryption.seal(secretKey, plain);
    expect(Buffer.from(encryption.open(secretKey, kept)).toString()).toBe("{}");
    expect(encryption.open(secretKey, plain)).toEqual(plain);
    expect(() => encryption.open(secretKey, kept.subarray(0, kept.length - 1))).toThrow();
    expect(() => encryption.open(secretKey, new TextEncoder().encode("k8s:enc:aescbc:v1:x:y"))).toThrow();
    expect(encryption.seal("/registry/pods/default/p", plain)).toBe(plain);
    const told = new Map(metrics.families().map(({ name, samples }) => [name, [...samples()]]));
    const operations = told.get("apiserver_storage_transformation_operations_total") ?? [];
    expect(operations.map(({ labels, value }) => [...Object.values(labels), value])).toEqual([
      ["secrets", "OK", "to_storage", "k8s:enc:aesgcm:v1:one:", 1],
      ["secrets", "OK", "from_storage", "k8s:enc:aesgcm:v1:one:", 1],
      ["secrets", "OK", "from_storage", "identity", 1],
      ["secrets", "unknown-non-grpc", "from_storage", "k8s:enc:aesgcm:v1:one:", 1],
      ["secrets", "unknown-non-grpc", "from_storage", "unknown", 1],
    ]);
    const text = readFileSync(join(scratch, "encryption.json"), "utf8");
    const hash = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    expect(told.get("apiserver_encryption_config_controller_last_config_info")).toEqual([{ labels: { hash }, value: 1 }]);
  });

  it("encrypts by wildcards, of groups and of all", async () => {
    const store = await storeWith([keyed("aesgcm", "one")], ["*.apps", "*.example.com"]);
    for (const [at, where] of ["deployments/default/a", "example.com/things/default/a", "pods/default/a", "other.com/things/a"].entries()) {
      await store.put(`/registry/${where}`, 0, { ...secret(), data: { value: `value-number-${at}` } });
    }
    await closeAll();
    expect([0, 1, 2, 3].map((at) => file().includes(`value-number-${at}`))).toEqual([false, false, true, true]);
  });

  it("reads what other keys have sealed, and writes it anew with the first", async () => {
    const first = await storeWith([keyed("aescbc", "old"), identity]);
    const { revision } = await first.put(secretKey, 0, secret());
    expect(first.isStale(first.root().get(secretKey) as never)).toBe(false);
    await closeAll();
    const second = await storeWith([keyed("aesgcm", "new"), keyed("aescbc", "old"), identity]);
    expect(storedValue(second)).toBe(hidden);
    expect(second.isStale(second.root().get(secretKey) as never)).toBe(true);
    await second.put(secretKey, revision, secret());
    expect(second.isStale(second.root().get(secretKey) as never)).toBe(false);
    second.compact(second.revision);
    await second.put("/registry/pods/default/p", 0, secret());
    await closeAll();
    const third = await storeWith([keyed("aesgcm", "new")]);
    expect(storedValue(third)).toBe(hidden);
  });

  it("tells in upstream's words what it can't read, and shows nothing of it", async () => {
    const store = await storeWith([keyed("aesgcm", "one"), identity]);
    await store.put(secretKey, 0, secret());
    await closeAll();
    const problem = async (providers: object[] | undefined) => {
      const other = await storeWith(providers);
      try {
        storedValue(other);
        return undefined;
      } catch (error) {
        return isStatus(error, "InternalError") ? (error as Error).message : String(error);
      } finally {
        await closeAll();
      }
    };
    expect(await problem(undefined)).toBe("Internal error occurred: identity transformer tried to read encrypted data");
    expect(await problem([identity])).toBe("Internal error occurred: identity transformer tried to read encrypted data");
    expect(await problem([keyed("aesgcm", "other")])).toBe("Internal error occurred: no matching prefix found");
    const wrong = { aesgcm: { keys: [{ name: "one", secret: key("x") }] } };
    expect(await problem([wrong])).toBe("Internal error occurred: cipher: message authentication failed");
    expect(JSON.stringify(logger.lines)).not.toContain(hidden);
  });

  it("binds cipher text to its place", async () => {
    const { encryption, close } = await encryptionOf([keyed("aesgcm", "one")]);
    const sealed = encryption.seal(secretKey, new TextEncoder().encode("{}"));
    expect(new TextDecoder().decode(encryption.open(secretKey, sealed))).toBe("{}");
    expect(() => encryption.open("/registry/secrets/default/t", sealed)).toThrow("cipher: message authentication failed");
    close();
  });
});

/** A KMS plug-in that wraps keys by turning their bits. */
class TestKms {
  readonly #server = new Server();
  readonly calls: string[] = [];
  keyId = "key-1";
  healthz = "ok";
  broken = false;

  async listen(socket: string): Promise<void> {
    const raw = (bytes: Buffer) => bytes;
    const method = (name: string) => ({
      path: `/v2.KeyManagementService/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: raw,
      requestDeserialize: raw,
      responseSerialize: raw,
      responseDeserialize: raw,
    });
    const answer =
      (name: string, make: (request: Buffer) => Uint8Array) =>
      (call: { request: Buffer }, done: (error: Error | null, value?: Buffer) => void) => {
        this.calls.push(name);
        if (this.broken) done(Object.assign(new Error("the KMS is broken"), { code: 13, details: "the KMS is broken" }));
        else done(null, Buffer.from(make(call.request)));
      };
    this.#server.addService({ Status: method("Status"), Encrypt: method("Encrypt"), Decrypt: method("Decrypt") }, {
      Status: answer("Status", () => message([1, "v2"], [2, this.healthz], [3, this.keyId])),
      Encrypt: answer("Encrypt", (request) => message([1, turned(firstField(request))], [2, this.keyId])),
      Decrypt: answer("Decrypt", (request) => message([1, turned(firstField(request))])),
    } as never);
    await new Promise<void>((resolve, reject) => {
      this.#server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): void {
    this.#server.forceShutdown();
  }
}

const turned = (bytes: Uint8Array) => bytes.map((byte) => byte ^ 0xff);

function firstField(bytes: Uint8Array): Uint8Array {
  const reader = new WireReader(bytes);
  reader.varint();
  return reader.bytes();
}

function message(...fields: [number: number, value: string | Uint8Array][]): Uint8Array {
  const writer = new WireWriter();
  for (const [number, value] of fields.reverse()) {
    if (typeof value === "string") writer.text(value);
    else writer.bytes(value);
    writer.tag(number, 2);
  }
  return writer.finish();
}

describe("encryption with a KMS", () => {
  const provider = () => ({ kms: { apiVersion: "v2", name: "test", endpoint: `unix://${join(scratch, "kms.sock")}`, timeout: "2s" } });

  async function kms(): Promise<TestKms> {
    const plugin = new TestKms();
    await plugin.listen(join(scratch, "kms.sock"));
    opened.unshift(plugin);
    return plugin;
  }

  it("seals with seeds that the KMS has wrapped, and asks once for each when they are read", async () => {
    const plugin = await kms();
    const store = await storeWith([provider(), identity]);
    await store.put(secretKey, 0, secret());
    await store.put("/registry/secrets/default/t", 0, secret());
    await store.close();
    expect(file().includes(hidden)).toBe(false);
    expect(file().includes("k8s:enc:kms:v2:test:")).toBe(true);
    plugin.calls.length = 0;
    const again = await storeWith([provider(), identity]);
    expect(storedValue(again)).toBe(hidden);
    expect(plugin.calls).toEqual(["Status", "Encrypt", "Decrypt"]);
  });

  it("writes with a new key once the KMS has one, and tells what is stale", async () => {
    const plugin = await kms();
    const store = await storeWith([provider(), identity]);
    await store.put(secretKey, 0, secret());
    await store.close();
    plugin.keyId = "key-2";
    const again = await storeWith([provider(), identity]);
    const entry = again.root().get(secretKey) as never;
    expect(storedValue(again)).toBe(hidden);
    expect(again.isStale(entry)).toBe(true);
  });

  it("says that it is not well, refuses to write, and reads again when it is back", async () => {
    const plugin = await kms();
    const store = await storeWith([provider(), identity]);
    await store.put(secretKey, 0, secret());
    await store.close();
    plugin.broken = true;
    const sealing = await encryptionOf([provider(), identity]);
    opened.push(sealing);
    const [check] = sealing.healthChecks;
    expect([check?.name, await check?.check()]).toEqual(["kms-providers", "the KMS is broken"]);
    expect(() => sealing.encryption.seal(secretKey, new Uint8Array(2))).toThrow("got unexpected nil transformer: the KMS is broken");
    const other = await openLmdbStore({
      directory: join(scratch, "store"),
      clock: new VirtualClock(),
      logger,
      encryption: sealing.encryption,
    });
    opened.push({ close: () => other.close() });
    expect(() => storedValue(other)).toThrow("failed to decrypt DEK, error: the KMS is broken");
    plugin.broken = false;
    for (let turn = 0; turn < 200 && plugin.calls.filter((name) => name === "Decrypt").length < 3; turn++) {
      try {
        if (storedValue(other) === hidden) break;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    expect(storedValue(other)).toBe(hidden);
  });
});

describe("secretbox", () => {
  it("is that of NaCl", () => {
    const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
    const boxKey = bytes("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
    const nonce = bytes("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
    const plain = bytes(
      "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705",
    );
    const box = bytes(
      "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5",
    );
    expect(Buffer.from(sealSecretbox(boxKey, nonce, plain)).toString("hex")).toBe(Buffer.from(box).toString("hex"));
    expect(openSecretbox(boxKey, nonce, box)).toEqual(plain);
    box[20] = (box[20] as number) ^ 1;
    expect(openSecretbox(boxKey, nonce, box)).toBeUndefined();
  });
});
