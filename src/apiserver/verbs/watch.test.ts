import { describe, expect, it } from "vitest";
import { configMap } from "../testing/pods.ts";
import { TestServer, type TestWatch } from "../testing/test-server.ts";

const url = "/api/v1/namespaces/default/configmaps";
const seen = ({ events }: TestWatch) =>
  events.map(({ type, object }) => `${type} ${object.metadata.name ?? object.metadata.resourceVersion}`);

describe("watch", () => {
  it("begins with what is there, and follows", async () => {
    const test = await TestServer.started();
    await test.post(url, configMap("a"));
    const watch = await test.watch(`${url}?watch=1`);
    await test.put(`${url}/a`, configMap("a", { x: "1" }));
    await test.delete(`${url}/a`);
    expect(seen(watch)).toEqual(["ADDED a", "MODIFIED a", "DELETED a"]);
    expect(watch.events.map(({ object }) => object.metadata.resourceVersion)).toEqual(["4", "5", "6"]);
    expect(watch.frames[0]).toMatch(/^\{"type":"ADDED","object":\{"kind":"ConfigMap","apiVersion":"v1",.*\}\}\n$/);
    watch.stream.close();
    await test.post(url, configMap("b"));
    expect(watch.events.length).toBe(3);
  });

  it("begins after a revision, and only in its namespace", async () => {
    const test = await TestServer.started();
    await test.post(url, configMap("a"));
    await test.post(url, configMap("b"));
    const watch = await test.watch(`${url}?watch=1&resourceVersion=4`);
    await test.post("/api/v1/namespaces", { metadata: { name: "other" } });
    await test.post("/api/v1/namespaces/other/configmaps", configMap("c"));
    expect(seen(watch)).toEqual(["ADDED b"]);
  });

  it("tells when an object comes into the selection and leaves it", async () => {
    const test = await TestServer.started();
    await test.post(url, configMap("a"));
    const watch = await test.watch(`${url}?watch=1&labelSelector=on%3Dyes`);
    await test.put(`${url}/a`, configMap("a", {}, { on: "yes" }));
    await test.put(`${url}/a`, configMap("a", { x: "1" }, { on: "yes" }));
    await test.put(`${url}/a`, configMap("a", { x: "2" }, { on: "no" }));
    await test.delete(`${url}/a`);
    expect(seen(watch)).toEqual(["ADDED a", "MODIFIED a", "DELETED a"]);
    // The last state that was selected, at the revision at which it left.
    expect(watch.events[2]?.object).toMatchObject({ metadata: { resourceVersion: "7" }, data: { x: "1" } });
  });

  it("ends the initial events with a bookmark", async () => {
    const test = await TestServer.started();
    await test.post(url, configMap("a"));
    const watch = await test.watch(`${url}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`);
    expect(seen(watch)).toEqual(["ADDED a", "BOOKMARK 4"]);
    expect(watch.events[1]?.object).toEqual({
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { resourceVersion: "4", annotations: { "k8s.io/initial-events-end": "true" } },
    });
    const refused = await test.get(`${url}?watch=1&sendInitialEvents=true`);
    expect(refused.body.message).toBe(
      'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
    );
  });

  it("sends a bookmark each minute and two seconds before its end, and ends in time", async () => {
    const test = await TestServer.started();
    const watch = await test.watch(`${url}?watch=1&allowWatchBookmarks=1&timeoutSeconds=100`);
    await test.post("/api/v1/namespaces", { metadata: { name: "other" } });
    await test.clock.advance(60_000);
    expect(seen(watch)).toEqual(["BOOKMARK 3", "BOOKMARK 4"]);
    await test.clock.advance(38_000);
    expect(seen(watch)).toEqual(["BOOKMARK 3", "BOOKMARK 4", "BOOKMARK 4"]);
    expect(watch.ended).toBe(false);
    await test.clock.advance(2000);
    expect(watch.ended).toBe(true);
  });

  it("says 410 in an event when the revision is gone", async () => {
    const test = await TestServer.started();
    await test.post(url, configMap("a"));
    test.store.compact(test.store.revision);
    const watch = await test.watch(`${url}?watch=1&resourceVersion=1`);
    expect(watch.events).toEqual([
      {
        type: "ERROR",
        object: {
          kind: "Status",
          apiVersion: "v1",
          metadata: {},
          status: "Failure",
          message: "too old resource version: 1 (4)",
          reason: "Expired",
          code: 410,
        },
      },
    ]);
    expect(watch.ended).toBe(true);
  });

  it("waits for a slow watcher, and closes one that is too slow", async () => {
    const test = await TestServer.started({ watchBacklog: 3 });
    const watch = await test.watch(`${url}?watch=1`, {}, 1);
    for (const name of ["a", "b", "c"]) await test.post(url, configMap(name));
    expect(seen(watch)).toEqual(["ADDED a"]);
    watch.stream.drained();
    expect(seen(watch)).toEqual(["ADDED a", "ADDED b", "ADDED c"]);
    for (const name of ["d", "e", "f", "g", "h"]) await test.post(url, configMap(name));
    expect(watch.ended).toBe(true);
  });

  it("sends tables, the columns only once", async () => {
    const test = await TestServer.started();
    const watch = await test.watch(`${url}?watch=1`, { headers: { accept: "application/json;as=Table;v=v1;g=meta.k8s.io" } });
    await test.post(url, configMap("a"));
    await test.post(url, configMap("b"));
    const tables = watch.events.map(
      ({ object }) => object as unknown as { kind: string; columnDefinitions: unknown[] | null; rows: { cells: string[] }[] },
    );
    expect(tables.map(({ kind, columnDefinitions, rows }) => [kind, columnDefinitions !== null, rows[0]?.cells[0]])).toEqual([
      ["Table", true, "a"],
      ["Table", false, "b"],
    ]);
  });

  it("ends when the server closes", async () => {
    const test = await TestServer.started();
    const watch = await test.watch(`${url}?watch=1`);
    test.server.close();
    expect(watch.ended).toBe(true);
  });
});

describe("a watcher that doesn't read", () => {
  it("is given no more than a megabyte at a time, however large the objects are", async () => {
    const test = await TestServer.started();
    for (let at = 0; at < 30; at++) {
      await test.post("/api/v1/namespaces/default/configmaps", { metadata: { name: `c-${at}` }, data: { k: "x".repeat(200_000) } });
    }
    const response = await test.raw("GET", "/api/v1/configmaps?watch=1");
    if (response.body.form !== "stream") throw new Error("no stream");
    let given = 0;
    const stream = response.body.open({
      write(frames) {
        given += frames.reduce((sum, { length }) => sum + length, 0);
        return false;
      },
      end: () => {},
    });
    expect(given).toBeGreaterThan(900_000);
    expect(given).toBeLessThan(1_500_000);
    stream.close();
  });
});
