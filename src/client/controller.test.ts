import { expect, it } from "vitest";
import { configmaps } from "../api/refs.ts";
import { VirtualClock } from "../machinery/clock.ts";
import { keyOf } from "../machinery/object.ts";
import { seededRandom } from "../machinery/random.ts";
import { startController } from "./controller.ts";
import { createInformerFactory } from "./informer-factory.ts";
import { createMemoryClient, type MemoryClient } from "./testing/memory-client.ts";
import { recordingLogger } from "./testing/recording-logger.ts";

function setup(before?: (client: MemoryClient) => void) {
  const clock = new VirtualClock();
  const client = createMemoryClient({ clock });
  before?.(client);
  const stop = new AbortController();
  const logger = recordingLogger();
  const deps = { client, clock, logger, random: seededRandom(1), signal: stop.signal };
  const informer = createInformerFactory(deps).informer(configmaps);
  const synced: string[] = [];
  const start = (sync: (key: string) => Promise<void> = async () => undefined) =>
    startController({
      name: "copier",
      deps,
      informers: [informer],
      workers: 2,
      setup(queue, on) {
        on(informer, { add: (object) => queue.add(keyOf(object)), update: (object) => queue.add(keyOf(object)) });
      },
      async sync(key, queue) {
        synced.push(key);
        if (key.endsWith("later") && synced.length < 3) queue.addAfter(key, 60_000);
        await sync(key);
      },
    });
  return { clock, client, stop, logger, synced, start };
}

const configMap = (name: string) => ({ metadata: { namespace: "default", name } });

it("syncs keys once the caches are synced, and stops clean", async () => {
  const { clock, client, synced, start } = setup((memory) => memory.faults.fail(503, { verb: "list" }));
  client.seed(configmaps, configMap("a"), configMap("later"));
  const controller = start();
  await clock.advance(0);
  expect(synced).toEqual([]);
  await clock.advance(1600);
  expect(synced).toEqual(["default/a", "default/later"]);
  await clock.advance(60_000);
  expect(synced).toEqual(["default/a", "default/later", "default/later"]);
  await controller.stop();
  client.seed(configmaps, configMap("b"));
  await client.settle();
  expect(synced).toHaveLength(3);
});

it("tries again after a failure, under its name in the log", async () => {
  const { clock, client, stop, logger, synced, start } = setup();
  client.seed(configmaps, configMap("a"));
  let failures = 2;
  const controller = start(async () => {
    if (failures-- > 0) throw new Error("not yet");
  });
  await clock.advance(100);
  expect(synced).toEqual(["default/a", "default/a", "default/a"]);
  expect(logger.lines.filter(({ level }) => level === "error")).toMatchObject([
    { message: "sync failed, trying again", fields: { controller: "copier", key: "default/a", failures: 1, error: "not yet" } },
    { message: "sync failed, trying again", fields: { controller: "copier", key: "default/a", failures: 2, error: "not yet" } },
  ]);
  stop.abort();
  await controller.stop();
});

it("stops while the caches never sync", async () => {
  const { client, logger, start, synced } = setup((memory) => memory.faults.fail(503, { verb: "list" }, Infinity));
  const controller = start();
  await client.settle();
  await controller.stop();
  expect(synced).toEqual([]);
  expect(logger.lines.filter(({ level }) => level === "error")).toEqual([]);
});
