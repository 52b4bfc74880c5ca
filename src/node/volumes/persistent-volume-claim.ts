import { stat } from "node:fs/promises";
import { matchesNodeSelector } from "../../api/core/node-affinity.ts";
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, Volume } from "../../api/core/v1.ts";
import { provisionedBy } from "../../controllers/persistentvolume/binder.ts";
import { localPathProvisioner } from "../../controllers/persistentvolume/local-path.ts";
import { controllerOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import type { ObjectSource } from "../object-source.ts";
import { prepareHostPath } from "./host-path.ts";
import { setGroupOwnership } from "./ownership.ts";
import { unsupportedVolume } from "./unsupported.ts";
import { VolumeError } from "./volume-manager.ts";

export interface ClaimOptions {
  objects: ObjectSource;
  nodeName: string;
  node: Node | undefined;
  canChangeOwner: boolean;
}

/** The directory behind a claim that is bound, or behind the claim of an ephemeral volume. */
export async function prepareClaim(pod: Pod, volume: Volume, options: ClaimOptions): Promise<{ path: string; readOnly: boolean }> {
  const persistent = await boundVolume(pod, volume, options.objects);
  const name = nameOf(persistent);
  const affinity = persistent.spec?.nodeAffinity?.required;
  if (affinity && options.node && !matchesNodeSelector(affinity, options.node)) {
    throw new VolumeError(`MountVolume.NodeAffinity check failed for volume "${name}" : no matching NodeSelectorTerms`);
  }
  const path = await prepareDirectory(pod, persistent, options);
  return { path, readOnly: volume.persistentVolumeClaim?.readOnly === true };
}

/** The volume of a bound claim. Rejects with the reason why there is none yet. */
export async function boundVolume(pod: Pod, volume: Volume, objects: ObjectSource): Promise<PersistentVolume> {
  const namespace = namespaceOf(pod);
  const claimName = volume.persistentVolumeClaim?.claimName ?? `${nameOf(pod)}-${volume.name}`;
  const refuse = (why: string): never => {
    throw new VolumeError(`error processing PVC ${namespace}/${claimName}: ${why}`);
  };
  let claim: PersistentVolumeClaim;
  try {
    claim = await objects.claim(namespace, claimName);
  } catch (error) {
    return refuse(`failed to fetch PVC from API server: ${(error as Error).message}`);
  }
  // A pod that has begun keeps what it has.
  if (claim.metadata.deletionTimestamp && !hasBegun(pod)) refuse("PVC is being deleted");
  if (claim.status?.phase !== "Bound") refuse("PVC is not bound");
  const volumeName = claim.spec?.volumeName;
  if (!volumeName) return refuse("PVC has empty pvc.Spec.VolumeName");
  if (volume.ephemeral && controllerOf(claim)?.uid !== uidOf(pod)) {
    throw new VolumeError(`PVC ${namespace}/${claimName} was not created for pod ${namespace}/${nameOf(pod)} (pod is not owner)`);
  }
  let persistent: PersistentVolume;
  try {
    persistent = await objects.volume(volumeName);
  } catch (error) {
    return refuse(`failed to fetch PV ${volumeName} from API server: ${(error as Error).message}`);
  }
  const owner = persistent.spec?.claimRef;
  if (!owner) {
    refuse(`found PV object ${volumeName} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`);
  } else if (owner.uid !== uidOf(claim)) {
    refuse(`found PV object ${volumeName} but its pv.Spec.ClaimRef.UID ${owner.uid ?? ""} does not point to claim.UID ${uidOf(claim)}`);
  }
  if (persistent.spec?.volumeMode === "Block") refuse(`volume ${volumeName} has volumeMode Block, which is not supported on this node`);
  return persistent;
}

function hasBegun(pod: Pod): boolean {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return statuses.some(({ state, lastState }) => state?.running ?? state?.terminated ?? lastState?.terminated);
}

async function prepareDirectory(pod: Pod, persistent: PersistentVolume, { canChangeOwner, nodeName }: ClaimOptions): Promise<string> {
  const { hostPath, local } = persistent.spec ?? {};
  const group = canChangeOwner ? pod.spec?.securityContext?.fsGroup : undefined;
  const changePolicy = pod.spec?.securityContext?.fsGroupChangePolicy;
  const give = async (path: string) => {
    if (group === undefined) return;
    await setGroupOwnership(path, { group, readOnly: false, ...(changePolicy ? { changePolicy } : {}) });
  };
  if (hostPath) {
    // What this cluster's own class makes is for any user, and belongs to no one else. Other host paths keep their owners, as
    // upstream leaves them.
    const isOwn = persistent.metadata.annotations?.[provisionedBy] === localPathProvisioner;
    const path = await prepareHostPath(hostPath, isOwn ? 0o777 : 0o755);
    if (isOwn) await give(path);
    return path;
  }
  if (local) {
    const stats = await stat(local.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") {
        throw new VolumeError(
          `MountVolume.NewMounter initialization failed for volume "${nameOf(persistent)}" : path "${local.path}" does not exist`,
        );
      }
      throw error;
    });
    if (!stats.isDirectory())
      throw new Error(`local volume ${local.path} is not a directory; block devices are not supported on this node`);
    await give(local.path);
    return local.path;
  }
  throw new Error(unsupportedVolume(persistent.spec ?? {}, nodeName));
}
