import { sameTaint, taintKeys } from "../../api/core/taints.ts";
import type { Node, Taint } from "../../api/core/v1.ts";
import { nodes } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import { retryOnConflict } from "../../client/retry.ts";
import { type Clock, timestamp } from "../../machinery/clock.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { nameOf } from "../../machinery/object.ts";

export const notReadyNoExecute: Taint = { key: taintKeys.notReady, effect: "NoExecute" };
export const unreachableNoExecute: Taint = { key: taintKeys.unreachable, effect: "NoExecute" };

/** The taint that a condition asks for, by the condition's type and status. */
const conditionTaints: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: taintKeys.notReady, Unknown: taintKeys.unreachable },
  MemoryPressure: { True: taintKeys.memoryPressure },
  DiskPressure: { True: taintKeys.diskPressure },
  NetworkUnavailable: { True: taintKeys.networkUnavailable },
  PIDPressure: { True: taintKeys.pidPressure },
};

const ownKeys = new Set<string>([
  taintKeys.unschedulable,
  ...Object.values(conditionTaints).flatMap((byStatus) => Object.values(byStatus)),
]);

export interface TaintChange {
  add: readonly Taint[];
  remove: readonly Taint[];
}

/** What must change so that a node's NoSchedule taints tell its conditions and whether it is cordoned; undefined: nothing. */
export function noScheduleChange(node: Node): TaintChange | undefined {
  const wanted: Taint[] = [];
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = conditionTaints[type]?.[status];
    if (key) wanted.push({ key, effect: "NoSchedule" });
  }
  if (node.spec?.unschedulable) wanted.push({ key: taintKeys.unschedulable, effect: "NoSchedule" });
  const present = (node.spec?.taints ?? []).filter((taint) => taint.effect === "NoSchedule" && ownKeys.has(taint.key));
  const add = wanted.filter((taint) => !present.some((other) => sameTaint(taint, other)));
  const remove = present.filter((taint) => !wanted.some((other) => sameTaint(taint, other)));
  return add.length > 0 || remove.length > 0 ? { add, remove } : undefined;
}

export function hasTaint(node: Node, taint: Taint): boolean {
  return node.spec?.taints?.some((other) => sameTaint(taint, other)) ?? false;
}

/**
 * Changes a node's taints, on what the server has: others' changes stay. Gives the node as stored, undefined when it is gone.
 * `node` is what the caller knows, for the first try.
 */
export async function changeTaints(
  deps: { client: Client; clock: Clock; signal: AbortSignal },
  node: Node,
  { add, remove }: TaintChange,
): Promise<Node | undefined> {
  let known: Node | undefined = node;
  try {
    return await retryOnConflict(deps, async () => {
      const current = known ?? (await deps.client.get(nodes, nameOf(node)));
      known = undefined;
      const before = current.spec?.taints ?? [];
      const added = add.filter((taint) => !before.some((other) => sameTaint(taint, other)));
      const kept = before.filter((taint) => !remove.some((other) => sameTaint(taint, other)));
      if (added.length === 0 && kept.length === before.length) return current;
      const taints = [...kept, ...added.map((taint) => ({ ...taint, timeAdded: timestamp(deps.clock) }))];
      const { resourceVersion } = current.metadata;
      const body = { metadata: { resourceVersion }, spec: { taints: taints.length > 0 ? taints : null } };
      return await deps.client.patch(nodes, nameOf(node), { type: "application/merge-patch+json", body });
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
