import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "../../machinery/clock.ts";
import type { ProjectedFiles } from "./projected-file.ts";

const dataLink = "..data";
const newDataLink = "..data_tmp";

export interface WriteOptions {
  clock: Clock;
  /** Called with the directory of the new files before anyone sees them. */
  beforeVisible?(directory: string): Promise<void>;
}

/**
 * Writes a volume's files so that readers see all of the old ones or all of the new ones. Files lie in a directory of their own per
 * version; `..data` points to the present one, and each file's name at the top points through `..data`. Watching programs know
 * this layout from upstream. Resolves with whether anything changed.
 */
export async function writeAtomically(directory: string, files: ProjectedFiles, options: WriteOptions): Promise<boolean> {
  for (const path of files.keys()) checkPath(path);
  const current = await presentVersion(directory);
  if (current !== undefined && (await holds(join(directory, current), files))) {
    await linkNames(directory, files);
    return false;
  }
  const version = await mkdtemp(join(directory, versionPrefix(options.clock)));
  try {
    await chmod(version, 0o755);
    await writeFiles(version, files);
    await options.beforeVisible?.(version);
    await rm(join(directory, newDataLink), { force: true });
    await symlink(version.slice(directory.length + 1), join(directory, newDataLink));
    await rename(join(directory, newDataLink), join(directory, dataLink));
  } catch (error) {
    await rm(version, { recursive: true, force: true });
    throw error;
  }
  await linkNames(directory, files);
  await removeOldVersions(directory, version.slice(directory.length + 1));
  return true;
}

/** The directory's name that `..data` points to; undefined when nothing was written yet. */
export async function presentVersion(directory: string): Promise<string | undefined> {
  try {
    return await readlink(join(directory, dataLink));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function checkPath(path: string): void {
  if (path === "" || path.startsWith("/") || path.startsWith("..") || path.split("/").includes("..") || path.length > 4096) {
    throw new Error(`invalid path: ${path}: must be relative, without '..', and at most 4096 characters long`);
  }
}

/** `..2026_01_02_15_04_05.` in UTC. */
function versionPrefix(clock: Clock): string {
  return `..${new Date(clock.now()).toISOString().slice(0, 19).replace(/[-T:]/g, "_")}.`;
}

async function holds(version: string, files: ProjectedFiles): Promise<boolean> {
  try {
    const names = await readdir(version, { recursive: true, withFileTypes: true });
    if (names.filter((entry) => !entry.isDirectory()).length !== files.size) return false;
    for (const [path, { data }] of files) {
      const wanted = typeof data === "string" ? Buffer.from(data) : data;
      if (!(await readFile(join(version, path))).equals(wanted)) return false;
    }
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function writeFiles(version: string, files: ProjectedFiles): Promise<void> {
  for (const [path, { data, mode, uid }] of files) {
    const file = join(version, path);
    await makeParents(version, path);
    await writeFile(file, data, { mode });
    // The mode above is subject to the umask.
    await chmod(file, mode);
    if (uid !== undefined) await chown(file, uid, (await lstat(file)).gid);
  }
}

async function makeParents(root: string, path: string): Promise<void> {
  const parts = dirname(path)
    .split("/")
    .filter((part) => part !== ".");
  let directory = root;
  for (const part of parts) {
    directory = join(directory, part);
    try {
      await mkdir(directory);
      await chmod(directory, 0o755);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Makes the links for what is there and removes those for what is gone. */
async function linkNames(directory: string, files: ProjectedFiles): Promise<void> {
  const wanted = new Set([...files.keys()].map((path) => path.split("/")[0] as string));
  const entries = await readdir(directory, { withFileTypes: true });
  // A directory in a name's place is where another volume is mounted.
  const present = new Set(entries.map((entry) => entry.name));
  for (const name of wanted) if (!present.has(name)) await symlink(join(dataLink, name), join(directory, name));
  for (const entry of entries) {
    const { name } = entry;
    if (!entry.isSymbolicLink() || wanted.has(name) || name.startsWith("..")) continue;
    if ((await readlink(join(directory, name))) === join(dataLink, name)) await unlink(join(directory, name));
  }
}

/** Also those that a run cut short has left. */
async function removeOldVersions(directory: string, present: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    if (!entry.isDirectory() || !/^\.\.\d{4}_/.test(entry.name) || entry.name === present) continue;
    await rm(join(directory, entry.name), { recursive: true, force: true });
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
