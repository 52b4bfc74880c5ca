import { isRestartableInit } from "../../api/core/pod-status.ts";
import type { Container, Pod } from "../../api/core/v1.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";

/** Whether a container that has ended is started again. Sidecars always are. */
export function shouldRestart(pod: Pod, container: Container, ended: Pick<ContainerStatus, "exitCode">): boolean {
  if (container.restartPolicy) {
    for (const rule of container.restartPolicyRules ?? []) {
      const codes = rule.exitCodes;
      if (!codes) continue;
      const listed = codes.values?.includes(ended.exitCode) ?? false;
      if (codes.operator === "In" ? !listed : codes.operator !== "NotIn" || listed) continue;
      if (rule.action === "Restart" || rule.action === "RestartAllContainers") return true;
      break;
    }
  }
  const policy = container.restartPolicy ?? pod.spec?.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && ended.exitCode !== 0);
}

/** Whether an init container that has ended is run again. */
export function shouldRestartInit(pod: Pod, container: Container, ended: Pick<ContainerStatus, "exitCode">): boolean {
  if (isRestartableInit(container)) return true;
  return ended.exitCode !== 0 && shouldRestart(pod, container, ended);
}

/** Whether a container that is stopped because of a failed probe is to come back. */
export function restartsAfterKill(pod: Pod, container: Container): boolean {
  return (container.restartPolicy ?? pod.spec?.restartPolicy ?? "Always") !== "Never";
}
