import type { Pod } from "../../api/core/v1.ts";

/** The part of a pod that events about a container point to. */
export function fieldPathOf(pod: Pod, name: string): string {
  if (pod.spec?.initContainers?.some((container) => container.name === name)) return `spec.initContainers{${name}}`;
  if (pod.spec?.ephemeralContainers?.some((container) => container.name === name)) return `spec.ephemeralContainers{${name}}`;
  return `spec.containers{${name}}`;
}
