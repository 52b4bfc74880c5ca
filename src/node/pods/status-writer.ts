import type { Pod, PodStatus } from "../../api/core/v1.ts";
import { pods } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import { deepEqual, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";

/** Fields that are taken out of a status again when the agent no longer has them. */
const clearable = [
  "message",
  "reason",
  "nominatedNodeName",
  "initContainerStatuses",
  "ephemeralContainerStatuses",
  "containerStatuses",
] as const;

/** Writes pods' statuses, each only when it has changed. */
export class StatusWriter {
  readonly #client: Client;
  readonly #written = new Map<string, PodStatus>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** The last status that was written, or the one that the pod came with. */
  last(pod: Pod): PodStatus {
    return this.#written.get(uidOf(pod)) ?? pod.status ?? {};
  }

  /** Resolves when the server has the status; with false when the pod is gone. */
  async write(pod: Pod, status: PodStatus): Promise<boolean> {
    const before = this.last(pod);
    if (deepEqual(before, status)) return true;
    const body: Record<string, unknown> = { ...status };
    for (const list of ["podIPs", "hostIPs"] as const) if (status[list]) body[list] = [...status[list], { $patch: "replace" }];
    for (const field of clearable) if (before[field] !== undefined && status[field] === undefined) body[field] = null;
    try {
      await this.#client.patch(
        pods,
        nameOf(pod),
        { type: "application/strategic-merge-patch+json", body: { metadata: { uid: uidOf(pod) }, status: body } },
        { namespace: namespaceOf(pod), subresource: "status" },
      );
    } catch (error) {
      // Another pod of the same name has taken the place: its UID is what the patch conflicts with.
      if (isNotFound(error) || isConflict(error)) {
        this.forget(uidOf(pod));
        return false;
      }
      throw error;
    }
    this.#written.set(uidOf(pod), status);
    return true;
  }

  forget(uid: string): void {
    this.#written.delete(uid);
  }
}
