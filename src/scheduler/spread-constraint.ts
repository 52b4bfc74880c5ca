import type { Pod, TopologySpreadConstraint } from "../api/core/v1.ts";
import { compileLabelSelector, type LabelSelector } from "../machinery/selectors/label-selector.ts";

/** A spreading constraint of a pod, compiled, with the values of `matchLabelKeys` added to its selector. */
export interface SpreadConstraint {
  /** `DoNotSchedule` rather than `ScheduleAnyway`. */
  required: boolean;
  maxSkew: number;
  topologyKey: string;
  minDomains: number;
  selector: LabelSelector;
  honorAffinity: boolean;
  honorTaints: boolean;
}

const none: readonly never[] = [];

export function spreadConstraints(pod: Pod): readonly SpreadConstraint[] {
  const constraints = pod.spec?.topologySpreadConstraints;
  return constraints && constraints.length > 0 ? constraints.map((constraint) => compiled(constraint, pod)) : none;
}

function compiled(constraint: TopologySpreadConstraint, pod: Pod): SpreadConstraint {
  const expressions = [...(constraint.labelSelector?.matchExpressions ?? [])];
  for (const key of constraint.matchLabelKeys ?? []) {
    const value = pod.metadata.labels?.[key];
    if (value !== undefined) expressions.push({ key, operator: "In", values: [value] });
  }
  return {
    required: constraint.whenUnsatisfiable === "DoNotSchedule",
    maxSkew: constraint.maxSkew,
    topologyKey: constraint.topologyKey,
    minDomains: constraint.minDomains ?? 1,
    selector: compileLabelSelector(constraint.labelSelector ? { ...constraint.labelSelector, matchExpressions: expressions } : undefined),
    honorAffinity: constraint.nodeAffinityPolicy !== "Ignore",
    honorTaints: constraint.nodeTaintsPolicy === "Honor",
  };
}
