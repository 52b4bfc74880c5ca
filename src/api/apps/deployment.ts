import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { age, containerCells, selectorString, selectorText } from "../columns.ts";
import { dropDisabledTemplateFields } from "../core/disabled-fields.ts";
import { defaultPodTemplate } from "../core/pod-defaults.ts";
import { workloadWarnings } from "../core/pod-warnings.ts";
import { defineResource } from "../define-resource.ts";
import { requireSame, selectorForm } from "../internal-form.ts";
import { type Errors, requireNonNegative } from "../validation.ts";
import type { Deployment, DeploymentSpec, DeploymentStrategy } from "./v1.ts";
import {
  isNone,
  validateAtMostAll,
  validateCollisionCount,
  validateIntOrPercent,
  validateRunningTemplate,
  validateWorkloadSelector,
} from "./workload-validation.ts";

const at = path("spec");

export const deployments = defineResource<Deployment>("apps", "deployments", {
  emptyObject: { spec: { replicas: 0, selector: null } },
  default(deployment) {
    deployment.spec ??= {} as DeploymentSpec;
    const { spec } = deployment;
    spec.template ??= {};
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ||= "RollingUpdate";
    if (spec.strategy.type === "RollingUpdate") {
      spec.strategy.rollingUpdate ??= {};
      spec.strategy.rollingUpdate.maxUnavailable ??= "25%";
      spec.strategy.rollingUpdate.maxSurge ??= "25%";
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    defaultPodTemplate(spec.template);
  },
  dropDisabled: ({ spec }) => dropDisabledTemplateFields(spec?.template),
  prepareForCreate(deployment) {
    deployment.status = {};
  },
  prepareForUpdate(deployment, old, { subresource }) {
    if (subresource === "status") {
      // Of all kinds, only this one takes its labels back.
      if (old.metadata.labels) deployment.metadata.labels = old.metadata.labels;
      else delete deployment.metadata.labels;
      return;
    }
    // Annotations count as well: the revision and the change cause go over to the replica sets.
    if (subresource === "" && !deepEqual(deployment.metadata.annotations ?? {}, old.metadata.annotations ?? {})) {
      deployment.metadata.generation = (old.metadata.generation ?? 0) + 1;
    }
  },
  validate(deployment) {
    const errors: Errors = [];
    const spec = deployment.spec ?? ({} as DeploymentSpec);
    requireNonNegative(errors, spec.replicas, at, "replicas");
    validateWorkloadSelector(errors, spec.selector, "deployment", at);
    validateRunningTemplate(errors, spec.template, spec.selector, "ReplicaSet", at);
    validateStrategy(errors, spec.strategy ?? {}, at.child("strategy"));
    requireNonNegative(errors, spec.minReadySeconds, at, "minReadySeconds");
    requireNonNegative(errors, spec.revisionHistoryLimit, at, "revisionHistoryLimit");
    const deadline = spec.progressDeadlineSeconds;
    if (deadline !== undefined) {
      requireNonNegative(errors, deadline, at, "progressDeadlineSeconds");
      if (deadline <= (spec.minReadySeconds ?? 0)) {
        errors.push(field.invalid(at.child("progressDeadlineSeconds"), deadline, "must be greater than minReadySeconds"));
      }
    }
    return errors;
  },
  validateUpdate(deployment, old) {
    const errors: Errors = [];
    requireSame(errors, selectorForm, deployment.spec?.selector, old.spec?.selector, at.child("selector"));
    return errors;
  },
  validateStatus(deployment, old) {
    const errors: Errors = [];
    const status = deployment.status ?? {};
    const where = path("status");
    for (const name of [
      "observedGeneration",
      "replicas",
      "updatedReplicas",
      "readyReplicas",
      "availableReplicas",
      "unavailableReplicas",
      "terminatingReplicas",
      "collisionCount",
    ] as const) {
      requireNonNegative(errors, status[name], where, name);
    }
    const more = (a: number | undefined, b: number | undefined) => (a ?? 0) > (b ?? 0);
    const text = "cannot be greater than status.replicas";
    for (const name of ["updatedReplicas", "readyReplicas", "availableReplicas"] as const) {
      if (more(status[name], status.replicas)) errors.push(field.invalid(where.child(name), status[name] ?? 0, text));
    }
    if (more(status.availableReplicas, status.readyReplicas)) {
      errors.push(field.invalid(where.child("availableReplicas"), status.availableReplicas ?? 0, "cannot be greater than readyReplicas"));
    }
    validateCollisionCount(errors, status.collisionCount, old.status?.collisionCount, where);
    return errors;
  },
  warnings: (deployment, old) => workloadWarnings(deployment, old),
  row(deployment, { now }) {
    const status = deployment.status ?? {};
    return [
      deployment.metadata.name ?? "",
      `${status.readyReplicas ?? 0}/${deployment.spec?.replicas ?? 0}`,
      status.updatedReplicas ?? 0,
      status.availableReplicas ?? 0,
      age(deployment.metadata, now),
      ...containerCells(deployment.spec?.template?.spec),
      // Only the empty object of a bookmark has none.
      deployment.spec?.selector ? selectorText(deployment.spec.selector) : "",
    ];
  },
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    selector: (deployment) => selectorString(deployment.spec?.selector),
  },
});

function validateStrategy(errors: Errors, strategy: DeploymentStrategy, where: FieldPath): void {
  switch (strategy.type) {
    case "Recreate":
      if (strategy.rollingUpdate) {
        errors.push(field.forbidden(where.child("rollingUpdate"), "may not be specified when strategy `type` is 'Recreate'"));
      }
      return;
    case "RollingUpdate": {
      const rolling = where.child("rollingUpdate");
      if (!strategy.rollingUpdate) {
        errors.push(field.required(rolling, "this should be defaulted and never be nil"));
        return;
      }
      const { maxSurge, maxUnavailable } = strategy.rollingUpdate;
      validateIntOrPercent(errors, maxUnavailable, rolling, "maxUnavailable");
      validateIntOrPercent(errors, maxSurge, rolling, "maxSurge");
      if (isNone(maxUnavailable) && isNone(maxSurge)) {
        errors.push(field.invalid(rolling.child("maxUnavailable"), maxUnavailable ?? 0, "may not be 0 when `maxSurge` is 0"));
      }
      validateAtMostAll(errors, maxUnavailable, rolling, "maxUnavailable");
      return;
    }
    default:
      errors.push(
        field.notSupported(where, { Type: strategy.type ?? "", RollingUpdate: shownRolling(strategy) }, ["Recreate", "RollingUpdate"]),
      );
  }
}

/** As upstream's messages show it. */
function shownRolling({ rollingUpdate }: DeploymentStrategy): unknown {
  if (!rollingUpdate) return null;
  return { MaxUnavailable: rollingUpdate.maxUnavailable ?? 0, MaxSurge: rollingUpdate.maxSurge ?? 0 };
}
