import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Pod } from "../../api/core/v1.ts";

/**
 * Makes the directories on which containers mount other volumes inside this one: it is read-only to them, so that the runtime
 * couldn't.
 */
export async function makeNestedMountPoints(pod: Pod, volumeName: string, directory: string): Promise<void> {
  for (const path of nestedMountPoints(pod, volumeName)) await mkdir(join(directory, path), { recursive: true, mode: 0o755 });
}

function nestedMountPoints(pod: Pod, volumeName: string): Set<string> {
  const nested = new Set<string>();
  for (const container of [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]) {
    const mounts = container.volumeMounts ?? [];
    for (const outer of mounts) {
      if (outer.name !== volumeName || outer.subPath || outer.subPathExpr) continue;
      const prefix = outer.mountPath.endsWith("/") ? outer.mountPath : `${outer.mountPath}/`;
      for (const { mountPath } of mounts) {
        const inside = mountPath.startsWith(prefix) ? mountPath.slice(prefix.length).replace(/\/+$/, "") : "";
        // The path's top must not look like the writer's own directories.
        if (inside !== "" && !inside.startsWith("..") && !inside.split("/").includes("..")) nested.add(inside);
      }
    }
  }
  return nested;
}
