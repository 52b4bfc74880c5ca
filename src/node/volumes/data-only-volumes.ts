import type { Pod, Volume } from "../../api/core/v1.ts";
import { namespaceOf } from "../../machinery/object.ts";
import type { ObjectSource } from "../object-source.ts";
import { configMapContents } from "./config-map.ts";
import { usedVolumes, volumeError } from "./create-volume-manager.ts";
import { boundVolume } from "./persistent-volume-claim.ts";
import { secretContents } from "./secret.ts";
import type { MountedVolume, VolumeManager } from "./volume-manager.ts";

/**
 * Volumes of a node without a disk. Nothing is written, but a pod waits as it would on a real one: for config maps and secrets
 * that aren't there yet, and for claims that aren't bound.
 */
export class DataOnlyVolumes implements VolumeManager {
  readonly #objects: ObjectSource;

  constructor(objects: ObjectSource) {
    this.#objects = objects;
  }

  async mount(pod: Pod): Promise<ReadonlyMap<string, MountedVolume>> {
    const mounted = new Map<string, MountedVolume>();
    for (const volume of usedVolumes(pod)) {
      try {
        await this.#check(pod, volume);
      } catch (error) {
        throw volumeError(volume.name, error);
      }
      // Named as an image: it has no path on the host that parts of it could be looked for in.
      mounted.set(volume.name, { hostPath: "", readOnly: false, image: `volume/${volume.name}` });
    }
    return mounted;
  }

  async unmount(): Promise<void> {}

  async podsOnDisk(): Promise<string[]> {
    return [];
  }

  async #check(pod: Pod, volume: Volume): Promise<void> {
    const namespace = namespaceOf(pod);
    if (volume.persistentVolumeClaim || volume.ephemeral) await boundVolume(pod, volume, this.#objects);
    const { secretName, ...secret } = volume.secret ?? {};
    const sources = volume.projected?.sources ?? [
      {
        ...(volume.configMap ? { configMap: volume.configMap } : {}),
        ...(volume.secret ? { secret: { ...secret, ...(secretName ? { name: secretName } : {}) } } : {}),
      },
    ];
    for (const source of sources) {
      if (source.configMap) (await configMapContents(this.#objects, namespace, source.configMap, true)).files();
      if (source.secret) (await secretContents(this.#objects, namespace, source.secret, true)).files();
    }
  }
}
