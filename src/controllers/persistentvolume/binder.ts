import type { PersistentVolume, PersistentVolumeClaim } from "../../api/core/v1.ts";
import { persistentvolumeclaims, persistentvolumes, storageclasses } from "../../api/refs.ts";
import type { StorageClass } from "../../api/storage/v1.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { keyOf, nameOf, uidOf } from "../../machinery/object.ts";
import { withRecorder } from "../workloads/run-workload.ts";
import { provisionedBy } from "./annotations.ts";
import { ClaimBinder, type Provisioner } from "./claim-binder.ts";
import { setVolumePhase, unbind } from "./phases.ts";

export { bindCompleted, boundByController, provisionedBy, selectedNode } from "./annotations.ts";
export type { Provisioner } from "./claim-binder.ts";

/** Brings claims and volumes together, and makes volumes where a provisioner does. */
export function startVolumeBinder(deps: ComponentDeps & { informers: InformerFactory; provisioners: readonly Provisioner[] }): Component {
  const { client } = deps;
  const claims = deps.informers.informer(persistentvolumeclaims);
  const volumes = deps.informers.informer(persistentvolumes);
  const classes = deps.informers.informer(storageclasses);
  volumes.addIndex("claim", (volume) => {
    const ref = volume.spec?.claimRef;
    return ref ? [`${ref.namespace}/${ref.name}`] : [];
  });
  const recorder = createEventRecorder({ ...deps, component: "persistentvolume-controller" });
  const binder = new ClaimBinder({ ...deps, volumes, classes, recorder });
  const controller = startController({
    name: "persistentvolume-binder",
    deps,
    informers: [claims, volumes, classes],
    setup(queue, on) {
      const enqueueVolumesOf = (claim: PersistentVolumeClaim) => {
        for (const volume of volumes.byIndex("claim", keyOf(claim))) queue.add(`volume/${nameOf(volume)}`);
      };
      const enqueueClaim = (claim: PersistentVolumeClaim) => {
        queue.add(`claim/${keyOf(claim)}`);
        enqueueVolumesOf(claim);
      };
      on(claims, {
        add: enqueueClaim,
        update: enqueueClaim,
        delete(claim) {
          binder.forget(keyOf(claim));
          enqueueVolumesOf(claim);
        },
      });
      const enqueueVolume = (volume: PersistentVolume) => {
        queue.add(`volume/${nameOf(volume)}`);
        const ref = volume.spec?.claimRef;
        if (ref) queue.add(`claim/${ref.namespace}/${ref.name}`);
      };
      // Whoever still looks for a volume may take a free one, and whoever named this one may have it now.
      const offer = (volume: PersistentVolume) => {
        for (const claim of claims.list()) {
          if (claim.spec?.volumeName ? claim.spec.volumeName === nameOf(volume) : claim.status?.phase !== "Bound")
            queue.add(`claim/${keyOf(claim)}`);
        }
      };
      on(volumes, {
        add(volume) {
          enqueueVolume(volume);
          offer(volume);
        },
        update(volume, old) {
          enqueueVolume(volume);
          if (isFree(volume) && !isFree(old)) offer(volume);
        },
        delete: offer,
      });
      const enqueuePending = (storageClass: StorageClass) => {
        for (const claim of claims.list())
          if (!claim.spec?.volumeName && binder.mayUse(claim, storageClass)) queue.add(`claim/${keyOf(claim)}`);
      };
      on(classes, { add: enqueuePending, update: enqueuePending });
    },
    async sync(key) {
      const name = key.slice(key.indexOf("/") + 1);
      if (key.startsWith("claim/")) {
        const claim = claims.get(name);
        if (claim) await binder.sync(claim);
      } else {
        const volume = volumes.get(name);
        if (volume) await syncVolume(volume);
      }
    },
  });
  return withRecorder(recorder, controller);

  async function syncVolume(volume: PersistentVolume): Promise<void> {
    const ref = volume.spec?.claimRef;
    if (!ref?.uid) {
      await setVolumePhase(client, volume, "Available");
      return;
    }
    const claim = await claimOf(ref);
    if (!claim) {
      // Removing the data, and then the volume, is for the node on which it lies.
      if (volume.status?.phase !== "Failed") await setVolumePhase(client, volume, "Released");
    } else if (claim.spec?.volumeName === nameOf(volume)) await setVolumePhase(client, volume, "Bound");
    else if (claim.spec?.volumeName) {
      const madeForIt = volume.metadata.annotations?.[provisionedBy] !== undefined;
      if (madeForIt && volume.spec?.persistentVolumeReclaimPolicy === "Delete") await setVolumePhase(client, volume, "Released");
      else await unbind(client, volume);
    }
  }

  /** The very claim that the volume is bound to. A volume whose claim is gone loses its data, so the cache's word isn't enough. */
  async function claimOf(ref: { namespace?: string; name?: string; uid?: string }): Promise<PersistentVolumeClaim | undefined> {
    const known = claims.get(`${ref.namespace}/${ref.name}`);
    if (known && uidOf(known) === ref.uid) return known;
    const fresh = await client.get(persistentvolumeclaims, ref.name ?? "", { namespace: ref.namespace ?? "" }).catch((error) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    return fresh && uidOf(fresh) === ref.uid ? fresh : undefined;
  }
}

function isFree(volume: PersistentVolume): boolean {
  return volume.status?.phase === "Available";
}
