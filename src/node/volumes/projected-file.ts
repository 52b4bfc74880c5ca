import type { KeyToPath } from "../../api/core/v1.ts";

/** A file of a volume that is written from objects of the API. */
export interface ProjectedFile {
  data: Uint8Array | string;
  mode: number;
  /** Its owner; the agent's user when absent. */
  uid?: number;
}

/** By path inside the volume. */
export type ProjectedFiles = Map<string, ProjectedFile>;

/** What the files of a volume are made from. */
export interface Contents {
  /** Differs whenever the files may. Tells nothing of what is in them. */
  stamp: string;
  /** Throws when what the pod names isn't there. */
  files(): ProjectedFiles;
}

export const defaultFileMode = 0o644;

/** Picks keys of a config map or secret: all of them under their own names, or those that `items` lists. */
export function pickKeys(
  keys: ReadonlyMap<string, Uint8Array | string>,
  items: readonly KeyToPath[] | undefined,
  options: { defaultMode: number | undefined; optional: boolean; missing(key: string): string },
): ProjectedFiles {
  const defaultMode = options.defaultMode ?? defaultFileMode;
  const files: ProjectedFiles = new Map();
  if (!items || items.length === 0) {
    for (const [key, data] of keys) files.set(key, { data, mode: defaultMode });
    return files;
  }
  for (const { key, path, mode } of items) {
    const data = keys.get(key);
    if (data !== undefined) files.set(path, { data, mode: mode ?? defaultMode });
    else if (!options.optional) throw new Error(options.missing(key));
  }
  return files;
}

/** Several reasons in one text, as upstream joins them. */
export function joinReasons(reasons: readonly unknown[]): string {
  const texts = [...new Set(reasons.map((reason) => (reason instanceof Error ? reason.message : String(reason))))];
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]`;
}
