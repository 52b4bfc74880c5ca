import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/core/v1.ts";
import type { StorageClass } from "../../api/storage/v1.ts";
import { classOfClaim } from "../../controllers/persistentvolume/match.ts";

/** Claims, volumes and classes as the scheduler sees them. */
export interface VolumeView {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  volumes(): readonly PersistentVolume[];
  storageClass(name: string): StorageClass | undefined;
}

/** The claims that a pod mounts, those of its ephemeral volumes included. */
export function claimNames(pod: Pod): string[] {
  const names: string[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    if (volume.persistentVolumeClaim) names.push(volume.persistentVolumeClaim.claimName);
    else if (volume.ephemeral) names.push(`${pod.metadata.name}-${volume.name}`);
  }
  return names;
}

/** Whether the claim has its volume, and volume and claim agree on that. */
export function isFullyBound(claim: PersistentVolumeClaim): boolean {
  return claim.spec?.volumeName !== undefined && claim.metadata.annotations?.["pv.kubernetes.io/bind-completed"] !== undefined;
}

export function waitsForFirstConsumer(claim: PersistentVolumeClaim, view: VolumeView): boolean {
  return view.storageClass(classOfClaim(claim))?.volumeBindingMode === "WaitForFirstConsumer";
}

/** The volumes of those of the pod's claims that are bound. */
export function boundVolumes(pod: Pod, view: VolumeView): PersistentVolume[] {
  const volumes: PersistentVolume[] = [];
  for (const name of claimNames(pod)) {
    const volumeName = view.claim(pod.metadata.namespace ?? "", name)?.spec?.volumeName;
    const volume = volumeName === undefined ? undefined : view.volume(volumeName);
    if (volume) volumes.push(volume);
  }
  return volumes;
}
