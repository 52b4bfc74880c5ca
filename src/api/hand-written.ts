import { mutatingadmissionpolicies, validatingadmissionpolicies } from "./admissionregistration/policies.ts";
import { mutatingadmissionpolicybindings, validatingadmissionpolicybindings } from "./admissionregistration/policy-bindings.ts";
import { mutatingwebhookconfigurations, validatingwebhookconfigurations } from "./admissionregistration/webhook-configurations.ts";
import { customresourcedefinitions } from "./apiextensions/custom-resource-definition.ts";
import { apiservices } from "./apiregistration/api-service.ts";
import { controllerrevisions } from "./apps/controller-revision.ts";
import { daemonsets } from "./apps/daemon-set.ts";
import { deployments } from "./apps/deployment.ts";
import { replicasets } from "./apps/replica-set.ts";
import { statefulsets } from "./apps/stateful-set.ts";
import { autoscalers } from "./autoscaling/horizontal-pod-autoscaler.ts";
import { autoscalersV1 } from "./autoscaling/horizontal-pod-autoscaler-v1.ts";
import { cronjobs } from "./batch/cron-job.ts";
import { jobs } from "./batch/job.ts";
import { certificatesigningrequests } from "./certificates/certificate-signing-request.ts";
import { leases } from "./coordination/lease.ts";
import { componentstatuses } from "./core/component-status.ts";
import { configmaps } from "./core/config-map.ts";
import { endpoints } from "./core/endpoints.ts";
import { events } from "./core/event.ts";
import { limitranges } from "./core/limit-range.ts";
import { namespaces } from "./core/namespace.ts";
import { nodes } from "./core/node.ts";
import { persistentvolumes } from "./core/persistent-volume.ts";
import { persistentvolumeclaims } from "./core/persistent-volume-claim.ts";
import { pods } from "./core/pod.ts";
import { podtemplates } from "./core/pod-template.ts";
import { replicationcontrollers } from "./core/replication-controller.ts";
import { resourcequotas } from "./core/resource-quota.ts";
import { secrets } from "./core/secret.ts";
import { services } from "./core/service.ts";
import { serviceaccounts } from "./core/service-account.ts";
import type { DeclaredBehaviour } from "./define-resource.ts";
import { endpointslices } from "./discovery/endpoint-slice.ts";
import { newEvents } from "./events/event.ts";
import { flowschemas } from "./flowcontrol/flow-schema.ts";
import { prioritylevelconfigurations } from "./flowcontrol/priority-level.ts";
import { ingresses } from "./networking/ingress.ts";
import { ingressclasses } from "./networking/ingress-class.ts";
import { ipaddresses } from "./networking/ip-address.ts";
import { networkpolicies } from "./networking/network-policy.ts";
import { servicecidrs } from "./networking/service-cidr.ts";
import { runtimeclasses } from "./node/runtime-class.ts";
import { poddisruptionbudgets } from "./policy/pod-disruption-budget.ts";
import { clusterrolebindings, clusterroles, rolebindings, roles } from "./rbac/rbac.ts";
import { deviceclasses, resourceclaims, resourceclaimtemplates } from "./resource/resource-kinds.ts";
import { resourceslices } from "./resource/resource-slice.ts";
import { priorityclasses } from "./scheduling/priority-class.ts";
import { csidrivers } from "./storage/csi-driver.ts";
import { csinodes } from "./storage/csi-node.ts";
import { csistoragecapacities } from "./storage/csi-storage-capacity.ts";
import { storageclasses } from "./storage/storage-class.ts";
import { volumeattachments } from "./storage/volume-attachment.ts";
import { volumeattributesclasses } from "./storage/volume-attributes-class.ts";

/** Every behaviour that is written by hand. */
export const handWritten: readonly DeclaredBehaviour[] = [
  componentstatuses,
  configmaps,
  endpoints,
  events,
  limitranges,
  namespaces,
  nodes,
  persistentvolumeclaims,
  persistentvolumes,
  pods,
  podtemplates,
  replicationcontrollers,
  resourcequotas,
  secrets,
  serviceaccounts,
  services,
  controllerrevisions,
  daemonsets,
  deployments,
  replicasets,
  statefulsets,
  newEvents,
  autoscalers,
  autoscalersV1,
  cronjobs,
  jobs,
  ingressclasses,
  ingresses,
  networkpolicies,
  ipaddresses,
  servicecidrs,
  poddisruptionbudgets,
  clusterrolebindings,
  clusterroles,
  rolebindings,
  roles,
  csidrivers,
  csinodes,
  csistoragecapacities,
  storageclasses,
  volumeattachments,
  volumeattributesclasses,
  runtimeclasses,
  priorityclasses,
  leases,
  endpointslices,
  apiservices,
  deviceclasses,
  resourceclaims,
  resourceclaimtemplates,
  resourceslices,
  certificatesigningrequests,
  customresourcedefinitions,
  flowschemas,
  prioritylevelconfigurations,
  mutatingadmissionpolicies,
  mutatingadmissionpolicybindings,
  mutatingwebhookconfigurations,
  validatingadmissionpolicies,
  validatingadmissionpolicybindings,
  validatingwebhookconfigurations,
];
