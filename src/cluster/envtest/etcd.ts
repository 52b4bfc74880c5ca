import { once } from "node:events";
import { createServer } from "node:http";
import { UsageError } from "../options.ts";
import { checkFlags, type KnownFlags } from "./flags.ts";

export const etcdFlags: KnownFlags = {
  used: { "listen-client-urls": "where GET /health is answered" },
  idle: [
    "advertise-client-urls",
    "data-dir",
    "force-new-cluster",
    "initial-advertise-peer-urls",
    "initial-cluster",
    "listen-metrics-urls",
    "listen-peer-urls",
    "log-level",
    "logger",
    "name",
    "quota-backend-bytes",
    "snapshot-count",
  ],
};

/** Stands where etcd would: kybern's API server keeps its objects itself, so this only says that it is well. */
export async function startEtcdStandIn(flags: ReadonlyMap<string, readonly string[]>): Promise<{ stop(): Promise<void> }> {
  checkFlags("etcd", flags, etcdFlags);
  const url = URL.parse(flags.get("listen-client-urls")?.at(-1)?.split(",")[0] ?? "http://127.0.0.1:2379");
  if (url?.protocol !== "http:") throw new UsageError("--listen-client-urls takes a URL such as http://127.0.0.1:2379");
  const server = createServer((request, response) => {
    if (request.url === "/health" || request.url === "/readyz") {
      response.setHeader("content-type", "application/json");
      response.end('{"health":"true","reason":""}');
      return;
    }
    response.statusCode = 501;
    response.end("kybern keeps its objects itself: there is no etcd behind this address\n");
  });
  server.listen(Number(url.port || 80), url.hostname.replace(/^\[|\]$/g, ""));
  await once(server, "listening");
  return {
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
