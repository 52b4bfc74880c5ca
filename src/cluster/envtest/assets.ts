import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { findOnPath } from "../system-packages.ts";

const standIns = ["kube-apiserver", "etcd"];

/**
 * Makes the directory that KUBEBUILDER_ASSETS names: `kube-apiserver` and `etcd` that start kybern's instead, and the machine's
 * kubectl if it has one. Resolves with the directory's path.
 */
export async function writeEnvtestAssets(directory: string, program: readonly string[]): Promise<string> {
  await mkdir(directory, { recursive: true });
  for (const name of standIns) {
    const words = [...program, "envtest", name].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const path = join(directory, name);
    await writeFile(path, `#!/bin/sh\nexec ${words.join(" ")} "$@"\n`);
    await chmod(path, 0o755);
  }
  const kubectl = findOnPath("kubectl");
  if (kubectl !== undefined) {
    await symlink(kubectl, join(directory, "kubectl")).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  }
  return resolve(directory);
}
