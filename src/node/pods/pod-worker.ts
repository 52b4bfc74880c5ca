import { isRestartableInit } from "../../api/core/pod-status.ts";
import type { Container, EphemeralContainer, Pod, PodStatus } from "../../api/core/v1.ts";
import { pods } from "../../api/refs.ts";
import { sleep, type Timer } from "../../machinery/clock.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import { keyOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import type { ContainerStatus, PodSandboxStatus } from "../runtime/runtime.ts";
import { type MountedVolume, VolumeError } from "../volumes/volume-manager.ts";
import type { AgentContext } from "./agent-context.ts";
import { goDuration } from "./backoff.ts";
import { containerHash } from "./container-config.ts";
import { fieldPathOf, StartError, startContainer, textOf } from "./container-starter.ts";
import { containerAnnotations } from "./labels.ts";
import { podHostname } from "./pod-files.ts";
import { removeFromRuntime, stopContainer, stopPod } from "./pod-killer.ts";
import { initContainerDone, type PodView, viewPod } from "./pod-status-view.ts";
import { Prober } from "./prober.ts";
import { shouldRestart, shouldRestartInit } from "./restart-policy.ts";
import { latestContainer, type PodRuntimeState, readPodState, readySandbox, runningContainers } from "./runtime-state.ts";
import { sandboxConfig } from "./sandbox-config.ts";
import type { StatusWriter } from "./status-writer.ts";

const retryMilliseconds = 2000;
const maxRetryMilliseconds = 30_000;
/** Contents of volumes are brought up to date about so often. */
const refreshMilliseconds = 60_000;

/**
 * Brings one pod to where its object wants it, one step at a time, until it is gone. It holds nothing that can't be found
 * again: a worker that starts anew sees the pod's sandboxes, containers and volumes, and goes on.
 */
export class PodWorker {
  readonly uid: string;
  readonly #context: AgentContext;
  readonly #writer: StatusWriter;
  readonly #prober: Prober;
  readonly #waiting = new Map<string, { reason: string; message: string }>();
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  /** The object's deletion has been seen: nothing is left to be written. */
  #gone = false;
  #pod: Pod;
  #dirty = true;
  #wakeUp: (() => void) | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #finished = false;
  #refreshedAt = 0;
  #killing: { state: PodRuntimeState; graceSeconds: number } | undefined;

  constructor(context: AgentContext, writer: StatusWriter, pod: Pod, onFinished: (worker: PodWorker) => void) {
    this.#context = context;
    this.#writer = writer;
    this.#pod = pod;
    this.uid = uidOf(pod);
    this.#prober = new Prober({
      runtime: context.runtime,
      clock: context.clock,
      logger: context.logger,
      recorder: context.recorder,
      onChange: () => this.wake(),
    });
    this.#running = this.#run().finally(() => {
      if (this.#finished) onFinished(this);
    });
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** The pod's object has changed. */
  update(pod: Pod): void {
    this.#pod = pod;
    this.#hurry();
    this.wake();
  }

  /** The pod's object is gone: whatever still runs goes at once. */
  remove(): void {
    this.#gone = true;
    this.#hurry();
    this.wake();
  }

  /** Something about the pod may have changed. */
  wake(): void {
    this.#dirty = true;
    this.#wakeUp?.();
  }

  /** Ends the worker; the pod's containers are left as they are. */
  async detach(): Promise<void> {
    this.#stopping.abort();
    this.#wakeUp?.();
    await this.#running;
  }

  /** Stops the pod's containers without touching its object, for an agent that shuts down. */
  async shutDown(graceSeconds: number): Promise<void> {
    await this.detach();
    const state = await readPodState(this.#context.runtime, this.uid);
    await stopPod(this.#context, this.#pod, state, Math.min(graceSeconds, this.#pod.spec?.terminationGracePeriodSeconds ?? 30));
  }

  async #run(): Promise<void> {
    const { logger, clock } = this.#context;
    const { signal } = this.#stopping;
    while (!signal.aborted && !this.#finished) {
      if (!this.#dirty) await this.#nextWake();
      if (signal.aborted) break;
      this.#dirty = false;
      this.#timer?.cancel();
      try {
        await this.#sync();
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        this.#failures++;
        logger.warn("a pod could not be synced; it is tried again", { pod: keyOf(this.#pod), error });
        this.#again(Math.min(retryMilliseconds * 2 ** (this.#failures - 1), maxRetryMilliseconds));
      }
      // Events that come in a burst are one piece of work.
      if (this.#dirty && !this.#finished) await sleep(clock, 20, signal).catch(() => {});
    }
    this.#timer?.cancel();
    this.#prober.stop();
  }

  #nextWake(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakeUp = () => {
        this.#wakeUp = undefined;
        resolve();
      };
    });
  }

  #again(milliseconds: number): void {
    this.#timer?.cancel();
    this.#timer = this.#context.clock.setTimeout(() => this.wake(), milliseconds);
  }

  async #sync(): Promise<void> {
    const pod = this.#pod;
    const state = await readPodState(this.#context.runtime, this.uid);
    this.#noteAddresses(pod, state);
    if (this.#gone || pod.metadata.deletionTimestamp) return await this.#terminate(pod, state);
    const written = this.#writer.last(pod);
    if (written.phase === "Succeeded" || written.phase === "Failed") return await this.#finish(pod, state);
    const expired = this.#deadlineLeft(pod, written);
    if (expired !== undefined && expired <= 0)
      return await this.#fail(pod, state, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
    this.#updateProbes(pod, state);
    const view = this.#view(pod, state);
    if (view.phase === "Succeeded" || view.phase === "Failed") {
      await this.#writer.write(pod, view.status);
      return await this.#finish(pod, state);
    }
    await this.#writer.write(pod, view.status);
    await this.#advance(pod, state);
    // What was just done shows at once.
    const after = await readPodState(this.#context.runtime, this.uid);
    this.#noteAddresses(pod, after);
    this.#updateProbes(pod, after);
    await this.#writer.write(pod, this.#view(pod, after).status);
    if (expired !== undefined) this.#again(expired);
    else if (this.#failures === 0 && !this.#dirty && this.#hasVolumesToRefresh(pod)) this.#again(refreshMilliseconds);
  }

  #view(pod: Pod, state: PodRuntimeState): PodView {
    return viewPod(this.#context, pod, state, this.#prober, this.#waiting, this.#writer.last(pod));
  }

  #noteAddresses(pod: Pod, state: PodRuntimeState): void {
    const sandbox = readySandbox(state);
    if (sandbox && !pod.spec?.hostNetwork && sandbox.ips.length > 0) this.#context.addresses.set(pod, sandbox.ips);
  }

  #updateProbes(pod: Pod, state: PodRuntimeState): void {
    const specs = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
    const running = runningContainers(state).flatMap((status) => {
      const container = specs.find((candidate) => candidate.name === status.name);
      return container ? [{ container, status }] : [];
    });
    const ip = (pod.spec?.hostNetwork ? this.#context.hostAddresses() : this.#context.addresses.of(this.uid))[0] ?? "";
    this.#prober.update(pod, running, ip);
  }

  #deadlineLeft(pod: Pod, status: PodStatus): number | undefined {
    const seconds = pod.spec?.activeDeadlineSeconds;
    if (seconds === undefined || !status.startTime) return undefined;
    return Date.parse(status.startTime) + seconds * 1000 - this.#context.clock.now();
  }

  #hasVolumesToRefresh(pod: Pod): boolean {
    return (pod.spec?.volumes ?? []).some((volume) => volume.configMap || volume.secret || volume.projected || volume.downwardAPI);
  }

  /** One round of the pod's life: volumes, sandbox, init containers, containers. */
  async #advance(pod: Pod, state: PodRuntimeState): Promise<void> {
    const context = this.#context;
    await context.cgroups?.ensure(pod);
    const volumes = await this.#mountVolumes(pod);
    if (!volumes) return;
    let current = state;
    let sandbox = readySandbox(current);
    if (!sandbox || (!pod.spec?.hostNetwork && sandbox.ips.length === 0)) {
      if (!this.#needsSandbox(pod, current)) return;
      sandbox = await this.#makeSandbox(pod, current);
      if (!sandbox) return;
      current = await readPodState(context.runtime, this.uid);
      this.#noteAddresses(pod, current);
      await this.#writer.write(pod, this.#view(pod, current).status);
    }
    const { hostname, domain } = podHostname(pod, context.dns.clusterDomain);
    const hostsFile = await context.files.makeHostsFile(pod, sandbox.ips, hostname, domain);
    const config = await sandboxConfig(pod, sandbox.metadata.attempt, context);
    const options = { sandbox, sandboxConfig: config, volumes, hostsFile };
    if (!(await this.#advanceInit(pod, current, options))) return;
    for (const container of pod.spec?.containers ?? []) {
      if (this.#mustStop()) return;
      await this.#advanceContainer(pod, current, container, options);
    }
    for (const container of pod.spec?.ephemeralContainers ?? []) {
      if (!latestContainer(current, container.name)) await this.#start(pod, container, current, options);
    }
  }

  #mustStop(): boolean {
    return this.#gone || this.#pod.metadata.deletionTimestamp !== undefined || this.#stopping.signal.aborted;
  }

  async #mountVolumes(pod: Pod) {
    const { volumes, clock, recorder } = this.#context;
    try {
      const mounted = await volumes.mount(pod);
      if (clock.now() - this.#refreshedAt >= refreshMilliseconds) {
        this.#refreshedAt = clock.now();
        await volumes.refresh(pod);
      }
      return mounted;
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      recorder.event(pod, "Warning", error.reason, error.message);
      this.#failures++;
      this.#again(Math.min(500 * 2 ** (this.#failures - 1), maxRetryMilliseconds));
      this.#failures--;
      return undefined;
    }
  }

  /** A pod whose containers have all done their work needs no new sandbox. */
  #needsSandbox(pod: Pod, state: PodRuntimeState): boolean {
    if (state.containers.length === 0) return true;
    return (pod.spec?.containers ?? []).some((container) => {
      const latest = latestContainer(state, container.name);
      return latest?.state !== "exited" || shouldRestart(pod, container, latest);
    });
  }

  async #makeSandbox(pod: Pod, state: PodRuntimeState): Promise<PodSandboxStatus | undefined> {
    const { runtime, recorder } = this.#context;
    if (state.sandboxes.length > 0) {
      recorder.event(pod, "Normal", "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
      await stopPod(this.#context, pod, state, pod.spec?.terminationGracePeriodSeconds ?? 30);
      for (const old of state.sandboxes.slice(1)) await runtime.removePodSandbox(old.id);
    }
    const attempt = (state.sandboxes[0]?.metadata.attempt ?? -1) + 1;
    const config = await sandboxConfig(pod, attempt, this.#context);
    let id: string;
    try {
      id = await runtime.runPodSandbox(config, pod.spec?.runtimeClassName ?? "");
    } catch (error) {
      recorder.event(pod, "Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${textOf(error)}`);
      this.#again(retryMilliseconds);
      return undefined;
    }
    return await runtime.podSandboxStatus(id);
  }

  /** Resolves with whether the main containers may run. */
  async #advanceInit(pod: Pod, state: PodRuntimeState, options: StartParts): Promise<boolean> {
    const mainStarted = (pod.spec?.containers ?? []).some((container) => {
      const latest = latestContainer(state, container.name);
      return latest !== undefined && latest.createdAt >= options.sandbox.createdAt;
    });
    for (const container of pod.spec?.initContainers ?? []) {
      if (this.#mustStop()) return false;
      const latest = latestContainer(state, container.name);
      const current = latest && latest.createdAt >= options.sandbox.createdAt ? latest : undefined;
      if (isRestartableInit(container)) {
        if (current?.state !== "running" || this.#mustRestart(container, current))
          await this.#advanceContainer(pod, state, container, options);
        if (!mainStarted && !initContainerDone(state, container, this.#prober, options.sandbox.id)) {
          // Its start shows in the next round, unless a startup probe has to pass first.
          if (!current) this.wake();
          return false;
        }
        continue;
      }
      if (mainStarted) continue;
      if (current?.state === "running") return false;
      if (current?.state === "exited") {
        if (current.exitCode === 0) continue;
        if (!shouldRestartInit(pod, container, current)) return false;
        if (this.#backsOff(pod, container, current)) return false;
      }
      await this.#start(pod, container, state, options);
      return false;
    }
    return true;
  }

  async #advanceContainer(pod: Pod, state: PodRuntimeState, container: Container, options: StartParts): Promise<void> {
    const latest = latestContainer(state, container.name);
    const current = latest && latest.createdAt >= options.sandbox.createdAt ? latest : undefined;
    if (current?.state === "running") {
      const why = this.#mustRestart(container, current);
      if (!why) {
        this.#waiting.delete(container.name);
        return;
      }
      const probe = this.#prober.unhealthy(current.id);
      const grace = (probe && container.livenessProbe?.terminationGracePeriodSeconds) || (pod.spec?.terminationGracePeriodSeconds ?? 30);
      await stopContainer(this.#context, pod, current, grace, why);
      // The next round sees it ended, and starts it anew with back-off.
      this.wake();
      return;
    }
    if (current?.state === "exited") {
      const restarts =
        isRestartableInit(container) && pod.spec?.initContainers?.includes(container) ? true : shouldRestart(pod, container, current);
      if (!restarts) return;
      if (this.#backsOff(pod, container, current)) return;
    }
    await this.#start(pod, container, state, options);
  }

  /** Why a running container must be made anew. */
  #mustRestart(container: Container, current: ContainerStatus): string | undefined {
    const hash = current.annotations[containerAnnotations.hash];
    if (hash !== undefined && hash !== containerHash(container)) return `Container ${container.name} definition changed, will be restarted`;
    const unhealthy = this.#prober.unhealthy(current.id);
    return unhealthy === undefined ? undefined : `${unhealthy}, will be restarted`;
  }

  #backsOff(pod: Pod, container: Container, ended: ContainerStatus): boolean {
    const { backoff, recorder } = this.#context;
    const key = `${this.uid}/${container.name}/${containerHash(container)}`;
    const left = backoff.remaining(key, ended.finishedAt);
    if (left <= 0) {
      backoff.next(key, ended.finishedAt);
      return false;
    }
    const who = `container=${container.name} pod=${nameOf(pod)}_${namespaceOf(pod)}(${this.uid})`;
    const message = `back-off ${goDuration(backoff.delay(key))} restarting failed ${who}`;
    if (!this.#waiting.has(container.name)) {
      recorder.event(
        pod,
        "Warning",
        "BackOff",
        `Back-off restarting failed container ${container.name} in pod ${nameOf(pod)}_${namespaceOf(pod)}(${this.uid})`,
        {
          fieldPath: fieldPathOf(pod, container.name),
        },
      );
    }
    this.#waiting.set(container.name, { reason: "CrashLoopBackOff", message });
    this.#again(left);
    return true;
  }

  async #start(pod: Pod, container: Container | EphemeralContainer, state: PodRuntimeState, options: StartParts): Promise<void> {
    const history = state.containers.filter((candidate) => candidate.name === container.name);
    const target =
      "targetContainerName" in container && container.targetContainerName
        ? latestContainer(state, container.targetContainerName)
        : undefined;
    try {
      await startContainer(this.#context, pod, container, { ...options, history, ...(target ? { targetId: target.id } : {}) });
      this.#waiting.delete(container.name);
      // The latest ended attempt stays, for its logs and its state.
      for (const old of history.slice(1)) if (old.state === "exited") await this.#context.runtime.removeContainer(old.id);
      this.wake();
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      this.#waiting.set(container.name, { reason: error.reason, message: error.message });
      this.#again(error.reason.includes("Image") ? 5000 : retryMilliseconds * 5);
    }
  }

  /** The pod has failed as a whole. */
  async #fail(pod: Pod, state: PodRuntimeState, reason: string, message: string): Promise<void> {
    this.#context.recorder.event(pod, "Normal", reason, message);
    await stopPod(this.#context, pod, state, pod.spec?.terminationGracePeriodSeconds ?? 30);
    const view = this.#view(pod, await readPodState(this.#context.runtime, this.uid));
    await this.#writer.write(pod, { ...view.status, phase: "Failed", reason, message });
    await this.#finish(pod, state);
  }

  /** The pod's work is done: its sandbox and volumes go, its containers stay for their logs until the object goes. */
  async #finish(pod: Pod, state: PodRuntimeState): Promise<void> {
    this.#prober.stop();
    if (runningContainers(state).length > 0 || readySandbox(state)) {
      await stopPod(this.#context, pod, state, pod.spec?.terminationGracePeriodSeconds ?? 30);
      // Sidecars have ended only now.
      const last = this.#writer.last(pod);
      const { status } = this.#view(pod, await readPodState(this.#context.runtime, this.uid));
      await this.#writer.write(pod, {
        ...status,
        ...(last.reason ? { reason: last.reason } : {}),
        ...(last.message ? { message: last.message } : {}),
      });
    }
    this.#context.addresses.remove(pod);
    await this.#context.volumes.unmount(this.uid);
    await this.#context.cgroups?.remove(this.uid);
  }

  async #terminate(pod: Pod, state: PodRuntimeState): Promise<void> {
    const context = this.#context;
    this.#prober.stop();
    const graceSeconds = this.#gone ? 1 : (pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30);
    if (!this.#gone) await this.#writer.write(pod, this.#view(pod, state).status);
    this.#killing = { state, graceSeconds };
    try {
      await stopPod(context, pod, state, graceSeconds);
    } finally {
      this.#killing = undefined;
    }
    const stopped = await readPodState(context.runtime, this.uid);
    if (!this.#gone) await this.#writer.write(pod, this.#lastStatus(pod, stopped));
    await context.volumes.unmount(this.uid);
    context.addresses.remove(pod);
    await removeFromRuntime(context, stopped);
    await context.cgroups?.remove(this.uid);
    if (!this.#gone) await this.#deleteObject(pod);
    await context.files.remove(this.uid);
    await context.files.removeLogs(pod);
    context.backoff.forget(this.uid);
    this.#writer.forget(this.uid);
    this.#finished = true;
  }

  /** A pod that is deleted while it runs has ended: well if all its containers did, otherwise not. */
  #lastStatus(pod: Pod, state: PodRuntimeState): PodStatus {
    const { status, phase } = this.#view(pod, state);
    if (phase === "Succeeded" || phase === "Failed") return status;
    const well = (status.containerStatuses ?? []).every((container) => container.state?.terminated?.exitCode === 0);
    return { ...status, phase: well ? "Succeeded" : "Failed" };
  }

  async #deleteObject(pod: Pod): Promise<void> {
    try {
      await this.#context.client.delete(pods, nameOf(pod), {
        namespace: namespaceOf(pod),
        gracePeriodSeconds: 0,
        preconditions: { uid: this.uid },
      });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }

  /** The grace period may have become shorter while containers are being stopped. */
  #hurry(): void {
    if (!this.#killing) return;
    const wanted = this.#gone ? 0 : (this.#pod.metadata.deletionGracePeriodSeconds ?? this.#killing.graceSeconds);
    if (wanted >= this.#killing.graceSeconds) return;
    this.#killing.graceSeconds = wanted;
    for (const status of runningContainers(this.#killing.state)) {
      this.#context.runtime.stopContainer(status.id, wanted).catch((error) => {
        this.#context.logger.warn("a container could not be stopped sooner", { container: status.id, error });
      });
    }
  }
}

interface StartParts {
  sandbox: PodSandboxStatus;
  sandboxConfig: Awaited<ReturnType<typeof sandboxConfig>>;
  volumes: ReadonlyMap<string, MountedVolume>;
  hostsFile: string;
}
