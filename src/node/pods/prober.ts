import { containerStatus } from "../../api/core/pod-status.ts";
import type { Container, Pod, Probe } from "../../api/core/v1.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import { anySignal } from "../../machinery/any-signal.ts";
import { type Clock, sleep } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import { keyOf } from "../../machinery/object.ts";
import type { ContainerRuntime, ContainerStatus } from "../runtime/runtime.ts";
import { fieldPathOf } from "./field-path.ts";
import { runProbe } from "./probe.ts";

export type ProbeKind = "startup" | "liveness" | "readiness";
const kinds: readonly ProbeKind[] = ["startup", "liveness", "readiness"];
const titles = { startup: "Startup", liveness: "Liveness", readiness: "Readiness" } as const;
/** How soon the other probes see that the startup probe has passed. */
const gateMilliseconds = 250;
/** Why a probe ends: without one each abort makes an error with a stack that nobody reads. */
const ended = "the probe has ended";

interface Watched {
  /** The container's. */
  id: string;
  /** Ends what runs for it; absent where nothing does, as with most. */
  stop: AbortController | undefined;
  /** Ends the probes that can only restart the container. */
  stopRestarting: AbortController | undefined;
  started: boolean;
  ready: boolean;
  /** A simulated container takes a while to be ready, whatever its probes say. */
  warm: boolean;
  /** The probe by which the container must be restarted. */
  failed: "startup" | "liveness" | undefined;
}

export interface ProberDeps {
  runtime: ContainerRuntime;
  clock: Clock;
  logger: Logger;
  recorder: EventRecorder;
}

/** The probes of one pod's running containers. */
export class Prober {
  readonly #deps: ProberDeps;
  readonly #onChange: () => void;
  /** Replaced, never changed; by `concat`: spreading leaves room for 16 more. */
  #watched: readonly Watched[] = [];

  /** `onChange` is called when something that the pod's status or its containers depend on has changed. */
  constructor(deps: ProberDeps, onChange: () => void) {
    this.#deps = deps;
    this.#onChange = onChange;
  }

  /**
   * Starts the probes of containers that run and ends those of containers that don't any more. A container that the pod's status
   * tells of already, from before this agent started, stays ready until a probe says otherwise.
   */
  update(pod: Pod, running: readonly { container: Container; status: ContainerStatus }[], podIp: string): void {
    const stays = (watched: Watched) => running.some(({ status }) => status.id === watched.id);
    if (!this.#watched.every(stays)) {
      for (const watched of this.#watched) if (!stays(watched)) watched.stop?.abort(ended);
      this.#watched = this.#watched.filter(stays);
    }
    for (const { container, status } of running) {
      if (this.#find(status.id)) continue;
      const told = toldOf(pod, container.name, status.id);
      const watched: Watched = {
        id: status.id,
        stop: undefined,
        stopRestarting: undefined,
        started: container.startupProbe === undefined || told?.started === true,
        ready: container.readinessProbe === undefined || told?.ready === true,
        warm: true,
        failed: undefined,
      };
      this.#warmUp(status, watched);
      this.#watched = this.#watched.concat(watched);
      for (const kind of kinds) {
        const probe = container[`${kind}Probe`];
        if (probe && !(kind === "startup" && watched.started)) void this.#loop(kind, probe, pod, container, status, podIp, watched);
      }
    }
  }

  /** A container without a startup probe counts as started as soon as it runs. */
  isStarted(containerId: string): boolean {
    return this.#find(containerId)?.started ?? false;
  }

  isReady(containerId: string): boolean {
    const watched = this.#find(containerId);
    return watched?.started === true && watched.ready && watched.warm;
  }

  /** The probe that wants the container killed; undefined while all is well. */
  failedProbe(containerId: string): "startup" | "liveness" | undefined {
    return this.#find(containerId)?.failed;
  }

  /** For a pod that is being stopped: its readiness goes on being told. */
  stopRestarting(): void {
    for (const watched of this.#watched) {
      watched.stopRestarting?.abort(ended);
      watched.failed = undefined;
    }
  }

  stop(): void {
    for (const watched of this.#watched) watched.stop?.abort(ended);
    this.#watched = [];
  }

  #find(containerId: string): Watched | undefined {
    return this.#watched.find(({ id }) => id === containerId);
  }

  #warmUp({ startedAt, readyAfterMilliseconds = 0 }: ContainerStatus, watched: Watched): void {
    const { clock } = this.#deps;
    const left = startedAt + readyAfterMilliseconds - clock.now();
    if (left <= 0) return;
    watched.warm = false;
    const timer = clock.setTimeout(() => {
      watched.warm = true;
      this.#onChange();
    }, left);
    watched.stop ??= new AbortController();
    watched.stop.signal.addEventListener("abort", () => timer.cancel(), { once: true });
  }

  async #loop(
    kind: ProbeKind,
    probe: Probe,
    pod: Pod,
    container: Container,
    status: ContainerStatus,
    podIp: string,
    watched: Watched,
  ): Promise<void> {
    const { clock, runtime, logger, recorder } = this.#deps;
    watched.stop ??= new AbortController();
    watched.stopRestarting ??= new AbortController();
    const signal = kind === "readiness" ? watched.stop.signal : anySignal(watched.stop.signal, watched.stopRestarting.signal);
    const about = { fieldPath: fieldPathOf(pod, container.name) };
    const period = (probe.periodSeconds ?? 10) * 1000;
    let successes = 0;
    let failures = 0;
    try {
      const due = status.startedAt + (probe.initialDelaySeconds ?? 0) * 1000;
      await sleep(clock, Math.max(0, due - clock.now()), signal);
      while (!signal.aborted) {
        if (kind !== "startup" && !watched.started) {
          await sleep(clock, Math.min(period, gateMilliseconds), signal);
          continue;
        }
        const result = await runProbe(runtime, probe, container, status.id, podIp);
        if (signal.aborted) return;
        if (result.verdict === "unknown") {
          // Nobody could ask the container: that says nothing about it.
          recorder.event(
            pod,
            "Warning",
            "Unhealthy",
            `${titles[kind]} probe errored and resulted in unknown state: ${result.output}`,
            about,
          );
        } else if (result.verdict === "success") {
          successes++;
          failures = 0;
        } else {
          failures++;
          successes = 0;
          recorder.event(pod, "Warning", "Unhealthy", `${titles[kind]} probe failed: ${result.output}`, about);
        }
        const passed = successes >= (probe.successThreshold ?? 1);
        const broken = failures >= (probe.failureThreshold ?? 3);
        if (kind === "startup" && passed) {
          watched.started = true;
          this.#onChange();
          return;
        }
        if (kind === "readiness" && ((passed && !watched.ready) || (broken && watched.ready))) {
          watched.ready = passed;
          this.#onChange();
        }
        if (kind !== "readiness" && broken) {
          watched.failed = kind;
          this.#onChange();
          return;
        }
        await sleep(clock, period, signal);
      }
    } catch (error) {
      if (!signal.aborted) logger.error("a probe loop has ended", { pod: keyOf(pod), container: container.name, kind, error });
    }
  }
}

/** What the pod's status says of this very container. */
function toldOf(pod: Pod, name: string, id: string) {
  const told = containerStatus(pod.status?.containerStatuses, name) ?? containerStatus(pod.status?.initContainerStatuses, name);
  return told?.containerID?.endsWith(`://${id}`) && told.state?.running ? told : undefined;
}
