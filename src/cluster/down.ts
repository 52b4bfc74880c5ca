import { rm } from "node:fs/promises";
import { join } from "node:path";
import { systemClock } from "../client/system-clock.ts";
import { sleep } from "../machinery/clock.ts";
import { silentLogger } from "../machinery/logger.ts";
import { removeBridge } from "../node/network/bridge.ts";
import { removeCniConfig } from "../node/network/cni-config.ts";
import { runCommand } from "../node/network/command.ts";
import { removeForwarding } from "../node/network/forwarding.ts";
import { networkNames } from "../node/network/names.ts";
import { removeRoutes } from "../node/network/routes.ts";
import { PodCgroups } from "../node/pods/cgroups.ts";
import { createNftablesProxy } from "../node/proxy/nftables-proxy.ts";
import { unmountBelow } from "../node/runtime/containerd/containerd-removal.ts";
import { deletePrivateContainerd } from "../node/runtime/containerd/private-containerd.ts";
import { type DataDirectory, runtimeDirectory } from "./data-directory.ts";
import { forgetCluster } from "./other-clusters.ts";
import { cniPluginDirectories, onPath } from "./system-packages.ts";

const stopTimeoutMilliseconds = 120_000;

/** Asks the running `kybern up` to stop and waits until it has. Resolves with whether there was one. */
export async function stopRunning(data: DataDirectory, tell: (text: string) => void): Promise<boolean> {
  const running = await data.running();
  if (!running) return false;
  tell(`stopping process ${running.pid}`);
  process.kill(running.pid, "SIGTERM");
  const deadline = systemClock.now() + stopTimeoutMilliseconds;
  while (await data.running()) {
    if (systemClock.now() > deadline) throw new Error(`process ${running.pid} does not stop; its log is in ${data.logs}`);
    await sleep(systemClock, 100);
  }
  return true;
}

/** Removes every trace of a stopped cluster: containers, mounts, network, cgroups, data. Runs to its end even where parts are missing. */
export async function deleteCluster(data: DataDirectory, tell: (text: string) => void): Promise<void> {
  const { id, clusterCidr } = await data.record();
  const names = networkNames(id);
  const logger = silentLogger;
  const problems: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  if (process.getuid?.() === 0) {
    tell("containers");
    if (onPath("containerd")) {
      await attempt("containers", () =>
        deletePrivateContainerd({
          directory: data.containerd,
          stateDirectory: runtimeDirectory(id),
          cniBinDirectories: cniPluginDirectories,
          cniConfDirectory: join(data.path, "cni"),
          cgroupParents: [names.network],
          clock: systemClock,
          logger,
        }),
      );
    }
    await attempt("mounts", () => unmountBelow([data.path]));
    tell("network");
    if (onPath("nft")) {
      await attempt("service rules", () =>
        createNftablesProxy({
          nodeName: "",
          table: names.table,
          clusterCidrs: clusterCidr ? [clusterCidr] : [],
          run: runCommand,
          logger,
        }).remove(),
      );
      await attempt("forwarding rules", () => removeForwarding({ run: runCommand, logger }, { clusterId: id }));
    }
    if (clusterCidr && onPath("ip")) {
      await attempt("routes", () => removeRoutes(runCommand, [clusterCidr]));
      await attempt("bridge", () => removeBridge({ run: runCommand, clock: systemClock, logger }, { clusterId: id }));
    }
    await attempt("CNI configuration", () => removeCniConfig(join(data.path, "cni"), id));
    await attempt("cgroups", () => new PodCgroups(names.network, logger).removeAll());
    await attempt("registration", () => forgetCluster(data.path));
  }
  if (problems.length > 0) throw new Error(`could not remove everything; run kybern down --delete again:\n  ${problems.join("\n  ")}`);
  tell("data");
  await rm(runtimeDirectory(id), { recursive: true, force: true });
  await rm(data.path, { recursive: true, force: true });
}
