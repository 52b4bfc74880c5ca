import { type ApprovalState, approvalOf, isProtectedGroup } from "../../api/apiextensions/definition-validation.ts";
import { validateStructural } from "../../api/apiextensions/structural-schema.ts";
import type { CustomResourceDefinition, CustomResourceDefinitionCondition } from "../../api/apiextensions/v1.ts";
import { field, path } from "../../machinery/errors.ts";

export type Told = Omit<CustomResourceDefinitionCondition, "lastTransitionTime">;

export function told(type: string, status: string, reason: string, message: string): Told {
  return { type, status, reason, message };
}

export function conditionOf({ status }: CustomResourceDefinition, type: string): CustomResourceDefinitionCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export function isTrue(definition: CustomResourceDefinition, type: string): boolean {
  return conditionOf(definition, type)?.status === "True";
}

/** The conditions with one set anew. Its time stays while its status does. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[] | undefined,
  next: Told,
  now: string,
): CustomResourceDefinitionCondition[] {
  const all = [...(conditions ?? [])];
  const at = all.findIndex(({ type }) => type === next.type);
  const old = all[at];
  const lastTransitionTime = old?.status === next.status ? (old.lastTransitionTime ?? now) : now;
  const { type, status, ...rest } = next;
  all[at < 0 ? all.length : at] = { ...old, type, status, lastTransitionTime, ...rest };
  return all;
}

/** Told of schemas that break the rules of structure, as definitions of old may have them. */
export function nonStructural({ spec }: CustomResourceDefinition): Told | undefined {
  const texts: string[] = [];
  if (spec.preserveUnknownFields) texts.push(field.invalid("spec.preserveUnknownFields", true, "must be false").text);
  spec.versions.forEach(({ schema }, index) => {
    if (!schema?.openAPIV3Schema) return;
    const at = path("spec", "versions").index(index).child("schema", "openAPIV3Schema");
    texts.push(...validateStructural(schema.openAPIV3Schema, at).map(({ text }) => text));
  });
  if (texts.length === 0) return undefined;
  return told("NonStructuralSchema", "True", "Violations", texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]`);
}

const approvalReasons: Readonly<Record<ApprovalState, [status: string, reason: string]>> = {
  approved: ["True", "ApprovedAnnotation"],
  bypassed: ["False", "UnapprovedAnnotation"],
  missing: ["False", "MissingAnnotation"],
  invalid: ["False", "InvalidAnnotation"],
};

/** Told of definitions in the groups of the Kubernetes community. */
export function approval(definition: CustomResourceDefinition): Told | undefined {
  if (!isProtectedGroup(definition.spec.group)) return undefined;
  const { state, message } = approvalOf(definition);
  const [status, reason] = approvalReasons[state];
  return told("KubernetesAPIApprovalPolicyConformant", status, reason, message);
}
