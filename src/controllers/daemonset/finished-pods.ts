import type { DaemonSet } from "../../api/apps/v1.ts";
import type { Pod } from "../../api/core/v1.ts";
import { daemonsets } from "../../api/refs.ts";
import type { EventRecorder } from "../../client/event-recorder.ts";
import type { Clock } from "../../machinery/clock.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { eventTarget } from "../workloads/ownership.ts";

const firstMilliseconds = 1000;
const maxMilliseconds = 15 * 60_000;

/** Decides when finished daemon pods are deleted, so that new ones come: failed ones with a back-off per set and node. */
export class FinishedPods {
  readonly #clock: Clock;
  readonly #recorder: EventRecorder;
  readonly #delays = new Map<string, { at: number; delay: number }>();

  constructor(clock: Clock, recorder: EventRecorder) {
    this.#clock = clock;
    this.#recorder = recorder;
  }

  mayGo(set: DaemonSet, pod: Pod, node: string, later: (delayMilliseconds: number) => void): boolean {
    const where = `daemon pod ${namespaceOf(pod)}/${nameOf(pod)} on node ${node}`;
    if (pod.status?.phase === "Succeeded") {
      const message = `Found succeeded ${where}, will try to delete it`;
      this.#recorder.event(eventTarget(daemonsets, set), "Normal", "SucceededDaemonPod", message);
      return true;
    }
    const now = this.#clock.now();
    this.#dropOld(now);
    const key = `${uidOf(set)}/${set.metadata.generation ?? 0}/${node}`;
    const last = this.#delays.get(key);
    if (last && now < last.at + last.delay) {
      later(last.at + last.delay - now);
      return false;
    }
    this.#delays.set(key, { at: now, delay: last ? Math.min(last.delay * 2, maxMilliseconds) : firstMilliseconds });
    this.#recorder.event(eventTarget(daemonsets, set), "Warning", "FailedDaemonPod", `Found failed ${where}, will try to kill it`);
    return true;
  }

  #dropOld(now: number): void {
    for (const [key, { at }] of this.#delays) if (now - at > 2 * maxMilliseconds) this.#delays.delete(key);
  }
}
