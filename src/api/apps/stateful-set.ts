import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { isDNS1123Label } from "../../machinery/validation/names.ts";
import { age, containerCells, selectorString } from "../columns.ts";
import { defaultClaimSpec, defaultPodTemplate } from "../core/pod-defaults.ts";
import { validatePodTemplate } from "../core/pod-validation.ts";
import { podTemplateWarnings } from "../core/pod-warnings.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors, requireNonNegative } from "../validation.ts";
import type { StatefulSet, StatefulSetSpec } from "./v1.ts";
import { validateAlwaysRestarted, validateSelected, validateWorkloadSelector } from "./workload-validation.ts";

const at = path("spec");

export const statefulsets = defineResource<StatefulSet>("apps", "statefulsets", {
  default(set) {
    set.spec ??= {} as StatefulSetSpec;
    const { spec } = set;
    spec.template ??= {};
    spec.podManagementPolicy ||= "OrderedReady";
    spec.updateStrategy ??= {};
    if (!spec.updateStrategy.type) {
      spec.updateStrategy.type = "RollingUpdate";
      spec.updateStrategy.rollingUpdate ??= {};
    }
    if (spec.updateStrategy.type === "RollingUpdate" && spec.updateStrategy.rollingUpdate) {
      spec.updateStrategy.rollingUpdate.partition ??= 0;
      // Its feature is off: one pod at a time.
      delete spec.updateStrategy.rollingUpdate.maxUnavailable;
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= "Retain";
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= "Retain";
    spec.replicas ??= 1;
    spec.serviceName ??= "";
    spec.revisionHistoryLimit ??= 10;
    defaultPodTemplate(spec.template);
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion ||= "v1";
      claim.kind ||= "PersistentVolumeClaim";
      claim.status ??= {};
      claim.status.phase ??= "Pending";
      claim.spec ??= {};
      defaultClaimSpec(claim.spec);
    }
  },
  prepareForCreate(set) {
    set.status = { replicas: 0, availableReplicas: 0 };
  },
  validate: validateStatefulSet,
  validateUpdate(set, old) {
    const errors: Errors = [];
    const fixed = (spec: StatefulSetSpec | undefined) => {
      const rest = { ...spec };
      for (const name of mutable) delete rest[name];
      return rest;
    };
    if (!deepEqual(fixed(set.spec), fixed(old.spec))) {
      errors.push(
        field.forbidden(
          at,
          "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
        ),
      );
    }
    return errors;
  },
  validateStatus(set) {
    const errors: Errors = [];
    const status = set.status ?? { replicas: 0 };
    const where = path("status");
    for (const name of [
      "replicas",
      "readyReplicas",
      "currentReplicas",
      "updatedReplicas",
      "availableReplicas",
      "observedGeneration",
      "collisionCount",
    ] as const) {
      requireNonNegative(errors, status[name], where, name);
    }
    for (const name of ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"] as const) {
      if ((status[name] ?? 0) > (status.replicas ?? 0)) {
        errors.push(field.invalid(where.child(name), status[name], "cannot be greater than status.replicas"));
      }
    }
    if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
      errors.push(field.invalid(where.child("availableReplicas"), status.availableReplicas, "cannot be greater than status.readyReplicas"));
    }
    return errors;
  },
  warnings: (set, old) =>
    old && deepEqual(set.spec?.template, old.spec?.template) ? [] : podTemplateWarnings(set.spec?.template, "spec.template"),
  row: (set, { now }) => [
    set.metadata.name ?? "",
    `${set.status?.readyReplicas ?? 0}/${set.spec?.replicas ?? 0}`,
    age(set.metadata, now),
    ...containerCells(set.spec?.template?.spec),
  ],
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    selector: (set) => selectorString(set.spec?.selector),
  },
});

const mutable = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
] as const;

function validateStatefulSet(set: Readonly<StatefulSet>): Errors {
  const errors: Errors = [];
  const spec = set.spec ?? ({} as StatefulSetSpec);
  const policy = spec.podManagementPolicy ?? "";
  if (policy === "") errors.push(field.required(at.child("podManagementPolicy")));
  else if (policy !== "OrderedReady" && policy !== "Parallel") {
    errors.push(field.invalid(at.child("podManagementPolicy"), policy, "must be 'OrderedReady' or 'Parallel'"));
  }
  validateUpdateStrategy(errors, spec);
  const retention = spec.persistentVolumeClaimRetentionPolicy;
  for (const name of ["whenDeleted", "whenScaled"] as const) {
    const value = retention?.[name] ?? "";
    if (value !== "Retain" && value !== "Delete") {
      errors.push(field.notSupported(at.child("persistentVolumeClaimRetentionPolicy", name), value, ["Retain", "Delete"]));
    }
  }
  requireNonNegative(errors, spec.replicas, at, "replicas");
  requireNonNegative(errors, spec.minReadySeconds, at, "minReadySeconds");
  if (spec.ordinals) requireNonNegative(errors, spec.ordinals.start, at.child("ordinals"), "start");
  if (spec.serviceName) complain(errors, at.child("serviceName"), spec.serviceName, isDNS1123Label(spec.serviceName));
  validateWorkloadSelector(errors, spec.selector, "statefulset", at);
  validateSelected(errors, spec.template, spec.selector, at);
  // Mounts may name the volumes that the claim templates bring.
  validatePodTemplate(errors, withClaimVolumes(spec), at.child("template"));
  validateAlwaysRestarted(errors, spec.template, "StatefulSet", at);
  return errors;
}

function withClaimVolumes(spec: Readonly<StatefulSetSpec>): StatefulSetSpec["template"] {
  const claims = spec.volumeClaimTemplates;
  const pod = spec.template.spec;
  if (!claims || claims.length === 0 || !pod) return spec.template;
  const own = pod.volumes ?? [];
  const added = claims
    .filter((claim) => !own.some((volume) => volume.name === claim.metadata?.name))
    .map((claim) => ({ name: claim.metadata?.name ?? "", persistentVolumeClaim: { claimName: claim.metadata?.name ?? "" } }));
  return { ...spec.template, spec: { ...pod, volumes: [...own, ...added] } };
}

function validateUpdateStrategy(errors: Errors, spec: StatefulSetSpec): void {
  const strategy = spec.updateStrategy ?? {};
  const where = at.child("updateStrategy");
  const rolling = strategy.rollingUpdate;
  switch (strategy.type ?? "") {
    case "":
      errors.push(field.required(where));
      return;
    case "OnDelete":
      if (rolling) {
        const shown = { Partition: rolling.partition ?? 0, MaxUnavailable: null };
        errors.push(field.invalid(where.child("rollingUpdate"), shown, "only allowed for updateStrategy 'RollingUpdate'"));
      }
      return;
    case "RollingUpdate":
      if (!rolling) return;
      requireNonNegative(errors, rolling.partition, where.child("rollingUpdate"), "partition");
      return;
    default: {
      const shown = { Type: strategy.type, RollingUpdate: rolling ?? null };
      errors.push(field.invalid(where, shown, "must be 'RollingUpdate' or 'OnDelete'"));
    }
  }
}
