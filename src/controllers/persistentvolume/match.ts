import type { PersistentVolume, PersistentVolumeClaim } from "../../api/core/v1.ts";
import { compareQuantities } from "../../machinery/quantity.ts";
import { compileLabelSelector } from "../../machinery/selectors/label-selector.ts";

/** The annotation that old clients name the class by. */
const betaClass = "volume.beta.kubernetes.io/storage-class";

export function classOfClaim(claim: PersistentVolumeClaim): string {
  return claim.metadata.annotations?.[betaClass] ?? claim.spec?.storageClassName ?? "";
}

/** Whether the claim names no class at all, which is not the same as naming the empty one. */
export function leavesClassOpen(claim: PersistentVolumeClaim): boolean {
  return claim.metadata.annotations?.[betaClass] === undefined && claim.spec?.storageClassName === undefined;
}

function classOfVolume(volume: PersistentVolume): string {
  return volume.metadata.annotations?.[betaClass] ?? volume.spec?.storageClassName ?? "";
}

/** Whether the volume is reserved for the claim, or bound to it. */
export function isClaimedBy(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const ref = volume.spec?.claimRef;
  return (
    ref !== undefined &&
    ref.namespace === claim.metadata.namespace &&
    ref.name === claim.metadata.name &&
    (!ref.uid || ref.uid === claim.metadata.uid)
  );
}

/** Why a volume that a claim names can't be its volume, in upstream's words; undefined when it can. */
export function mismatchOf(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (isTooSmall(volume, claim)) return "requested PV is too small";
  if (classOfVolume(volume) !== classOfClaim(claim)) return "storageClassName does not match";
  if (!sameAttributesClass(volume, claim)) return "volumeAttributesClassName does not match";
  if (!sameMode(volume, claim)) return "incompatible volumeMode";
  if (!hasAccessModes(volume, claim)) return "incompatible accessMode";
  return undefined;
}

/**
 * The volume for an unbound claim: one that was reserved for it, else a free one of its class that is large enough, has its
 * access modes and volume mode, and is selected by its labels. Of those, one that can do no more than was asked for, and the
 * smallest.
 */
export function findVolume(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[]): PersistentVolume | undefined {
  const selector = claim.spec?.selector ? compileLabelSelector(claim.spec.selector) : undefined;
  let best: PersistentVolume | undefined;
  for (const volume of volumes) {
    if (volume.metadata.deletionTimestamp || !sameMode(volume, claim) || isTooSmall(volume, claim)) continue;
    if (volume.spec?.claimRef) {
      if (isClaimedBy(volume, claim)) return volume;
      continue;
    }
    if (volume.status?.phase !== "Available") continue;
    if (selector && !selector.matches(volume.metadata.labels)) continue;
    if (classOfVolume(volume) !== classOfClaim(claim) || !sameAttributesClass(volume, claim) || !hasAccessModes(volume, claim)) continue;
    if (!best || compareFit(volume, best) < 0) best = volume;
  }
  return best;
}

/** The volume that was reserved for the claim. */
export function findReserved(claim: PersistentVolumeClaim, volumes: readonly PersistentVolume[]): PersistentVolume | undefined {
  return findVolume(
    claim,
    volumes.filter((volume) => volume.spec?.claimRef),
  );
}

function compareFit(a: PersistentVolume, b: PersistentVolume): number {
  return (a.spec?.accessModes?.length ?? 0) - (b.spec?.accessModes?.length ?? 0) || compareQuantities(capacityOf(a), capacityOf(b));
}

function capacityOf(volume: PersistentVolume): string {
  return volume.spec?.capacity?.storage ?? "0";
}

function isTooSmall(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return compareQuantities(capacityOf(volume), claim.spec?.resources?.requests?.storage ?? "0") < 0;
}

function sameMode(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec?.volumeMode ?? "Filesystem") === (volume.spec?.volumeMode ?? "Filesystem");
}

function sameAttributesClass(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec?.volumeAttributesClassName ?? "") === (volume.spec?.volumeAttributesClassName ?? "");
}

function hasAccessModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode));
}
