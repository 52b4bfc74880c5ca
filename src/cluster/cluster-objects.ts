import type { EndpointSlice } from "../api/discovery/v1.ts";
import type { ClusterRole, ClusterRoleBinding } from "../api/rbac/v1.ts";
import { clusterrolebindings, clusterroles, endpointslices, services, storageclasses } from "../api/refs.ts";
import type { Client } from "../client/client.ts";
import { ensure } from "../controllers/bootstrap/ensure.ts";
import { localPathClass } from "../controllers/persistentvolume/local-path.ts";
import { kubeDnsObjects } from "../dns/kube-dns-service.ts";
import { deepEqual } from "../machinery/object.ts";

/** The user as whom the proxy, DNS and the cleaner of local volumes of a node come. */
export const nodeServicesUser = "system:kybern:node-services";

const nodeServicesRole: ClusterRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: nodeServicesUser },
  rules: [
    { apiGroups: [""], resources: ["services", "endpoints", "nodes", "namespaces"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["persistentvolumes"], verbs: ["get", "list", "watch", "update", "delete"] },
    { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch", "update"] },
  ],
};

const nodeServicesBinding: ClusterRoleBinding = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRoleBinding",
  metadata: { name: nodeServicesUser },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: nodeServicesUser },
  subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: nodeServicesUser }],
};

/** Who may view a namespace may see what its pods use. */
const metricsReaderRole: ClusterRole = {
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: {
    name: "system:aggregated-metrics-reader",
    labels: {
      "rbac.authorization.k8s.io/aggregate-to-admin": "true",
      "rbac.authorization.k8s.io/aggregate-to-edit": "true",
      "rbac.authorization.k8s.io/aggregate-to-view": "true",
    },
  },
  rules: [{ apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] }],
};

export interface ClusterObjectsOptions {
  serviceClusterIpRange: string;
  /** Where the cluster's DNS server listens; absent when it isn't run. */
  dns?: { address: string; port: number };
  localVolumes: boolean;
}

/** What kybern itself adds to a cluster: the role of its node services, the DNS service, the default storage class. */
export async function ensureClusterObjects(client: Client, options: ClusterObjectsOptions): Promise<void> {
  await ensure(client, clusterroles, nodeServicesRole, (current) =>
    deepEqual(current.rules, nodeServicesRole.rules) ? undefined : { ...current, rules: nodeServicesRole.rules ?? [] },
  );
  await ensure(client, clusterrolebindings, nodeServicesBinding);
  await ensure(client, clusterroles, metricsReaderRole);
  if (options.localVolumes) await ensure(client, storageclasses, localPathClass);
  if (!options.dns) return;
  const { service, endpointSlices } = kubeDnsObjects({
    serviceCidrs: [options.serviceClusterIpRange],
    endpoints: [{ address: options.dns.address }],
    port: options.dns.port,
  });
  await ensure(client, services, service, (current) =>
    deepEqual(current.spec?.ports, service.spec?.ports)
      ? undefined
      : { ...current, spec: { ...current.spec, ports: service.spec?.ports ?? [] } },
  );
  for (const slice of endpointSlices) {
    await ensure(client, endpointslices, slice, (current: EndpointSlice) =>
      deepEqual(current.endpoints, slice.endpoints) && deepEqual(current.ports, slice.ports)
        ? undefined
        : { ...current, endpoints: slice.endpoints, ports: slice.ports ?? [] },
    );
  }
}
