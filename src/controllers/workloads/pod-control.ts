import type { Pod, PodTemplateSpec } from "../../api/core/v1.ts";
import { pods } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import { isNotFound, StatusError } from "../../machinery/errors.ts";
import { type KubeObject, nameOf, namespaceOf } from "../../machinery/object.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";
import { isDNS1123Subdomain } from "../../machinery/validation/names.ts";
import { controllerReference, eventTarget } from "./ownership.ts";

/** The beginning of the names of an owner's pods; the server adds the rest. */
export function podNamePrefix(ownerName: string): string {
  return isDNS1123Subdomain(`${ownerName}-a`).length === 0 ? `${ownerName}-` : ownerName;
}

/** A pod as an owner's template describes it. Shares the template's spec, which must not be changed. */
export function podFromTemplate(template: PodTemplateSpec, ownerRef: ResourceRef, owner: KubeObject): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      generateName: podNamePrefix(nameOf(owner)),
      namespace: namespaceOf(owner),
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(ownerRef, owner)],
    },
    spec: template.spec ?? { containers: [] },
  };
}

/** Creates and deletes pods in the name of an owner, and tells both as events about it. */
export class PodControl {
  readonly #client: Client;
  readonly #recorder: EventRecorder;

  constructor(client: Client, recorder: EventRecorder) {
    this.#client = client;
    this.#recorder = recorder;
  }

  async create(pod: Pod, ownerRef: ResourceRef, owner: KubeObject): Promise<Pod> {
    if (Object.keys(pod.metadata.labels ?? {}).length === 0) throw new Error("unable to create pods, no labels");
    try {
      const created = await this.#client.create(pods, pod);
      this.#recorder.event(eventTarget(ownerRef, owner), "Normal", "SuccessfulCreate", `Created pod: ${nameOf(created)}`);
      return created;
    } catch (error) {
      if (!isNamespaceTerminating(error)) {
        this.#recorder.event(eventTarget(ownerRef, owner), "Warning", "FailedCreate", `Error creating: ${messageOf(error)}`);
      }
      throw error;
    }
  }

  /** Rejects with NotFound when the pod is gone already. */
  async delete(pod: Pod, ownerRef: ResourceRef, owner: KubeObject): Promise<void> {
    try {
      await this.#client.delete(pods, nameOf(pod), { namespace: namespaceOf(pod) });
      this.#recorder.event(eventTarget(ownerRef, owner), "Normal", "SuccessfulDelete", `Deleted pod: ${nameOf(pod)}`);
    } catch (error) {
      if (isNotFound(error)) throw error;
      this.#recorder.event(eventTarget(ownerRef, owner), "Warning", "FailedDelete", `Error deleting: ${messageOf(error)}`);
      throw new Error(`unable to delete pods: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** Creations fail for good there: nothing needs to be told or tried again. */
export function isNamespaceTerminating(error: unknown): boolean {
  return error instanceof StatusError && (error.status.details?.causes?.some((cause) => cause.reason === "NamespaceTerminating") ?? false);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Makes up to `count` calls in batches of 1, 2, 4 … at a time and stops after the batch in which one fails: a quota that is
 * used up gets a few refusals, not `count` of them. Tells how many calls succeeded and the first failure.
 */
export async function slowStart(count: number, call: (index: number) => Promise<void>): Promise<{ successes: number; error?: unknown }> {
  let successes = 0;
  for (let start = 0, size = 1; start < count; ) {
    const batch = Math.min(size, count - start);
    const results = await Promise.allSettled(Array.from({ length: batch }, (_, index) => call(start + index)));
    let failed: PromiseRejectedResult | undefined;
    for (const result of results) {
      if (result.status === "fulfilled") successes++;
      else failed ??= result;
    }
    if (failed) return { successes, error: failed.reason };
    start += batch;
    size *= 2;
  }
  return { successes };
}
