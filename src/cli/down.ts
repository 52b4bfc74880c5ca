import { DataDirectory, defaultDataDirectory } from "../cluster/data-directory.ts";
import { deleteCluster, stopRunning } from "../cluster/down.ts";
import { UsageError } from "../cluster/options.ts";

/** `kybern down`: stops the cluster of a data directory, and removes it when asked to. */
export async function runDown(given: { data?: string; delete?: boolean }): Promise<void> {
  const data = new DataDirectory(given.data ?? defaultDataDirectory());
  if (!data.exists()) throw new UsageError(`there is no cluster in ${data.path}`);
  const stopped = await stopRunning(data, (text) => process.stdout.write(`… ${text}\n`));
  if (!given.delete) {
    process.stdout.write(stopped ? "stopped\n" : "it was not running\n");
    return;
  }
  await deleteCluster(data, (text) => process.stdout.write(`… ${text}\n`));
  process.stdout.write(`${data.path} is deleted, with all that belonged to it\n`);
}
