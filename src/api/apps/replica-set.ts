import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { age, containerCells, selectorString, selectorText } from "../columns.ts";
import { dropDisabledTemplateFields } from "../core/disabled-fields.ts";
import { defaultPodTemplate } from "../core/pod-defaults.ts";
import { workloadWarnings } from "../core/pod-warnings.ts";
import { defineResource } from "../define-resource.ts";
import { requireSame, selectorForm } from "../internal-form.ts";
import { type Errors, requireNonNegative } from "../validation.ts";
import type { ReplicaSet, ReplicaSetSpec } from "./v1.ts";
import { validateRunningTemplate, validateWorkloadSelector } from "./workload-validation.ts";

const at = path("spec");

export const replicasets = defineResource<ReplicaSet>("apps", "replicasets", {
  emptyObject: { spec: { replicas: 0, selector: null } },
  default(set) {
    set.spec ??= {} as ReplicaSetSpec;
    set.spec.template ??= {};
    set.spec.replicas ??= 1;
    defaultPodTemplate(set.spec.template);
  },
  dropDisabled: ({ spec }) => dropDisabledTemplateFields(spec?.template),
  prepareForCreate(set) {
    set.status = { replicas: 0 };
  },
  validate(set) {
    const errors: Errors = [];
    const spec = set.spec ?? ({} as ReplicaSetSpec);
    requireNonNegative(errors, spec.replicas, at, "replicas");
    requireNonNegative(errors, spec.minReadySeconds, at, "minReadySeconds");
    validateWorkloadSelector(errors, spec.selector, "deployment", at);
    validateRunningTemplate(errors, spec.template, spec.selector, "ReplicaSet", at);
    return errors;
  },
  validateUpdate(set, old) {
    const errors: Errors = [];
    requireSame(errors, selectorForm, set.spec?.selector, old.spec?.selector, at.child("selector"));
    return errors;
  },
  validateStatus: (set) => validateReplicaStatus(set.status ?? { replicas: 0 }, path("status")),
  warnings: (set, old) => workloadWarnings(set, old),
  row: (set, { now }) => [
    set.metadata.name ?? "",
    set.spec?.replicas ?? 0,
    set.status?.replicas ?? 0,
    set.status?.readyReplicas ?? 0,
    age(set.metadata, now),
    ...containerCells(set.spec?.template?.spec),
    selectorText(set.spec?.selector),
  ],
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    selector: (set) => selectorString(set.spec?.selector),
  },
});

interface ReplicaCounts {
  replicas: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  observedGeneration?: number;
  terminatingReplicas?: number;
}

/** The counts of a replica set's or a replication controller's status fit together. */
export function validateReplicaStatus(status: ReplicaCounts, where: FieldPath): Errors {
  const errors: Errors = [];
  for (const name of [
    "replicas",
    "fullyLabeledReplicas",
    "readyReplicas",
    "availableReplicas",
    "observedGeneration",
    "terminatingReplicas",
  ] as const) {
    requireNonNegative(errors, status[name], where, name);
  }
  const text = "cannot be greater than status.replicas";
  for (const name of ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"] as const) {
    if ((status[name] ?? 0) > (status.replicas ?? 0)) errors.push(field.invalid(where.child(name), status[name] ?? 0, text));
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    errors.push(field.invalid(where.child("availableReplicas"), status.availableReplicas ?? 0, "cannot be greater than readyReplicas"));
  }
  return errors;
}
