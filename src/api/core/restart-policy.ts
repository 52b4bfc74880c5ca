import type { Container } from "./v1.ts";

/** Whether a container that has ended with this code is started again; its own rules and policy come before those of its pod. */
export function mayRestart(container: Readonly<Container>, policyOfPod: string | undefined, exitCode: number): boolean {
  if (container.restartPolicy) {
    for (const { exitCodes, action } of container.restartPolicyRules ?? []) {
      if (!exitCodes) continue;
      const listed = exitCodes.values?.includes(exitCode) ?? false;
      if (exitCodes.operator === "In" ? !listed : exitCodes.operator !== "NotIn" || listed) continue;
      if (action === "Restart" || action === "RestartAllContainers") return true;
      break;
    }
  }
  const policy = container.restartPolicy ?? policyOfPod ?? "Always";
  return policy === "Always" || (policy === "OnFailure" && exitCode !== 0);
}
