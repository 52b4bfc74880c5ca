import { toldQosClass } from "../../api/core/pod-resources.ts";
import type { Pod, Toleration } from "../../api/core/v1.ts";
import { notFound, StatusError } from "../../machinery/errors.ts";
import { ownPart } from "../../machinery/object.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";
import { coversToleration, mergeTolerations } from "./tolerations.ts";

const defaultsKey = "scheduler.alpha.kubernetes.io/defaultTolerations";
const allowedKey = "scheduler.alpha.kubernetes.io/tolerationsWhitelist";

/** What holds in namespaces that say nothing. */
export interface TolerationConfiguration {
  readonly default?: readonly Toleration[];
  readonly whitelist?: readonly Toleration[];
}

/** Pods get the tolerations of their namespace, and have none that it doesn't allow. */
export function podTolerationRestriction(objects: ObjectReader, configuration: TolerationConfiguration): AdmissionPlugin {
  const ownTolerations = (namespace: string, key: string): readonly Toleration[] | undefined => {
    const entry = objects.get("namespaces", "", namespace);
    if (!entry) throw notFound({ group: "", resource: "namespaces" }, namespace);
    const text = entry.value.metadata.annotations?.[key];
    return text === undefined ? undefined : parseTolerations(text);
  };
  const check = (attributes: AdmissionAttributes) => {
    const tolerations = (attributes.object as Pod).spec?.tolerations ?? [];
    if (isIgnored(attributes) || tolerations.length === 0) return;
    const own = ownTolerations(attributes.namespace, allowedKey);
    const allowed = own ?? configuration.whitelist ?? [];
    if (allowed.length === 0 || tolerations.every((one) => allowed.some((other) => coversToleration(other, one)))) return;
    const whose = own ? "namespace" : "cluster";
    const what = "pod tolerations (possibly merged with namespace default tolerations)";
    throw new StatusError(500, "", `${what} conflict with its ${whose} whitelist`);
  };
  return {
    name: "PodTolerationRestriction",
    resources: ["pods"],
    admit(attributes) {
      if (isIgnored(attributes)) return;
      const spec = ownPart(attributes.object as Pod, "spec");
      if (!spec) return;
      const added: Toleration[] = [];
      if (attributes.operation === "CREATE")
        added.push(...(ownTolerations(attributes.namespace, defaultsKey) ?? configuration.default ?? []));
      if (toldQosClass(attributes.object as Pod) !== "BestEffort") {
        added.push({ key: "node.kubernetes.io/memory-pressure", operator: "Exists", effect: "NoSchedule" });
      }
      const merged = mergeTolerations(added, spec.tolerations ?? []);
      if (merged.length > 0) spec.tolerations = merged;
      check(attributes);
    },
    validate: check,
  };
}

function isIgnored({ operation, subresource }: AdmissionAttributes): boolean {
  return subresource !== "" || (operation !== "CREATE" && operation !== "UPDATE");
}

function parseTolerations(text: string): readonly Toleration[] {
  if (text === "") return [];
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new StatusError(500, "", (error as Error).message);
  }
  return Array.isArray(parsed) ? (parsed as Toleration[]) : [];
}
