import { isRestartableInit } from "../../api/core/pod-status.ts";
import type { Container, EphemeralContainer, Pod } from "../../api/core/v1.ts";
import type { PodSandboxStatus } from "../runtime/runtime.ts";
import { containerHash } from "./container-hash.ts";
import { containerAnnotations } from "./labels.ts";
import { restartsAfterKill, shouldRestart, shouldRestartInit } from "./restart-policy.ts";
import { containerIn, latestContainer, type PodContainer, type PodRuntimeState, readySandbox } from "./runtime-state.ts";

/** What is to be done next for a pod that is to run. */
export interface PodActions {
  /** The sandbox to work in; absent: there is none that can be used. */
  sandbox?: PodSandboxStatus;
  makeSandbox: boolean;
  /** The pod's work is over, well or not: what still runs of it is to be stopped. */
  finish: boolean;
  kill: Kill[];
  /** In this order. */
  start: Start[];
}

export interface Kill {
  container: PodContainer;
  graceSeconds: number;
  why: string;
}

export interface Start {
  container: Container | EphemeralContainer;
  /** When it can't be started, nothing after it is. */
  gate: boolean;
}

/** What the probes say. */
export interface ProbeFacts {
  isStarted(containerId: string): boolean;
  failedProbe(containerId: string): "startup" | "liveness" | undefined;
}

/** Compares what the pod wants with what the runtime has. */
export function podActions(pod: Pod, state: PodRuntimeState, probes: ProbeFacts): PodActions {
  const actions: PodActions = { makeSandbox: false, finish: false, kill: [], start: [] };
  const sandbox = readySandbox(state);
  if (!sandbox || (!pod.spec?.hostNetwork && sandbox.ips.length === 0)) {
    planNewSandbox(pod, state, actions);
    return actions;
  }
  actions.sandbox = sandbox;
  for (const container of pod.spec?.ephemeralContainers ?? []) {
    if (!latestContainer(state, container.name)) actions.start.push({ container, gate: false });
  }
  const planner = new Planner(pod, state, sandbox.id, probes, actions);
  if (planner.init()) planner.main();
  return actions;
}

/** Everything starts anew in a new sandbox, but for a pod that has done its work. */
function planNewSandbox(pod: Pod, state: PodRuntimeState, actions: PodActions): void {
  const main = pod.spec?.containers ?? [];
  const init = pod.spec?.initContainers ?? [];
  const anyMainMade = main.some(({ name }) => latestContainer(state, name));
  const wanted = main.filter((container) => !isDoneForGood(pod, container, latestContainer(state, container.name)));
  const never = pod.spec?.restartPolicy === "Never";
  const initFailed = init.some((container) => {
    const latest = latestContainer(state, container.name);
    return latest?.state === "exited" && latest.exitCode !== 0 && !shouldRestartInit(pod, container, latest);
  });
  if ((never && (anyMainMade || initFailed)) || (wanted.length === 0 && anyMainMade)) {
    actions.finish = true;
    return;
  }
  actions.makeSandbox = true;
  const first = init[0];
  if (!first) actions.start = wanted.map((container) => ({ container, gate: false }));
  else {
    // Sidecars that count as started as soon as they run hold nothing up.
    for (const container of init) {
      actions.start.push({ container, gate: true });
      if (!isRestartableInit(container) || container.startupProbe) return;
    }
    actions.start.push(...wanted.map((container) => ({ container, gate: false })));
  }
}

function isDoneForGood(pod: Pod, container: Container, latest: PodContainer | undefined): boolean {
  const runsOnce = (container.restartPolicy ?? pod.spec?.restartPolicy) === "OnFailure";
  return runsOnce && latest?.state === "exited" && latest.exitCode === 0;
}

class Planner {
  readonly #pod: Pod;
  readonly #state: PodRuntimeState;
  readonly #sandboxId: string;
  readonly #probes: ProbeFacts;
  readonly #actions: PodActions;
  /** A main container has been made: init containers are through, and only sidecars are looked after. */
  readonly #past: boolean;

  constructor(pod: Pod, state: PodRuntimeState, sandboxId: string, probes: ProbeFacts, actions: PodActions) {
    this.#pod = pod;
    this.#state = state;
    this.#sandboxId = sandboxId;
    this.#probes = probes;
    this.#actions = actions;
    this.#past = (pod.spec?.containers ?? []).some(({ name }) => this.#find(name));
  }

  /** Whether the main containers may run. */
  init(): boolean {
    for (const container of this.#pod.spec?.initContainers ?? []) {
      const goesOn = isRestartableInit(container) ? this.#sidecar(container) : this.#past || this.#plainInit(container);
      if (!goesOn && !this.#past) return false;
    }
    return true;
  }

  /** Whether the container has done its work. */
  #plainInit(container: Container): boolean {
    const current = this.#find(container.name);
    if (current?.state === "running") return false;
    if (current?.state === "exited") {
      if (current.exitCode === 0) return true;
      if (!shouldRestartInit(this.#pod, container, current)) {
        this.#finish();
        return false;
      }
    } else if (current?.state === "unknown") {
      if (!restartsAfterKill(this.#pod, container)) {
        this.#finish();
        return false;
      }
      this.#kill(current, `Init container is in "unknown" state, try killing it before restart`);
    }
    this.#start(container, true);
    return false;
  }

  /** Whether what comes after the sidecar may start. */
  #sidecar(container: Container): boolean {
    const current = this.#find(container.name);
    const atOnce = container.startupProbe === undefined;
    if (current?.state !== "running") {
      if (current?.state === "unknown") this.#kill(current, `Init container is in "unknown" state, try killing it before restart`);
      this.#start(container, !this.#past);
      return atOnce;
    }
    const failed = this.#probes.failedProbe(current.id);
    const why = hasChanged(container, current)
      ? `Init container ${container.name} definition changed`
      : failed && `Init container ${container.name} failed ${failed} probe`;
    if (!why) return this.#probes.isStarted(current.id);
    this.#kill(current, why, failed && graceAfterProbe(this.#pod, container, failed));
    this.#start(container, !this.#past);
    return failed !== "startup" && atOnce;
  }

  main(): void {
    let alive = 0;
    for (const container of this.#pod.spec?.containers ?? []) {
      const current = this.#find(container.name);
      if (current?.state === "running") {
        const failed = this.#probes.failedProbe(current.id);
        const changed = hasChanged(container, current);
        if (!changed && !failed) {
          alive++;
          continue;
        }
        const comesBack = changed || restartsAfterKill(this.#pod, container);
        const why = changed ? `Container ${container.name} definition changed` : `Container ${container.name} failed ${failed} probe`;
        const grace = changed || !failed ? undefined : graceAfterProbe(this.#pod, container, failed);
        this.#kill(current, comesBack ? `${why}, will be restarted` : why, grace);
        if (comesBack) this.#start(container, false);
        alive++;
        continue;
      }
      if (!current && isDoneForGood(this.#pod, container, latestContainer(this.#state, container.name))) continue;
      if (current?.state === "exited" && !shouldRestart(this.#pod, container, current)) continue;
      if (current?.state === "unknown") this.#kill(current, `Container is in "unknown" state, try killing it before restart`);
      this.#start(container, false);
      alive++;
    }
    if (alive === 0) this.#finish();
  }

  #find(name: string): PodContainer | undefined {
    return containerIn(this.#state, this.#sandboxId, name);
  }

  #kill(container: PodContainer, why: string, graceSeconds = Number(this.#pod.spec?.terminationGracePeriodSeconds ?? 30)): void {
    this.#actions.kill.push({ container, graceSeconds, why });
  }

  #start(container: Container, gate: boolean): void {
    this.#actions.start.push({ container, gate });
  }

  /** Sidecars must not keep a pod alive whose work is done. */
  #finish(): void {
    this.#actions.finish = true;
    this.#actions.kill = [];
    this.#actions.start = [];
  }
}

function hasChanged(container: Container, current: PodContainer): boolean {
  const hash = current.annotations[containerAnnotations.hash];
  return hash !== undefined && hash !== containerHash(container);
}

function graceAfterProbe(pod: Pod, container: Container, failed: "startup" | "liveness"): number {
  return Number(container[`${failed}Probe`]?.terminationGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30);
}
