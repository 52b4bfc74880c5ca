import type { Container, ContainerStatus, EphemeralContainer, Pod } from "../../api/core/v1.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { podLabels } from "../pods/labels.ts";
import type { ContainerRuntime, Container as RuntimeContainer } from "../runtime/runtime.ts";
import { RequestRefusal } from "./request-refusal.ts";

/** Finds what a path of the agent's API names. */
export class PodLookup {
  readonly #pods: () => readonly Pod[];
  readonly #runtime: ContainerRuntime;

  constructor(pods: () => readonly Pod[], runtime: ContainerRuntime) {
    this.#pods = pods;
    this.#runtime = runtime;
  }

  /** The pod of that name; of two the one that isn't being deleted. */
  pod(namespace: string, name: string): Pod {
    const named = this.#pods().filter((pod) => nameOf(pod) === name && namespaceOf(pod) === namespace);
    const pod = named.find(({ metadata }) => metadata.deletionTimestamp === undefined) ?? named[0];
    if (!pod) throw new RequestRefusal(404, `pod ${JSON.stringify(name)} does not exist`);
    return pod;
  }

  containerSpec(pod: Pod, name: string): Container | EphemeralContainer | undefined {
    const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
    return [...containers, ...initContainers, ...ephemeralContainers].find((container) => container.name === name);
  }

  /** The attempts of a container that have been started and not been removed, the latest first. */
  async attempts(pod: Pod, container: string): Promise<RuntimeContainer[]> {
    const labels = { [podLabels.uid]: uidOf(pod), [podLabels.container]: container };
    const found = await this.#runtime.listContainers({ labels });
    return found.filter(({ state }) => state !== "created").sort((a, b) => b.attempt - a.attempt || b.createdAt - a.createdAt);
  }

  /** The id of the container, which must be running. */
  async runningContainer(pod: Pod, container: string, absent: string): Promise<string> {
    const running = (await this.attempts(pod, container)).find(({ state }) => state === "running");
    if (!running) throw new RequestRefusal(500, absent);
    return running.id;
  }

  /** The id of the pod's sandbox, which must be up. */
  async sandbox(pod: Pod): Promise<string> {
    const sandboxes = await this.#runtime.listPodSandboxes({ state: "ready", labels: { [podLabels.uid]: uidOf(pod) } });
    const [latest] = sandboxes.sort((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt);
    if (!latest) throw new RequestRefusal(500, `pod not found (${JSON.stringify(`${nameOf(pod)}_${namespaceOf(pod)}`)})`);
    return latest.id;
  }

  containerStatus(pod: Pod, name: string): ContainerStatus | undefined {
    const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
    return [...containerStatuses, ...initContainerStatuses, ...ephemeralContainerStatuses].find((status) => status.name === name);
  }
}
