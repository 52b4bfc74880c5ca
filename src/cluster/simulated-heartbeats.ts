import type { Lease } from "../api/coordination/v1.ts";
import { leases } from "../api/refs.ts";
import type { Client } from "../client/client.ts";
import { type Clock, formatMicroTime } from "../machinery/clock.ts";
import { isConflict, isNotFound } from "../machinery/errors.ts";

const namespace = "kube-node-lease";
const renewMilliseconds = 10_000;

/**
 * The leases of simulated nodes, which are alive by construction: when each was renewed last is computed, and written only where
 * somebody could see the difference: before a lease is read, while leases are watched, and when a node is lost.
 */
export class SimulatedHeartbeats {
  readonly #client: Client;
  readonly #clock: Clock;
  /** When each node began. */
  readonly #alive = new Map<string, number>();

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  begin(node: string): void {
    this.#alive.set(node, this.#clock.now());
  }

  /** The node is silent from now on: its last renewal is there for all to see. */
  async end(node: string): Promise<void> {
    const renewed = this.lastHeard(node);
    this.#alive.delete(node);
    if (renewed !== undefined) await this.#write(node, renewed);
  }

  /** When the node's last renewal was, milliseconds since the epoch. */
  lastHeard(node: string): number | undefined {
    const began = this.#alive.get(node);
    if (began === undefined) return undefined;
    const now = this.#clock.now();
    return now - ((now - began) % renewMilliseconds);
  }

  /** Writes the renewals that are due. */
  async write(): Promise<void> {
    await Promise.all(
      [...this.#alive.keys()].map(async (node) => {
        const renewed = this.lastHeard(node);
        if (renewed !== undefined) await this.#write(node, renewed);
      }),
    );
  }

  async #write(node: string, renewed: number): Promise<void> {
    const renewTime = formatMicroTime(renewed);
    try {
      const lease: Lease = await this.#client.get(leases, node, { namespace });
      if (lease.spec?.renewTime !== undefined && lease.spec.renewTime >= renewTime) return;
      await this.#client.update(leases, { ...lease, spec: { ...lease.spec, renewTime } });
    } catch (error) {
      // Nobody has made it yet, it was taken away, or another was faster.
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}
