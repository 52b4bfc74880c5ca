import { matchesNodeSelector } from "../../api/core/node-affinity.ts";
import type { NodeSelector, PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/core/v1.ts";
import type { StorageClass } from "../../api/storage/v1.ts";
import { type FilterPlugin, type PodRejection, rejection } from "../framework.ts";

/** Claims, volumes and classes as the scheduler sees them. */
export interface VolumeView {
  claim(namespace: string, name: string): PersistentVolumeClaim | undefined;
  volume(name: string): PersistentVolume | undefined;
  storageClass(name: string): StorageClass | undefined;
}

/** The annotation that tells the provisioner on which node a claim's first pod will be. */
export const selectedNodeAnnotation = "volume.kubernetes.io/selected-node";

interface State {
  /** What bound volumes demand of the node. */
  affinities: NodeSelector[];
}

const volumeElsewhere = rejection("node(s) didn't match PersistentVolume's node affinity", true);

/** Claims must exist, be bound or wait for their first pod, and bound volumes must be reachable from the node. */
export function volumeBinding(view: VolumeView): FilterPlugin<State> {
  return {
    name: "VolumeBinding",
    prepareFilter(info): State | PodRejection | undefined {
      const names = claimNames(info.pod);
      if (names.length === 0) return undefined;
      const affinities: NodeSelector[] = [];
      for (const name of names) {
        const claim = view.claim(info.namespace, name);
        if (!claim) return { reason: `persistentvolumeclaim "${name}" not found. not found` };
        if (claim.metadata.deletionTimestamp) return { reason: `persistentvolumeclaim "${name}" is being deleted` };
        if (claim.status?.phase === "Lost") {
          return { reason: `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ""}"` };
        }
        const volumeName = claim.spec?.volumeName;
        if (volumeName && claim.metadata.annotations?.["pv.kubernetes.io/bind-completed"] !== undefined) {
          const required = view.volume(volumeName)?.spec?.nodeAffinity?.required;
          if (required) affinities.push(required);
        } else if (!waitsForFirstConsumer(claim, view)) {
          return { reason: "pod has unbound immediate PersistentVolumeClaims" };
        }
      }
      return { affinities };
    },
    filter({ affinities }, _pod, node) {
      for (const affinity of affinities) if (!node.node || !matchesNodeSelector(affinity, node.node)) return volumeElsewhere;
      return undefined;
    },
  };
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

/** The pod's claims that must be bound before the pod can be: they get the node's name first. */
export function claimsToBind(pod: Pod, view: VolumeView): PersistentVolumeClaim[] {
  const claims: PersistentVolumeClaim[] = [];
  for (const name of claimNames(pod)) {
    const claim = view.claim(pod.metadata.namespace ?? "", name);
    if (claim && !claim.spec?.volumeName) claims.push(claim);
  }
  return claims;
}

function waitsForFirstConsumer(claim: PersistentVolumeClaim, view: VolumeView): boolean {
  const className = claim.spec?.storageClassName;
  return className !== undefined && view.storageClass(className)?.volumeBindingMode === "WaitForFirstConsumer";
}
