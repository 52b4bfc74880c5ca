import type { Logger } from "../../machinery/logger.ts";
import type { AnyObject } from "../../machinery/object.ts";
import type { Random } from "../../machinery/random.ts";
import type { Store } from "../../storage/store.ts";
import type { AdmissionPlugin } from "../admit.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { ResourceCatalog } from "../catalog.ts";
import type { PodSecurityMetrics } from "../metrics/pod-security-metrics.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { ReviewWebhookDeps } from "../review-webhook.ts";
import type { TypeCatalog } from "../types.ts";
import { alwaysAdmit, alwaysDeny } from "./always.ts";
import { alwaysPullImages } from "./always-pull-images.ts";
import { certificateRequestPlugins } from "./certificate-requests.ts";
import type { AdmissionConfiguration } from "./configuration.ts";
import { defaultIngressClass } from "./default-ingress-class.ts";
import { eventRateLimit } from "./event-rate-limit.ts";
import { extendedResourceToleration } from "./extended-resource-toleration.ts";
import { imagePolicyWebhook } from "./image-policy-webhook.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceAutoProvision, namespaceExists } from "./namespace-existence.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction.ts";
import { taintNodesByCondition } from "./node-taints.ts";
import { ownerReferencesPermissions } from "./owner-references.ts";
import { pluginNames } from "./plugin-names.ts";
import { limitPodHardAntiAffinityTopology } from "./pod-anti-affinity-topology.ts";
import { podNodeSelector } from "./pod-node-selector.ts";
import { podResizeValidator } from "./pod-resize.ts";
import { podSecurity } from "./pod-security/plugin.ts";
import { podTolerationRestriction } from "./pod-toleration-restriction.ts";
import { defaultTolerationSeconds } from "./pod-tolerations.ts";
import { podTopologyLabels } from "./pod-topology-labels.ts";
import { priorityAdmission } from "./priority.ts";
import { resourceQuota } from "./resource-quota.ts";
import { runtimeClassAdmission } from "./runtime-class.ts";
import { serviceAccountAdmission } from "./service-account.ts";
import { denyServiceExternalIPs } from "./service-external-ips.ts";
import { claimResize, defaultStorageClass, storageObjectInUseProtection } from "./storage-admission.ts";

export interface PluginDeps extends ReviewWebhookDeps {
  readonly objects: ObjectReader;
  readonly store: Store;
  readonly types: TypeCatalog;
  readonly logger: Logger;
  readonly random: Random;
  readonly catalog: ResourceCatalog;
  readonly authorizer: Authorizer;
  readonly podSecurityMetrics: PodSecurityMetrics;
  /** Makes a namespace, unless somebody else was faster. */
  createNamespace(namespace: AnyObject): Promise<void>;
  readonly configuration: AdmissionConfiguration;
}

/** Those of the plug-ins that are enabled, with the others that were made for the server, in upstream's order. */
export function admissionPlugins(deps: PluginDeps, enabled: ReadonlySet<string>, others: readonly AdmissionPlugin[]): AdmissionPlugin[] {
  const { objects, store, clock, random, catalog, authorizer, configuration } = deps;
  const all = [
    alwaysAdmit,
    namespaceAutoProvision(objects, (namespace) => deps.createNamespace(namespace)),
    namespaceLifecycle(objects),
    namespaceExists(objects),
    limitPodHardAntiAffinityTopology,
    limitRanger(objects),
    serviceAccountAdmission(objects, random),
    nodeRestriction(objects, authorizer),
    taintNodesByCondition,
    alwaysPullImages,
    ...(configuration.imagePolicy ? [imagePolicyWebhook(deps, configuration.imagePolicy)] : []),
    podSecurity(objects, deps.podSecurityMetrics, configuration.podSecurity),
    podNodeSelector(objects, configuration.nodeSelectors ?? {}),
    priorityAdmission(objects),
    defaultTolerationSeconds(),
    podTolerationRestriction(objects, configuration.tolerations ?? {}),
    eventRateLimit(clock, configuration.eventLimits ?? []),
    extendedResourceToleration,
    defaultStorageClass(objects),
    storageObjectInUseProtection,
    ownerReferencesPermissions(catalog, authorizer),
    claimResize(objects),
    runtimeClassAdmission(objects),
    ...certificateRequestPlugins(authorizer),
    defaultIngressClass(objects),
    denyServiceExternalIPs,
    podTopologyLabels(objects),
    podResizeValidator(objects),
    resourceQuota({ objects, store, types: deps.types, clock, limited: configuration.limitedResources ?? [] }),
    alwaysDeny,
    ...others,
  ];
  const byName = new Map(all.map((plugin) => [plugin.name, plugin]));
  return pluginNames.flatMap((name) => (enabled.has(name) ? (byName.get(name) ?? []) : []));
}
