import { type Clock, pause } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import { type ContainerRuntime, isRuntimeError } from "../runtime/runtime.ts";
import { podLabels } from "./labels.ts";

const relistMilliseconds = 10_000;
/** Where the runtime tells no events, a look this often takes their place. */
const pollMilliseconds = 1000;
const retryMilliseconds = 500;

export interface RuntimeWatcherOptions {
  runtime: ContainerRuntime;
  clock: Clock;
  logger: Logger;
  signal: AbortSignal;
  /** Something about the pod has changed in the runtime. */
  onChange(podUid: string): void;
  /** The runtime is back after it had gone. */
  onReturn(): void;
}

/** Tells what changes in the runtime: by its events, and by looking at all of it once in a while, for events may be missed. */
export class RuntimeWatcher {
  readonly #options: RuntimeWatcherOptions;
  /** Which pod a sandbox or container belongs to. */
  readonly #owners = new Map<string, string>();
  /** What each pod looked like last, in a text to compare. */
  #pods = new Map<string, string>();
  #period = relistMilliseconds;
  #tasks: Promise<void>[] = [];

  constructor(options: RuntimeWatcherOptions) {
    this.#options = options;
  }

  /** Whether the runtime had anything of the pod when it was last looked at. */
  has(podUid: string): boolean {
    return this.#pods.has(podUid);
  }

  /** Resolves when all that the runtime has is known; waits for a runtime that doesn't answer yet. */
  async start(): Promise<void> {
    const { signal, clock, logger } = this.#options;
    for (let first = true; !signal.aborted; first = false) {
      try {
        this.#pods = await this.#look();
        break;
      } catch (error) {
        if (signal.aborted) return;
        if (first) logger.warn("the container runtime does not answer; it is waited for", { error });
        await pause(clock, retryMilliseconds, signal);
      }
    }
    this.#tasks = [this.#followEvents()];
    if (!this.#options.runtime.eventsAreComplete) this.#tasks.push(this.#relist());
  }

  /** Resolves when it has ended, after the signal was aborted. */
  async stopped(): Promise<void> {
    await Promise.all(this.#tasks);
  }

  async #relist(): Promise<void> {
    const { signal, clock, logger } = this.#options;
    while (!signal.aborted) {
      await pause(clock, this.#period, signal);
      if (signal.aborted) return;
      try {
        await this.#compare();
      } catch (error) {
        if (!signal.aborted) logger.debug("the runtime's containers could not be listed", { error });
      }
    }
  }

  async #compare(): Promise<void> {
    const before = this.#pods;
    const now = await this.#look();
    this.#pods = now;
    for (const [uid, text] of now) if (before.get(uid) !== text) this.#options.onChange(uid);
    for (const uid of before.keys()) if (!now.has(uid)) this.#options.onChange(uid);
  }

  /** Two calls, however many pods there are. */
  async #look(): Promise<Map<string, string>> {
    const { runtime } = this.#options;
    const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes(), runtime.listContainers()]);
    const parts = new Map<string, string[]>();
    const owners = new Set<string>();
    for (const { id, state, labels } of [...sandboxes, ...containers]) {
      const uid = labels[podLabels.uid];
      if (uid === undefined) continue;
      owners.add(id);
      this.#owners.set(id, uid);
      const part = `${id}=${state}`;
      const known = parts.get(uid);
      if (known) known.push(part);
      else parts.set(uid, [part]);
    }
    for (const id of this.#owners.keys()) if (!owners.has(id)) this.#owners.delete(id);
    return new Map([...parts].map(([uid, texts]) => [uid, texts.sort().join()]));
  }

  async #followEvents(): Promise<void> {
    const { runtime, logger, clock, signal, onChange, onReturn } = this.#options;
    let broken = false;
    const onReady = () => {
      if (broken) onReturn();
      broken = false;
    };
    while (!signal.aborted) {
      try {
        for await (const event of runtime.containerEvents(signal, onReady)) {
          // Starts and removals are the agent's own doing.
          if (event.type !== "stopped") continue;
          const uid = this.#owners.get(event.id) ?? (await this.#ownerOf(event.id));
          if (uid !== undefined) onChange(uid);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (isRuntimeError(error, "Unimplemented")) {
          this.#period = pollMilliseconds;
          return;
        }
        if (!broken) logger.warn("the runtime's events broke off; following them anew", { error });
        broken = true;
      }
      await pause(clock, retryMilliseconds, signal);
    }
  }

  async #ownerOf(id: string): Promise<string | undefined> {
    const { runtime } = this.#options;
    const [container] = await runtime.listContainers({ id });
    const labels = container?.labels ?? (await runtime.listPodSandboxes({ id }))[0]?.labels;
    const uid = labels?.[podLabels.uid];
    if (uid !== undefined) this.#owners.set(id, uid);
    return uid;
  }
}
