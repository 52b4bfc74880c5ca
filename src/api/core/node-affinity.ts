import type { Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec, PreferredSchedulingTerm } from "./v1.ts";

/** The part of a node that selection looks at. */
type Selected = Pick<Node, "metadata">;

/** Whether the pod may run on the node by its `nodeSelector` and its required node affinity. */
export function matchesNodeRequirements(spec: PodSpec | undefined, node: Selected): boolean {
  const selector = spec?.nodeSelector;
  if (selector) {
    const labels = node.metadata.labels;
    for (const key in selector) if (labels?.[key] !== selector[key]) return false;
  }
  const required = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || matchesNodeSelector(required, node);
}

/** The terms are alternatives; a selector without terms matches nothing. */
export function matchesNodeSelector(selector: NodeSelector, node: Selected): boolean {
  return selector.nodeSelectorTerms?.some((term) => matchesNodeSelectorTerm(term, node)) ?? false;
}

/** All requirements of a term must hold; a term without any matches nothing. */
function matchesNodeSelectorTerm(term: NodeSelectorTerm, node: Selected): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length === 0 && fields.length === 0) return false;
  for (const requirement of expressions) {
    if (!matchesRequirement(requirement, node.metadata.labels?.[requirement.key])) return false;
  }
  for (const requirement of fields) {
    const value = requirement.key === "metadata.name" ? (node.metadata.name ?? "") : undefined;
    if (!matchesRequirement(requirement, value)) return false;
  }
  return true;
}

/** The sum of the weights of the preferred terms that match; an empty preference matches every node. */
export function preferredNodeWeight(preferred: readonly PreferredSchedulingTerm[] | undefined, node: Selected): number {
  let weight = 0;
  for (const term of preferred ?? []) {
    const empty = !term.preference.matchExpressions?.length && !term.preference.matchFields?.length;
    if (term.weight !== 0 && (empty || matchesNodeSelectorTerm(term.preference, node))) weight += term.weight;
  }
  return weight;
}

function matchesRequirement(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (requirement.operator) {
    case "In":
      return value !== undefined && (requirement.values?.includes(value) ?? false);
    case "NotIn":
      return value === undefined || !requirement.values?.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
    case "Lt": {
      const actual = integer(value);
      const bound = integer(requirement.values?.[0]);
      if (actual === undefined || bound === undefined) return false;
      return requirement.operator === "Gt" ? actual > bound : actual < bound;
    }
    default:
      return false;
  }
}

function integer(text: string | undefined): bigint | undefined {
  return text !== undefined && /^[+-]?[0-9]+$/.test(text) ? BigInt(text.startsWith("+") ? text.slice(1) : text) : undefined;
}

/**
 * The only node names that the required terms can match, when each term pins `metadata.name`; undefined when any
 * node may match. Pods of daemon sets pin theirs this way.
 */
export function pinnedNodeNames(spec: PodSpec | undefined): Set<string> | undefined {
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (!terms || terms.length === 0) return undefined;
  const names = new Set<string>();
  for (const term of terms) {
    const pins = term.matchFields?.filter((field) => field.key === "metadata.name" && field.operator === "In");
    if (!pins || pins.length === 0) return undefined;
    for (const name of pins[0]?.values ?? []) if (pins.every((pin) => pin.values?.includes(name))) names.add(name);
  }
  return names;
}
