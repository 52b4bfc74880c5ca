import { isRestartableInit } from "../../api/core/pod-status.ts";
import type { Container, Pod } from "../../api/core/v1.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";

/** Whether a container that has ended is started again. */
export function shouldRestart(pod: Pod, container: Container, ended: Pick<ContainerStatus, "exitCode">): boolean {
  for (const rule of container.restartPolicyRules ?? []) {
    const codes = rule.exitCodes;
    const listed = codes?.values?.includes(ended.exitCode) ?? false;
    if (codes && (codes.operator === "In" ? listed : !listed)) return rule.action === "Restart";
  }
  const policy = container.restartPolicy ?? pod.spec?.restartPolicy ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && ended.exitCode !== 0);
}

/** Whether an init container that has ended is run again; sidecars always are. */
export function shouldRestartInit(pod: Pod, container: Container, ended: Pick<ContainerStatus, "exitCode">): boolean {
  if (isRestartableInit(container)) return true;
  if (ended.exitCode === 0) return false;
  if (container.restartPolicy || container.restartPolicyRules) return shouldRestart(pod, container, ended);
  return (pod.spec?.restartPolicy ?? "Always") !== "Never";
}
