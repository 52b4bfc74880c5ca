import { describe, expect, it } from "vitest";
import type { ConfigMap } from "../api/core/v1.ts";
import { configmaps, pods, serviceaccounts } from "../api/refs.ts";
import { admin, TestServer } from "../apiserver/testing/test-server.ts";
import { isNotFound, StatusError } from "../machinery/errors.ts";
import { silentLogger } from "../machinery/logger.ts";
import { seededRandom } from "../machinery/random.ts";
import { createInProcessClient } from "./in-process-client.ts";
import { createInformerFactory } from "./informer-factory.ts";
import { plainCopy } from "./plain-copy.ts";

async function setUp() {
  const test = await TestServer.started();
  const client = createInProcessClient({ handle: (request) => test.server.handle(request), identity: admin });
  return { test, client };
}

const map = (name: string, data: Record<string, string> = {}): ConfigMap => ({ metadata: { name, namespace: "default" }, data });

describe("the in-process client", () => {
  it("creates, reads, updates, patches and deletes", async () => {
    const { client } = await setUp();
    const created = await client.create(configmaps, map("a", { x: "1" }));
    expect(created).toMatchObject({ kind: "ConfigMap", metadata: { name: "a", resourceVersion: "4" } });
    expect(Object.isFrozen(created.data)).toBe(true);
    expect(await client.get(configmaps, "a", { namespace: "default" })).toBe(created);
    const updated = await client.update(configmaps, { ...created, data: { x: "2" } });
    expect(updated.data).toEqual({ x: "2" });
    await expect(client.update(configmaps, { ...created, data: {} })).rejects.toThrow(
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    );
    const patched = await client.patch(
      configmaps,
      "a",
      { type: "application/merge-patch+json", body: { data: { y: "3" } } },
      { namespace: "default" },
    );
    expect(patched.data).toEqual({ x: "2", y: "3" });
    expect((await client.list(configmaps)).items).toEqual([patched]);
    await client.delete(configmaps, "a", { namespace: "default", preconditions: { uid: created.metadata.uid as string } });
    const gone = await client.get(configmaps, "a", { namespace: "default" }).catch((error: unknown) => error);
    expect(isNotFound(gone)).toBe(true);
  });

  it("keeps an informer up with a thousand tasks that take turns", async () => {
    const { test, client } = await setUp();
    const stopping = new AbortController();
    const deps = { client, clock: test.clock, random: seededRandom(1), logger: silentLogger, signal: stopping.signal };
    const informers = createInformerFactory(deps);
    const informer = informers.informer(configmaps);
    await informer.whenSynced();
    const before = informer.list().length;
    await Promise.all(Array.from({ length: 1000 }, (_, index) => client.create(configmaps, map(`c-${index}`))));
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(informer.list().length - before).toBe(1000);
    stopping.abort();
    await informers.whenStopped();
  });

  it("copies what comes in", async () => {
    const { client } = await setUp();
    const object = map("a", { x: "1" });
    await client.create(configmaps, object);
    (object.data as Record<string, string>).x = "changed";
    expect((await client.get(configmaps, "a", { namespace: "default" })).data).toEqual({ x: "1" });
    expect(
      plainCopy({
        at: new Date(0),
        gone: undefined,
        list: [undefined, 1],
        bytes: Uint8Array.of(1),
        made: new (class {
          x = 1;
        })(),
      }),
    ).toEqual({
      at: "1970-01-01T00:00:00Z",
      list: [null, 1],
      bytes: "AQ==",
      made: { x: 1 },
    });
  });

  it("watches objects without copying them", async () => {
    const { client } = await setUp();
    const first = await client.create(configmaps, map("a"));
    const stop = new AbortController();
    const seen: string[] = [];
    let second: ConfigMap | undefined;
    for await (const { type, object } of client.watch(configmaps, { namespace: "default", signal: stop.signal })) {
      seen.push(`${type} ${object.metadata.name}`);
      if (seen.length === 1) {
        expect(object).toBe(first);
        second = await client.create(configmaps, map("b"));
      } else if (seen.length === 2) {
        expect(object).toBe(second);
        await client.delete(configmaps, "b", { namespace: "default" });
      } else stop.abort();
    }
    expect(seen).toEqual(["ADDED a", "ADDED b", "DELETED b"]);
  });

  it("throws what a watch ends with", async () => {
    const { test, client } = await setUp();
    await client.create(configmaps, map("a"));
    test.store.compact(test.store.revision);
    const next = client.watch(configmaps, { resourceVersion: "1" })[Symbol.asyncIterator]().next();
    const error = await next.then(undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(StatusError);
    expect((error as StatusError).reason).toBe("Expired");
  });

  it("posts to subresources and deletes collections", async () => {
    const { client } = await setUp();
    const token = await client.post<{ status: { token: string } }>(
      serviceaccounts,
      "default",
      "token",
      { metadata: {} },
      { namespace: "default" },
    );
    expect(token.status.token).toMatch(/^test\./);
    await client.create(pods, { metadata: { name: "p", namespace: "default" }, spec: { containers: [{ name: "c", image: "i" }] } });
    await client.deleteCollection(pods, { namespace: "default", labelSelector: "!x" });
    expect((await client.list(pods)).items).toEqual([]);
  });
});
