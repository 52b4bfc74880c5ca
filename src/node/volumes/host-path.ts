import type { Stats } from "node:fs";
import { chmod, mkdir, open, stat } from "node:fs/promises";
import type { HostPathVolumeSource } from "../../api/core/v1.ts";

const checks: Record<string, { matches(stats: Stats): boolean; what: string }> = {
  Directory: { matches: (stats) => stats.isDirectory(), what: "a directory" },
  File: { matches: (stats) => stats.isFile(), what: "a file" },
  Socket: { matches: (stats) => stats.isSocket(), what: "a socket file" },
  CharDevice: { matches: (stats) => stats.isCharacterDevice(), what: "a character device" },
  BlockDevice: { matches: (stats) => stats.isBlockDevice(), what: "a block device" },
};

/** Checks that the path is what the pod says it is, and makes it where the pod asks for that. Answers the path. */
export async function prepareHostPath({ path, type = "" }: HostPathVolumeSource, directoryMode = 0o755): Promise<string> {
  if (path.split("/").includes("..")) throw new Error("must not contain '..'");
  // Without a type nothing is checked: the runtime makes a directory of what isn't there.
  if (type === "") return path;
  const orCreate = type.endsWith("OrCreate");
  const check = checks[orCreate ? type.slice(0, -"OrCreate".length) : type];
  if (!check || (orCreate && type !== "DirectoryOrCreate" && type !== "FileOrCreate")) throw new Error(`${type} is an invalid volume type`);
  let stats = await statIfThere(path);
  if (!stats && type === "DirectoryOrCreate") {
    await mkdir(path, { recursive: true });
    await chmod(path, directoryMode);
    stats = await stat(path);
  } else if (!stats && type === "FileOrCreate") {
    const file = await open(path, "a", 0o644);
    await file.close();
    stats = await stat(path);
  }
  if (!stats || !check.matches(stats)) throw new Error(`hostPath type check failed: ${path} is not ${check.what}`);
  return path;
}

async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}
