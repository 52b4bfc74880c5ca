import { readFileSync } from "node:fs";
import type { Clock } from "../machinery/clock.ts";
import { type Logger, silentLogger } from "../machinery/logger.ts";
import { type Connection, createConnection } from "./connection.ts";
import { discoverOver } from "./discovery.ts";
import { createHttpClient } from "./http-client.ts";
import { connectionOf, parseKubeconfig, type ServerConnection } from "./kubeconfig.ts";
import { loadConnection, tokenOfFile } from "./load-kubeconfig.ts";
import { systemClock, systemRandom } from "./system-clock.ts";

/** Of `connect`: where the cluster is, and as whom. */
export interface ConnectOptions {
  /** A kubeconfig file. Unless told: `$KUBECONFIG`, `~/.kube/config`, a pod's service account, whichever is there first. */
  kubeconfig?: string;
  /** A kubeconfig's text instead. */
  kubeConfig?: string;
  /** Where the server is, instead of a kubeconfig. */
  server?: ServerConnection;
  /** Of the kubeconfig; the current one unless told. */
  context?: string;
  /** Of calls that name none; the context's unless told, or `default`. */
  namespace?: string;
  /** Servers see it in their audit log and managedFields. */
  userAgent?: string;
  /** What informers and controllers say. Nothing is printed unless told. */
  logger?: Logger;
  /** Of back-offs and timeouts: real time unless told. */
  clock?: Clock;
}

/** Connects to a cluster, of any Kubernetes. Nothing is sent before the first call. Throws an error that names what is missing. */
export function connect(options: ConnectOptions = {}): Connection {
  const { logger = silentLogger, clock = systemClock, userAgent } = options;
  const server = serverOf(options, clock);
  const client = createHttpClient(server, { clock, random: systemRandom, ...(userAgent ? { userAgent } : {}) });
  const namespace = options.namespace ?? server.namespace;
  return createConnection({
    client,
    discover: discoverOver(client),
    clock,
    random: systemRandom,
    logger,
    ...(namespace ? { namespace } : {}),
    end: () => client.close(),
  });
}

function serverOf({ server, kubeConfig, kubeconfig, context }: ConnectOptions, clock: Clock): ServerConnection {
  if (server) return server;
  if (kubeConfig === undefined) return loadConnection({ clock, ...(kubeconfig ? { kubeconfig } : {}), ...(context ? { context } : {}) });
  const files = { read: (path: string) => readFileSync(path, "utf8"), token: (path: string) => tokenOfFile(path, clock) };
  return connectionOf(parseKubeconfig(kubeConfig), files, context);
}
