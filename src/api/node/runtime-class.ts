import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { validateLabels } from "../../machinery/validation/labels.ts";
import { nameIsDNSLabel } from "../../machinery/validation/names.ts";
import { validateTolerations } from "../core/affinity-validation.ts";
import { deprecatedNodeLabels } from "../core/deprecations.ts";
import { validateResourceRequirements } from "../core/resource-validation.ts";
import type { Toleration } from "../core/v1.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import type { RuntimeClass } from "./v1.ts";

export const runtimeclasses = defineResource<RuntimeClass>("node.k8s.io", "runtimeclasses", {
  updateChecks: ["meta", "kind", "metaUpdate", "update"],
  validate(runtimeClass) {
    const errors: Errors = [];
    const { handler = "", overhead, scheduling } = runtimeClass;
    if (handler === "") errors.push(field.required(path("handler")));
    else complain(errors, path("handler"), handler, nameIsDNSLabel(handler, false));
    if (overhead) validateResourceRequirements(errors, { limits: overhead.podFixed ?? {} }, path("overhead"));
    if (!scheduling) return errors;
    const at = path("scheduling");
    if (scheduling.nodeSelector) errors.push(...validateLabels(scheduling.nodeSelector, at.child("nodeSelector")));
    validateTolerations(errors, scheduling.tolerations, at.child("tolerations"));
    validateDifferent(errors, scheduling.tolerations, at.child("tolerations"));
    return errors;
  },
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
      const text = deprecatedNodeLabels[key];
      return text ? [`scheduling.nodeSelector: ${text}`] : [];
    }),
  validateUpdate(runtimeClass, old) {
    if (runtimeClass.handler === old.handler) return [];
    return [field.invalid(path("handler"), runtimeClass.handler ?? "", "field is immutable")];
  },
  takesAnyFinalizer: true,
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
});

function validateDifferent(errors: Errors, tolerations: readonly Toleration[] | undefined, at: FieldPath): void {
  const seen = new Set<string>();
  for (const [index, { key = "", operator = "", value = "", effect = "", tolerationSeconds = null }] of (tolerations ?? []).entries()) {
    const text = JSON.stringify([key, operator, value, effect]);
    if (seen.has(text)) {
      const shown = { Key: key, Operator: operator, Value: value, Effect: effect, TolerationSeconds: tolerationSeconds };
      errors.push(field.duplicate(at.index(index), shown));
    }
    seen.add(text);
  }
}
