import type { ReplicaSet, StatefulSet } from "../api/apps/v1.ts";
import type { Pod, ReplicationController, Service } from "../api/core/v1.ts";
import type { Informer } from "../client/informer.ts";
import { controllerOf, namespaceOf } from "../machinery/object.ts";
import { compileLabelSelector, type LabelSelector, selectorFromLabels } from "../machinery/selectors/label-selector.ts";

export interface SelectorSources {
  services: Informer<Service>;
  replicationControllers: Informer<ReplicationController>;
  replicaSets: Informer<ReplicaSet>;
  statefulSets: Informer<StatefulSet>;
}

/**
 * The pods that a pod is to be spread against when it says nothing itself: those of its services and of its controller. It
 * selects everything when there is neither.
 */
export function defaultSelector(pod: Pod, sources: SelectorSources): LabelSelector {
  const namespace = namespaceOf(pod);
  const podLabels = pod.metadata.labels ?? {};
  const labels: Record<string, string> = {};
  for (const service of sources.services.list(namespace)) {
    const selector = service.spec?.selector;
    if (selector && matches(selector, podLabels)) Object.assign(labels, selector);
  }
  const owner = controllerOf(pod);
  if (owner) {
    const key = `${namespace}/${owner.name}`;
    if (owner.kind === "ReplicationController") Object.assign(labels, sources.replicationControllers.get(key)?.spec?.selector);
    const set =
      owner.kind === "ReplicaSet" ? sources.replicaSets.get(key) : owner.kind === "StatefulSet" ? sources.statefulSets.get(key) : undefined;
    if (set?.spec?.selector) {
      return compileLabelSelector({
        ...set.spec.selector,
        matchLabels: { ...labels, ...set.spec.selector.matchLabels },
      });
    }
  }
  return selectorFromLabels(labels);
}

function matches(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  for (const key in selector) if (labels[key] !== selector[key]) return false;
  return true;
}
