import type { ConfigMap, Namespace } from "../../api/core/v1.ts";
import { configmaps, namespaces, serviceaccounts } from "../../api/refs.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import { startController } from "../../client/controller.ts";
import type { InformerFactory } from "../../client/informer.ts";
import { isAlreadyExists, isNotFound } from "../../machinery/errors.ts";
import { deepEqual, nameOf, namespaceOf } from "../../machinery/object.ts";
import { isNamespaceTerminating } from "../workloads/pod-control.ts";

const defaultAccount = "default";
const authorityMap = "kube-root-ca.crt";
const authorityKey = "ca.crt";
const description = "kubernetes.io/description";
const descriptionText =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.";

/** Gives every namespace its `default` service account. */
export function startServiceAccountController(deps: ComponentDeps & { informers: InformerFactory }): Component {
  const namespaceInformer = deps.informers.informer(namespaces);
  const accounts = deps.informers.informer(serviceaccounts);
  return startController({
    name: "serviceaccount",
    deps,
    informers: [namespaceInformer, accounts],
    setup(queue, on) {
      const enqueue = (namespace: Namespace) => queue.add(nameOf(namespace));
      on(namespaceInformer, { add: enqueue, update: enqueue });
      on(accounts, {
        delete(account) {
          if (nameOf(account) === defaultAccount) queue.add(namespaceOf(account));
        },
      });
    },
    async sync(name) {
      if (!isActive(namespaceInformer.get(name)) || accounts.get(`${name}/${defaultAccount}`)) return;
      await createIfPossible(
        deps.client.create(serviceaccounts, {
          apiVersion: "v1",
          kind: "ServiceAccount",
          metadata: { name: defaultAccount, namespace: name },
        }),
      );
    },
  });
}

/** Gives every namespace the CA's certificate, by which pods know the API server. */
export function startRootCaPublisher(deps: ComponentDeps & { informers: InformerFactory; certificateAuthority: string }): Component {
  const namespaceInformer = deps.informers.informer(namespaces);
  const maps = deps.informers.informer(configmaps, { fieldSelector: `metadata.name=${authorityMap}` });
  const data = { [authorityKey]: deps.certificateAuthority };
  return startController({
    name: "root-ca-certificate-publisher",
    deps,
    informers: [namespaceInformer, maps],
    setup(queue, on) {
      const enqueue = (namespace: Namespace) => queue.add(nameOf(namespace));
      on(namespaceInformer, { add: enqueue, update: enqueue });
      const enqueueOf = (map: ConfigMap) => queue.add(namespaceOf(map));
      on(maps, { add: enqueueOf, update: enqueueOf, delete: enqueueOf });
    },
    async sync(name) {
      if (!isActive(namespaceInformer.get(name))) return;
      const current = maps.get(`${name}/${authorityMap}`);
      if (!current) {
        await createIfPossible(
          deps.client.create(configmaps, {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: authorityMap, namespace: name, annotations: { [description]: descriptionText } },
            data,
          }),
        );
      } else if (!deepEqual(current.data, data) || !current.metadata.annotations?.[description]) {
        const annotations = { ...current.metadata.annotations, [description]: descriptionText };
        await deps.client.update(configmaps, { ...current, metadata: { ...current.metadata, annotations }, data });
      }
    },
  });
}

function isActive(namespace: Namespace | undefined): boolean {
  return namespace !== undefined && namespace.metadata.deletionTimestamp === undefined;
}

/** Another's creation and a namespace that goes away in between are no failures. */
async function createIfPossible(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!isAlreadyExists(error) && !isNotFound(error) && !isNamespaceTerminating(error)) throw error;
  }
}
