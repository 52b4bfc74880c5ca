import type { ContainerConfig, PodSandboxConfig } from "../node/runtime/runtime.ts";
import type { ContainerScript } from "../node/runtime/simulated/simulated-runtime.ts";

/** On a pod: after how many seconds its containers end by themselves on a simulated node. */
const runSecondsAnnotation = "kybern.io/simulated-run-seconds";
/** On a pod: the exit code of containers that end so. */
const exitCodeAnnotation = "kybern.io/simulated-exit-code";

const jobLabel = "batch.kubernetes.io/job-name";
const jobMilliseconds = 1000;

/**
 * What a container does that is data only. It runs until it is stopped, but for those whose end others wait for: init containers end at
 * once, and those of jobs after a second. The pod's annotations say otherwise.
 */
export function simulatedContainer(
  { init }: Pick<ContainerConfig, "init">,
  pod: Pick<PodSandboxConfig, "annotations" | "labels">,
): ContainerScript {
  if (init) return { runsMilliseconds: 0 };
  const exitCode = Number(pod.annotations?.[exitCodeAnnotation] ?? 0);
  const seconds = Number(pod.annotations?.[runSecondsAnnotation] ?? Number.NaN);
  if (seconds >= 0) return { runsMilliseconds: seconds * 1000, exitCode };
  return pod.labels?.[jobLabel] === undefined ? {} : { runsMilliseconds: jobMilliseconds, exitCode };
}
