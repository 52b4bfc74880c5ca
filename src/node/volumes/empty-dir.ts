import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { podLimits } from "../../api/core/pod-resources.ts";
import type { EmptyDirVolumeSource, Node, Pod } from "../../api/core/v1.ts";
import { quantityValue } from "../../machinery/quantity.ts";
import type { MountPoints } from "./mount-points.ts";
import { setGroupOwnership } from "./ownership.ts";

export interface EmptyDirOptions {
  mounts: MountPoints;
  directory: string;
  /** Holds the sign that the volume was made, so that a later run leaves what containers have done to it. */
  metadataDirectory: string;
  node: Node | undefined;
  /** Whether files can be given to groups. */
  canChangeOwner: boolean;
}

/** An empty directory for the life of the pod, on disk or in memory. */
export async function prepareEmptyDir(pod: Pod, source: EmptyDirVolumeSource, options: EmptyDirOptions): Promise<string> {
  const { mounts, directory, metadataDirectory, canChangeOwner } = options;
  const medium = source.medium ?? "";
  if (medium.startsWith("HugePages")) throw new Error(`storage medium "${medium}" is not supported on this node`);
  if (medium !== "" && medium !== "Memory") throw new Error(`unknown storage medium "${medium}"`);
  const ready = join(metadataDirectory, "ready");
  if ((await exists(ready)) && (medium === "Memory" ? await mounts.isMountPoint(directory) : await exists(directory))) return directory;
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o777);
  if (medium === "Memory" && !(await mounts.isMountPoint(directory))) {
    const sizeBytes = memoryVolumeSize(pod, source, options.node);
    await mounts.mountTmpfs(directory, sizeBytes === undefined ? {} : { sizeBytes });
  }
  const group = pod.spec?.securityContext?.fsGroup;
  if (group !== undefined && canChangeOwner) await setGroupOwnership(directory, { group, readOnly: false });
  await mkdir(metadataDirectory, { recursive: true });
  await writeFile(ready, "");
  return directory;
}

/** The least of what the volume, the pod's limits and the node allow. */
function memoryVolumeSize(pod: Pod, source: EmptyDirVolumeSource, node: Node | undefined): number | undefined {
  const isLimited =
    pod.spec?.resources?.limits?.memory !== undefined ||
    (pod.spec?.containers ?? []).every((container) => container.resources?.limits?.memory !== undefined);
  const bounds = [
    source.sizeLimit === undefined ? 0 : quantityValue(source.sizeLimit),
    isLimited ? (podLimits(pod).get("memory") ?? 0) : 0,
    quantityValue(node?.status?.allocatable?.memory ?? "0"),
  ].filter((bytes) => bytes > 0);
  return bounds.length === 0 ? undefined : Math.floor(Math.min(...bounds));
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
