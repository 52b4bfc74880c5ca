import { existsSync, readFileSync } from "node:fs";
import { DataDirectory, defaultDataDirectory } from "../cluster/data-directory.ts";
import { UsageError } from "../cluster/options.ts";

export function runKubeconfig(options: { data?: string; path?: boolean }): void {
  const directory = new DataDirectory(options.data ?? defaultDataDirectory());
  if (!existsSync(directory.kubeconfig)) throw new UsageError(`there is no cluster in ${directory.path} yet: start one with kybern up`);
  process.stdout.write(options.path ? `${directory.kubeconfig}\n` : readFileSync(directory.kubeconfig, "utf8"));
}
