import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../machinery/clock.ts";
import { StatusError } from "../machinery/errors.ts";
import type { AnyObject } from "../machinery/object.ts";
import { simulate } from "./conformance-simulation.ts";
import { type Entry, type Store, StoreConflict, type StoreEvent, storageKey } from "./store.ts";

/** What a test asks of the store that it opens. */
export interface ConformanceOptions {
  clock: VirtualClock;
  retentionMilliseconds?: number;
  historyBytes?: number;
  pendingWrites?: number;
  /** Fails or delays a batch; only passed to stores with `faults`. */
  beforeCommit?: (events: readonly StoreEvent[]) => void | Promise<void>;
}

export interface OpenedStore {
  store: Store;
  /** Closes the store and opens it anew over the same data. Stores that are `persistent` have it. */
  reopen?(): Promise<Store>;
  /** Closes the store that is open and removes the data. */
  dispose(): Promise<void>;
}

export interface StoreFeatures {
  persistent: boolean;
  /** `beforeCommit` works. */
  faults: boolean;
}

export const configMap = (name: string, data: string): AnyObject => ({
  kind: "ConfigMap",
  apiVersion: "v1",
  metadata: { name, namespace: "default" },
  data: { value: data },
});

export const keyOfConfigMap = (name: string): string => storageKey("configmaps", "default", name);

const prefix = storageKey("configmaps", "default", "");
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const dataOf = (entry: Entry | undefined): unknown => (entry?.value.data as { value: string } | undefined)?.value;

/** The error that `action` throws or rejects with. */
export async function failure(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure");
}

/** The suite that every implementation of `Store` passes. */
export function describeStore(name: string, features: StoreFeatures, open: (options: ConformanceOptions) => Promise<OpenedStore>): void {
  describe(`${name} as a Store`, () => {
    let clock: VirtualClock;
    let opened: OpenedStore;
    let store: Store;
    let fail: ((events: readonly StoreEvent[]) => void | Promise<void>) | undefined;

    const start = async (options: Partial<ConformanceOptions> = {}) => {
      opened = await open({ clock, beforeCommit: (events) => fail?.(events), ...options });
      store = opened.store;
    };
    const restart = async (options: Partial<ConformanceOptions>) => {
      await opened.dispose();
      await start(options);
    };
    const put = (item: string, data: string, expected = store.latest(keyOfConfigMap(item))?.revision ?? 0, managedFields?: string) =>
      store.put(keyOfConfigMap(item), expected, configMap(item, data), managedFields);
    const remove = (item: string) => store.remove(keyOfConfigMap(item), store.latest(keyOfConfigMap(item))?.revision ?? 0);
    const watch = (after: number, from = prefix) => {
      const seen: string[] = [];
      const subscription = store.subscribe(from, after, (events) => {
        for (const event of events) seen.push(`${event.type} ${event.key.slice(event.key.lastIndexOf("/") + 1)} ${dataOf(event.entry)}`);
      });
      return { seen, subscription };
    };

    beforeEach(async () => {
      clock = new VirtualClock();
      fail = undefined;
      await start();
    });

    afterEach(async () => {
      await opened.dispose();
    });

    describe("writes", () => {
      it("creates, replaces and removes, each with a revision of its own", async () => {
        const first = store.revision;
        const created = await put("a", "1");
        expect(created.revision).toBeGreaterThan(first);
        expect(store.revision).toBe(created.revision);
        expect(created.value.metadata.resourceVersion).toBe(String(created.revision));
        const replaced = await put("a", "2");
        expect(replaced.revision).toBeGreaterThan(created.revision);
        const removed = await remove("a");
        expect(removed.revision).toBeGreaterThan(replaced.revision);
        expect(removed.value.metadata.resourceVersion).toBe(String(removed.revision));
        expect(dataOf(removed)).toBe("2");
        expect(store.root().get(keyOfConfigMap("a"))).toBeUndefined();
        expect(store.latest(keyOfConfigMap("a"))).toBeUndefined();
      });

      it("removes with another last state when told", async () => {
        const created = await put("a", "1");
        const { seen } = watch(store.revision);
        const removed = await store.remove(created.key, created.revision, configMap("a", "last"));
        expect(dataOf(removed)).toBe("last");
        expect(seen).toEqual(["DELETED a last"]);
      });

      it("refuses to create what exists", async () => {
        const created = await put("a", "1");
        const error = await failure(() => put("a", "2", 0));
        expect(error).toBeInstanceOf(StoreConflict);
        expect((error as StoreConflict).message).toBe("precondition failed on /registry/configmaps/default/a");
        expect((error as StoreConflict).current?.revision).toBe(created.revision);
      });

      it("refuses to replace or remove what is not there", async () => {
        for (const action of [() => put("a", "1", 5), () => store.remove(keyOfConfigMap("a"), 5), () => remove("a")]) {
          const error = await failure(action);
          expect(error).toBeInstanceOf(StoreConflict);
          expect((error as StoreConflict).current).toBeUndefined();
        }
      });

      it("refuses to replace or remove an older state", async () => {
        const old = await put("a", "1");
        const newer = await put("a", "2");
        for (const action of [() => put("a", "3", old.revision), () => store.remove(keyOfConfigMap("a"), old.revision)]) {
          const error = await failure(action);
          expect(error).toBeInstanceOf(StoreConflict);
          expect((error as StoreConflict).current?.revision).toBe(newer.revision);
        }
        expect(dataOf(store.root().get(keyOfConfigMap("a")))).toBe("2");
      });

      it("freezes what it takes over", async () => {
        const { value } = await put("a", "1");
        expect(Object.isFrozen(value)).toBe(true);
        expect(Object.isFrozen(value.metadata)).toBe(true);
        expect(Object.isFrozen(value.data)).toBe(true);
      });

      it("takes a frozen value, as one that shares parts with the state before", async () => {
        const created = await put("a", "1");
        const replaced = await store.put(created.key, created.revision, Object.freeze({ ...created.value, data: { value: "2" } }));
        expect(replaced.value.metadata.resourceVersion).toBe(String(replaced.revision));
        expect(created.value.metadata.resourceVersion).toBe(String(created.revision));
      });

      it("refuses a key that no store can hold", async () => {
        const error = await failure(() => put("n".repeat(1100), "1"));
        expect(error).toBeInstanceOf(StatusError);
        expect((error as StatusError).code).toBe(400);
      });

      it("shows nothing that is pending but to the next write", async () => {
        const promise = put("a", "1");
        expect(dataOf(store.latest(keyOfConfigMap("a")))).toBe("1");
        expect(store.root().get(keyOfConfigMap("a"))).toBeUndefined();
        const { seen } = watch(store.revision);
        expect(seen).toEqual([]);
        const second = put("a", "2");
        const [one, two] = await Promise.all([promise, second]);
        expect(two.revision).toBeGreaterThan(one.revision);
        expect(seen).toEqual(["ADDED a 1", "MODIFIED a 2"]);
      });

      it("chains creates and removes of one key that are all pending", async () => {
        const { seen } = watch(store.revision);
        await Promise.all([put("a", "1"), remove("a"), put("a", "2"), put("a", "3"), remove("a")]);
        expect(seen).toEqual(["ADDED a 1", "DELETED a 1", "ADDED a 2", "MODIFIED a 3", "DELETED a 3"]);
        expect(store.root().count(prefix)).toBe(0);
      });

      it("lets one of many concurrent writers win each revision", async () => {
        await put("counter", "0");
        let conflicts = 0;
        const writer = async () => {
          for (let done = 0; done < 20; ) {
            const current = store.latest(keyOfConfigMap("counter")) as Entry;
            try {
              await put("counter", String(Number(dataOf(current)) + 1), current.revision);
              done++;
            } catch (error) {
              if (!(error instanceof StoreConflict)) throw error;
              conflicts++;
            }
            await Promise.resolve();
          }
        };
        await Promise.all(Array.from({ length: 8 }, writer));
        expect(dataOf(store.root().get(keyOfConfigMap("counter")))).toBe("160");
        expect(conflicts).toBeGreaterThanOrEqual(0);
      });

      it("answers 429 when too many writes wait", async () => {
        await restart({ pendingWrites: 3 });
        const accepted = [put("a", "1"), put("b", "1"), put("c", "1")];
        const error = (await failure(() => put("d", "1"))) as StatusError;
        expect(error).toBeInstanceOf(StatusError);
        expect(error.code).toBe(429);
        expect(error.message).toBe("too many writes wait for the store, please try again later");
        expect(error.status.details?.retryAfterSeconds).toBe(1);
        await Promise.all(accepted);
        await put("d", "1");
        expect(store.root().count(prefix)).toBe(4);
      });
    });

    describe("reads", () => {
      it("ranges in key order, from a position, and counts", async () => {
        await Promise.all(["c", "a", "d", "b"].map((item) => put(item, "1")));
        await store.put(storageKey("configmaps", "other", "x"), 0, configMap("x", "1"));
        const names = (items: Iterable<Entry>) => [...items].map((entry) => entry.value.metadata.name);
        const root = store.root();
        expect(names(root.range(prefix))).toEqual(["a", "b", "c", "d"]);
        expect(names(root.range(prefix, keyOfConfigMap("b")))).toEqual(["c", "d"]);
        expect(names(root.range(storageKey("configmaps", "", "")))).toEqual(["a", "b", "c", "d", "x"]);
        expect(root.count(prefix)).toBe(4);
        expect(root.count(prefix, keyOfConfigMap("a"))).toBe(3);
        expect(root.count(storageKey("secrets", "", ""))).toBe(0);
      });

      it("keeps a root as it was", async () => {
        await put("a", "1");
        const root = store.root();
        await put("a", "2");
        await remove("a");
        expect(dataOf(root.get(keyOfConfigMap("a")))).toBe("1");
        expect(root.count(prefix)).toBe(1);
      });

      it("reads at every earlier revision", async () => {
        const states: [number, string[]][] = [[store.revision, []]];
        for (let i = 0; i < 700; i++) {
          const item = `n${i % 13}`;
          if (i % 5 === 4 && store.latest(keyOfConfigMap(item))) await remove(item);
          else await put(item, String(i));
          states.push([store.revision, [...store.root().range(prefix)].map((entry) => `${entry.key}=${dataOf(entry)}`)]);
        }
        for (const [revision, expected] of states) {
          const root = store.rootAt(revision);
          expect(root.revision).toBe(revision);
          expect([...root.range(prefix)].map((entry) => `${entry.key}=${dataOf(entry)}`)).toEqual(expected);
        }
      });

      it("answers 504 to a revision that is ahead", async () => {
        const ahead = store.revision + 10;
        const error = (await failure(() => store.rootAt(ahead))) as StatusError;
        expect(error.code).toBe(504);
        expect(error.reason).toBe("Timeout");
        expect(error.message).toBe(`Timeout: Too large resource version: ${ahead}, current: ${store.revision}`);
        expect(error.status.details).toEqual({
          retryAfterSeconds: 1,
          causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
        });
      });

      it("waits until a revision is readable", async () => {
        await store.whenReadable(store.revision);
        await store.whenCurrent();
        const before = store.revision;
        const readable = store.whenReadable(before + 1).then(() => store.revision);
        await put("a", "1");
        expect(await readable).toBeGreaterThan(before);
        const abort = new AbortController();
        const never = store.whenReadable(store.revision + 1000, abort.signal);
        abort.abort(new Error("enough"));
        expect(await failure(() => never)).toEqual(new Error("enough"));
      });
    });

    describe("entries", () => {
      it("gives the JSON with and without its header", async () => {
        const entry = await put("a", "ä\u2028\u{1f600}", 0, '[{"manager":"m"}]');
        const metadata = `"metadata":{"resourceVersion":"${entry.revision}","managedFields":[{"manager":"m"}],"name":"a","namespace":"default"}`;
        const rest = '"data":{"value":"ä\u2028\u{1f600}"}}';
        expect(text(entry.json())).toBe(`{"kind":"ConfigMap","apiVersion":"v1",${metadata},${rest}`);
        expect(text(entry.jsonWithoutHeader())).toBe(`{${metadata},${rest}`);
        expect(entry.json()).toBe(entry.json());
        expect(entry.jsonWithoutHeader()).toBe(entry.jsonWithoutHeader());
        expect(entry.managedFields).toBe('[{"manager":"m"}]');
        expect(entry.value.metadata.managedFields).toBeUndefined();
      });

      it("gives the JSON of an object that has no managedFields, and of one that has nothing but its name", async () => {
        const entry = await put("a", "1");
        expect(JSON.parse(text(entry.json()))).toEqual(entry.value);
        const bare = await store.put("/registry/things/x", 0, { kind: "Thing", apiVersion: "v1", metadata: {} });
        expect(text(bare.json())).toBe(`{"kind":"Thing","apiVersion":"v1","metadata":{"resourceVersion":"${bare.revision}"}}`);
        expect(text(bare.jsonWithoutHeader())).toBe(`{"metadata":{"resourceVersion":"${bare.revision}"}}`);
      });

      it("keeps managedFields of a deleted object", async () => {
        await put("a", "1", 0, "[]");
        const removed = await remove("a");
        expect(removed.managedFields).toBe("[]");
        expect(JSON.parse(text(removed.json())).metadata.managedFields).toEqual([]);
      });

      it("keeps other encodings", async () => {
        const entry = await put("a", "1");
        const made = entry.encoded("application/x", () => new Uint8Array([1]));
        expect(entry.encoded("application/x", () => new Uint8Array([2]))).toBe(made);
      });
    });

    describe("subscriptions", () => {
      it("gives events from a revision on: first those of the log, then as they happen", async () => {
        await put("a", "1");
        const after = store.revision;
        await put("b", "1");
        await put("a", "2");
        const { seen, subscription } = watch(after);
        expect(seen).toEqual(["ADDED b 1", "MODIFIED a 2"]);
        await remove("b");
        expect(seen).toEqual(["ADDED b 1", "MODIFIED a 2", "DELETED b 1"]);
        subscription.close();
        await put("a", "3");
        expect(seen.length).toBe(3);
      });

      it("gives previous states", async () => {
        const events: StoreEvent[] = [];
        store.subscribe(prefix, store.revision, (batch) => events.push(...batch));
        const one = await put("a", "1");
        const two = await put("a", "2");
        const three = await remove("a");
        expect(events.map((event) => [event.type, event.revision, event.entry, event.previous])).toEqual([
          ["ADDED", one.revision, one, undefined],
          ["MODIFIED", two.revision, two, one],
          ["DELETED", three.revision, three, two],
        ]);
      });

      it("tells events before the write's promise, once the state is readable", async () => {
        const order: string[] = [];
        store.subscribe(prefix, store.revision, (events, revision) => {
          order.push(`event ${events.length} readable ${store.revision === revision && store.root().revision === revision}`);
        });
        await put("a", "1").then(() => order.push("acknowledged"));
        expect(order).toEqual(["event 1 readable true", "acknowledged"]);
      });

      it("selects by prefix: a collection, a namespace, part of a name, all", async () => {
        const all = watch(store.revision, "/registry/").seen;
        const everywhere = watch(store.revision, storageKey("configmaps", "", "")).seen;
        const one = watch(store.revision, keyOfConfigMap("web")).seen;
        const space = watch(store.revision, storageKey("configmaps", "other", "")).seen;
        const none = watch(store.revision, storageKey("configmap", "", "")).seen;
        await put("web", "1");
        await put("web-1", "2");
        await put("db", "3");
        await store.put(storageKey("configmaps", "other", "web"), 0, configMap("web", "4"));
        await store.put(storageKey("secrets", "default", "web"), 0, configMap("web", "5"));
        expect(one).toEqual(["ADDED web 1", "ADDED web-1 2"]);
        expect(space).toEqual(["ADDED web 4"]);
        expect(everywhere).toEqual(["ADDED web 1", "ADDED web-1 2", "ADDED db 3", "ADDED web 4"]);
        expect(all).toEqual([...everywhere, "ADDED web 5"]);
        expect(none).toEqual([]);
      });

      it("shares events among all who watch the same", async () => {
        const batches: (readonly StoreEvent[])[] = [];
        for (let i = 0; i < 3; i++) store.subscribe(prefix, store.revision, (events) => batches.push(events));
        await put("a", "1");
        expect(batches.length).toBe(3);
        expect(batches[0]).toBe(batches[1]);
        expect(batches[1]).toBe(batches[2]);
      });

      it("lets listeners subscribe, unsubscribe and write", async () => {
        const late: string[] = [];
        const other = store.subscribe(prefix, store.revision, () => late.push("never"));
        let done = false;
        const first = store.subscribe("/registry/", store.revision, (events) => {
          if (done) return;
          done = true;
          first.close();
          other.close();
          store.subscribe(prefix, (events[0] as StoreEvent).revision - 1, (again) => late.push(...again.map((event) => event.type)));
          put("b", "1").catch((error) => late.push(String(error)));
        });
        late.length = 0;
        await put("a", "1");
        await put("c", "1");
        expect(late.filter((each) => each !== "never")).toEqual(["ADDED", "ADDED", "ADDED"]);
      });

      it("goes on when a listener throws", async () => {
        store.subscribe(prefix, store.revision, () => {
          throw new Error("a listener's fault");
        });
        const { seen } = watch(store.revision);
        await put("a", "1");
        expect(seen).toEqual(["ADDED a 1"]);
      });

      it("waits for a revision that is ahead", async () => {
        const { seen } = watch(store.revision + 1);
        await put("a", "1");
        await put("a", "2");
        expect(seen).toEqual(["MODIFIED a 2"]);
      });
    });

    describe("compaction", () => {
      it("answers 410 below the compacted revision and serves what is above", async () => {
        await put("a", "1");
        const old = store.revision;
        await put("a", "2");
        const kept = store.revision;
        await put("a", "3");
        store.compact(kept);
        expect(store.compactedRevision).toBe(kept);
        const read = (await failure(() => store.rootAt(old))) as StatusError;
        expect([read.code, read.reason, read.message]).toEqual([410, "Expired", "The resourceVersion for the provided list is too old."]);
        const watched = (await failure(() => store.subscribe(prefix, old, () => {}))) as StatusError;
        expect([watched.code, watched.reason, watched.message]).toEqual([410, "Expired", `too old resource version: ${old} (${kept})`]);
        expect(dataOf(store.rootAt(kept).get(keyOfConfigMap("a")))).toBe("2");
        expect(watch(kept).seen).toEqual(["MODIFIED a 3"]);
        expect(store.stats().events).toBe(1);
      });

      it("never goes beyond the newest revision, nor back", async () => {
        await put("a", "1");
        store.compact(store.revision + 100);
        expect(store.compactedRevision).toBe(store.revision);
        store.compact(1);
        expect(store.compactedRevision).toBe(store.revision);
        expect(dataOf(store.root().get(keyOfConfigMap("a")))).toBe("1");
        const { seen } = watch(store.revision);
        await put("a", "2");
        expect(seen).toEqual(["MODIFIED a 2"]);
      });

      it("forgets by age", async () => {
        await put("a", "1");
        const old = store.revision;
        await clock.advance(200_000);
        await put("a", "2");
        const newer = store.revision;
        await clock.advance(200_000);
        expect(store.compactedRevision).toBe(old);
        expect(watch(old).seen).toEqual(["MODIFIED a 2"]);
        await clock.advance(200_000);
        expect(store.compactedRevision).toBe(newer);
        expect(store.stats().events).toBe(0);
        expect(clock.nextTimer()).toBeUndefined();
      });

      it("forgets by size", async () => {
        await restart({ historyBytes: 100_000 });
        const large = "x".repeat(10_000);
        for (let i = 0; i < 150; i++) await put("a", `${large}${i}`);
        expect(store.stats().events).toBe(100);
        expect(store.compactedRevision).toBe(store.revision - 100);
      });

      it("keeps what an old root holds readable", async () => {
        await put("a", "1");
        const root = store.root();
        await remove("a");
        store.compact(store.revision);
        await put("b", "1");
        expect(dataOf(root.get(keyOfConfigMap("a")))).toBe("1");
        expect(JSON.parse(text(root.get(keyOfConfigMap("a"))?.json() as Uint8Array)).data.value).toBe("1");
      });
    });

    describe("closing", () => {
      it("finishes what is pending and refuses what comes after", async () => {
        const pending = put("a", "1");
        const closed = store.close();
        const error = (await failure(() => put("b", "1", 0))) as StatusError;
        expect([error.code, error.message]).toEqual([503, "the store is closed"]);
        expect((await pending).revision).toBeGreaterThan(0);
        await closed;
        await store.close();
        expect(await failure(() => store.whenReadable(1_000_000))).toMatchObject({ code: 503 });
      });
    });

    describe.skipIf(!features.faults)("failed batches", () => {
      it("reject as a whole with all that was built on them, and leave the rest", async () => {
        await put("a", "1");
        await put("b", "1");
        const { seen } = watch(store.revision);
        const before = store.revision;
        const begun = Promise.withResolvers<void>();
        const outcome = Promise.withResolvers<void>();
        fail = () => {
          begun.resolve();
          return outcome.promise;
        };
        const inBatch = [failure(() => put("a", "2")), failure(() => put("new", "1"))];
        await begun.promise;
        const builtOn = [failure(() => put("a", "3")), failure(() => remove("new")), failure(() => put("a", "4"))];
        const unrelated = put("b", "2");
        fail = undefined;
        outcome.reject(new Error("disk on fire"));
        for (const error of await Promise.all([...inBatch, ...builtOn])) expect(error).toEqual(new Error("disk on fire"));
        await unrelated;
        expect(seen).toEqual(["MODIFIED b 2"]);
        expect(dataOf(store.latest(keyOfConfigMap("a")))).toBe("1");
        expect(store.latest(keyOfConfigMap("new"))).toBeUndefined();
        expect(store.rootAt(before).count(prefix)).toBe(2);
        const retried = await put("a", "5");
        expect(retried.revision).toBe(store.revision);
        await put("new", "2");
        expect(seen).toEqual(["MODIFIED b 2", "MODIFIED a 5", "ADDED new 2"]);
      });

      it("never give a revision twice", async () => {
        const current = await put("a", "1");
        fail = () => {
          throw new Error("disk on fire");
        };
        const write = put("a", "2");
        const pending = store.latest(current.key) as Entry;
        expect(await failure(() => write)).toEqual(new Error("disk on fire"));
        fail = undefined;
        const next = await put("a", "3");
        expect(next.revision).toBeGreaterThan(pending.revision);
        expect(await failure(() => put("a", "built on what never was", pending.revision))).toBeInstanceOf(StoreConflict);
      });
    });

    describe.skipIf(!features.persistent)("restart", () => {
      const reopen = async () => {
        store = await (opened.reopen as () => Promise<Store>)();
      };

      it("has integers that a number can't hold", async () => {
        const object = { kind: "Thing", apiVersion: "v1", metadata: { name: "a" }, spec: { n: 9007199254740993n } };
        await store.put("/registry/things/a", 0, object, undefined);
        await store.put("/registry/things/b", 0, { ...object, spec: { n: 1e16 } }, undefined);
        await reopen();
        expect(store.root().get("/registry/things/a")?.value.spec).toEqual({ n: 9007199254740993n });
        expect(store.root().get("/registry/things/b")?.value.spec).toEqual({ n: 1e16 });
      });

      it("has everything again", async () => {
        await put("a", "ä", 0, '[{"manager":"m"}]');
        await put("b", "1");
        await put("b", "2");
        await put("c", "1");
        await remove("c");
        const before = { revision: store.revision, entries: [...store.root().range("")].map((entry) => text(entry.json())) };
        await reopen();
        expect(store.revision).toBe(before.revision);
        const entries = [...store.root().range("")];
        expect(entries.map((entry) => text(entry.json()))).toEqual(before.entries);
        const first = entries[0] as Entry;
        expect(first.managedFields).toBe('[{"manager":"m"}]');
        expect(first.value).toEqual({
          ...configMap("a", "ä"),
          metadata: { name: "a", namespace: "default", resourceVersion: String(first.revision) },
        });
        expect(Object.isFrozen(first.value.data)).toBe(true);
        expect(text(first.jsonWithoutHeader())).toContain('{"metadata":{"resourceVersion":');
        expect((await put("b", "3")).revision).toBeGreaterThan(before.revision);
      });

      it("resumes watches and reads at old revisions", async () => {
        await put("a", "1");
        const after = store.revision;
        await put("a", "2");
        await put("b", "1");
        const middle = store.revision;
        await remove("a");
        await put("a", "3");
        await reopen();
        const events: StoreEvent[] = [];
        store.subscribe(prefix, after, (batch) => events.push(...batch));
        expect(events.map((event) => [event.type, dataOf(event.entry), dataOf(event.previous)])).toEqual([
          ["MODIFIED", "2", "1"],
          ["ADDED", "1", undefined],
          ["DELETED", "2", "2"],
          ["ADDED", "3", undefined],
        ]);
        expect([...store.rootAt(middle).range(prefix)].map((entry) => dataOf(entry))).toEqual(["2", "1"]);
        expect([...store.rootAt(after).range(prefix)].map((entry) => dataOf(entry))).toEqual(["1"]);
        const last = events[3] as StoreEvent;
        expect(store.root().get(last.key)).toBe(last.entry);
      });

      it("goes on from a compaction", async () => {
        await put("a", "1");
        await put("a", "2");
        await put("gone", "1");
        await remove("gone");
        const compacted = store.revision;
        store.compact(compacted);
        await put("b", "1");
        await reopen();
        expect(store.compactedRevision).toBe(compacted);
        expect((await failure(() => store.rootAt(compacted - 1))) as StatusError).toMatchObject({ code: 410 });
        expect([...store.root().range(prefix)].map((entry) => dataOf(entry))).toEqual(["2", "1"]);
        expect(watch(compacted).seen).toEqual(["ADDED b 1"]);
      });

      it("never goes back, also when the last thing was a removal that is compacted", async () => {
        await put("a", "1");
        await remove("a");
        const { revision } = store;
        store.compact(revision);
        await put("b", "1");
        await remove("b");
        store.compact(store.revision);
        const last = store.revision;
        await reopen();
        expect(store.revision).toBe(last);
        await reopen();
        expect(store.revision).toBe(last);
        expect(last).toBeGreaterThan(revision);
      });
    });

    const seed = Number(process.env.SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]);
    it(`agrees with a simple model in random use, seed ${seed} (SEED=${seed} replays it)`, async () => {
      await simulate({
        seed,
        rounds: features.persistent ? 120 : 300,
        store,
        fail: features.faults
          ? (when) => {
              fail = when
                ? () => {
                    throw new Error("disk on fire");
                  }
                : undefined;
            }
          : undefined,
        reopen: opened.reopen,
      });
    });
  });
}
