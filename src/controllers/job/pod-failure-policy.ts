import type {
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
} from "../../api/batch/v1.ts";
import type { ContainerStatus, Pod } from "../../api/core/v1.ts";
import { nameOf, namespaceOf } from "../../machinery/object.ts";

export interface PolicyVerdict {
  /** The failure counts towards the back-off limit. */
  counts: boolean;
  failsIndex: boolean;
  /** Why the whole job fails. */
  failJobMessage?: string;
}

/** What the job's policy says about a failed pod: the first rule that matches. */
export function judgeFailure(policy: PodFailurePolicy | undefined, pod: Pod): PolicyVerdict {
  for (const [index, rule] of (policy?.rules ?? []).entries()) {
    const why = matchText(pod, rule.onExitCodes, rule.onPodConditions);
    if (why === undefined) continue;
    switch (rule.action) {
      case "Ignore":
        return { counts: false, failsIndex: false };
      case "FailIndex":
        return { counts: true, failsIndex: true };
      case "FailJob":
        return { counts: true, failsIndex: false, failJobMessage: `${why} matching FailJob rule at index ${index}` };
      default:
        return { counts: true, failsIndex: false };
    }
  }
  return { counts: true, failsIndex: false };
}

function matchText(
  pod: Pod,
  onExitCodes: PodFailurePolicyOnExitCodesRequirement | undefined,
  onPodConditions: readonly PodFailurePolicyOnPodConditionsPattern[] | undefined,
): string | undefined {
  const name = `${namespaceOf(pod)}/${nameOf(pod)}`;
  if (onExitCodes) {
    const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
    const container = statuses.find((status) => exitCodeMatches(status, onExitCodes));
    return container && `Container ${container.name} for pod ${name} failed with exit code ${container.state?.terminated?.exitCode}`;
  }
  for (const { type, status } of pod.status?.conditions ?? []) {
    if (onPodConditions?.some((pattern) => pattern.type === type && (pattern.status ?? "True") === status)) {
      return `Pod ${name} has condition ${type}`;
    }
  }
  return undefined;
}

function exitCodeMatches(status: ContainerStatus, { containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement): boolean {
  const exitCode = status.state?.terminated?.exitCode;
  if (exitCode === undefined || exitCode === 0 || (containerName && containerName !== status.name)) return false;
  return operator === "In" ? values.includes(exitCode) : operator === "NotIn" && !values.includes(exitCode);
}
