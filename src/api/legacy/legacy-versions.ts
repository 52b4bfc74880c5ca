import type { AnyObject } from "../../machinery/object.ts";
import { flatCoreKinds } from "./core-v1beta1.ts";
import { coreV1beta3Kinds } from "./core-v1beta3.ts";
import { oldIngress } from "./ingress.ts";
import type { LegacyGroupVersion, LegacyKind } from "./legacy-kind.ts";
import { validName } from "./valid-name.ts";
import { appsV1beta1Workloads, appsV1beta2Workloads, batchV1beta1Kinds, extensionsWorkloads } from "./workloads.ts";

const networkPolicy: LegacyKind = {
  kind: "NetworkPolicy",
  resource: "networkpolicies",
  singular: "networkpolicy",
  served: { group: "networking.k8s.io", version: "v1" },
  toServed: (body) => body,
};

/** What an empty selector of v1beta1 means, which selected no pods: v1's selects all. */
const selectsNothing = [{ key: "pdb.kubernetes.io/deprecated-v1beta1-empty-selector-match", operator: "Exists" }];

const disruptionBudget: LegacyKind = {
  kind: "PodDisruptionBudget",
  resource: "poddisruptionbudgets",
  singular: "poddisruptionbudget",
  served: { group: "policy", version: "v1" },
  toServed(body) {
    const spec = body.spec as { selector?: { matchLabels?: object; matchExpressions?: unknown[] } } | undefined;
    const selector = spec?.selector;
    if (selector && Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0) {
      spec.selector = { matchExpressions: selectsNothing };
    }
    return body;
  },
  fromServed(object): AnyObject {
    const spec = object.spec as { selector?: { matchExpressions?: { key: string }[] } } | undefined;
    const [expression] = spec?.selector?.matchExpressions ?? [];
    return expression?.key === selectsNothing[0]?.key ? { ...object, spec: { ...spec, selector: {} } } : object;
  },
};

/** The old API versions that are served beside today's, in the order in which discovery names them. */
export const legacyVersions: readonly LegacyGroupVersion[] = [
  { group: "", version: "v1beta3", kinds: coreV1beta3Kinds, fate: "deprecated, unavailable in v1.0+" },
  { group: "", version: "v1beta2", kinds: flatCoreKinds, validName, fate: "deprecated, unavailable in v1.0+" },
  { group: "", version: "v1beta1", kinds: flatCoreKinds, validName, fate: "deprecated, unavailable in v1.0+" },
  { group: "apps", version: "v1beta2", kinds: appsV1beta2Workloads, fate: "deprecated in v1.9+, unavailable in v1.16+" },
  { group: "apps", version: "v1beta1", kinds: appsV1beta1Workloads, fate: "deprecated in v1.9+, unavailable in v1.16+" },
  { group: "batch", version: "v1beta1", kinds: batchV1beta1Kinds, fate: "deprecated in v1.21+, unavailable in v1.25+" },
  { group: "networking.k8s.io", version: "v1beta1", kinds: [oldIngress], fate: "deprecated in v1.19+, unavailable in v1.22+" },
  { group: "policy", version: "v1beta1", kinds: [disruptionBudget], fate: "deprecated in v1.21+, unavailable in v1.25+" },
  {
    group: "extensions",
    version: "v1beta1",
    kinds: [...extensionsWorkloads, { ...oldIngress, fate: "deprecated in v1.14+, unavailable in v1.22+" }, networkPolicy],
    fate: "deprecated in v1.9+, unavailable in v1.16+",
  },
];
