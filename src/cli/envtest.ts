import { apiServerFlags, startEnvtestApiServer } from "../cluster/envtest/api-server.ts";
import { writeEnvtestAssets } from "../cluster/envtest/assets.ts";
import { etcdFlags, startEtcdStandIn } from "../cluster/envtest/etcd.ts";
import { helpText, parseGoFlags } from "../cluster/envtest/flags.ts";
import { createLogger } from "../cluster/logger.ts";
import { UsageError } from "../cluster/options.ts";
import { kubernetesVersion } from "../cluster/version.ts";
import { stopRequested } from "./stop-requested.ts";

/** `kybern envtest-assets DIR` */
export async function runEnvtestAssets(directory: string): Promise<void> {
  const path = await writeEnvtestAssets(directory, [process.execPath, ...process.execArgv, process.argv[1] as string]);
  process.stdout.write(`export KUBEBUILDER_ASSETS='${path}'\n`);
}

/** What stands in the directory: runs until it is told to stop, as the program of that name would. */
export async function runStandIn(name: string, words: readonly string[]): Promise<void> {
  const flags = parseGoFlags(words);
  const known = name === "etcd" ? etcdFlags : name === "kube-apiserver" ? apiServerFlags : undefined;
  if (!known) throw new UsageError(`there is no stand-in for "${name}"; there are kube-apiserver and etcd`);
  if (flags.has("help") || flags.has("h")) {
    process.stdout.write(helpText(name, known));
    return;
  }
  if (flags.has("version")) {
    process.stdout.write(name === "etcd" ? "etcd Version: 3.6.0\n" : `Kubernetes ${kubernetesVersion}\n`);
    return;
  }
  const stop = stopRequested();
  const running = name === "etcd" ? await startEtcdStandIn(flags) : await startEnvtestApiServer(flags, createLogger("warn"));
  await stop;
  await running.stop();
  process.exit(0);
}
