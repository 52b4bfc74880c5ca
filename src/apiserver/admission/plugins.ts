import type { Random } from "../../machinery/random.ts";
import type { AdmissionPlugin } from "../admit.ts";
import type { Authorizer } from "../authorization/authorizer.ts";
import type { ObjectReader } from "../object-reader.ts";
import { limitRanger } from "./limit-ranger.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";
import { nodeRestriction } from "./node-restriction.ts";
import { taintNodesByCondition } from "./node-taints.ts";
import { podSecurity } from "./pod-security/plugin.ts";
import { defaultTolerationSeconds } from "./pod-tolerations.ts";
import { podTopologyLabels } from "./pod-topology-labels.ts";
import { priorityAdmission } from "./priority.ts";
import { serviceAccountAdmission } from "./service-account.ts";
import { defaultStorageClass, storageObjectInUseProtection } from "./storage-admission.ts";

/** The built-in plug-ins in upstream's order. */
export function builtInPlugins(objects: ObjectReader, random: Random, authorizer: Authorizer): AdmissionPlugin[] {
  return [
    namespaceLifecycle(objects),
    limitRanger(objects),
    serviceAccountAdmission(objects, random),
    nodeRestriction(objects, authorizer),
    taintNodesByCondition,
    podSecurity(objects),
    priorityAdmission(objects),
    defaultTolerationSeconds(),
    podTopologyLabels(objects),
    defaultStorageClass(objects),
    storageObjectInUseProtection,
  ];
}
