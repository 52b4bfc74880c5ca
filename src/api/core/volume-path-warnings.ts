import type { KeyToPath, Volume, VolumeProjection } from "./v1.ts";

/** A file of a volume, and what puts it there. */
interface VolumeFile {
  path: string;
  source: string;
}

/** Files of one volume that would be written over each other. */
export function volumePathWarnings(volumes: readonly Volume[]): string[] {
  const warnings: string[] = [];
  for (const volume of volumes) {
    const { configMap, secret, downwardAPI, projected } = volume;
    const tell = (what: string, files: readonly VolumeFile[]) => {
      for (const text of overlaps(files)) warnings.push(`volume "${volume.name}" (${what}): overlapping paths: ${text}`);
    };
    if (configMap?.items) tell(`ConfigMap "${configMap.name ?? ""}"`, filesOf(configMap.items, ""));
    if (secret?.items) tell(`Secret "${secret.secretName ?? ""}"`, filesOf(secret.items, ""));
    if (downwardAPI?.items) tell("DownwardAPI", filesOf(downwardAPI.items, ""));
    if (!projected) continue;
    const files: VolumeFile[] = [];
    for (const source of projected.sources ?? []) {
      if (Object.keys(source).length === 0) warnings.push(`volume "${volume.name}" (Projected) has no sources provided`);
      files.push(...projectedFiles(source));
    }
    tell("Projected", files);
  }
  return warnings;
}

function filesOf(items: readonly Pick<KeyToPath, "path">[], source: string): VolumeFile[] {
  return items.map(({ path = "" }) => ({ path: path.replace(/\/+$/, ""), source }));
}

function projectedFiles({ configMap, secret, downwardAPI, serviceAccountToken }: VolumeProjection): VolumeFile[] {
  if (configMap?.items) return filesOf(configMap.items, `ConfigMap "${configMap.name ?? ""}"`);
  if (secret?.items) return filesOf(secret.items, `Secret "${secret.name ?? ""}"`);
  if (downwardAPI?.items) return filesOf(downwardAPI.items, "DownwardAPI");
  return serviceAccountToken ? filesOf([serviceAccountToken], "ServiceAccountToken") : [];
}

function overlaps(files: readonly VolumeFile[]): string[] {
  const texts: string[] = [];
  for (const [index, file] of files.entries()) {
    if (file.path === "") continue;
    for (const other of files.slice(0, index)) {
      if (other.path === "") continue;
      if (`${other.path}/`.startsWith(`${file.path}/`) || `${file.path}/`.startsWith(`${other.path}/`)) {
        texts.push(`${shown(file)} with ${shown(other)}`);
      }
    }
  }
  return texts;
}

function shown({ path, source }: VolumeFile): string {
  return source === "" ? `"${path}"` : `"${path}" (${source})`;
}
