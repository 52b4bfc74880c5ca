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
  #stopped = false;

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
    this.#stopped = true;
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

  async #evict(asked: PendingEviction): Promise<void> {
    const { client, clock, logger, pending } = this.#deps;
    const { namespace, name, uid } = asked;
    const metadata = { name, namespace };
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata, deleteOptions: { preconditions: { uid } } };
    try {
      await client.post(pods, name, "eviction", eviction, { namespace });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) {
        logger.info("a pod could not be evicted, trying again", { namespace, name, error });
        const again = { ...asked, at: clock.now() + againMilliseconds };
        pending.set(uid, again);
        if (!this.#stopped) this.#arm(again);
        return;
      }
    }
    pending.delete(uid);
  }
}

/** What a disruption budget refuses may be allowed later: as often as kubectl drain asks. */
const againMilliseconds = 5000;
