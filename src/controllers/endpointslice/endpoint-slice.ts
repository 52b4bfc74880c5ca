import type { Node, Pod } from "../../api/core/v1.ts";
import type { EndpointSlice } from "../../api/discovery/v1.ts";
import { endpointslices, nodes as nodesRef, pods as podsRef, services as servicesRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import { keyOf, nameOf, namespaceOf } from "../../machinery/object.ts";
import { followServicePods, selects } from "../endpoint/service-pods.ts";
import { isNamespaceTerminating } from "../workloads/pod-control.ts";
import { withRecorder } from "../workloads/run-workload.ts";
import { planSlices, zoneLabel } from "./plan.ts";
import { SliceCache } from "./slice-cache.ts";

const serviceName = "kubernetes.io/service-name";
const managedBy = "endpointslice.kubernetes.io/managed-by";
const controllerName = "endpointslice-controller.k8s.io";

/** Keeps the endpoint slices of each service with a selector. */
export function startEndpointSliceController(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const { client, informers } = deps;
  const services = informers.informer(servicesRef);
  const pods = informers.informer(podsRef);
  const nodes = informers.informer(nodesRef);
  const slices = informers.informer(endpointslices);
  const cache = new SliceCache(slices, serviceOf);
  const recorder = createEventRecorder({ ...deps, component: "endpoint-slice-controller" });
  const controller = startController({
    name: "endpointslice",
    deps,
    informers: [services, pods, nodes, slices],
    setup(queue, on) {
      followServicePods(services, pods, queue, on);
      const enqueueService = (slice: EndpointSlice) => {
        const service = serviceOf(slice);
        if (service !== undefined) queue.add(service);
      };
      on(slices, {
        add(slice) {
          if (cache.seen(slice)) enqueueService(slice);
        },
        update(slice, old) {
          if (cache.seen(slice)) enqueueService(slice);
          if (serviceOf(old) !== serviceOf(slice)) enqueueService(old);
        },
        delete(slice) {
          if (cache.gone(slice)) enqueueService(slice);
        },
      });
      const enqueuePodsOf = (node: Node) => {
        for (const pod of pods.list()) if (pod.spec?.nodeName === nameOf(node)) for (const key of servicesOf(pod)) queue.add(key);
      };
      on(nodes, {
        // Pods of a node that isn't known have no endpoints.
        add: enqueuePodsOf,
        update(node, old) {
          if (node.metadata.labels?.[zoneLabel] !== old.metadata.labels?.[zoneLabel]) enqueuePodsOf(node);
        },
        delete: enqueuePodsOf,
      });
    },
    async sync(key) {
      const service = services.get(key);
      if (!service) {
        // Slices of a deleted service are collected with their owner.
        cache.forget(key);
        return;
      }
      // Without a selector, whoever made the service keeps its slices; those that are there stay.
      if (!service.spec?.selector || service.spec.type === "ExternalName" || service.metadata.deletionTimestamp) return;
      const selected = pods.list(namespaceOf(service)).filter((pod) => selects(service.spec?.selector, pod.metadata.labels));
      const plan = planSlices(service, selected, (name) => nodes.get(name), cache.of(key), {
        [serviceName]: nameOf(service),
        [managedBy]: controllerName,
      });
      try {
        for (const slice of plan.create) cache.wrote(key, await client.create(endpointslices, slice));
        for (const slice of plan.update) cache.wrote(key, await client.update(endpointslices, slice));
        for (const slice of plan.remove) {
          await client.delete(endpointslices, nameOf(slice), { namespace: namespaceOf(slice) }).catch((error) => {
            if (!isNotFound(error)) throw error;
          });
          cache.removed(key, slice);
        }
      } catch (error) {
        cache.forget(key);
        // A namespace on its way out takes nothing new.
        if (isNamespaceTerminating(error)) return;
        if (!isConflict(error) && !isNotFound(error)) {
          recorder.event(
            service,
            "Warning",
            "FailedToUpdateEndpointSlices",
            `Error updating Endpoint Slices for Service ${key}: ${(error as Error).message}`,
          );
        }
        throw error;
      }
    },
  });
  return withRecorder(recorder, controller);

  function servicesOf(pod: Pod): string[] {
    return services
      .list(namespaceOf(pod))
      .filter((service) => selects(service.spec?.selector, pod.metadata.labels))
      .map(keyOf);
  }
}

/** The service whose slice this is; undefined when somebody else keeps it. */
function serviceOf(slice: EndpointSlice): string | undefined {
  const labels = slice.metadata.labels;
  const name = labels?.[serviceName];
  return name !== undefined && labels?.[managedBy] === controllerName ? `${namespaceOf(slice)}/${name}` : undefined;
}
