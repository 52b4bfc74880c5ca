import type { Event, Node, Pod, PodCondition } from "../../api/core/v1.ts";
import { events, nodes, pods } from "../../api/refs.ts";
import type { Component } from "../../client/client.ts";
import { createMemoryClient, type MemoryClient } from "../../client/testing/memory-client.ts";
import { recordingLogger } from "../../client/testing/recording-logger.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { seededRandom } from "../../machinery/random.ts";
import { type SchedulerOptions, startScheduler } from "../scheduler.ts";

/** A scheduler over a memory client, on virtual time. */
export class SchedulerHarness {
  readonly clock = new VirtualClock();
  readonly client: MemoryClient = createMemoryClient({ clock: this.clock });
  readonly logger = recordingLogger();
  readonly #stopping = new AbortController();
  #scheduler: Component | undefined;

  async start(options: SchedulerOptions = {}): Promise<void> {
    this.#scheduler = startScheduler({
      client: this.client,
      clock: this.clock,
      random: seededRandom(1),
      logger: this.logger,
      signal: this.#stopping.signal,
      options,
    });
    await this.#rest();
  }

  async stop(): Promise<void> {
    await this.#scheduler?.stop();
    this.#stopping.abort();
  }

  nodes(...objects: Node[]): void {
    this.client.seed(nodes, ...objects);
  }

  /** Stores a pod as it is, and lets the scheduler see to it. */
  async pod(...objects: Pod[]): Promise<void> {
    for (const object of objects) this.client.seed(pods, { ...object, metadata: { generation: 1, ...object.metadata } });
    await this.#rest();
  }

  /** Lets time pass. */
  async pass(milliseconds: number): Promise<void> {
    await this.clock.advance(milliseconds);
    await this.#rest();
  }

  async drop(name: string): Promise<void> {
    this.client.drop(pods, `default/${name}`);
    await this.#rest();
  }

  /** All comes to rest, event recorders after the others. */
  async #rest(): Promise<void> {
    await this.client.settle();
    await this.clock.advance(0);
    await this.client.settle();
  }

  get(name: string): Pod | undefined {
    return this.client.peek<Pod>(pods, `default/${name}`);
  }

  nodeOf(name: string): string | undefined {
    return this.get(name)?.spec?.nodeName;
  }

  condition(name: string, type = "PodScheduled"): PodCondition | undefined {
    return this.get(name)?.status?.conditions?.find((condition) => condition.type === type);
  }

  events(): string[] {
    return this.client
      .peekAll<Event>(events)
      .map(({ type, reason, involvedObject, message }) => `${type} ${reason} ${involvedObject.name}: ${message}`);
  }
}
