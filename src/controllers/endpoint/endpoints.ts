import { targetPortOf } from "../../api/core/pod-ports.ts";
import { isPodReady, isPodTerminal } from "../../api/core/pod-status.ts";
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Pod, Service } from "../../api/core/v1.ts";
import { endpoints as endpointsRef, pods as podsRef, services as servicesRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isAlreadyExists, isNotFound } from "../../machinery/errors.ts";
import { deepEqual, nameOf, namespaceOf, splitKey, uidOf } from "../../machinery/object.ts";
import { endpointHostname, followServicePods, podAddress, selects } from "./service-pods.ts";

/** An Endpoints object tells no more addresses than this. */
const maxAddresses = 1000;
const overCapacity = "endpoints.kubernetes.io/over-capacity";
const managedBy = "endpoints.kubernetes.io/managed-by";
const headless = "service.kubernetes.io/headless";

/** Keeps the Endpoints object of each service with a selector: the older form of endpoint slices. */
export function startEndpointsController(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const services = deps.informers.informer(servicesRef);
  const pods = deps.informers.informer(podsRef);
  const existing = deps.informers.informer(endpointsRef);
  return startController({
    name: "endpoint",
    deps,
    informers: [services, pods, existing],
    setup(queue, on) {
      followServicePods(services, pods, queue, on);
      on(existing, { delete: (object) => queue.add(`${namespaceOf(object)}/${nameOf(object)}`) });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const service = services.get(key);
      if (!service) {
        if (existing.get(key)?.metadata.labels?.[managedBy] !== undefined)
          await deps.client.delete(endpointsRef, name, { namespace }).catch(ignoreNotFound);
        return;
      }
      if (!service.spec?.selector || service.spec.type === "ExternalName") return;
      const selected = pods.list(namespace).filter((pod) => selects(service.spec?.selector, pod.metadata.labels));
      const { subsets, truncated } = subsetsOf(service, selected);
      const labels: Record<string, string> = { ...service.metadata.labels, [managedBy]: "endpoint-controller" };
      delete labels[headless];
      if (service.spec.clusterIP === "None") labels[headless] = "";
      const current = existing.get(key);
      if (current && deepEqual(current.subsets ?? [], subsets) && deepEqual(current.metadata.labels ?? {}, labels)) return;
      const annotations = { ...current?.metadata.annotations };
      delete annotations[overCapacity];
      if (truncated) annotations[overCapacity] = "truncated";
      const wanted: Endpoints = {
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: current ? { ...current.metadata, labels, annotations } : { name, namespace, labels, annotations },
        subsets,
      };
      if (current) await deps.client.update(endpointsRef, wanted);
      else {
        await deps.client.create(endpointsRef, wanted).catch((error) => {
          // The namespace is on its way out, or the cache hasn't heard of the object yet.
          if (!isAlreadyExists(error) && !isNotFound(error)) throw error;
        });
      }
    },
  });
}

/** The subsets of a service: addresses with the same ports stand together, in upstream's order. */
export function subsetsOf(service: Service, pods: readonly Pod[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const family = service.spec?.ipFamilies?.[0] === "IPv6" ? "IPv6" : "IPv4";
  const groups = new Map<string, { ports: EndpointPort[]; ready: EndpointAddress[]; notReady: EndpointAddress[] }>();
  let count = 0;
  let truncated = false;
  for (const pod of pods) {
    const ip = podAddress(pod, family);
    if (!ip || isPodTerminal(pod)) continue;
    if (pod.metadata.deletionTimestamp && !service.spec?.publishNotReadyAddresses) continue;
    const ports: EndpointPort[] = [];
    for (const port of service.spec?.ports ?? []) {
      const number = targetPortOf(pod.spec, port);
      if (number === undefined) continue;
      ports.push({
        ...(port.name ? { name: port.name } : {}),
        port: number,
        protocol: port.protocol ?? "TCP",
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      });
    }
    if (ports.length === 0 && (service.spec?.ports ?? []).length > 0) continue;
    if (count === maxAddresses) {
      truncated = true;
      break;
    }
    count++;
    const hostname = endpointHostname(pod, service);
    const address: EndpointAddress = {
      ip,
      ...(hostname ? { hostname } : {}),
      ...(pod.spec?.nodeName ? { nodeName: pod.spec.nodeName } : {}),
      targetRef: { kind: "Pod", namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) },
    };
    const signature = JSON.stringify(ports);
    const group = groups.get(signature) ?? { ports, ready: [], notReady: [] };
    groups.set(signature, group);
    (isPodReady(pod) || service.spec?.publishNotReadyAddresses ? group.ready : group.notReady).push(address);
  }
  const byAddress = (a: EndpointAddress, b: EndpointAddress) => (a.ip < b.ip ? -1 : a.ip > b.ip ? 1 : 0);
  const subsets = [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([, { ports, ready, notReady }]): EndpointSubset => ({
        ...(ready.length > 0 ? { addresses: ready.sort(byAddress) } : {}),
        ...(notReady.length > 0 ? { notReadyAddresses: notReady.sort(byAddress) } : {}),
        ...(ports.length > 0 ? { ports } : {}),
      }),
    );
  return { subsets, truncated };
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
