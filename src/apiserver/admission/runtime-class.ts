import type { Pod } from "../../api/core/v1.ts";
import type { RuntimeClass } from "../../api/node/v1.ts";
import { StatusError } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { compareQuantities } from "../../machinery/quantity.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";
import { refuse } from "./refuse.ts";
import { mergeTolerations } from "./tolerations.ts";

type Amounts = Readonly<Record<string, string>>;

/** Pods get the overhead of their runtime class, and go where it says that they can run. */
export function runtimeClassAdmission(objects: ObjectReader): AdmissionPlugin {
  const classOf = (attributes: AdmissionAttributes): RuntimeClass | undefined => {
    const name = (attributes.object as Pod).spec?.runtimeClassName;
    if (name === undefined) return undefined;
    // Upstream's client refuses to ask for nothing.
    if (name === "") throw new StatusError(500, "", "resource name may not be empty");
    const entry = objects.get("runtimeclasses.node.k8s.io", "", name);
    if (!entry) throw refuse(attributes, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    return entry.value as unknown as RuntimeClass;
  };
  return {
    name: "RuntimeClass",
    resources: ["pods"],
    admit(attributes) {
      if (isIgnored(attributes)) return;
      const found = classOf(attributes);
      const { spec } = attributes.object as Pod;
      if (!found || !spec) return;
      const overhead = found.overhead?.podFixed;
      if (overhead) {
        if (spec.overhead && !sameAmounts(overhead, spec.overhead)) throw otherOverhead(attributes);
        spec.overhead = { ...overhead };
      }
      const { nodeSelector, tolerations } = found.scheduling ?? {};
      const given = spec.nodeSelector ?? {};
      for (const [key, value] of Object.entries(nodeSelector ?? {})) {
        if (!Object.hasOwn(given, key) || given[key] === value) continue;
        const what = `runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${given[key]}`;
        throw refuse(attributes, `conflict: ${what}`);
      }
      if (nodeSelector) spec.nodeSelector = { ...given, ...nodeSelector };
      if (tolerations) spec.tolerations = mergeTolerations(tolerations, spec.tolerations ?? []);
    },
    validate(attributes) {
      if (isIgnored(attributes)) return;
      const overhead = classOf(attributes)?.overhead?.podFixed;
      const { spec } = attributes.object as Pod;
      const given = attributes.empties ? attributes.empties.during(() => spec?.overhead) : spec?.overhead;
      if (overhead) {
        if (!sameAmounts(overhead, given ?? {})) throw otherOverhead(attributes);
      } else if (given) {
        throw refuse(attributes, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
      }
    },
  };
}

function isIgnored({ operation, subresource }: AdmissionAttributes): boolean {
  return operation !== "CREATE" || subresource !== "";
}

function otherOverhead(attributes: AdmissionAttributes) {
  return refuse(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
}

function sameAmounts(a: Amounts, b: Amounts): boolean {
  if (!deepEqual(Object.keys(a).sort(), Object.keys(b).sort())) return false;
  return Object.entries(a).every(([name, amount]) => compareQuantities(amount, b[name] as string) === 0);
}
