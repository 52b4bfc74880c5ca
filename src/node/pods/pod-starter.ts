import type { Container, EphemeralContainer, Pod } from "../../api/core/v1.ts";
import { runtimeclasses } from "../../api/refs.ts";
import { goDuration } from "../../machinery/duration.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import type { PodSandboxConfig, PodSandboxStatus } from "../runtime/runtime.ts";
import { type MountedVolume, VolumeError } from "../volumes/volume-manager.ts";
import type { AgentContext } from "./agent-context.ts";
import { containerHash } from "./container-hash.ts";
import { StartError, startContainer, textOf } from "./container-starter.ts";
import { fieldPathOf } from "./field-path.ts";
import type { PodActions, Start } from "./pod-actions.ts";
import { podHostname } from "./pod-files.ts";
import { stopContainer, stopPod } from "./pod-killer.ts";
import { type PodRuntimeState, readContainer, readPodState, withContainer } from "./runtime-state.ts";
import { sandboxConfig } from "./sandbox-config.ts";

/** After a container could not be started. */
const retryMilliseconds = 10_000;
const firstFailureMilliseconds = 500;
const maxFailureMilliseconds = 30_000;

export interface StarterHooks {
  /** The pod's state has changed. */
  onState(pod: Pod, state: PodRuntimeState): void;
  /** Have a look again after so long. */
  again(milliseconds: number): void;
  /** The pod is to go, or the agent: nothing more is started. */
  mustStop(): boolean;
}

interface Prepared {
  sandbox: PodSandboxStatus;
  sandboxConfig: PodSandboxConfig;
  volumes: ReadonlyMap<string, MountedVolume>;
  hostsFile: string;
}

/** Does for one pod what its actions say: stops what must be stopped, makes volumes and sandbox, starts containers. */
export class PodStarter {
  /** Why containers wait, by name. */
  readonly waiting = new Map<string, { reason: string; message: string }>();
  readonly #context: AgentContext;
  readonly #hooks: StarterHooks;
  /** Tries in a row that volumes or the sandbox have failed. */
  #failures = 0;

  constructor(context: AgentContext, hooks: StarterHooks) {
    this.#context = context;
    this.#hooks = hooks;
  }

  /** Whether there is anything that its next run must know. */
  get remembers(): boolean {
    return this.#failures > 0 || this.waiting.size > 0;
  }

  /** Resolves with the state that the pod is in then. */
  async run(pod: Pod, before: PodRuntimeState, actions: PodActions): Promise<PodRuntimeState> {
    const { runtime } = this.#context;
    await Promise.all(
      actions.kill.map(({ container, graceSeconds, why }) => stopContainer(this.#context, pod, container, graceSeconds, why)),
    );
    const starts = actions.start.filter(({ container }) => !this.#backsOff(pod, container, before));
    let state = before;
    let stale = actions.kill.length > 0;
    if (starts.length > 0 && !this.#hooks.mustStop()) {
      const prepared = await this.#prepare(pod, state, actions);
      if (prepared) {
        if (actions.makeSandbox) {
          state = { ...state, sandboxes: [prepared.sandbox, ...state.sandboxes.map((old) => ({ ...old, state: "notReady" as const }))] };
          this.#hooks.onState(pod, state);
        }
        for (const start of starts) {
          if (this.#hooks.mustStop()) break;
          const id = await this.#start(pod, start, state, prepared);
          if (id === undefined) {
            stale = true;
            if (start.gate) break;
            continue;
          }
          const container = await readContainer(runtime, id, prepared.sandbox.id);
          if (container) state = withContainer(state, container);
          else stale = true;
        }
      } else stale ||= actions.makeSandbox;
    }
    return stale ? await readPodState(runtime, uidOf(pod)) : state;
  }

  /** Removes attempts that nobody asks for any more: of each container the latest and the one before stay. */
  async prune(pod: Pod, state: PodRuntimeState): Promise<void> {
    const { runtime, files } = this.#context;
    const seen = new Map<string, number>();
    const sandboxesInUse = new Set([state.sandboxes[0]?.id]);
    for (const container of state.containers) {
      const count = (seen.get(container.name) ?? 0) + 1;
      seen.set(container.name, count);
      if (count > 2 && container.state === "exited") {
        await runtime.removeContainer(container.id);
        await files.removeAttempt(pod, container.name, container.attempt);
      } else sandboxesInUse.add(container.sandboxId);
    }
    for (const { id, state: is } of state.sandboxes) if (!sandboxesInUse.has(id) && is === "notReady") await runtime.removePodSandbox(id);
  }

  /** Whether a container that has ended must wait before its next start. */
  #backsOff(pod: Pod, container: Container | EphemeralContainer, state: PodRuntimeState): boolean {
    const { backoff, recorder } = this.#context;
    const ended = state.containers.find(({ name, state: is }) => name === container.name && is === "exited");
    if (!ended) return false;
    const key = `${uidOf(pod)}/${container.name}/${containerHash(container)}`;
    const left = backoff.remaining(key, ended.finishedAt);
    if (left <= 0) {
      backoff.next(key, ended.finishedAt);
      return false;
    }
    const who = `${nameOf(pod)}_${namespaceOf(pod)}(${uidOf(pod)})`;
    if (this.waiting.get(container.name)?.reason !== "CrashLoopBackOff") {
      recorder.event(pod, "Warning", "BackOff", `Back-off restarting failed container ${container.name} in pod ${who}`, {
        fieldPath: fieldPathOf(pod, container.name),
      });
    }
    const message = `back-off ${goDuration(backoff.delay(key))} restarting failed container=${container.name} pod=${who}`;
    this.waiting.set(container.name, { reason: "CrashLoopBackOff", message });
    this.#hooks.again(left);
    return true;
  }

  /** Volumes, sandbox and hosts file; undefined when they could not be made yet. */
  async #prepare(pod: Pod, state: PodRuntimeState, actions: PodActions): Promise<Prepared | undefined> {
    const context = this.#context;
    const volumes = await this.#mount(pod);
    if (!volumes || this.#hooks.mustStop()) return undefined;
    const attempt = actions.sandbox?.metadata.attempt ?? (state.sandboxes[0]?.metadata.attempt ?? -1) + 1;
    const config = await sandboxConfig(pod, attempt, context);
    const sandbox = actions.sandbox ?? (await this.#makeSandbox(pod, state, config));
    if (!sandbox) return undefined;
    this.#failures = 0;
    if (!pod.spec?.hostNetwork) context.addresses.set(pod, sandbox.ips);
    const { hostname, domain } = podHostname(pod, context.dns.clusterDomain);
    const hostsFile = await context.files.makeHostsFile(pod, sandbox.ips, hostname, domain);
    return { sandbox, sandboxConfig: config, volumes, hostsFile };
  }

  async #mount(pod: Pod): Promise<ReadonlyMap<string, MountedVolume> | undefined> {
    const { volumes, cgroups, recorder } = this.#context;
    try {
      const [mounted] = await Promise.all([volumes.mount(pod), cgroups?.ensure(pod)]);
      return mounted;
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      recorder.event(pod, "Warning", error.reason, error.message);
      this.#fail();
      return undefined;
    }
  }

  async #makeSandbox(pod: Pod, state: PodRuntimeState, config: PodSandboxConfig): Promise<PodSandboxStatus | undefined> {
    const { runtime, recorder } = this.#context;
    if (state.sandboxes.length > 0) {
      recorder.event(pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
      await stopPod(this.#context, pod, state, Number(pod.spec?.terminationGracePeriodSeconds ?? 30));
    }
    try {
      const id = await runtime.runPodSandbox(config, await this.#runtimeHandler(pod));
      return await runtime.podSandboxStatus(id);
    } catch (error) {
      recorder.event(pod, "Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${textOf(error)}`);
      this.#fail();
      return undefined;
    }
  }

  async #runtimeHandler(pod: Pod): Promise<string> {
    const name = pod.spec?.runtimeClassName;
    return name ? (await this.#context.client.get(runtimeclasses, name)).handler : "";
  }

  #fail(): void {
    this.#hooks.again(Math.min(firstFailureMilliseconds * 2 ** this.#failures++, maxFailureMilliseconds));
  }

  /** Resolves with the container's id; undefined when it didn't start. */
  async #start(pod: Pod, { container }: Start, state: PodRuntimeState, prepared: Prepared): Promise<string | undefined> {
    const history = state.containers.filter((candidate) => candidate.name === container.name);
    try {
      const id = await startContainer(this.#context, pod, container, { ...prepared, history, containers: state.containers });
      this.waiting.delete(container.name);
      return id;
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      this.waiting.set(container.name, { reason: error.reason, message: error.message });
      this.#hooks.again(retryMilliseconds);
      return undefined;
    }
  }
}
