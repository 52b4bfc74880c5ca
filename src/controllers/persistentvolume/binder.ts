import type { PersistentVolume, PersistentVolumeClaim } from "../../api/core/v1.ts";
import { persistentvolumeclaims, persistentvolumes, storageclasses } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder, type EventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isAlreadyExists, isNotFound } from "../../machinery/errors.ts";
import { deepEqual, keyOf, nameOf, uidOf } from "../../machinery/object.ts";
import { classOfClaim, findVolume, isClaimedBy } from "./match.ts";

export const bindCompleted = "pv.kubernetes.io/bind-completed";
export const boundByController = "pv.kubernetes.io/bound-by-controller";
export const provisionedBy = "pv.kubernetes.io/provisioned-by";
export const selectedNode = "volume.kubernetes.io/selected-node";

/** Makes volumes for the claims of one class of storage. */
export interface Provisioner {
  /** As storage classes name it. */
  readonly name: string;
  /** The volume to create for a claim whose first pod will be on `node`. */
  provision(claim: PersistentVolumeClaim, node: string): PersistentVolume;
}

/** How often claims that wait for a volume, and volumes that wait for their claim's end, are looked at again. */
const lookAgainMilliseconds = 15_000;

/** Brings claims and volumes together, and makes volumes where a provisioner does. */
export function startVolumeBinder(deps: ComponentDeps & { informers: InformerFactory; provisioners: readonly Provisioner[] }): Component {
  const claims = deps.informers.informer(persistentvolumeclaims);
  const volumes = deps.informers.informer(persistentvolumes);
  const classes = deps.informers.informer(storageclasses);
  const recorder = createEventRecorder({ ...deps, component: "persistentvolume-controller" });
  const binder = new Binder(deps, recorder);
  const controller = startController({
    name: "persistentvolume-binder",
    deps,
    informers: [claims, volumes, classes],
    setup(queue, on) {
      const enqueueClaim = (claim: PersistentVolumeClaim) => queue.add(`claim/${keyOf(claim)}`);
      const enqueueVolume = (volume: PersistentVolume) => {
        queue.add(`volume/${nameOf(volume)}`);
        const ref = volume.spec?.claimRef;
        if (ref) queue.add(`claim/${ref.namespace}/${ref.name}`);
        else for (const claim of claims.list()) if (claim.status?.phase !== "Bound") enqueueClaim(claim);
      };
      on(claims, {
        add: enqueueClaim,
        update: enqueueClaim,
        delete(claim) {
          if (claim.spec?.volumeName) queue.add(`volume/${claim.spec.volumeName}`);
        },
      });
      on(volumes, { add: enqueueVolume, update: enqueueVolume, delete: enqueueVolume });
    },
    async sync(key, queue) {
      const slash = key.indexOf("/");
      const name = key.slice(slash + 1);
      if (key.startsWith("claim/")) {
        const claim = claims.get(name);
        if (claim && (await binder.syncClaim(claim))) queue.addAfter(key, lookAgainMilliseconds);
      } else {
        const volume = volumes.get(name);
        if (volume) await binder.syncVolume(volume);
      }
    },
  });
  return {
    async stop() {
      await controller.stop();
      await recorder.stop();
    },
  };
}

class Binder {
  readonly #deps: ComponentDeps & { informers: InformerFactory; provisioners: readonly Provisioner[] };
  readonly #recorder: EventRecorder;

  constructor(deps: ComponentDeps & { informers: InformerFactory; provisioners: readonly Provisioner[] }, recorder: EventRecorder) {
    this.#deps = deps;
    this.#recorder = recorder;
  }

  /** Resolves with whether the claim still waits for something that no event may tell. */
  async syncClaim(claim: PersistentVolumeClaim): Promise<boolean> {
    const volumes = this.#deps.informers.informer(persistentvolumes);
    const volumeName = claim.spec?.volumeName;
    if (volumeName) {
      const volume = volumes.get(volumeName);
      if (!volume) {
        if (claim.metadata.annotations?.[bindCompleted]) {
          await this.#setClaimPhase(claim, "Lost");
          this.#recorder.event(claim, "Warning", "ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!");
        }
        return true;
      }
      if (volume.spec?.claimRef && !isClaimedBy(volume, claim)) {
        await this.#setClaimPhase(claim, claim.metadata.annotations?.[bindCompleted] ? "Lost" : "Pending");
        return true;
      }
      await this.#bind(claim, volume);
      return false;
    }
    const found = findVolume(claim, volumes.list());
    if (found && !this.#mustWait(claim, found)) {
      await this.#bind(claim, found);
      return false;
    }
    return await this.#provisionOrWait(claim);
  }

  /** A claim of a class that waits for its first pod takes a free volume only when the scheduler has chosen the node. */
  #mustWait(claim: PersistentVolumeClaim, volume: PersistentVolume): boolean {
    if (volume.spec?.claimRef) return false;
    return this.#waitsForFirstConsumer(claim) && !claim.metadata.annotations?.[selectedNode];
  }

  #waitsForFirstConsumer(claim: PersistentVolumeClaim): boolean {
    return this.#deps.informers.informer(storageclasses).get(classOfClaim(claim))?.volumeBindingMode === "WaitForFirstConsumer";
  }

  async #provisionOrWait(claim: PersistentVolumeClaim): Promise<boolean> {
    await this.#setClaimPhase(claim, "Pending");
    const className = classOfClaim(claim);
    if (className === "") {
      this.#recorder.event(claim, "Normal", "FailedBinding", "no persistent volumes available for this claim and no storage class is set");
      return true;
    }
    const storageClass = this.#deps.informers.informer(storageclasses).get(className);
    if (!storageClass) {
      this.#recorder.event(claim, "Warning", "ProvisioningFailed", `storageclass.storage.k8s.io "${className}" not found`);
      return true;
    }
    const node = claim.metadata.annotations?.[selectedNode];
    if (storageClass.volumeBindingMode === "WaitForFirstConsumer" && !node) {
      this.#recorder.event(claim, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
      return false;
    }
    const provisioner = this.#deps.provisioners.find((candidate) => candidate.name === storageClass.provisioner);
    if (!provisioner) {
      this.#recorder.event(
        claim,
        "Normal",
        "ExternalProvisioning",
        `Waiting for a volume to be created either by the external provisioner '${storageClass.provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
      );
      return true;
    }
    const wanted = provisioner.provision(claim, node ?? "");
    wanted.spec = { ...wanted.spec, persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete" };
    try {
      const volume = await this.#deps.client.create(persistentvolumes, wanted);
      this.#recorder.event(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${nameOf(volume)}`);
      await this.#bind(claim, volume);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    return true;
  }

  /** Four writes, each of which can be found done: the volume's claim and phase, the claim's volume and phase. */
  async #bind(claim: PersistentVolumeClaim, volume: PersistentVolume): Promise<void> {
    const { client } = this.#deps;
    let boundVolume = volume;
    if (volume.spec?.claimRef?.uid !== uidOf(claim)) {
      const chosenHere = volume.spec?.claimRef === undefined;
      boundVolume = await client.update(persistentvolumes, {
        ...volume,
        metadata: {
          ...volume.metadata,
          annotations: { ...volume.metadata.annotations, ...(chosenHere ? { [boundByController]: "yes" } : {}) },
        },
        spec: {
          ...volume.spec,
          claimRef: {
            kind: "PersistentVolumeClaim",
            apiVersion: "v1",
            namespace: claim.metadata.namespace ?? "",
            name: nameOf(claim),
            uid: uidOf(claim),
            resourceVersion: claim.metadata.resourceVersion ?? "",
          },
        },
      });
    }
    if (boundVolume.status?.phase !== "Bound") await this.#setVolumePhase(boundVolume, "Bound");
    let boundClaim = claim;
    if (claim.spec?.volumeName !== nameOf(volume) || !claim.metadata.annotations?.[bindCompleted]) {
      boundClaim = await client.update(persistentvolumeclaims, {
        ...claim,
        metadata: {
          ...claim.metadata,
          annotations: {
            ...claim.metadata.annotations,
            [bindCompleted]: "yes",
            ...(claim.spec?.volumeName ? {} : { [boundByController]: "yes" }),
          },
        },
        spec: { ...claim.spec, volumeName: nameOf(volume) },
      });
    }
    const status = {
      ...boundClaim.status,
      phase: "Bound",
      accessModes: volume.spec?.accessModes ?? [],
      capacity: volume.spec?.capacity ?? {},
    };
    if (!deepEqual(status, boundClaim.status)) {
      await client.update(persistentvolumeclaims, { ...boundClaim, status } as PersistentVolumeClaim, { subresource: "status" });
    }
  }

  async syncVolume(volume: PersistentVolume): Promise<void> {
    const { client, informers } = this.#deps;
    const ref = volume.spec?.claimRef;
    if (!ref) return await this.#setVolumePhase(volume, "Available");
    if (!ref.uid) return await this.#setVolumePhase(volume, "Available");
    const claim = informers.informer(persistentvolumeclaims).get(`${ref.namespace}/${ref.name}`);
    if (claim && uidOf(claim) === ref.uid) return;
    // The cache may be behind: a volume whose claim is gone loses its data.
    const fresh = await client.get(persistentvolumeclaims, ref.name ?? "", { namespace: ref.namespace ?? "" }).catch((error) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
    if (fresh && uidOf(fresh) === ref.uid) return;
    await this.#setVolumePhase(volume, "Released");
    // Removing the data, and then the volume, is for the node on which it lies.
  }

  async #setVolumePhase(volume: PersistentVolume, phase: string): Promise<void> {
    if (volume.status?.phase === phase) return;
    await this.#deps.client.update(persistentvolumes, { ...volume, status: { ...volume.status, phase } } as PersistentVolume, {
      subresource: "status",
    });
  }

  async #setClaimPhase(claim: PersistentVolumeClaim, phase: string): Promise<void> {
    if (claim.status?.phase === phase) return;
    await this.#deps.client.update(persistentvolumeclaims, { ...claim, status: { ...claim.status, phase } } as PersistentVolumeClaim, {
      subresource: "status",
    });
  }
}
