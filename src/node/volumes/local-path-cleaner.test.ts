import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { PersistentVolume } from "../../api/core/v1.ts";
import { events, persistentvolumes } from "../../api/refs.ts";
import type { Component } from "../../client/client.ts";
import { createInformerFactory } from "../../client/informer-factory.ts";
import { createMemoryClient, type MemoryClient } from "../../client/testing/memory-client.ts";
import { reclaimFinalizer } from "../../controllers/persistentvolume/local-path.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { seededRandom } from "../../machinery/random.ts";
import { startLocalPathCleaner } from "./local-path-cleaner.ts";

const directory = () => join(root, "local");
let root: string;
let client: MemoryClient;
let cleaner: Component | undefined;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "kybern-local-path-"));
  mkdirSync(directory());
  client = createMemoryClient({ clock: new VirtualClock() });
});

afterEach(async () => {
  await cleaner?.stop();
  rmSync(root, { recursive: true, force: true });
});

function seed(
  name: string,
  {
    path = join(directory(), name),
    node = "n1",
    phase = "Released",
    policy = "Delete",
    by = "kybern.io/local-path",
    finalizers = [reclaimFinalizer],
  },
) {
  client.seed(persistentvolumes, {
    metadata: { name, uid: `uid-${name}`, annotations: { "pv.kubernetes.io/provisioned-by": by }, finalizers },
    spec: {
      hostPath: { path },
      persistentVolumeReclaimPolicy: policy,
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] }] },
      },
    },
    status: { phase },
  });
  if (path.startsWith(directory())) {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, "file"), "x");
  }
}

/** Runs until the condition holds: what is removed is removed by the real file system. */
async function runUntil(condition: () => boolean): Promise<void> {
  const stopping = new AbortController();
  const clock = new VirtualClock();
  const deps = { client, clock, random: seededRandom(1), logger: silentLogger, signal: stopping.signal };
  cleaner = startLocalPathCleaner({
    ...deps,
    informers: createInformerFactory(deps),
    isOurs: (node) => node === "n1",
    directory: directory(),
  });
  while (!condition()) {
    await clock.advance(0);
    await new Promise((done) => setImmediate(done));
  }
  await client.settle();
  stopping.abort();
}

it("removes directory and volume once the claim is gone, this node's alone", async () => {
  seed("a-bound", { phase: "Bound" });
  seed("b-elsewhere", { node: "n2" });
  seed("c-kept", { policy: "Retain" });
  seed("d-foreign", { by: "example.com/other" });
  seed("z-gone", {});
  await runUntil(() => client.peek(persistentvolumes, "z-gone") === undefined);
  expect(existsSync(join(directory(), "z-gone"))).toBe(false);
  expect(client.writes()).toEqual([
    "update persistentvolumes c-kept",
    "delete persistentvolumes z-gone",
    "update persistentvolumes z-gone",
  ]);
  expect(client.peek(persistentvolumes, "c-kept")?.metadata.finalizers).toEqual([]);
  for (const name of ["a-bound", "b-elsewhere", "c-kept", "d-foreign"]) expect(existsSync(join(directory(), name, "file"))).toBe(true);
});

it("keeps a volume that a person deletes until its claim is gone, then removes its directory", async () => {
  seed("v", { phase: "Bound" });
  await client.delete(persistentvolumes, "v");
  seed("other", {});
  await runUntil(() => client.peek(persistentvolumes, "other") === undefined);
  expect(client.peek(persistentvolumes, "v")?.metadata.deletionTimestamp).toBeDefined();
  expect(existsSync(join(directory(), "v", "file"))).toBe(true);
  const volume = client.peek(persistentvolumes, "v");
  await client.update(persistentvolumes, { ...volume, status: { phase: "Released" } } as PersistentVolume, { subresource: "status" });
  await runUntil(() => client.peek(persistentvolumes, "v") === undefined);
  expect(existsSync(join(directory(), "v"))).toBe(false);
});

it("lets a deleted volume go, with its directory left, when its policy is to retain", async () => {
  seed("v", { phase: "Bound", policy: "Retain" });
  await client.delete(persistentvolumes, "v");
  await runUntil(() => client.peek(persistentvolumes, "v") === undefined);
  expect(existsSync(join(directory(), "v", "file"))).toBe(true);
});

it("holds volumes that were made before there was a hold", async () => {
  seed("old", { phase: "Bound", finalizers: ["kubernetes.io/pv-protection"] });
  const finalizers = () => client.peek(persistentvolumes, "old")?.metadata.finalizers;
  await runUntil(() => finalizers()?.length === 2);
  expect(finalizers()).toEqual(["kubernetes.io/pv-protection", reclaimFinalizer]);
});

it("removes nothing outside of its directory, and says so", async () => {
  const precious = join(root, "precious");
  mkdirSync(precious);
  seed("outside", { path: precious });
  seed("steps", { path: `${directory()}/../precious` });
  seed("all", { path: directory() });
  await runUntil(() => client.peekAll(events).length === 3);
  expect(existsSync(precious)).toBe(true);
  expect(client.peekAll(persistentvolumes)).toHaveLength(3);
  const told = client.peekAll(events).map(({ reason, message }) => `${reason} ${message}`);
  expect(told).toContain(`VolumeFailedDelete ${precious} is not a volume below ${directory()}; it is left as it is`);
});

it("removes a link, not what it points to", async () => {
  const precious = join(root, "precious");
  mkdirSync(precious);
  writeFileSync(join(precious, "file"), "x");
  seed("linked", {});
  rmSync(join(directory(), "linked"), { recursive: true });
  symlinkSync(precious, join(directory(), "linked"));
  await runUntil(() => client.peek(persistentvolumes, "linked") === undefined);
  expect(existsSync(join(precious, "file"))).toBe(true);
  expect(existsSync(join(directory(), "linked"))).toBe(false);
});
