/**
 * The program that crash tests kill: `crash-writer.ts DIRECTORY SEED WRITERS`. It writes at random until it is ended, and tells on
 * standard output each acknowledgement (`A`) and each event that a watcher sees (`E`), with revision, key and data.
 */
import { MessageChannel } from "node:worker_threads";
import { VirtualClock } from "../../machinery/clock.ts";
import { seededRandom } from "../../machinery/random.ts";
import { openLmdbStore } from "../lmdb/lmdb-store.ts";
import type { Entry } from "../store.ts";

const [directory = "", seed = "1", writers = "8"] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const store = await openLmdbStore({ directory, clock: new VirtualClock(), historyBytes: Number.POSITIVE_INFINITY });
const say = (kind: string, entry: Entry, removed: boolean) =>
  `${kind} ${entry.revision} ${entry.key} ${removed ? "-" : (entry.value.data as { value: string }).value}\n`;

store.subscribe("/", store.revision, (events) => {
  process.stdout.write(events.map((event) => say("E", event.entry, event.type === "DELETED")).join(""));
});
process.stdout.write(`O ${store.revision}\n`);

async function write(): Promise<void> {
  for (;;) {
    const name = `n${Math.floor(random.next() * 200)}`;
    const key = `/registry/configmaps/default/${name}`;
    const current = store.latest(key);
    if (current !== undefined && random.next() < 0.2) {
      process.stdout.write(say("A", await store.remove(key, current.revision), true));
      continue;
    }
    const value = "x".repeat(Math.floor(random.next() * 6000)) + Math.floor(random.next() * 1e9);
    const object = { kind: "ConfigMap", apiVersion: "v1", metadata: { name, namespace: "default" }, data: { value } };
    process.stdout.write(say("A", await store.put(key, current?.revision ?? 0, object), false));
  }
}

// A failed store is left alone; the test ends the process.
const keepAlive = new MessageChannel();
keepAlive.port1.on("message", () => {});
try {
  await Promise.all(Array.from({ length: Number(writers) }, write));
} catch (error) {
  process.stdout.write(`F ${String(error)}\n`);
}
