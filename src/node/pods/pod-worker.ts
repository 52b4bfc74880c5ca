import { podQosClass } from "../../api/core/pod-resources.ts";
import { isTerminalPhase } from "../../api/core/pod-status.ts";
import type { Pod, PodCondition, PodStatus, ResourceRequirements } from "../../api/core/v1.ts";
import { pods } from "../../api/refs.ts";
import { type Timer, timestamp } from "../../machinery/clock.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import { keyOf, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { VolumeError } from "../volumes/volume-manager.ts";
import type { AgentContext } from "./agent-context.ts";
import { type PodActions, podActions } from "./pod-actions.ts";
import { leastGraceSeconds, removeFromRuntime, stopPod } from "./pod-killer.ts";
import { type Resize, resizeCondition, resizeInPlace, resizesOf } from "./pod-resize.ts";
import { PodStarter } from "./pod-starter.ts";
import { type ViewOptions, viewPod, type WaitingReasons } from "./pod-status-view.ts";
import { Prober } from "./prober.ts";
import {
  nothingRunning,
  type PodRuntimeState,
  readPodState,
  readySandbox,
  runningContainers,
  unstoppedContainers,
} from "./runtime-state.ts";

const retryMilliseconds = 2000;
const maxRetryMilliseconds = 30_000;
/** Contents of volumes are brought up to date about so often. */
const refreshMilliseconds = 60_000;
/** A resize that waits for room is tried again so often. */
const resizeMilliseconds = 30_000;
/** Events come in bursts: what comes within this time is one piece of work. */
const burstMilliseconds = 20;

const nothingWaits: WaitingReasons = new Map();

const deadlineExceeded = {
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
};

export interface PodWorkerOptions {
  /** The runtime is known to have nothing of the pod. */
  isNew: boolean;
  /** One for all workers of an agent: there may be very many. */
  onFinished: (worker: PodWorker) => void;
}

/**
 * Brings one pod to where its object wants it, one step at a time, until it is gone. It holds nothing that can't be found
 * again: a worker that starts anew sees the pod's sandboxes, containers and volumes, and goes on. While there is nothing to do it is
 * little more than what it knows: a simulated cluster has tens of thousands.
 */
export class PodWorker {
  readonly uid: string;
  readonly #context: AgentContext;
  readonly #onFinished: (worker: PodWorker) => void;
  readonly #prober: Prober;
  /** While it has something to remember: failures, and why containers wait. */
  #starter: PodStarter | undefined;
  /** The work that is under way. */
  #working: Promise<void> | undefined;
  /** Runs while more work waits for the end of a burst. */
  #resting: Timer | undefined;
  #detached = false;
  /** What running containers were given after their start, by container id. */
  #actuated: Map<string, ResourceRequirements> | undefined;
  #pod: Pod;
  #isNew: boolean;
  /** The object's deletion has been seen: nothing is left to be written. */
  #gone = false;
  #admitted = false;
  #cleaned = false;
  #finished = false;
  #dirty = false;
  #timer: { at: number; timer: Timer } | undefined;
  #failures = 0;
  #refreshedAt = 0;
  #resize: PodCondition | undefined;
  #killing: { graceSeconds: number; hurry: AbortController; state: PodRuntimeState } | undefined;

  constructor(context: AgentContext, pod: Pod, options: PodWorkerOptions) {
    this.#context = context;
    this.#pod = pod;
    this.#isNew = options.isNew;
    this.#onFinished = options.onFinished;
    this.uid = uidOf(pod);
    this.#prober = new Prober(context, () => this.wake());
    this.wake();
  }

  get pod(): Pod {
    return this.#context.statuses.current(this.#pod);
  }

  /** The pod's object has changed. The agent's own writes to its status don't count. */
  update(pod: Pod): void {
    const own = pod.metadata.generation === this.#pod.metadata.generation && this.#context.statuses.isOwnWrite(pod);
    this.#pod = pod;
    this.#hurry();
    if (!own) this.wake();
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
    if (this.#detached || this.#finished || this.#resting) return;
    this.#working ??= this.#work();
  }

  /** Ends the worker; the pod's containers are left as they are. */
  async detach(): Promise<void> {
    this.#detached = true;
    await this.#working;
    this.#end();
  }

  /** Stops the pod's containers without touching its object, for an agent that shuts down. */
  async shutDown(graceSeconds: number): Promise<void> {
    await this.detach();
    const state = await readPodState(this.#context.runtime, this.uid);
    await stopPod(this.#context, this.#pod, state, Math.min(graceSeconds, graceOf(this.#pod)));
  }

  async #work(): Promise<void> {
    // Not before `#working` holds this promise, and with all that is told in this turn.
    await Promise.resolve();
    const { clock, logger } = this.#context;
    this.#dirty = false;
    this.#timer?.timer.cancel();
    this.#timer = undefined;
    try {
      if (!this.#detached) await this.#sync();
      this.#failures = 0;
    } catch (error) {
      if (!this.#detached) {
        this.#failures++;
        logger.warn("a pod could not be synced; it is tried again", { pod: keyOf(this.#pod), error });
        this.#again(Math.min(retryMilliseconds * 2 ** (this.#failures - 1), maxRetryMilliseconds));
      }
    }
    this.#working = undefined;
    if (this.#finished) {
      this.#end();
      this.#onFinished(this);
    } else if (this.#dirty && !this.#detached) {
      this.#resting = clock.setTimeout(() => {
        this.#resting = undefined;
        this.wake();
      }, burstMilliseconds);
    }
  }

  #end(): void {
    this.#timer?.timer.cancel();
    this.#resting?.cancel();
    this.#prober.stop();
  }

  /** Wakes after the time, unless something else wakes before. */
  #again(milliseconds: number): void {
    const { clock } = this.#context;
    const at = clock.now() + milliseconds;
    if (this.#timer && this.#timer.at <= at) return;
    this.#timer?.timer.cancel();
    this.#timer = { at, timer: clock.setTimeout(() => this.wake(), milliseconds) };
  }

  async #sync(): Promise<void> {
    const pod = this.pod;
    const state = this.#isNew ? nothingRunning : await readPodState(this.#context.runtime, this.uid);
    this.#isNew = false;
    this.#noteAddresses(pod, state);
    if (this.#gone || pod.metadata.deletionTimestamp) return await this.#terminate(pod, state);
    if (isTerminalPhase(pod.status?.phase)) return await this.#finish(pod, state);
    if (!this.#admitted && !(await this.#admit(pod))) return await this.#finish(this.pod, state);
    const left = this.#deadlineLeft(pod);
    if (left !== undefined && left <= 0) {
      this.#context.recorder.event(pod, "Normal", deadlineExceeded.reason, deadlineExceeded.message);
      return await this.#finish(pod, state, { failure: deadlineExceeded });
    }
    if (left !== undefined) this.#again(left);
    this.#updateProbes(pod, state);
    const resizes = this.#admitResizes(pod, state);
    const status = this.#tell(pod, state);
    if (isTerminalPhase(status.phase)) return await this.#finish(this.pod, state);
    await this.#advance(this.pod, state, resizes);
  }

  /** One round of the pod's life. */
  async #advance(pod: Pod, before: PodRuntimeState, resizes: readonly Resize[]): Promise<void> {
    const actions = podActions(pod, before, this.#prober);
    if (actions.finish) return await this.#finish(pod, before, { terminal: true });
    await this.#applyResizes(pod, resizes, actions);
    if (actions.kill.length > 0 || actions.start.length > 0 || actions.makeSandbox) {
      this.#starter ??= new PodStarter(this.#context, {
        onState: (of, state) => this.#tell(of, state),
        again: (milliseconds) => this.#again(milliseconds),
        mustStop: () => this.#gone || this.#pod.metadata.deletionTimestamp !== undefined || this.#detached,
      });
      const state = await this.#starter.run(pod, before, actions);
      this.#noteAddresses(pod, state);
      this.#updateProbes(pod, state);
      this.#tell(pod, state);
      await this.#starter.prune(pod, state);
      if (!this.#starter.remembers) this.#starter = undefined;
    } else if (resizes.length > 0) this.#tell(pod, before);
    await this.#refreshVolumes(pod);
  }

  /** Resolves with whether the node takes the pod; if not, the pod has failed. */
  async #admit(pod: Pod): Promise<boolean> {
    const { admission, recorder, statuses, clock } = this.#context;
    const rejection = await admission.admit(pod);
    this.#admitted = rejection === undefined;
    if (!rejection) return true;
    recorder.event(pod, "Warning", rejection.reason, rejection.message);
    statuses.set(pod, {
      phase: "Failed",
      reason: rejection.reason,
      message: `Pod was rejected: ${rejection.message}`,
      startTime: timestamp(clock),
      qosClass: pod.status?.qosClass ?? podQosClass(pod.spec),
      ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
    });
    return false;
  }

  /** Works out the pod's status and has it written. */
  #tell(pod: Pod, state: PodRuntimeState, options: ViewOptions = {}): PodStatus {
    const { statuses } = this.#context;
    if (!options.terminal && state.sandboxes.length > 0) this.#updateProbes(pod, state);
    const present = statuses.current(this.#pod);
    const status = viewPod(this.#context, present, state, this.#prober, this.#starter?.waiting ?? nothingWaits, {
      ...(this.#actuated ? { actuated: this.#actuated } : {}),
      ...(this.#resize ? { resize: this.#resize } : {}),
      ...options,
    });
    statuses.set(this.#pod, status);
    return status;
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

  #deadlineLeft(pod: Pod): number | undefined {
    const seconds = pod.spec?.activeDeadlineSeconds;
    if (seconds === undefined) return undefined;
    const now = this.#context.clock.now();
    // Before it is told, it begins now.
    return (pod.status?.startTime ? Date.parse(pod.status.startTime) : now) + seconds * 1000 - now;
  }

  #admitResizes(pod: Pod, state: PodRuntimeState): Resize[] {
    const resizes = resizesOf(pod, state);
    const rejection = resizes.length > 0 ? this.#context.admission.resize(pod) : undefined;
    this.#resize = rejection && resizeCondition(this.#context, pod, "PodResizePending", rejection.reason, rejection.message);
    if (!rejection) return resizes;
    this.#again(resizeMilliseconds);
    return [];
  }

  async #applyResizes(pod: Pod, resizes: readonly Resize[], actions: PodActions): Promise<void> {
    const untouched = resizes.filter(({ current }) => !actions.kill.some((kill) => kill.container.id === current.id));
    for (const { container, current } of untouched.filter(({ needsRestart }) => needsRestart)) {
      actions.kill.push({ container: current, graceSeconds: graceOf(pod), why: `Container ${container.name} resize requires restart` });
      actions.start.push({ container, gate: false });
    }
    const inPlace = untouched.filter(({ needsRestart }) => !needsRestart);
    if (inPlace.length === 0) return;
    this.#actuated ??= new Map();
    this.#resize = await resizeInPlace(this.#context, pod, inPlace, this.#actuated);
    if (this.#resize) this.#again(resizeMilliseconds);
  }

  async #refreshVolumes(pod: Pod): Promise<void> {
    const { volumes, clock, recorder } = this.#context;
    if (!volumes.refresh) return;
    if (!(pod.spec?.volumes ?? []).some((volume) => volume.configMap || volume.secret || volume.projected || volume.downwardAPI)) return;
    if (this.#refreshedAt === 0) this.#refreshedAt = clock.now();
    const left = this.#refreshedAt + refreshMilliseconds - clock.now();
    if (left > 0) return this.#again(left);
    this.#refreshedAt = clock.now();
    this.#again(refreshMilliseconds);
    try {
      // After a restart of the agent they must be known before they can be refreshed.
      await volumes.mount(pod);
      await volumes.refresh(pod);
    } catch (error) {
      if (!(error instanceof VolumeError)) throw error;
      recorder.event(pod, "Warning", error.reason, error.message);
    }
  }

  /**
   * The pod's work is done, or it has failed as a whole: what still runs of it is stopped, its sandbox and volumes go. Its
   * containers stay for their logs until the object goes.
   */
  async #finish(pod: Pod, state: PodRuntimeState, options: ViewOptions = {}): Promise<void> {
    if (this.#cleaned) return;
    const { admission, addresses, volumes, cgroups } = this.#context;
    this.#prober.stopRestarting();
    let stopped = state;
    if (state.sandboxes.some((sandbox) => sandbox.state === "ready") || unstoppedContainers(state).length > 0) {
      await stopPod(this.#context, pod, state, graceOf(pod));
      stopped = await readPodState(this.#context.runtime, this.uid);
    }
    this.#prober.stop();
    // A pod that was never taken has nothing to tell but why.
    if (stopped.sandboxes.length > 0 || !isTerminalPhase(pod.status?.phase)) this.#tell(pod, stopped, { ...options, terminal: true });
    admission.release(this.uid);
    addresses.remove(pod);
    await volumes.unmount(this.uid);
    await cgroups?.remove(this.uid);
    this.#cleaned = true;
  }

  async #terminate(pod: Pod, state: PodRuntimeState): Promise<void> {
    const context = this.#context;
    this.#prober.stopRestarting();
    const graceSeconds = this.#gone ? 1 : Number(pod.metadata.deletionGracePeriodSeconds ?? graceOf(pod));
    if (!this.#gone) this.#tell(pod, state);
    this.#killing = { state, graceSeconds, hurry: new AbortController() };
    try {
      await stopPod(context, pod, state, graceSeconds, this.#killing.hurry.signal);
    } finally {
      this.#killing = undefined;
    }
    this.#prober.stop();
    const stopped = await readPodState(context.runtime, this.uid);
    if (!this.#gone) this.#tell(pod, stopped, { terminal: true });
    context.admission.release(this.uid);
    context.addresses.remove(pod);
    await context.volumes.unmount(this.uid);
    await removeFromRuntime(context, stopped);
    await context.cgroups?.remove(this.uid);
    if (!this.#gone) await context.statuses.flush(this.uid);
    if (!this.#gone) await this.#deleteObject(pod);
    await context.files.remove(this.uid);
    await context.files.removeLogs(pod);
    context.backoff.forget(this.uid);
    context.statuses.forget(this.uid);
    this.#finished = true;
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
    const wanted = this.#gone ? 0 : Number(this.#pod.metadata.deletionGracePeriodSeconds ?? this.#killing.graceSeconds);
    if (wanted >= this.#killing.graceSeconds) return;
    this.#killing.graceSeconds = wanted;
    this.#killing.hurry.abort(wanted);
    for (const status of runningContainers(this.#killing.state)) {
      this.#context.runtime.stopContainer(status.id, Math.max(leastGraceSeconds, wanted)).catch((error) => {
        this.#context.logger.warn("a container could not be stopped sooner", { container: status.id, error });
      });
    }
  }
}

function graceOf(pod: Pod): number {
  return Number(pod.spec?.terminationGracePeriodSeconds ?? 30);
}
