import type { Pod, Service } from "../../api/core/v1.ts";
import type { AddHandler } from "../../client/controller.ts";
import type { Informer } from "../../client/informer.ts";
import type { WorkQueue } from "../../client/work-queue.ts";
import { deepEqual, keyOf, namespaceOf } from "../../machinery/object.ts";

/** Whether all labels of a service's selector are on the pod. A service without a selector has no pods of its own. */
export function selects(selector: Readonly<Record<string, string>> | undefined, labels: Readonly<Record<string, string>> = {}): boolean {
  let any = false;
  for (const key in selector) {
    if (labels[key] !== selector[key]) return false;
    any = true;
  }
  return any;
}

/** Puts services into the queue when they change, and when a pod that they select comes, goes, or changes what endpoints tell of it. */
export function followServicePods(services: Informer<Service>, pods: Informer<Pod>, queue: WorkQueue, on: AddHandler): void {
  const enqueue = (service: Service) => queue.add(keyOf(service));
  const enqueueServicesOf = (pod: Pod) => {
    for (const service of services.list(namespaceOf(pod))) {
      if (selects(service.spec?.selector, pod.metadata.labels)) queue.add(keyOf(service));
    }
  };
  on(services, { add: enqueue, update: enqueue, delete: enqueue });
  on(pods, {
    add: enqueueServicesOf,
    update(pod, old) {
      const labelsChanged = !deepEqual(pod.metadata.labels, old.metadata.labels);
      if (labelsChanged) enqueueServicesOf(old);
      if (labelsChanged || endpointChanged(pod, old)) enqueueServicesOf(pod);
    },
    delete: enqueueServicesOf,
  });
}

function endpointChanged(pod: Pod, old: Pod): boolean {
  return (
    pod.status?.phase !== old.status?.phase ||
    pod.metadata.deletionTimestamp !== old.metadata.deletionTimestamp ||
    pod.spec?.nodeName !== old.spec?.nodeName ||
    pod.spec?.hostname !== old.spec?.hostname ||
    readyStatus(pod) !== readyStatus(old) ||
    !deepEqual(pod.status?.podIPs, old.status?.podIPs)
  );
}

function readyStatus(pod: Pod): string | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === "Ready")?.status;
}

/** The pod's address of an IP family. */
export function podAddress(pod: Pod, family: "IPv4" | "IPv6"): string | undefined {
  const all = pod.status?.podIPs?.map((entry) => entry.ip) ?? (pod.status?.podIP ? [pod.status.podIP] : []);
  return all.find((ip) => ip.includes(":") === (family === "IPv6"));
}

/** The host name that DNS tells for the pod: only where the pod asks for one below this service's name. */
export function endpointHostname(pod: Pod, service: Service): string | undefined {
  return pod.spec?.hostname && pod.spec.subdomain === service.metadata.name ? pod.spec.hostname : undefined;
}
