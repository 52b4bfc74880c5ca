import type { Endpoints } from "../../api/core/v1.ts";
import { endpoints as endpointsRef, pods as podsRef, services as servicesRef } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isNotFound } from "../../machinery/errors.ts";
import { deepEqual, keyOf, splitKey } from "../../machinery/object.ts";
import { isNamespaceTerminating } from "../workloads/pod-control.ts";
import { followServicePods, selects } from "./service-pods.ts";
import { subsetsOf } from "./subsets.ts";

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
      on(existing, {
        // Left over by a service that went while nobody looked.
        add(object) {
          if (object.metadata.labels?.[managedBy] !== undefined && !services.get(keyOf(object))) queue.add(keyOf(object));
        },
        delete: (object) => queue.add(keyOf(object)),
      });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const service = services.get(key);
      if (!service) {
        if (existing.get(key)) await deps.client.delete(endpointsRef, name, { namespace }).catch(ignoreNotFound);
        return;
      }
      if (!service.spec?.selector || service.spec.type === "ExternalName") return;
      const selected = pods.list(namespace).filter((pod) => selects(service.spec?.selector, pod.metadata.labels));
      const { subsets, truncated } = subsetsOf(service, selected);
      const labels: Record<string, string> = { ...service.metadata.labels, [managedBy]: "endpoint-controller" };
      delete labels[headless];
      if (service.spec.clusterIP === "None") labels[headless] = "";
      const current = existing.get(key);
      const annotations = { ...current?.metadata.annotations };
      delete annotations[overCapacity];
      if (truncated) annotations[overCapacity] = "truncated";
      if (
        current &&
        deepEqual(current.subsets ?? [], subsets) &&
        deepEqual(current.metadata.labels ?? {}, labels) &&
        deepEqual(current.metadata.annotations ?? {}, annotations)
      )
        return;
      const wanted: Endpoints = {
        apiVersion: "v1",
        kind: "Endpoints",
        metadata: { ...(current?.metadata ?? { name, namespace }), labels, annotations },
        subsets,
      };
      if (current) await deps.client.update(endpointsRef, wanted);
      else {
        await deps.client.create(endpointsRef, wanted).catch((error) => {
          // A namespace on its way out takes nothing new.
          if (!isNotFound(error) && !isNamespaceTerminating(error)) throw error;
        });
      }
    },
  });
}

function ignoreNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}
