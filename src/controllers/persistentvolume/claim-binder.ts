import type { PersistentVolume, PersistentVolumeClaim, Pod, Volume } from "../../api/core/v1.ts";
import { persistentvolumeclaims, persistentvolumes, pods } from "../../api/refs.ts";
import type { StorageClass } from "../../api/storage/v1.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";
import { isAlreadyExists } from "../../machinery/errors.ts";
import { keyOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import {
  betaStorageProvisioner,
  bindCompleted,
  boundByController,
  isDefaultClass,
  isDefaultClassBeta,
  selectedNode,
  storageProvisioner,
} from "./annotations.ts";
import { classOfClaim, findReserved, findVolume, isClaimedBy, leavesClassOpen, mismatchOf } from "./match.ts";
import { bind, setClaimPhase } from "./phases.ts";

/** Makes volumes for the claims of one class of storage. */
export interface Provisioner {
  /** As storage classes name it. */
  readonly name: string;
  /**
   * The volume to create for a claim whose first pod will be on `node`; empty where the class doesn't wait for one. A text says
   * why there can't be one.
   */
  provision(claim: PersistentVolumeClaim, node: string): PersistentVolume | string;
}

export interface ClaimBinderDeps {
  client: Client;
  informers: InformerFactory;
  volumes: Informer<PersistentVolume>;
  classes: Informer<StorageClass>;
  recorder: EventRecorder;
  provisioners: readonly Provisioner[];
}

/** Finds each claim its volume, or says what it waits for. */
export class ClaimBinder {
  readonly #deps: ClaimBinderDeps;
  /** What was last told of a claim: what stays as it is isn't told again. */
  readonly #told = new Map<string, string>();

  constructor(deps: ClaimBinderDeps) {
    this.#deps = deps;
  }

  async sync(claim: PersistentVolumeClaim): Promise<void> {
    if (claim.metadata.annotations?.[bindCompleted]) await this.#syncBound(claim);
    else if (claim.spec?.volumeName) await this.#syncNamed(claim, claim.spec.volumeName);
    else if (!claim.metadata.deletionTimestamp) await this.#syncOpen(claim);
  }

  /** For a claim that is gone. */
  forget(key: string): void {
    this.#told.delete(key);
  }

  /** Whether the class may be what the claim waits for. */
  mayUse(claim: PersistentVolumeClaim, storageClass: StorageClass): boolean {
    return leavesClassOpen(claim) ? isDefault(storageClass) : classOfClaim(claim) === nameOf(storageClass);
  }

  async #syncBound(claim: PersistentVolumeClaim): Promise<void> {
    const { client, recorder, volumes } = this.#deps;
    const name = claim.spec?.volumeName;
    const volume = name ? volumes.get(name) : undefined;
    let lost: [reason: string, message: string] | undefined;
    if (!name) lost = ["ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"];
    else if (!volume) lost = ["ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!"];
    else if (volume.spec?.claimRef && volume.spec.claimRef.uid !== uidOf(claim))
      lost = ["ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly"];
    else await bind(client, claim, volume);
    if (lost && (await setClaimPhase(client, claim, "Lost"))) recorder.event(claim, "Warning", ...lost);
  }

  /** A person wants one volume and no other. */
  async #syncNamed(claim: PersistentVolumeClaim, name: string): Promise<void> {
    const { client, volumes } = this.#deps;
    const volume = volumes.get(name);
    if (volume && !volume.spec?.claimRef) {
      const mismatch = mismatchOf(volume, claim);
      if (mismatch === undefined) return await bind(client, claim, volume);
      this.#tell(claim, "Warning", "VolumeMismatch", `Cannot bind to requested volume ${JSON.stringify(name)}: ${mismatch}`);
    } else if (volume && isClaimedBy(volume, claim)) {
      return await bind(client, claim, volume);
    } else if (volume && !claim.metadata.annotations?.[boundByController]) {
      this.#tell(claim, "Warning", "FailedBinding", `volume ${JSON.stringify(name)} already bound to a different claim.`);
    }
    await setClaimPhase(client, claim, "Pending");
  }

  async #syncOpen(claim: PersistentVolumeClaim): Promise<void> {
    const { client, classes, volumes } = this.#deps;
    const storageClass = classes.get(classOfClaim(claim));
    const waits = storageClass?.volumeBindingMode === "WaitForFirstConsumer";
    // For a claim that waits for its first pod, the scheduler takes a free volume, and reserves it.
    const found = waits ? findReserved(claim, volumes.list()) : findVolume(claim, volumes.list());
    if (found) {
      this.#told.delete(keyOf(claim));
      return await bind(client, claim, found);
    }
    if (waits && !claim.metadata.annotations?.[selectedNode]) await this.#tellWaiting(claim);
    else if (classOfClaim(claim) !== "") return await this.#provision(claim, storageClass);
    else {
      if (leavesClassOpen(claim) && (await this.#giveDefaultClass(claim))) return;
      this.#tell(claim, "Normal", "FailedBinding", "no persistent volumes available for this claim and no storage class is set");
    }
    await setClaimPhase(client, claim, "Pending");
  }

  async #giveDefaultClass(claim: PersistentVolumeClaim): Promise<boolean> {
    const { client, classes } = this.#deps;
    const [newest] = classes
      .list()
      .filter(isDefault)
      .sort((a, b) => compare(b.metadata.creationTimestamp, a.metadata.creationTimestamp) || compare(nameOf(a), nameOf(b)));
    if (!newest) return false;
    await client.update(persistentvolumeclaims, { ...claim, spec: { ...claim.spec, storageClassName: nameOf(newest) } });
    return true;
  }

  async #provision(claim: PersistentVolumeClaim, storageClass: StorageClass | undefined): Promise<void> {
    const { client, provisioners, recorder } = this.#deps;
    if (!storageClass) {
      this.#tell(claim, "Warning", "ProvisioningFailed", `storageclass.storage.k8s.io ${JSON.stringify(classOfClaim(claim))} not found`);
      await setClaimPhase(client, claim, "Pending");
      return;
    }
    const provisioner = provisioners.find((candidate) => candidate.name === storageClass.provisioner);
    if (!provisioner) return await this.#leaveToOthers(claim, storageClass.provisioner);
    const wanted = provisioner.provision(claim, claim.metadata.annotations?.[selectedNode] ?? "");
    if (typeof wanted === "string") {
      this.#tell(claim, "Warning", "ProvisioningFailed", wanted);
      await setClaimPhase(client, claim, "Pending");
      return;
    }
    wanted.spec = {
      ...wanted.spec,
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
      ...(storageClass.mountOptions?.length ? { mountOptions: storageClass.mountOptions } : {}),
    };
    let volume: PersistentVolume;
    try {
      volume = await client.create(persistentvolumes, wanted);
    } catch (error) {
      // Made before, and not seen yet: its event brings the claim here again.
      if (isAlreadyExists(error)) return;
      throw error;
    }
    recorder.event(claim, "Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${nameOf(volume)}`);
    this.#told.delete(keyOf(claim));
    await bind(client, claim, volume);
  }

  async #leaveToOthers(claim: PersistentVolumeClaim, name: string): Promise<void> {
    const { client } = this.#deps;
    let asked = claim;
    if (claim.metadata.annotations?.[storageProvisioner] !== name) {
      const annotations = { ...claim.metadata.annotations, [betaStorageProvisioner]: name, [storageProvisioner]: name };
      asked = await client.update(persistentvolumeclaims, { ...claim, metadata: { ...claim.metadata, annotations } });
    }
    this.#tell(
      asked,
      "Normal",
      "ExternalProvisioning",
      `Waiting for a volume to be created either by the external provisioner '${name}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    );
    await setClaimPhase(client, asked, "Pending");
  }

  async #tellWaiting(claim: PersistentVolumeClaim): Promise<void> {
    const waiting = this.#deps.informers
      .informer(pods)
      .list(namespaceOf(claim))
      .filter((pod) => !pod.spec?.nodeName && uses(pod, claim))
      .map(nameOf);
    if (waiting.length === 0)
      this.#tell(claim, "Normal", "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
    else {
      const named = `${waiting.length > 1 ? "pods" : "pod"} ${waiting.join(",")}`;
      this.#tell(claim, "Normal", "WaitForPodScheduled", `waiting for ${named} to be scheduled`);
    }
  }

  #tell(claim: PersistentVolumeClaim, type: "Normal" | "Warning", reason: string, message: string): void {
    const text = `${uidOf(claim)} ${reason} ${message}`;
    if (this.#told.get(keyOf(claim)) === text) return;
    this.#told.set(keyOf(claim), text);
    this.#deps.recorder.event(claim, type, reason, message);
  }
}

function uses(pod: Pod, claim: PersistentVolumeClaim): boolean {
  const names = (volume: Volume) => (volume.ephemeral ? `${nameOf(pod)}-${volume.name}` : volume.persistentVolumeClaim?.claimName);
  return pod.spec?.volumes?.some((volume) => names(volume) === nameOf(claim)) ?? false;
}

function isDefault({ metadata }: StorageClass): boolean {
  return metadata.annotations?.[isDefaultClass] === "true" || metadata.annotations?.[isDefaultClassBeta] === "true";
}

function compare(a: string | undefined, b: string | undefined): number {
  return (a ?? "") < (b ?? "") ? -1 : (a ?? "") > (b ?? "") ? 1 : 0;
}
