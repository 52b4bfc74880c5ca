import type { Stats } from "node:fs";
import { chmod, lchown, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";

export interface GroupOwnership {
  /** The pod's `fsGroup`. */
  group: number;
  /** The group may read, but not write. */
  readOnly: boolean;
  /** `OnRootMismatch` trusts the root directory to tell how things are below it. */
  changePolicy?: string;
}

const setgid = 0o2000;

/** Gives a volume to a group: its files, and new files through the setgid bit of its directories. */
export async function setGroupOwnership(directory: string, ownership: GroupOwnership): Promise<void> {
  const root = await lstat(directory);
  if (ownership.changePolicy === "OnRootMismatch" && isOwned(root, ownership)) return;
  // The root comes last: when this is cut short, it doesn't claim that all is done.
  await changeBelow(directory, ownership);
  await change(directory, root, ownership);
}

function isOwned(root: Stats, { group, readOnly }: GroupOwnership): boolean {
  const wanted = maskOf(true, readOnly);
  return root.gid === group && (root.mode & wanted) === wanted;
}

async function changeBelow(directory: string, ownership: GroupOwnership): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await changeBelow(path, ownership);
    await change(path, await lstat(path), ownership);
  }
}

async function change(path: string, stats: Stats, { group, readOnly }: GroupOwnership): Promise<void> {
  if (stats.gid !== group) await lchown(path, stats.uid, group);
  // A link's mode means nothing, and chmod would reach what it points to.
  if (stats.isSymbolicLink()) return;
  const mode = (stats.mode & 0o7777) | maskOf(stats.isDirectory(), readOnly);
  // Also when the mode is right: the change of group takes set-id bits of files away.
  if (mode !== (stats.mode & 0o7777) || stats.gid !== group) await chmod(path, mode);
}

function maskOf(isDirectory: boolean, readOnly: boolean): number {
  return (readOnly ? 0o440 : 0o660) | (isDirectory ? setgid | 0o110 : 0);
}
