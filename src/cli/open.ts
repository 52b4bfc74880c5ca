import { readClusterFile } from "../testing/cluster-file.ts";
import { resumed } from "../testing/start-cluster.ts";
import { stopRequested } from "./stop-requested.ts";
import { numberOf, serveUntil } from "./test-server.ts";

export interface OpenArguments {
  revision?: string;
  port: string;
  requests?: boolean;
}

/** `kybern open FILE`: nothing acts on the objects, so that they stay as they were. */
export async function runOpen(file: string, { revision, port, requests }: OpenArguments): Promise<void> {
  if (requests) {
    const saved = await readClusterFile(file);
    for (const { at, user, method, path, status } of saved.requests) {
      process.stdout.write(`${new Date(at).toISOString()} ${status} ${method} ${path} ${user}\n`);
    }
    return;
  }
  const stop = stopRequested();
  const at = revision === undefined ? undefined : numberOf(revision, "--revision");
  const cluster = await resumed(file, { controllers: "none", nodes: 0, clock: "virtual" }, at);
  await serveUntil(stop, cluster, numberOf(port, "--port"), false);
}
