import type { Clock } from "../machinery/clock.ts";
import { type Machine, type NodeFacts, thisMachine } from "./node-object.ts";
import type { ContainerRuntime, RuntimeCondition, RuntimeVersion } from "./runtime/runtime.ts";

/** Images are many and change seldom. */
const imagesMilliseconds = 60_000;
/** A runtime that doesn't answer for so long counts as down; it may just have been started anew. */
const downMilliseconds = 30_000;
const mostImages = 50;
const defaultMaxPods = 110;

export interface NodeFactsOptions {
  runtime: ContainerRuntime;
  clock: Clock;
  nodeName: string;
  addresses: readonly string[];
  /** Where the agent's API listens. */
  port: number;
  /** The agent's directory. */
  directory: string;
  version: string;
  maxPods?: number;
  /** What the node says that it is made of; the machine of this process when absent. */
  machine?: Machine;
}

/** What is told of this machine as a node. It goes on with what it last knew while the runtime doesn't answer. */
export class NodeFactsReader {
  readonly #options: NodeFactsOptions;
  #version: RuntimeVersion = { runtimeName: "containerd", runtimeVersion: "Unknown", runtimeApiVersion: "v1" };
  #machine: Machine;
  #images: NodeFacts["images"] = [];
  #imagesAt = Number.NEGATIVE_INFINITY;
  #conditions: readonly RuntimeCondition[] = [];
  #answeredAt: number | undefined;

  constructor(options: NodeFactsOptions) {
    this.#options = options;
    this.#machine = options.machine ?? thisMachine(options.directory);
  }

  async read(): Promise<{ facts: NodeFacts; conditions: readonly RuntimeCondition[] }> {
    const options = this.#options;
    const conditions = await this.#readConditions();
    const facts = {
      name: options.nodeName,
      addresses: options.addresses,
      port: options.port,
      runtime: this.#version,
      kubeletVersion: options.version,
      maxPods: options.maxPods ?? defaultMaxPods,
      machine: this.#machine,
      images: this.#images,
    };
    return { facts, conditions };
  }

  async #readConditions(): Promise<readonly RuntimeCondition[]> {
    const { runtime, clock } = this.#options;
    try {
      this.#conditions = (await runtime.status()).conditions;
      if (clock.now() - this.#imagesAt >= imagesMilliseconds) await this.#readSlowFacts();
      this.#answeredAt = clock.now();
    } catch {
      const answered = this.#answeredAt;
      if (answered !== undefined && clock.now() - answered < downMilliseconds) return this.#conditions;
      const message = answered === undefined ? "container runtime status check may not have completed yet" : "container runtime is down";
      return [{ type: "RuntimeAnswers", status: false, reason: "", message }];
    }
    return this.#conditions;
  }

  async #readSlowFacts(): Promise<void> {
    const { runtime, clock, machine, directory } = this.#options;
    this.#machine = machine ?? thisMachine(directory);
    const [version, images] = await Promise.all([runtime.version(), runtime.listImages()]);
    this.#version = version;
    // The largest first, as upstream.
    this.#images = images
      .map((image) => ({ names: [...image.repoDigests, ...image.repoTags], sizeBytes: image.sizeBytes }))
      .sort((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, mostImages);
    this.#imagesAt = clock.now();
  }
}
