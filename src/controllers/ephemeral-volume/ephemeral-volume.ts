import type { PersistentVolumeClaim, Pod, Volume } from "../../api/core/v1.ts";
import { persistentvolumeclaims, pods as podsRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isAlreadyExists } from "../../machinery/errors.ts";
import { keyOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { withRecorder } from "../workloads/run-workload.ts";

/** Makes the claims of pods' generic ephemeral volumes. A claim is the pod's: it goes with it, by garbage collection. */
export function startEphemeralVolumes(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const pods = deps.informers.informer(podsRef);
  const claims = deps.informers.informer(persistentvolumeclaims);
  pods.addIndex("ephemeral-claims", (pod) => ephemeralVolumesOf(pod).map((volume) => `${namespaceOf(pod)}/${claimName(pod, volume)}`));
  const recorder = createEventRecorder({ ...deps, component: "ephemeral_volume" });
  const controller = startController({
    name: "ephemeral-volume",
    deps,
    informers: [pods, claims],
    workers: 10,
    setup(queue, on) {
      const consider = (pod: Pod) => {
        if (!pod.metadata.deletionTimestamp && ephemeralVolumesOf(pod).length > 0) queue.add(keyOf(pod));
      };
      on(pods, { add: consider, update: consider });
      on(claims, {
        delete(claim) {
          // Whoever lost it gets another, and who found its name taken may have it now.
          for (const pod of pods.byIndex("ephemeral-claims", keyOf(claim))) queue.add(keyOf(pod));
        },
      });
    },
    async sync(key) {
      const pod = pods.get(key);
      if (!pod || pod.metadata.deletionTimestamp) return;
      for (const volume of ephemeralVolumesOf(pod)) {
        try {
          await ensureClaim(pod, volume);
        } catch (error) {
          const reason = error instanceof Error ? error.message : String(error);
          recorder.event(pod, "Warning", "FailedBinding", `ephemeral volume ${volume.name}: ${reason}`);
          throw new Error(`pod ${key}, ephemeral volume ${volume.name}: ${reason}`);
        }
      }
    },
  });
  return withRecorder(recorder, controller);

  async function ensureClaim(pod: Pod, volume: Volume): Promise<void> {
    const name = claimName(pod, volume);
    const known = claims.get(`${namespaceOf(pod)}/${name}`);
    if (known) {
      requireOwner(known, pod);
      return;
    }
    const template = volume.ephemeral?.volumeClaimTemplate;
    const { labels, annotations } = template?.metadata ?? {};
    try {
      await deps.client.create(persistentvolumeclaims, {
        metadata: {
          name,
          namespace: namespaceOf(pod),
          ...(labels ? { labels } : {}),
          ...(annotations ? { annotations } : {}),
          ownerReferences: [
            { apiVersion: "v1", kind: "Pod", name: nameOf(pod), uid: uidOf(pod), controller: true, blockOwnerDeletion: true },
          ],
        },
        spec: template?.spec ?? {},
      });
    } catch (error) {
      // The cache may not have heard yet of a claim that an earlier call made.
      if (isAlreadyExists(error)) requireOwner(await deps.client.get(persistentvolumeclaims, name, { namespace: namespaceOf(pod) }), pod);
      else throw new Error(`create PVC ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function ephemeralVolumesOf(pod: Pod): Volume[] {
  return (pod.spec?.volumes ?? []).filter(({ ephemeral }) => ephemeral);
}

function claimName(pod: Pod, volume: Volume): string {
  return `${nameOf(pod)}-${volume.name}`;
}

/** Someone else's claim of that name must not be handed to the pod. */
function requireOwner(claim: PersistentVolumeClaim, pod: Pod): void {
  const owner = claim.metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner?.uid === uidOf(pod)) return;
  throw new Error(`PVC ${keyOf(claim)} was not created for pod ${keyOf(pod)} (pod is not owner)`);
}
