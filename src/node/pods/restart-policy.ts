import { isRestartableInit } from "../../api/core/pod-status.ts";
import { mayRestart } from "../../api/core/restart-policy.ts";
import type { Container, Pod } from "../../api/core/v1.ts";
import type { ContainerStatus } from "../runtime/runtime.ts";

/** Whether a container that has ended is started again. Sidecars always are. */
export function shouldRestart(pod: Pod, container: Container, ended: Pick<ContainerStatus, "exitCode">): boolean {
  return mayRestart(container, pod.spec?.restartPolicy, ended.exitCode);
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
