import type { Pod } from "../../api/core/v1.ts";
import type { PriorityClass } from "../../api/scheduling/v1.ts";
import type { AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";
import { refuse } from "./refuse.ts";

const classesName = "priorityclasses.scheduling.k8s.io";

/** The classes that are there even before they are stored. */
const systemClasses: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

/** Resolves a pod's priority class into its priority. */
export function priorityAdmission(objects: ObjectReader): AdmissionPlugin {
  return {
    name: "Priority",
    resources: ["pods", classesName],
    admit(attributes) {
      const { operation, subresource, resource } = attributes;
      if (resource.qualifiedName !== "pods" || subresource !== "" || !attributes.object) return;
      const { spec } = attributes.object as Pod | { spec: undefined };
      if (!spec) return;
      if (operation === "UPDATE") {
        // A pod of old without a priority keeps what it has; a change is refused by validation.
        const old = (attributes.old as Pod | undefined)?.spec;
        // Where they are missing the spec is another than the stored one, so that it isn't shared.
        if (spec.priority === undefined && old?.priority !== undefined) spec.priority = old.priority;
        if (spec.preemptionPolicy === undefined && old?.preemptionPolicy !== undefined) spec.preemptionPolicy = old.preemptionPolicy;
        return;
      }
      if (operation !== "CREATE") return;
      const resolved = spec.priorityClassName ? named(spec.priorityClassName) : byDefault();
      if (!resolved) throw refuse(attributes, `no PriorityClass with name ${spec.priorityClassName} was found`);
      const { name, value, preemptionPolicy } = resolved;
      if (spec.priority !== undefined && spec.priority !== value) {
        throw refuse(
          attributes,
          `the integer value of priority (${spec.priority}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
        );
      }
      if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== preemptionPolicy) {
        throw refuse(
          attributes,
          `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
        );
      }
      if (name !== "") spec.priorityClassName = name;
      spec.priority = value;
      spec.preemptionPolicy = preemptionPolicy;
    },
    validate(attributes) {
      const { operation, resource } = attributes;
      if (resource.qualifiedName !== classesName || (operation !== "CREATE" && operation !== "UPDATE")) return;
      const added = attributes.object as unknown as PriorityClass;
      if (!added.globalDefault) return;
      const other = defaultClass();
      if (other && other.metadata.name !== added.metadata.name) {
        throw refuse(attributes, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`);
      }
    },
  };

  function named(name: string) {
    const found = objects.get(classesName, "", name)?.value as PriorityClass | undefined;
    const value = found?.value ?? systemClasses[name];
    return value === undefined ? undefined : { name, value, preemptionPolicy: found?.preemptionPolicy ?? "PreemptLowerPriority" };
  }

  function byDefault() {
    const found = defaultClass();
    return {
      name: found?.metadata.name ?? "",
      value: found?.value ?? 0,
      preemptionPolicy: found?.preemptionPolicy ?? "PreemptLowerPriority",
    };
  }

  /** The default class; of several (a race made them) the one of the lowest value. */
  function defaultClass(): PriorityClass | undefined {
    let found: PriorityClass | undefined;
    for (const entry of objects.list(classesName)) {
      const candidate = entry.value as unknown as PriorityClass;
      if (candidate.globalDefault && (!found || (candidate.value ?? 0) < (found.value ?? 0))) found = candidate;
    }
    return found;
  }
}
