import { expect, it } from "vitest";
import { freePort } from "../testing/test-control-plane.ts";
import { startEtcdStandIn } from "./etcd.ts";

it("says that it is well, and what it isn't", async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { stop } = await startEtcdStandIn(
    new Map([
      ["listen-client-urls", [url]],
      ["data-dir", ["/nowhere"]],
    ]),
  );
  const health = await fetch(`${url}/health`);
  expect(await health.json()).toEqual({ health: "true", reason: "" });
  const other = await fetch(`${url}/v3/kv/range`, { method: "POST" });
  expect([other.status, await other.text()]).toEqual([501, "kybern keeps its objects itself: there is no etcd behind this address\n"]);
  await stop();
  await expect(fetch(`${url}/health`)).rejects.toThrow();
});

it("refuses addresses that are none", async () => {
  await expect(startEtcdStandIn(new Map([["listen-client-urls", ["unix:///x"]]]))).rejects.toThrow(
    "--listen-client-urls takes a URL such as http://127.0.0.1:2379",
  );
});
