import { pods } from "../api/refs.ts";
import type { Client, Component } from "../client/client.ts";
import type { Clock, Timer } from "../machinery/clock.ts";
import { isConflict, isNotFound } from "../machinery/errors.ts";
import type { Logger } from "../machinery/logger.ts";

/** A pod that a stage evicts, once its time has come. */
export interface PendingEviction {
  namespace: string;
  name: string;
  uid: string;
  /** Milliseconds since the epoch, of the cluster's time. */
  at: number;
}

export interface PodEvictionsDeps {
  client: Client;
  clock: Clock;
  logger: Logger;
  /** By uid: copies of the cluster begin with it. */
  pending: Map<string, PendingEviction>;
}

/** Evictions that stages ask for. What is pending is data, so that a copy of the cluster goes on with it. */
export class PodEvictions implements Component {
  readonly #deps: PodEvictionsDeps;
  readonly #timers = new Set<Timer>();
  readonly #running = new Set<Promise<void>>();

  constructor(deps: PodEvictionsDeps) {
    this.#deps = deps;
    for (const eviction of deps.pending.values()) this.#arm(eviction);
  }

  add(eviction: PendingEviction): void {
    this.#deps.pending.set(eviction.uid, eviction);
    this.#arm(eviction);
  }

  /** What is pending stays so, for copies. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    await Promise.all(this.#running);
  }

  #arm(eviction: PendingEviction): void {
    const { clock } = this.#deps;
    const timer = clock.setTimeout(
      () => {
        this.#timers.delete(timer);
        const evicting = this.#evict(eviction).finally(() => this.#running.delete(evicting));
        this.#running.add(evicting);
      },
      Math.max(0, eviction.at - clock.now()),
    );
    this.#timers.add(timer);
  }

  async #evict({ namespace, name, uid }: PendingEviction): Promise<void> {
    const { client, logger, pending } = this.#deps;
    const metadata = { name, namespace };
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata, deleteOptions: { preconditions: { uid } } };
    try {
      await client.post(pods, name, "eviction", eviction, { namespace });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) logger.warn("a pod could not be evicted", { namespace, name, error });
    }
    pending.delete(uid);
  }
}
