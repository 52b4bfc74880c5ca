import { field, path } from "../../machinery/errors.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { validateAtMostAll, validateIntOrPercent } from "../apps/workload-validation.ts";
import { age } from "../columns.ts";
import { validateConditions } from "../condition-rules.ts";
import { defineResource } from "../define-resource.ts";
import { internalForm } from "../internal-form.ts";
import { type Errors, requireNonNegative } from "../validation.ts";
import type { PodDisruptionBudget } from "./v1.ts";

const at = path("spec");

export const poddisruptionbudgets = defineResource<PodDisruptionBudget>("policy", "poddisruptionbudgets", {
  ignoresMetaOfStatus: true,
  takesAnyFinalizer: true,
  createChecks: ["kind"],
  updateChecks: ["kind"],
  default(budget) {
    budget.spec ??= {};
  },
  prepareForCreate(budget) {
    budget.status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  },
  validate(budget) {
    const errors: Errors = [];
    const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = budget.spec ?? {};
    if (minAvailable !== undefined && maxUnavailable !== undefined) {
      const shown = internalForm("api/policy/v1#PodDisruptionBudgetSpec", budget.spec);
      errors.push(field.invalid(at, shown, "minAvailable and maxUnavailable cannot be both set"));
    }
    for (const [name, value] of [
      ["minAvailable", minAvailable],
      ["maxUnavailable", maxUnavailable],
    ] as const) {
      validateIntOrPercent(errors, value, at, name);
      validateAtMostAll(errors, value, at, name);
    }
    errors.push(...validateLabelSelector(selector, at.child("selector")));
    if (unhealthyPodEvictionPolicy !== undefined && !["AlwaysAllow", "IfHealthyBudget"].includes(unhealthyPodEvictionPolicy)) {
      errors.push(
        field.notSupported(at.child("unhealthyPodEvictionPolicy"), unhealthyPodEvictionPolicy, ["AlwaysAllow", "IfHealthyBudget"]),
      );
    }
    return errors;
  },
  validateStatus(budget) {
    const errors: Errors = [];
    validateConditions(errors, budget.status?.conditions, path("status", "conditions"));
    for (const name of ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"] as const) {
      requireNonNegative(errors, budget.status?.[name], path("status"), name);
    }
    return errors;
  },
  row: (budget, { now }) => [
    budget.metadata.name ?? "",
    String(budget.spec?.minAvailable ?? "N/A"),
    String(budget.spec?.maxUnavailable ?? "N/A"),
    budget.status?.disruptionsAllowed ?? 0,
    age(budget.metadata, now),
  ],
  allowUnconditionalUpdate: false,
});
