import type { Pod } from "../../api/core/v1.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";

/** The labels by which sandboxes and containers are known again, upstream's own. */
export const podLabels = {
  name: "io.kubernetes.pod.name",
  namespace: "io.kubernetes.pod.namespace",
  uid: "io.kubernetes.pod.uid",
  container: "io.kubernetes.container.name",
} as const;

export const containerAnnotations = {
  hash: "io.kubernetes.container.hash",
  restartCount: "io.kubernetes.container.restartCount",
  terminationMessagePath: "io.kubernetes.container.terminationMessagePath",
  terminationMessagePolicy: "io.kubernetes.container.terminationMessagePolicy",
  gracePeriod: "io.kubernetes.pod.terminationGracePeriod",
} as const;

export function identityLabels(pod: Pod): Record<string, string> {
  return { [podLabels.name]: nameOf(pod), [podLabels.namespace]: namespaceOf(pod), [podLabels.uid]: uidOf(pod) };
}
