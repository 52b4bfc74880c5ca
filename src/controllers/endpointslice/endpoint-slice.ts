import type { Node, Pod, Service } from "../../api/core/v1.ts";
import type { EndpointSlice } from "../../api/discovery/v1.ts";
import { endpointslices, nodes as nodesRef, pods as podsRef, services as servicesRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import { createEventRecorder } from "../../client/event-recorder.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { nameOf, namespaceOf } from "../../machinery/object.ts";
import { followServicePods, selects } from "../endpoint/service-pods.ts";
import { planSlices } from "./plan.ts";

const serviceName = "kubernetes.io/service-name";
const managedBy = "endpointslice.kubernetes.io/managed-by";
const controllerName = "endpointslice-controller.k8s.io";

/** Keeps the endpoint slices of each service with a selector. */
export function startEndpointSliceController(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const services = deps.informers.informer(servicesRef);
  const pods = deps.informers.informer(podsRef);
  const nodes = deps.informers.informer(nodesRef);
  const slices = deps.informers.informer(endpointslices);
  slices.addIndex("service", (slice) => {
    const name = slice.metadata.labels?.[serviceName];
    return name !== undefined && slice.metadata.labels?.[managedBy] === controllerName ? [`${namespaceOf(slice)}/${name}`] : [];
  });
  const recorder = createEventRecorder({ ...deps, component: "endpoint-slice-controller" });
  // Writes that the cache hasn't told of yet: a plan made on an older cache would write them again.
  const written = new Map<string, string>();
  const controller = startController({
    name: "endpointslice",
    deps,
    informers: [services, pods, nodes, slices],
    setup(queue, on) {
      followServicePods(services, pods, queue, on);
      const enqueueOwner = (slice: EndpointSlice) => {
        const name = slice.metadata.labels?.[serviceName];
        if (name !== undefined && slice.metadata.labels?.[managedBy] === controllerName) queue.add(`${namespaceOf(slice)}/${name}`);
      };
      on(slices, {
        update: (slice, old) => {
          if (written.get(nameOf(slice)) !== slice.metadata.resourceVersion) enqueueOwner(slice);
          else written.delete(nameOf(slice));
          if (old.metadata.labels?.[serviceName] !== slice.metadata.labels?.[serviceName]) enqueueOwner(old);
        },
        delete: (slice) => {
          written.delete(nameOf(slice));
          enqueueOwner(slice);
        },
      });
      on(nodes, {
        update(node, old) {
          if (zoneOf(node) === zoneOf(old)) return;
          for (const pod of pods.list()) if (pod.spec?.nodeName === nameOf(node)) for (const key of servicesOf(pod)) queue.add(key);
        },
      });
    },
    async sync(key) {
      const current = slices.byIndex("service", key);
      const service = services.get(key);
      if (!service?.spec?.selector || service.spec.type === "ExternalName" || service.metadata.deletionTimestamp) {
        // Slices of a deleted service are collected with their owner; those of a changed one go here.
        if (service) for (const slice of current) await remove(slice);
        return;
      }
      const selected = pods.list(namespaceOf(service)).filter((pod) => selects(service.spec?.selector, pod.metadata.labels));
      const plan = planSlices(service, selected, (name) => zoneOf(nodes.get(name)), current, {
        [serviceName]: nameOf(service),
        [managedBy]: controllerName,
      });
      try {
        for (const slice of plan.create) await deps.client.create(endpointslices, slice);
        for (const slice of plan.update) {
          const stored = await deps.client.update(endpointslices, slice);
          written.set(nameOf(stored), stored.metadata.resourceVersion ?? "");
        }
        for (const slice of plan.remove) await remove(slice);
      } catch (error) {
        if (isNotFound(error)) return;
        recorder.event(
          service,
          "Warning",
          "FailedToUpdateEndpointSlices",
          `Error updating Endpoint Slices for Service ${key}: ${(error as Error).message}`,
        );
        throw error;
      }
    },
  });
  return {
    async stop() {
      await controller.stop();
      await recorder.stop();
    },
  };

  async function remove(slice: EndpointSlice): Promise<void> {
    await deps.client.delete(endpointslices, nameOf(slice), { namespace: namespaceOf(slice) }).catch((error) => {
      if (!isNotFound(error)) throw error;
    });
  }

  function servicesOf(pod: Pod): string[] {
    return services
      .list(namespaceOf(pod))
      .filter((service: Service) => selects(service.spec?.selector, pod.metadata.labels))
      .map((service) => `${namespaceOf(service)}/${nameOf(service)}`);
  }
}

function zoneOf(node: Node | undefined): string | undefined {
  return node?.metadata.labels?.["topology.kubernetes.io/zone"];
}
