import type { Container, Pod, Probe } from "../../api/core/v1.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import { type Clock, sleep } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { ContainerRuntime, ContainerStatus } from "../runtime/runtime.ts";
import { runProbe } from "./probe.ts";

type ProbeKind = "startup" | "liveness" | "readiness";
const kinds: readonly ProbeKind[] = ["startup", "liveness", "readiness"];

interface Watched {
  stop: AbortController;
  started: boolean;
  ready: boolean;
  /** Why the container must be restarted. */
  unhealthy: string | undefined;
}

export interface ProberDeps {
  runtime: ContainerRuntime;
  clock: Clock;
  logger: Logger;
  recorder: EventRecorder;
  /** Called when something that the pod's status or its containers depend on has changed. */
  onChange(): void;
}

/** The probes of one pod's running containers. */
export class Prober {
  readonly #deps: ProberDeps;
  readonly #watched = new Map<string, Watched>();

  constructor(deps: ProberDeps) {
    this.#deps = deps;
  }

  /** Starts the probes of containers that run and ends those of containers that don't any more. */
  update(pod: Pod, running: readonly { container: Container; status: ContainerStatus }[], podIp: string): void {
    const ids = new Set(running.map(({ status }) => status.id));
    for (const [id, watched] of this.#watched) {
      if (ids.has(id)) continue;
      watched.stop.abort();
      this.#watched.delete(id);
    }
    for (const { container, status } of running) {
      if (this.#watched.has(status.id)) continue;
      const watched: Watched = {
        stop: new AbortController(),
        started: container.startupProbe === undefined,
        ready: container.readinessProbe === undefined,
        unhealthy: undefined,
      };
      this.#watched.set(status.id, watched);
      for (const kind of kinds) {
        const probe = container[`${kind}Probe`];
        if (probe) void this.#loop(kind, probe, pod, container, status, podIp, watched);
      }
    }
  }

  /** A container without probes counts as started and ready as soon as it runs. */
  isStarted(containerId: string): boolean {
    return this.#watched.get(containerId)?.started ?? false;
  }

  isReady(containerId: string): boolean {
    const watched = this.#watched.get(containerId);
    return watched !== undefined && watched.started && watched.ready;
  }

  /** Why the container must be killed; undefined while all is well. */
  unhealthy(containerId: string): string | undefined {
    return this.#watched.get(containerId)?.unhealthy;
  }

  stop(): void {
    for (const watched of this.#watched.values()) watched.stop.abort();
    this.#watched.clear();
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
    const { clock, runtime, logger, recorder, onChange } = this.#deps;
    const { signal } = watched.stop;
    const period = (probe.periodSeconds ?? 10) * 1000;
    let successes = 0;
    let failures = 0;
    try {
      const due = status.startedAt + (probe.initialDelaySeconds ?? 0) * 1000;
      await sleep(clock, Math.max(0, due - clock.now()), signal);
      while (!signal.aborted) {
        if (kind !== "startup" && !watched.started) {
          await sleep(clock, Math.min(period, 1000), signal);
          continue;
        }
        const result = await runProbe(runtime, probe, container, status.id, podIp);
        if (signal.aborted) return;
        if (result.ok) {
          successes++;
          failures = 0;
        } else {
          failures++;
          successes = 0;
          const title = `${kind[0]?.toUpperCase()}${kind.slice(1)}`;
          recorder.event(pod, "Warning", "Unhealthy", `${title} probe failed: ${result.output.trimEnd()}`, {
            fieldPath: `spec.containers{${container.name}}`,
          });
        }
        const passed = successes >= (probe.successThreshold ?? 1);
        const broken = failures >= (probe.failureThreshold ?? 3);
        if (kind === "startup" && passed) {
          watched.started = true;
          onChange();
          return;
        }
        if (kind === "readiness" && ((passed && !watched.ready) || (broken && watched.ready))) {
          watched.ready = passed;
          onChange();
        }
        if (kind !== "readiness" && broken) {
          watched.unhealthy = `Container ${container.name} failed ${kind} probe`;
          onChange();
          return;
        }
        await sleep(clock, period, signal);
      }
    } catch (error) {
      if (!signal.aborted) logger.error("a probe loop has ended", { container: container.name, kind, error });
    }
  }
}
