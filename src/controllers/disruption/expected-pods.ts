import { resolveIntOrPercent } from "../../api/apps/workload-validation.ts";
import type { Scale } from "../../api/autoscaling/v1.ts";
import type { Pod } from "../../api/core/v1.ts";
import type { PodDisruptionBudget } from "../../api/policy/v1.ts";
import { deployments, replicasets, replicationcontrollers, statefulsets } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import type { InformerFactory } from "../../client/informer.ts";
import type { Discover } from "../../client/served-resource.ts";
import { isNotFound } from "../../machinery/errors.ts";
import type { OwnerReference } from "../../machinery/meta/v1.ts";
import { controllerOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { groupResource, parseApiVersion } from "../../machinery/resource-ref.ts";

export interface ExpectedPods {
  expected: number;
  desiredHealthy: number;
  /** Pods that nothing controls, where their number should have come from what controls them. */
  unmanaged: string[];
}

interface Scaled {
  uid: string;
  replicas: number;
}

/** Tells how many pods a budget is about: the number that their controllers want, or the number there is. */
export class ExpectedPodCounter {
  readonly #client: Client;
  readonly #discover: Discover | undefined;
  readonly controllers;

  constructor(client: Client, informers: InformerFactory, discover: Discover | undefined) {
    this.#client = client;
    this.#discover = discover;
    this.controllers = {
      replicationcontrollers: informers.informer(replicationcontrollers),
      replicasets: informers.informer(replicasets),
      deployments: informers.informer(deployments),
      statefulsets: informers.informer(statefulsets),
    };
  }

  async count({ spec }: PodDisruptionBudget, pods: readonly Pod[]): Promise<ExpectedPods> {
    if (spec?.maxUnavailable !== undefined) {
      const { expected, unmanaged } = await this.#scaleOf(pods);
      const unavailable = resolveIntOrPercent(spec.maxUnavailable, expected, true);
      return { expected, unmanaged, desiredHealthy: Math.max(0, expected - unavailable) };
    }
    if (typeof spec?.minAvailable === "number") return { expected: pods.length, desiredHealthy: spec.minAvailable, unmanaged: [] };
    if (spec?.minAvailable === undefined) return { expected: 0, desiredHealthy: 0, unmanaged: [] };
    const { expected, unmanaged } = await this.#scaleOf(pods);
    return { expected, unmanaged, desiredHealthy: resolveIntOrPercent(spec.minAvailable, expected, true) };
  }

  async #scaleOf(pods: readonly Pod[]): Promise<{ expected: number; unmanaged: string[] }> {
    const scales = new Map<string, Scaled>();
    const unmanaged: string[] = [];
    for (const pod of pods) {
      const owner = controllerOf(pod);
      if (!owner) {
        unmanaged.push(nameOf(pod));
        continue;
      }
      if (scales.has(owner.uid)) continue;
      const scaled = await this.#find(namespaceOf(pod), owner);
      if (!scaled) throw new Error(`found no controllers for pod ${JSON.stringify(nameOf(pod))}`);
      scales.set(owner.uid, scaled);
    }
    // Two replica sets of one deployment count once.
    const byController = new Map([...scales.values()].map(({ uid, replicas }) => [uid, replicas]));
    return { expected: [...byController.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged };
  }

  async #find(namespace: string, owner: OwnerReference): Promise<Scaled | undefined> {
    const { group } = parseApiVersion(owner.apiVersion);
    const key = `${namespace}/${owner.name}`;
    const { controllers } = this;
    if (owner.kind === "ReplicaSet" && (group === "apps" || group === "extensions")) {
      const set = controllers.replicasets.get(key);
      if (!set || uidOf(set) !== owner.uid) return undefined;
      const above = controllerOf(set);
      if (above?.kind !== "Deployment") return { uid: owner.uid, replicas: set.spec?.replicas ?? 1 };
      const deployment = controllers.deployments.get(`${namespace}/${above.name}`);
      if (!deployment || uidOf(deployment) !== above.uid) return undefined;
      return { uid: above.uid, replicas: deployment.spec?.replicas ?? 1 };
    }
    const known =
      owner.kind === "ReplicationController" && group === ""
        ? controllers.replicationcontrollers.get(key)
        : owner.kind === "StatefulSet" && group === "apps"
          ? controllers.statefulsets.get(key)
          : undefined;
    if (known) return uidOf(known) === owner.uid ? { uid: owner.uid, replicas: known.spec?.replicas ?? 1 } : undefined;
    return await this.#askForScale(namespace, owner);
  }

  /** Any other controller tells its size through its scale subresource. */
  async #askForScale(namespace: string, owner: OwnerReference): Promise<Scaled | undefined> {
    const { group, version } = parseApiVersion(owner.apiVersion);
    const served = (await this.#discover?.()) ?? [];
    const ref = served.find((candidate) => candidate.kind === owner.kind && candidate.group === group && candidate.version === version);
    if (!ref) throw new Error(`no matches for kind ${JSON.stringify(owner.kind)} in version ${JSON.stringify(owner.apiVersion)}`);
    try {
      const scale: Scale = await this.#client.get({ ...ref, _type: undefined as unknown as Scale }, owner.name, {
        namespace,
        subresource: "scale",
      });
      return scale.metadata.uid === owner.uid ? { uid: owner.uid, replicas: scale.spec?.replicas ?? 0 } : undefined;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      const exists = await this.#client.get(ref, owner.name, { namespace }).then(
        () => true,
        (failure) => {
          if (isNotFound(failure)) return false;
          throw failure;
        },
      );
      if (exists) throw new Error(`${groupResource(ref)} does not implement the scale subresource`);
      return undefined;
    }
  }
}
