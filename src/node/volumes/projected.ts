import type { Pod, ProjectedVolumeSource, VolumeProjection } from "../../api/core/v1.ts";
import { namespaceOf } from "../../machinery/object.ts";
import type { ObjectSource } from "../object-source.ts";
import type { DownwardFacts } from "../pods/downward.ts";
import { configMapContents } from "./config-map.ts";
import { downwardContents } from "./downward-api.ts";
import { type Contents, defaultFileMode, joinReasons, type ProjectedFiles } from "./projected-file.ts";
import { secretContents } from "./secret.ts";
import type { ServiceAccountTokens } from "./service-account-tokens.ts";

export interface ProjectionSources {
  objects: ObjectSource;
  tokens: ServiceAccountTokens;
  facts(pod: Pod): DownwardFacts;
}

/** All sources in one volume; where two write the same path, the later one wins. All failures are told at once. */
export async function projectedContents(
  sources: ProjectionSources,
  pod: Pod,
  volume: ProjectedVolumeSource,
  fresh: boolean,
): Promise<Contents> {
  const results = await Promise.allSettled(
    (volume.sources ?? []).map((projection) => sourceContents(sources, pod, projection, volume.defaultMode, fresh)),
  );
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
  if (failures.length > 0) throw new Error(joinReasons(failures));
  const parts = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  return {
    stamp: parts.map(({ stamp }) => stamp).join("\n"),
    files() {
      const files: ProjectedFiles = new Map();
      const missing: unknown[] = [];
      for (const part of parts) {
        try {
          for (const [path, file] of part.files()) files.set(path, file);
        } catch (error) {
          missing.push(error);
        }
      }
      if (missing.length > 0) throw new Error(joinReasons(missing));
      return files;
    },
  };
}

async function sourceContents(
  { objects, tokens, facts }: ProjectionSources,
  pod: Pod,
  projection: VolumeProjection,
  defaultMode: number | undefined,
  fresh: boolean,
): Promise<Contents> {
  const mode = defaultMode === undefined ? {} : { defaultMode };
  const namespace = namespaceOf(pod);
  if (projection.configMap) return await configMapContents(objects, namespace, { ...projection.configMap, ...mode }, fresh);
  if (projection.secret) return await secretContents(objects, namespace, { ...projection.secret, ...mode }, fresh);
  if (projection.downwardAPI) return downwardContents(pod, projection.downwardAPI.items, defaultMode, facts(pod));
  if (projection.serviceAccountToken) {
    const { path } = projection.serviceAccountToken;
    const { token, generation } = await tokens.get(pod, projection.serviceAccountToken);
    const uid = commonUser(pod);
    // Only its owner reads it; with fsGroup, ownership of the volume opens it to the group afterwards.
    const isPrivate = uid !== undefined || pod.spec?.securityContext?.fsGroup !== undefined;
    const file = { data: token, mode: isPrivate ? 0o600 : (defaultMode ?? defaultFileMode), ...(uid === undefined ? {} : { uid }) };
    return { stamp: `token/${path}/${generation}`, files: () => new Map([[path, file]]) };
  }
  const kind = Object.keys(projection)[0] ?? "empty";
  throw new Error(`${kind} sources of projected volumes are not supported on this node`);
}

/** The one user that all containers are told to run as; undefined when they differ or one isn't told. */
function commonUser(pod: Pod): number | undefined {
  const users = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].map(
    (container) => container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser,
  );
  return users.every((user) => user === users[0]) ? users[0] : undefined;
}
