import type { PersistentVolume, PersistentVolumeClaim } from "../../api/core/v1.ts";
import { compareQuantities } from "../../machinery/quantity.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";

/** The annotation that old clients name the class by. */
const betaClass = "volume.beta.kubernetes.io/storage-class";

export function classOfClaim(claim: PersistentVolumeClaim): string {
  return claim.metadata.annotations?.[betaClass] ?? claim.spec?.storageClassName ?? "";
}

export function classOfVolume(volume: PersistentVolume): string {
  return volume.metadata.annotations?.[betaClass] ?? volume.spec?.storageClassName ?? "";
}

export function isClaimedBy(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const ref = volume.spec?.claimRef;
  return (
    ref !== undefined &&
    ref.namespace === claim.metadata.namespace &&
    ref.name === claim.metadata.name &&
    (!ref.uid || ref.uid === claim.metadata.uid)
  );
}

/**
 * The volume for an unbound claim: one that was reserved for it, else the smallest free one of its class that is large enough,
 * has its access modes and volume mode, and is selected by its labels.
 */
export function findVolume(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[]): PersistentVolume | undefined {
  const wanted = claim.spec?.resources?.requests?.storage ?? "0";
  const selector = claim.spec?.selector ? compileLabelSelector(claim.spec.selector) : undefined;
  let smallest: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (volume.metadata.deletionTimestamp) continue;
    if ((claim.spec?.volumeMode ?? "Filesystem") !== (volume.spec?.volumeMode ?? "Filesystem")) continue;
    const capacity = volume.spec?.capacity?.storage ?? "0";
    if (compareQuantities(capacity, wanted) < 0) continue;
    if (volume.spec?.claimRef) {
      if (isClaimedBy(volume, claim)) return volume;
      continue;
    }
    if (volume.status?.phase !== "Available") continue;
    if (selector && !selector.matches(volume.metadata.labels)) continue;
    if (classOfVolume(volume) !== classOfClaim(claim)) continue;
    if (!(claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode))) continue;
    if (!smallest || compareQuantities(capacity, smallest.spec?.capacity?.storage ?? "0") < 0) smallest = volume;
  }
  return smallest;
}
