import type { Pod, PodCondition } from "../../../api/core/v1.ts";
import { events as eventsRef, pods as podsRef } from "../../../api/refs.ts";
import type { Component, ComponentDeps } from "../../../client/client.ts";
import type { InformerFactory } from "../../../client/informer.ts";
import { createInformerFactory } from "../../../client/informer-factory.ts";
import { createMemoryClient, type MemoryClient } from "../../../client/testing/memory-client.ts";
import { recordingLogger } from "../../../client/testing/recording-logger.ts";
import { formatTime, VirtualClock } from "../../../machinery/clock.ts";
import { type KubeObject, keyOf } from "../../../machinery/object.ts";
import { seededRandom } from "../../../machinery/random.ts";

type Deps = ComponentDeps & { informers: InformerFactory };

/** A memory client with controllers at work on virtual time, and what a node would do to pods as plain calls. */
export class WorkloadHarness {
  readonly clock = new VirtualClock();
  readonly client: MemoryClient;
  readonly logger = recordingLogger();
  readonly deps: Deps;
  readonly #stopping = new AbortController();
  readonly #components: Component[];

  constructor(...starts: ((deps: Deps) => Component)[]) {
    this.client = createMemoryClient({ clock: this.clock });
    const deps = {
      client: this.client,
      clock: this.clock,
      logger: this.logger,
      random: seededRandom(1),
      signal: this.#stopping.signal,
    };
    this.deps = { ...deps, informers: createInformerFactory(deps) };
    this.#components = starts.map((start) => start(this.deps));
  }

  /** Lets everything come to rest; time moves by a few milliseconds, for back-offs. */
  async rest(milliseconds = 50): Promise<void> {
    await this.client.settle();
    await this.clock.advance(milliseconds);
    await this.client.settle();
    await this.clock.advance(0);
    await this.client.settle();
  }

  pods(namespace = "default"): Pod[] {
    return this.client.peekAll(podsRef, namespace);
  }

  livePods(namespace = "default"): Pod[] {
    return this.pods(namespace).filter(({ metadata }) => !metadata.deletionTimestamp);
  }

  /** Events in the order of their making: `Normal SuccessfulCreate Created pod: web-1`. */
  events(): string[] {
    return this.client
      .peekAll(eventsRef)
      .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
      .map(({ type, reason, message }) => `${type} ${reason} ${message}`);
  }

  /** What a node does: pending pods run and are ready, pods being deleted are gone. */
  async runPods(namespace = "default", node?: string): Promise<void> {
    for (const pod of this.pods(namespace)) {
      if (pod.metadata.deletionTimestamp) {
        if (!pod.metadata.finalizers?.length) this.client.drop(podsRef, keyOf(pod));
      } else if (pod.status?.phase === "Pending") this.setReady(pod, true, node);
    }
    await this.rest();
  }

  /** Runs pods until nothing changes any more. */
  async converge(namespace = "default", rounds = 30): Promise<void> {
    for (let round = 0; round < rounds; round++) {
      await this.rest();
      const busy = this.pods(namespace).some((pod) => pod.metadata.deletionTimestamp || pod.status?.phase === "Pending");
      if (!busy) return;
      await this.runPods(namespace);
    }
  }

  setReady(pod: Pod, ready: boolean, node = pod.spec?.nodeName ?? "node"): void {
    const condition: PodCondition = { type: "Ready", status: ready ? "True" : "False", lastTransitionTime: formatTime(this.clock.now()) };
    const status = { ...pod.status, phase: "Running", conditions: [condition] };
    this.client.seed(podsRef, { ...pod, spec: { containers: [], ...pod.spec, nodeName: node }, status });
  }

  finish(pod: Pod, phase: "Succeeded" | "Failed", exitCode = phase === "Succeeded" ? 0 : 1): void {
    const finishedAt = formatTime(this.clock.now());
    const containerStatuses = (pod.spec?.containers ?? []).map(({ name, image = "" }) => ({
      name,
      image,
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { terminated: { exitCode, finishedAt } },
    }));
    this.client.seed(podsRef, { ...pod, status: { ...pod.status, phase, conditions: [], containerStatuses } });
  }

  get<T extends KubeObject>(ref: Parameters<MemoryClient["peek"]>[0] & { readonly _type?: T }, name: string, namespace = "default"): T {
    const object = this.client.peek(ref, `${namespace}/${name}`);
    if (!object) throw new Error(`${ref.resource} ${namespace}/${name} is not there`);
    return object as T;
  }

  errors(): unknown[] {
    return this.logger.lines.filter(({ level }) => level === "error");
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all(this.#components.map((component) => component.stop()));
    await this.deps.informers.whenStopped();
  }
}
