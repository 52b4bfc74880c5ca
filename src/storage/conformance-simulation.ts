import { expect } from "vitest";
import { seededRandom } from "../machinery/random.ts";
import { type Entry, type Store, StoreConflict, type StoreEvent, type Subscription } from "./store.ts";

/** What happened, as the acknowledgements tell. */
interface Change {
  revision: number;
  key: string;
  /** Undefined: removed. */
  data: string | undefined;
}

interface Watcher {
  prefix: string;
  after: number;
  seen: Change[];
  subscription: Subscription;
}

const prefixes = ["/registry/", "/registry/pods/", "/registry/pods/a/", "/registry/nodes/", "/registry/pods/b/1"];

/** Uses a store at random and compares what it answers with a list of all acknowledged changes. */
export async function simulate(options: {
  seed: number;
  rounds: number;
  store: Store;
  fail: ((when: boolean) => void) | undefined;
  reopen: (() => Promise<Store>) | undefined;
}): Promise<void> {
  const random = seededRandom(options.seed);
  const pick = (below: number): number => Math.floor(random.next() * below);
  let { store } = options;
  const first = store.revision;
  const changes: Change[] = [];
  const watchers: Watcher[] = [];

  const randomKey = () => (random.next() < 0.3 ? `/registry/nodes/${pick(8)}` : `/registry/pods/${"ab"[pick(2)]}/${pick(20)}`);
  const stateAt = (revision: number, prefix: string): Map<string, string> => {
    const state = new Map<string, string>();
    for (const change of changes) {
      if (change.revision > revision) break;
      if (!change.key.startsWith(prefix)) continue;
      if (change.data === undefined) state.delete(change.key);
      else state.set(change.key, change.data);
    }
    return new Map([...state].sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  const contents = (entries: Iterable<Entry>) => new Map([...entries].map((entry) => [entry.key, entry.value.text as string]));
  const startWatch = (prefix: string, after: number) => {
    const watcher: Watcher = { prefix, after, seen: [], subscription: { close() {} } };
    watcher.subscription = store.subscribe(prefix, after, (events) => {
      for (const event of events) watcher.seen.push(changeOf(event));
    });
    watchers.push(watcher);
  };
  const write = async (key: string, stale: boolean): Promise<Change | undefined> => {
    const current = store.latest(key);
    const expected = (current?.revision ?? 0) + (stale ? 1 : 0);
    try {
      if (current !== undefined && random.next() < 0.3) {
        const removed = await store.remove(key, expected);
        return { revision: removed.revision, key, data: undefined };
      }
      const data = String(pick(1_000_000));
      const entry = await store.put(key, expected, { kind: "Thing", apiVersion: "v1", metadata: {}, text: data });
      return { revision: entry.revision, key, data };
    } catch (error) {
      if (stale) expect(error).toBeInstanceOf(StoreConflict);
      else expect(error).toEqual(new Error("disk on fire"));
      return undefined;
    }
  };

  for (let round = 0; round < options.rounds; round++) {
    const failing = options.fail !== undefined && random.next() < 0.15;
    if (failing) options.fail?.(true);
    const writes = Array.from({ length: pick(30) }, () => write(randomKey(), random.next() < 0.1));
    if (random.next() < 0.3) startWatch(prefixes[pick(prefixes.length)] as string, store.revision);
    for (const change of await Promise.all(writes)) if (change !== undefined) changes.push(change);
    options.fail?.(false);
    changes.sort((a, b) => a.revision - b.revision);

    if (random.next() < 0.15) {
      const compactTo = store.compactedRevision + pick(store.revision - store.compactedRevision + 1);
      store.compact(compactTo);
    }
    if (options.reopen !== undefined && random.next() < 0.08) {
      store = await options.reopen();
      // A watch that resumes goes on after the last event that it saw.
      for (const watcher of watchers.splice(0)) {
        const after = Math.max(watcher.after, watcher.seen.at(-1)?.revision ?? 0, store.compactedRevision);
        expect(watcher.seen).toEqual(seenBy(changes, watcher.prefix, watcher.after));
        startWatch(watcher.prefix, after);
      }
    }

    const last = changes.at(-1);
    if (last !== undefined) expect(store.revision).toBe(last.revision);
    for (const prefix of prefixes) {
      expect(contents(store.root().range(prefix))).toEqual(stateAt(store.revision, prefix));
    }
    const revision = store.compactedRevision + pick(store.revision - store.compactedRevision + 1);
    const prefix = prefixes[pick(prefixes.length)] as string;
    if (revision >= first) {
      const expected = stateAt(revision, prefix);
      const root = store.rootAt(revision);
      expect(contents(root.range(prefix))).toEqual(expected);
      expect(root.count(prefix)).toBe(expected.size);
      if (random.next() < 0.2) startWatch(prefix, revision);
    }
    for (const watcher of watchers) expect(watcher.seen).toEqual(seenBy(changes, watcher.prefix, watcher.after));
    if (watchers.length > 12) for (const watcher of watchers.splice(0, 6)) watcher.subscription.close();
  }
  for (const watcher of watchers) watcher.subscription.close();
}

function changeOf(event: StoreEvent): Change {
  expect(event.entry.revision).toBe(event.revision);
  expect(event.type === "ADDED").toBe(event.previous === undefined);
  if (event.previous !== undefined) expect(event.previous.revision).toBeLessThan(event.revision);
  return { revision: event.revision, key: event.key, data: event.type === "DELETED" ? undefined : (event.entry.value.text as string) };
}

function seenBy(changes: readonly Change[], prefix: string, after: number): Change[] {
  return changes.filter((change) => change.revision > after && change.key.startsWith(prefix));
}
