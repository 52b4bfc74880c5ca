import { isPodReady, podCondition } from "../../api/core/pod-status.ts";
import type { Pod } from "../../api/core/v1.ts";
import { uidOf } from "../../machinery/object.ts";

const deletionCost = "controller.kubernetes.io/pod-deletion-cost";
const phaseOrder: Record<string, number> = { Pending: 0, Unknown: 1, Running: 2 };

/** Orders pods so that those come first whose deletion costs least: not assigned, not running, not ready, restarted, young. */
export function compareForDeletion(a: Pod, b: Pod): number {
  return (
    byProgress(a, b) ||
    -byTime(readySince(a), readySince(b)) ||
    restarts(b, false) - restarts(a, false) ||
    restarts(b, true) - restarts(a, true) ||
    -byTime(a.metadata.creationTimestamp, b.metadata.creationTimestamp)
  );
}

/**
 * The same with what a user asked for and with the nodes in view: pods with a lower deletion cost first, then pods whose node has
 * more of `related`, then younger ones. Ages count in powers of two, so that which of pods of about one age goes is left to chance.
 */
export function orderForScaleDown(active: readonly Pod[], related: readonly Pod[], now: number): Pod[] {
  const onNode = new Map<string, number>();
  for (const pod of related) {
    const node = pod.spec?.nodeName;
    if (node) onNode.set(node, (onNode.get(node) ?? 0) + 1);
  }
  const rank = (pod: Pod) => onNode.get(pod.spec?.nodeName ?? "") ?? 0;
  return [...active].sort(
    (a, b) =>
      byProgress(a, b) ||
      cost(a) - cost(b) ||
      rank(b) - rank(a) ||
      byAge(a, b, readySince(a), readySince(b), now) ||
      restarts(b, false) - restarts(a, false) ||
      restarts(b, true) - restarts(a, true) ||
      byAge(a, b, a.metadata.creationTimestamp, b.metadata.creationTimestamp, now),
  );
}

function byProgress(a: Pod, b: Pod): number {
  return (
    Number(Boolean(a.spec?.nodeName)) - Number(Boolean(b.spec?.nodeName)) ||
    (phaseOrder[a.status?.phase ?? ""] ?? 0) - (phaseOrder[b.status?.phase ?? ""] ?? 0) ||
    Number(isPodReady(a)) - Number(isPodReady(b))
  );
}

function readySince(pod: Pod): string | undefined {
  const ready = podCondition(pod, "Ready");
  return ready?.status === "True" ? ready.lastTransitionTime : undefined;
}

/** Negative when `a` is the earlier; no time at all counts as the latest. */
function byTime(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return 1;
  if (b === undefined) return -1;
  return Date.parse(a) - Date.parse(b);
}

function byAge(a: Pod, b: Pod, from: string | undefined, to: string | undefined, now: number): number {
  if (from === to) return 0;
  return ageRank(from, now) - ageRank(to, now) || (uidOf(a) < uidOf(b) ? -1 : 1);
}

function ageRank(time: string | undefined, now: number): number {
  const age = time === undefined ? 0 : now - Date.parse(time);
  return age <= 0 ? -1 : Math.floor(Math.log2(age * 1e6));
}

/** An unreadable cost counts as none. */
function cost(pod: Pod): number {
  const text = pod.metadata.annotations?.[deletionCost];
  return text !== undefined && /^(0|-?[1-9][0-9]*)$/.test(text) ? Number(text) : 0;
}

function restarts(pod: Pod, sidecars: boolean): number {
  let most = 0;
  if (!sidecars) {
    for (const status of pod.status?.containerStatuses ?? []) most = Math.max(most, status.restartCount);
    return most;
  }
  const names = new Set(pod.spec?.initContainers?.filter((container) => container.restartPolicy === "Always").map(({ name }) => name));
  for (const status of pod.status?.initContainerStatuses ?? []) if (names.has(status.name)) most = Math.max(most, status.restartCount);
  return most;
}
