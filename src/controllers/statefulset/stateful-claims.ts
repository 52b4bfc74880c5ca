import type { StatefulSet } from "../../api/apps/v1.ts";
import type { PersistentVolumeClaim, Pod } from "../../api/core/v1.ts";
import { persistentvolumeclaims, pods as podsRef, statefulsets } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Informer } from "../../client/informer.ts";
import { isAlreadyExists } from "../../machinery/errors.ts";
import type { OwnerReference } from "../../machinery/meta/v1.ts";
import { controllerOf, deepEqual, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { controllerReference, eventTarget } from "../workloads/ownership.ts";
import { messageOf } from "../workloads/pod-control.ts";
import { claimName, isInRange } from "./stateful-pod.ts";

/** The volume claims of a set's members: made before the pod, kept or deleted as the retention policy says. */
export class StatefulClaims {
  readonly #client: Client;
  readonly #recorder: EventRecorder;
  readonly #claims: Informer<PersistentVolumeClaim>;

  constructor(client: Client, recorder: EventRecorder, claims: Informer<PersistentVolumeClaim>) {
    this.#client = client;
    this.#recorder = recorder;
    this.#claims = claims;
  }

  #of(set: StatefulSet, ordinal: number): PersistentVolumeClaim[] {
    const names = (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => claimName(set, metadata.name ?? "", ordinal));
    return names
      .map((name) => this.#claims.get(`${namespaceOf(set)}/${name}`))
      .filter((claim): claim is PersistentVolumeClaim => claim !== undefined);
  }

  /** Makes the claims that are missing. */
  async ensure(set: StatefulSet, pod: Pod, ordinal: number): Promise<void> {
    for (const template of set.spec?.volumeClaimTemplates ?? []) {
      const name = claimName(set, template.metadata.name ?? "", ordinal);
      const present = this.#claims.get(`${namespaceOf(set)}/${name}`);
      if (present?.metadata.deletionTimestamp) throw new Error(`pvc ${name} is being deleted`);
      if (present) continue;
      const { annotations, labels } = template.metadata;
      const claim: PersistentVolumeClaim = {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: {
          name,
          namespace: namespaceOf(set),
          labels: { ...labels, ...set.spec?.selector.matchLabels },
          ...(annotations ? { annotations } : {}),
        },
        ...(template.spec ? { spec: template.spec } : {}),
      };
      const about = eventTarget(statefulsets, set);
      try {
        await this.#client.create(persistentvolumeclaims, claim);
        const message = `Create Claim ${name} Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} success`;
        this.#recorder.event(about, "Normal", "SuccessfulCreate", message);
      } catch (error) {
        if (isAlreadyExists(error)) continue;
        const message = `Create Claim ${name} for Pod ${nameOf(pod)} in StatefulSet ${nameOf(set)} failed error: ${messageOf(error)}`;
        this.#recorder.event(about, "Warning", "FailedCreate", message);
        throw error;
      }
    }
  }

  /** Whether a claim belongs to a pod of that name that is gone: it will go too, and must not be used again. */
  isStale(set: StatefulSet, pod: Pod, ordinal: number): boolean {
    return this.#of(set, ordinal).some((claim) =>
      claim.metadata.ownerReferences?.some(({ kind, name, uid }) => kind === "Pod" && name === nameOf(pod) && uid !== pod.metadata.uid),
    );
  }

  /** Makes the claims be owned by what they are to be deleted with. */
  async applyRetention(set: StatefulSet, pod: Pod, ordinal: number): Promise<void> {
    for (const claim of this.#of(set, ordinal)) {
      const owners = ownersFor(set, pod, ordinal, claim);
      if (deepEqual(owners, claim.metadata.ownerReferences ?? [])) continue;
      await this.#client.update(persistentvolumeclaims, { ...claim, metadata: { ...claim.metadata, ownerReferences: owners } });
    }
  }
}

function ownersFor(set: StatefulSet, pod: Pod, ordinal: number, claim: PersistentVolumeClaim): OwnerReference[] {
  const { whenDeleted = "Retain", whenScaled = "Retain" } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
  const present = claim.metadata.ownerReferences ?? [];
  const condemned = !isInRange(set, ordinal);
  const byPod = whenScaled === "Delete" && condemned;
  const bySet = whenDeleted === "Delete" && !byPod;
  const own = new Set([uidOf(set), uidOf(pod)]);
  const others = present.filter(({ uid }) => !own.has(uid));
  const controller = controllerOf(claim);
  // A claim that someone else controls is that one's to delete.
  if (controller && !own.has(controller.uid)) return present;
  const owner = byPod ? controllerReference(podsRef, pod) : bySet ? controllerReference(statefulsets, set) : undefined;
  if (!owner) return others;
  const kept = present.find(({ uid }) => uid === owner.uid);
  return [...others, kept ?? owner];
}
