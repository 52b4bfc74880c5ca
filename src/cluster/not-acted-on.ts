import type { ComponentName } from "./options.ts";

/** Resources that are stored although nothing in this cluster acts on them, with what is missing. */
const notBuilt: Record<string, string> = {
  "networkpolicies.networking.k8s.io": "nothing enforces it in this cluster",
  "ingresses.networking.k8s.io": "no ingress controller is built in",
  "horizontalpodautoscalers.autoscaling": "nothing scales by it in this version",
  "csidrivers.storage.k8s.io": "CSI drivers are not called in this version",
  "csinodes.storage.k8s.io": "CSI drivers are not called in this version",
  "csistoragecapacities.storage.k8s.io": "CSI drivers are not called in this version",
  "volumeattachments.storage.k8s.io": "nothing attaches volumes in this version",
  "volumeattributesclasses.storage.k8s.io": "nothing applies volume attributes in this version",
  "deviceclasses.resource.k8s.io": "devices are not allocated in this version",
  "resourceclaims.resource.k8s.io": "devices are not allocated in this version",
  "resourceclaimtemplates.resource.k8s.io": "devices are not allocated in this version",
  "resourceslices.resource.k8s.io": "devices are not allocated in this version",
  "servicecidrs.networking.k8s.io": "service addresses come from the range given at start in this version",
  "runtimeclasses.node.k8s.io": "only the runtime's own handlers are used in this version",
};

/** Resources that need a component. */
const needs: Record<string, ComponentName> = {
  pods: "scheduler",
  resourcequotas: "controllers",
  "deployments.apps": "controllers",
  "replicasets.apps": "controllers",
  "statefulsets.apps": "controllers",
  "daemonsets.apps": "controllers",
  "jobs.batch": "controllers",
  "cronjobs.batch": "controllers",
  replicationcontrollers: "controllers",
  "certificatesigningrequests.certificates.k8s.io": "controllers",
};

/** What a create of such a resource is warned of; undefined when something acts on it. */
export function unsupportedText(resource: string, components: ReadonlySet<ComponentName>): string | undefined {
  const text = notBuilt[resource];
  if (text) return text;
  const component = needs[resource];
  return component && !components.has(component) ? `what would act on it (${component}) does not run in this cluster` : undefined;
}

/** All that nothing acts on, for `kybern status`. */
export function unsupportedResources(): [resource: string, text: string][] {
  return Object.entries(notBuilt);
}
