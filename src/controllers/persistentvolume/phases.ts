import type { PersistentVolume, PersistentVolumeClaim } from "../../api/core/v1.ts";
import { persistentvolumeclaims, persistentvolumes } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import { deepEqual, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { bindCompleted, boundByController } from "./annotations.ts";

type ClaimPhase = "Pending" | "Bound" | "Lost";
type VolumePhase = "Available" | "Bound" | "Released" | "Failed";

/** Writes the phase unless it is there. Tells whether it wrote. */
export async function setClaimPhase(client: Client, claim: PersistentVolumeClaim, phase: ClaimPhase): Promise<boolean> {
  if (claim.status?.phase === phase) return false;
  await client.update(persistentvolumeclaims, { ...claim, status: { ...claim.status, phase } }, { subresource: "status" });
  return true;
}

export async function setVolumePhase(client: Client, volume: PersistentVolume, phase: VolumePhase): Promise<PersistentVolume> {
  if (volume.status?.phase === phase) return volume;
  return await client.update(persistentvolumes, { ...volume, status: { ...volume.status, phase } }, { subresource: "status" });
}

/** Four writes, each of which can be found done: the volume's claim and phase, the claim's volume and phase. */
export async function bind(client: Client, claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
  let boundVolume = volume;
  if (volume.spec?.claimRef?.uid !== uidOf(claim)) {
    const annotations = { ...volume.metadata.annotations, ...(volume.spec?.claimRef ? {} : { [boundByController]: "yes" }) };
    const claimRef = {
      kind: "PersistentVolumeClaim",
      apiVersion: "v1",
      namespace: namespaceOf(claim),
      name: nameOf(claim),
      uid: uidOf(claim),
      ...(claim.metadata.resourceVersion ? { resourceVersion: claim.metadata.resourceVersion } : {}),
    };
    boundVolume = await client.update(persistentvolumes, {
      ...volume,
      metadata: { ...volume.metadata, annotations },
      spec: { ...volume.spec, claimRef },
    });
  }
  await setVolumePhase(client, boundVolume, "Bound");
  let boundClaim = claim;
  if (claim.spec?.volumeName !== nameOf(volume) || !claim.metadata.annotations?.[bindCompleted]) {
    const annotations = {
      ...claim.metadata.annotations,
      [bindCompleted]: "yes",
      ...(claim.spec?.volumeName ? {} : { [boundByController]: "yes" }),
    };
    boundClaim = await client.update(persistentvolumeclaims, {
      ...claim,
      metadata: { ...claim.metadata, annotations },
      spec: { ...claim.spec, volumeName: nameOf(volume) },
    });
  }
  // The capacity is told once: a volume may be larger than the file system on it.
  const capacity = boundClaim.status?.phase === "Bound" ? {} : { capacity: volume.spec?.capacity ?? {} };
  const status = { ...boundClaim.status, phase: "Bound" as const, accessModes: volume.spec?.accessModes ?? [], ...capacity };
  if (!deepEqual(status, boundClaim.status)) {
    await client.update(persistentvolumeclaims, { ...boundClaim, status }, { subresource: "status" });
  }
}

/** Lets a volume go whose claim has another one: whole, or back to the reservation that a person made. */
export async function unbind(client: Client, volume: PersistentVolume): Promise<void> {
  const { [boundByController]: chosenHere, ...annotations } = volume.metadata.annotations ?? {};
  const { claimRef, ...spec } = volume.spec ?? {};
  const { uid: _uid, resourceVersion: _version, ...reservation } = claimRef ?? {};
  const freed = await client.update(persistentvolumes, {
    ...volume,
    metadata: { ...volume.metadata, annotations },
    spec: chosenHere ? spec : { ...spec, claimRef: reservation },
  });
  await setVolumePhase(client, freed, "Available");
}
