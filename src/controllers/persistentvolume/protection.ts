import type { PersistentVolume, PersistentVolumeClaim, Pod } from "../../api/core/v1.ts";
import { persistentvolumeclaims, persistentvolumes, pods } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { keyOf, nameOf, namespaceOf } from "../../machinery/object.ts";

const claimFinalizer = "kubernetes.io/pvc-protection";
const volumeFinalizer = "kubernetes.io/pv-protection";

/** Lets a claim go only when no pod uses it any more. */
export function startClaimProtection(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const claims = deps.informers.informer(persistentvolumeclaims);
  const podInformer = deps.informers.informer(pods);
  podInformer.addIndex("claims", claimKeysOf);
  return startController({
    name: "persistentvolumeclaim-protection",
    deps,
    informers: [claims, podInformer],
    setup(queue, on) {
      const enqueue = (claim: PersistentVolumeClaim) => {
        if (needsWork(claim, claimFinalizer)) queue.add(keyOf(claim));
      };
      on(claims, { add: enqueue, update: enqueue });
      const release = (pod: Pod) => {
        for (const key of claimKeysOf(pod)) queue.add(key);
      };
      on(podInformer, { delete: release });
    },
    async sync(key) {
      const claim = claims.get(key);
      if (!claim || !needsWork(claim, claimFinalizer)) return;
      const finalizers = claim.metadata.finalizers ?? [];
      if (!claim.metadata.deletionTimestamp) {
        await deps.client.update(persistentvolumeclaims, withFinalizers(claim, [...finalizers, claimFinalizer]));
        return;
      }
      // A pod that no node has yet can't start any more; one that has ended still counts.
      if (podInformer.byIndex("claims", key).some((pod) => pod.spec?.nodeName)) return;
      // The cache may not have heard of a pod yet that uses the claim.
      const fresh = await deps.client.list(pods, { namespace: namespaceOf(claim) });
      if (fresh.items.some((pod) => pod.spec?.nodeName && claimKeysOf(pod).includes(key))) return;
      await deps.client.update(
        persistentvolumeclaims,
        withFinalizers(
          claim,
          finalizers.filter((name) => name !== claimFinalizer),
        ),
      );
    },
  });
}

/** Lets a volume go only when no claim is bound to it. */
export function startVolumeProtection(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const volumes = deps.informers.informer(persistentvolumes);
  return startController({
    name: "persistentvolume-protection",
    deps,
    informers: [volumes],
    setup(queue, on) {
      const enqueue = (volume: PersistentVolume) => {
        if (needsWork(volume, volumeFinalizer)) queue.add(nameOf(volume));
      };
      on(volumes, { add: enqueue, update: enqueue });
    },
    async sync(name) {
      const volume = volumes.get(name);
      if (!volume || !needsWork(volume, volumeFinalizer)) return;
      const finalizers = volume.metadata.finalizers ?? [];
      if (!volume.metadata.deletionTimestamp) {
        await deps.client.update(persistentvolumes, withFinalizers(volume, [...finalizers, volumeFinalizer]));
      } else if (volume.status?.phase !== "Bound") {
        await deps.client.update(
          persistentvolumes,
          withFinalizers(
            volume,
            finalizers.filter((finalizer) => finalizer !== volumeFinalizer),
          ),
        );
      }
    },
  });
}

/** Being deleted with the finalizer on, or alive without it. */
function needsWork(object: PersistentVolume | PersistentVolumeClaim, finalizer: string): boolean {
  const present = object.metadata.finalizers?.includes(finalizer) ?? false;
  return object.metadata.deletionTimestamp ? present : !present;
}

function withFinalizers<T extends PersistentVolume | PersistentVolumeClaim>(object: T, finalizers: string[]): T {
  return { ...object, metadata: { ...object.metadata, finalizers } };
}

function claimKeysOf(pod: Pod): string[] {
  const keys: string[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    if (volume.persistentVolumeClaim) keys.push(`${namespaceOf(pod)}/${volume.persistentVolumeClaim.claimName}`);
    else if (volume.ephemeral) keys.push(`${namespaceOf(pod)}/${nameOf(pod)}-${volume.name}`);
  }
  return keys;
}
