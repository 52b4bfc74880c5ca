import { expect, it } from "vitest";
import { VirtualClock } from "../../machinery/clock.ts";
import { configMap, describeStore, keyOfConfigMap } from "../conformance.ts";
import { createMemoryStore } from "./memory-store.ts";

describeStore("the memory store", { persistent: false, faults: true }, async (options) => {
  const store = createMemoryStore(options);
  return { store, dispose: () => store.close() };
});

it("forks: both go on by themselves from the same history", async () => {
  const store = createMemoryStore({ clock: new VirtualClock() });
  const a = keyOfConfigMap("a");
  const created = await store.put(a, 0, configMap("a", "1"));
  await store.put(a, created.revision, configMap("a", "2"));
  const fork = store.fork();
  await store.remove(a, store.revision);
  await fork.put(keyOfConfigMap("b"), 0, configMap("b", "1"));
  expect(store.root().count("")).toBe(0);
  expect([...fork.root().range("")].map((entry) => entry.value.metadata.name)).toEqual(["a", "b"]);
  expect(fork.rootAt(created.revision).get(a)).toBe(created);
  const seen: string[] = [];
  fork.subscribe("/", 1, (events) => seen.push(...events.map((event) => `${event.type} ${event.revision}`)));
  expect(seen).toEqual(["ADDED 2", "MODIFIED 3", "ADDED 4"]);
});

it("keeps encoded objects within their limit and makes dropped ones anew", async () => {
  const store = createMemoryStore({ clock: new VirtualClock(), encodingBytes: 10_000 });
  for (let i = 0; i < 100; i++) await store.put(keyOfConfigMap(`n${i}`), 0, configMap(`n${i}`, "x".repeat(1000)));
  const texts = [...store.root().range("")].map((entry) => new TextDecoder().decode(entry.json()));
  const withoutEncodings = store.stats().bytes - 10_000;
  expect(withoutEncodings).toBeLessThan(store.stats().bytes);
  expect([...store.root().range("")].map((entry) => new TextDecoder().decode(entry.json()))).toEqual(texts);
});
