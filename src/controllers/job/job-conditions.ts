import type { Job, JobCondition, SuccessPolicy } from "../../api/batch/v1.ts";
import { findCondition, isConditionTrue } from "../../api/core/pod-status.ts";
import { formatTime } from "../../machinery/clock.ts";
import { IndexSet } from "./index-set.ts";

export function isFinished(job: Job): boolean {
  return isConditionTrue(job.status?.conditions, "Complete") || isConditionTrue(job.status?.conditions, "Failed");
}

export function jobCondition(now: number, type: string, reason: string, message: string): JobCondition {
  const time = formatTime(now);
  return { type, status: "True", lastProbeTime: time, lastTransitionTime: time, reason, message };
}

/** The conditions with this one, and whether that changes them. One that would be added as false isn't. */
export function ensureCondition(conditions: readonly JobCondition[], next: JobCondition): { conditions: JobCondition[]; changed: boolean } {
  const present = findCondition(conditions, next.type);
  if (!present) {
    return next.status === "False" ? { conditions: [...conditions], changed: false } : { conditions: [...conditions, next], changed: true };
  }
  if (present.status === next.status && present.reason === next.reason && present.message === next.message) {
    return { conditions: [...conditions], changed: false };
  }
  return { conditions: conditions.map((condition) => (condition === present ? next : condition)), changed: true };
}

/** The rule of the success policy that the succeeded indexes meet, as the condition's message tells it. */
export function successPolicyMessage(policy: SuccessPolicy | undefined, completions: number, succeeded: IndexSet): string | undefined {
  if (!policy || succeeded.size === 0) return undefined;
  const met = policy.rules.findIndex(({ succeededIndexes, succeededCount }) => {
    if (succeededIndexes === undefined) return succeededCount !== undefined && succeeded.size >= succeededCount;
    const wanted = IndexSet.parse(succeededIndexes, completions);
    return succeeded.overlap(wanted) >= (succeededCount ?? wanted.size);
  });
  return met < 0 ? undefined : `Matched rules at index ${met}`;
}
