import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { quote } from "../../machinery/quote.ts";
import { validateLabelSelector } from "../../machinery/validation/selector.ts";
import { age, containerCells, labelsText, selectorText } from "../columns.ts";
import { dropDisabledTemplateFields } from "../core/disabled-fields.ts";
import { defaultPodTemplate } from "../core/pod-defaults.ts";
import { validatePodTemplate } from "../core/pod-validation.ts";
import { podTemplateWarnings } from "../core/pod-warnings.ts";
import { defineResource } from "../define-resource.ts";
import { internalForm, requireSame, selectorForm } from "../internal-form.ts";
import { type Errors, requireNonNegative } from "../validation.ts";
import type { DaemonSet, DaemonSetSpec } from "./v1.ts";
import {
  isEmptySelector,
  isNone,
  validateAlwaysRestarted,
  validateAtMostAll,
  validateCollisionCount,
  validateIntOrPercent,
  validateSelected,
} from "./workload-validation.ts";

const at = path("spec");
/** Counts the changes of the template; upstream still shows it. */
const templateGeneration = "deprecated.daemonset.template.generation";

export const daemonsets = defineResource<DaemonSet>("apps", "daemonsets", {
  specAnnotations: [templateGeneration],
  emptyObject: { metadata: { annotations: { [templateGeneration]: "0" } }, spec: { selector: null } },
  updateChecks: ["metaUpdate", "update", "kind"],
  default(set) {
    set.spec ??= {} as DaemonSetSpec;
    const { spec } = set;
    spec.template ??= {};
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= "RollingUpdate";
    if (spec.updateStrategy.type === "RollingUpdate") {
      spec.updateStrategy.rollingUpdate ??= {};
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 1;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    } else if (spec.updateStrategy.rollingUpdate) {
      // Upstream's form always has both.
      spec.updateStrategy.rollingUpdate.maxUnavailable ??= 0;
      spec.updateStrategy.rollingUpdate.maxSurge ??= 0;
    }
    spec.revisionHistoryLimit ??= 10;
    defaultPodTemplate(spec.template);
    // Upstream's form always has it, so that who creates the object owns it.
    if (set.metadata.annotations?.[templateGeneration] === undefined) {
      set.metadata.annotations = { ...set.metadata.annotations, [templateGeneration]: "0" };
    }
  },
  unconvertible({ metadata }) {
    const text = metadata.annotations?.[templateGeneration] ?? "0";
    const isNumber = /^[+-]?\d+$/.test(text);
    if (isNumber && BigInt.asIntN(64, BigInt(text.replace("+", ""))) === BigInt(text.replace("+", ""))) return undefined;
    return `strconv.ParseInt: parsing ${quote(text)}: ${isNumber ? "value out of range" : "invalid syntax"}`;
  },
  dropDisabled: ({ spec }) => dropDisabledTemplateFields(spec?.template),
  prepareForCreate(set) {
    const given = BigInt(set.metadata.annotations?.[templateGeneration]?.replace("+", "") ?? 0);
    set.metadata.annotations = { ...set.metadata.annotations, [templateGeneration]: String(given > 0n ? given : 1n) };
    set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
  },
  prepareForUpdate(set, old) {
    const before = old.metadata.annotations?.[templateGeneration];
    if (before === undefined) return;
    const changed = !deepEqual(set.spec?.template, old.spec?.template);
    set.metadata.annotations = { ...set.metadata.annotations, [templateGeneration]: changed ? String(BigInt(before) + 1n) : before };
  },
  validate(set) {
    const errors: Errors = [];
    const spec = set.spec ?? ({} as DaemonSetSpec);
    errors.push(...validateLabelSelector(spec.selector, at.child("selector")));
    validateSelected(errors, spec.template, spec.selector, at, undefined);
    if (spec.selector && isEmptySelector(spec.selector)) {
      errors.push(
        field.invalid(at.child("selector"), internalForm(selectorForm, spec.selector), "empty selector is invalid for daemonset"),
      );
    }
    validatePodTemplate(errors, spec.template, at.child("template"));
    validateAlwaysRestarted(errors, spec.template, "DaemonSet", at);
    requireNonNegative(errors, spec.minReadySeconds, at, "minReadySeconds");
    validateUpdateStrategy(errors, spec);
    requireNonNegative(errors, spec.revisionHistoryLimit, at, "revisionHistoryLimit");
    return errors;
  },
  validateUpdate(set, old) {
    const errors: Errors = [];
    requireSame(errors, selectorForm, set.spec?.selector, old.spec?.selector, at.child("selector"));
    return errors;
  },
  warnings: (set, old) =>
    old && deepEqual(set.spec?.template, old.spec?.template) ? [] : podTemplateWarnings(set.spec?.template, "spec.template"),
  validateStatus(set, old) {
    const errors: Errors = [];
    const where = path("status");
    for (const name of counts) requireNonNegative(errors, set.status?.[name], where, name);
    validateCollisionCount(errors, set.status?.collisionCount, old.status?.collisionCount, where);
    return errors;
  },
  row(set, { now }) {
    const status = set.status;
    return [
      set.metadata.name ?? "",
      status?.desiredNumberScheduled ?? 0,
      status?.currentNumberScheduled ?? 0,
      status?.numberReady ?? 0,
      status?.updatedNumberScheduled ?? 0,
      status?.numberAvailable ?? 0,
      labelsText(set.spec?.template?.spec?.nodeSelector),
      age(set.metadata, now),
      ...containerCells(set.spec?.template?.spec),
      selectorText(set.spec?.selector),
    ];
  },
});

const counts = [
  "currentNumberScheduled",
  "numberMisscheduled",
  "desiredNumberScheduled",
  "numberReady",
  "observedGeneration",
  "updatedNumberScheduled",
  "numberAvailable",
  "numberUnavailable",
  "collisionCount",
] as const;

function validateUpdateStrategy(errors: Errors, spec: DaemonSetSpec): void {
  const strategy = spec.updateStrategy ?? {};
  const where = at.child("updateStrategy");
  if (strategy.type === "OnDelete") return;
  if (strategy.type !== "RollingUpdate") {
    const shown = internalForm("api/apps/v1#DaemonSetUpdateStrategy", strategy);
    errors.push(field.notSupported(where, shown, ["RollingUpdate", "OnDelete"]));
    return;
  }
  const rolling = where.child("rollingUpdate");
  if (!strategy.rollingUpdate) {
    errors.push(field.required(rolling));
    return;
  }
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate;
  validateIntOrPercent(errors, maxUnavailable, rolling, "maxUnavailable");
  validateIntOrPercent(errors, maxSurge, rolling, "maxSurge");
  validateAtMostAll(errors, maxUnavailable, rolling, "maxUnavailable");
  validateAtMostAll(errors, maxSurge, rolling, "maxSurge");
  if (!isNone(maxUnavailable) && !isNone(maxSurge)) {
    errors.push(field.invalid(rolling.child("maxSurge"), maxSurge, "may not be set when maxUnavailable is non-zero"));
  }
  if (isNone(maxUnavailable) && isNone(maxSurge)) {
    errors.push(field.required(rolling.child("maxUnavailable"), "cannot be 0 when maxSurge is 0"));
  }
}
