import { anySignal } from "../machinery/any-signal.ts";
import type { KubeObject } from "../machinery/object.ts";
import type { Component, ComponentDeps } from "./client.ts";
import type { Informer, InformerHandler } from "./informer.ts";
import type { WorkQueue } from "./work-queue.ts";
import { createWorkQueue, runWorkers } from "./work-queue-impl.ts";

/** Of `startController`. */
export interface ControllerOptions {
  /** As in upstream's logs and metrics: `replicaset`, `endpointslice`. */
  name: string;
  deps: ComponentDeps;
  /** Their first lists are waited for before the first sync. */
  informers: readonly Pick<Informer<KubeObject>, "whenSynced">[];
  /** How many keys are worked on at a time. Upstream's usual 5 unless told. */
  workers?: number;
  /**
   * Brings one key to where it should be. Rejecting means: again after back-off. Resolving ends the back-off; `queue.addAfter`
   * before that asks for another look later.
   */
  sync(key: string, queue: WorkQueue): Promise<void>;
  /** Says what puts keys into the queue. Handlers added through `on` are taken back when the controller stops. */
  setup(queue: WorkQueue, on: AddHandler): void;
}

/** Has an informer tell a controller, until that stops. */
export type AddHandler = <T extends KubeObject>(informer: Informer<T>, handler: InformerHandler<T>) => void;

/** Starts the loop that all controllers share: informers feed a queue of keys, workers sync them. */
export function startController({ name, deps, informers, workers = 5, sync, setup }: ControllerOptions): Component {
  const stopping = new AbortController();
  const signal = anySignal(deps.signal, stopping.signal);
  const logger = deps.logger.child({ controller: name });
  const queue = createWorkQueue({ name, clock: deps.clock, signal, ...(deps.metrics ? { metrics: deps.metrics } : {}) });
  const removals: (() => void)[] = [];
  setup(queue, (informer, handler) => removals.push(informer.on(handler)));
  const run = async () => {
    try {
      await untilAborted(Promise.all(informers.map((informer) => informer.whenSynced())), signal);
      logger.debug("caches are synced, starting workers", { workers });
      await runWorkers(queue, workers, (key) => sync(key, queue), { logger, signal });
    } catch (error) {
      if (!signal.aborted)
        logger.error("controller failed", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    } finally {
      for (const remove of removals) remove();
    }
  };
  const running = run();
  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}

/** Waits for the promise, or rejects with the reason of the signal when that is aborted first. */
export function untilAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(() => resolve(), reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
