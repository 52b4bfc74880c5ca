import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { validateLabels } from "../../machinery/validation/labels.ts";
import { isDNS1123Label, nameIsDNSLabel } from "../../machinery/validation/names.ts";
import { validateAnnotations } from "../../machinery/validation/object-meta.ts";
import { age, containerCells, selectorString } from "../columns.ts";
import { validateClaimSpec } from "../core/claim-validation.ts";
import { dropDisabledTemplateFields } from "../core/disabled-fields.ts";
import { defaultClaimSpec, defaultPodTemplate } from "../core/pod-defaults.ts";
import { validatePodTemplate } from "../core/pod-validation.ts";
import { claimSpecWarnings, isNewGeneration, podTemplateWarnings } from "../core/pod-warnings.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors, requireNonNegative } from "../validation.ts";
import type { StatefulSet, StatefulSetSpec } from "./v1.ts";
import { validateAlwaysRestarted, validateCollisionCount, validateSelected, validateWorkloadSelector } from "./workload-validation.ts";

const at = path("spec");

export const statefulsets = defineResource<StatefulSet>("apps", "statefulsets", {
  emptyObject: { spec: { replicas: 0, selector: null } },
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
    }
    spec.persistentVolumeClaimRetentionPolicy ??= {};
    spec.persistentVolumeClaimRetentionPolicy.whenDeleted ||= "Retain";
    spec.persistentVolumeClaimRetentionPolicy.whenScaled ||= "Retain";
    spec.replicas ??= 1;
    spec.serviceName ??= "";
    spec.revisionHistoryLimit ??= 10;
    defaultPodTemplate(spec.template);
    for (const claim of spec.volumeClaimTemplates ?? []) {
      if (claim.apiVersion !== "v1") claim.apiVersion = "v1";
      if (claim.kind !== "PersistentVolumeClaim") claim.kind = "PersistentVolumeClaim";
      claim.status ??= {};
      claim.status.phase ??= "Pending";
      claim.spec ??= {};
      defaultClaimSpec(claim.spec);
    }
  },
  dropDisabled({ spec }) {
    dropDisabledTemplateFields(spec?.template);
    // One pod at a time.
    delete spec?.updateStrategy?.rollingUpdate?.maxUnavailable;
  },
  prepareForCreate(set) {
    set.status = { replicas: 0, availableReplicas: 0 };
  },
  validateName: nameIsDNSLabel,
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
  validateStatus(set, old) {
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
        errors.push(field.invalid(where.child(name), status[name] ?? 0, "cannot be greater than status.replicas"));
      }
    }
    if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
      errors.push(
        field.invalid(where.child("availableReplicas"), status.availableReplicas ?? 0, "cannot be greater than status.readyReplicas"),
      );
    }
    validateCollisionCount(errors, status.collisionCount, old.status?.collisionCount, where);
    return errors;
  },
  warnings(set, old) {
    const template = set.spec?.template;
    const warnings = old && !isNewGeneration(set, old) ? [] : podTemplateWarnings(template, "spec.template");
    for (const [index, claim] of (set.spec?.volumeClaimTemplates ?? []).entries()) {
      warnings.push(...claimSpecWarnings(claim.spec, `spec.volumeClaimTemplates[${index}]${old ? ".Spec" : ""}`));
    }
    if ((set.spec?.revisionHistoryLimit ?? 0) < 0) {
      const text = "a negative value retains all historical revisions; a value >= 0 is recommended";
      warnings.push(`spec.revisionHistoryLimit: ${text}`);
    }
    return warnings;
  },
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
  // What was made with wrong ones stays: they never change.
  if (set.metadata.resourceVersion === undefined) {
    for (const [index, claim] of (spec.volumeClaimTemplates ?? []).entries()) {
      validateClaimSpec(errors, claim.spec ?? {}, at.child("volumeClaimTemplates").index(index).child("spec"));
    }
  }
  requireNonNegative(errors, spec.replicas, at, "replicas");
  requireNonNegative(errors, spec.minReadySeconds, at, "minReadySeconds");
  if (spec.ordinals) requireNonNegative(errors, spec.ordinals.start, at.child("ordinals"), "start");
  if (spec.serviceName && set.metadata.resourceVersion === undefined)
    complain(errors, at.child("serviceName"), spec.serviceName, isDNS1123Label(spec.serviceName));
  validateWorkloadSelector(errors, spec.selector, "statefulset", at);
  const template = at.child("template");
  if (validateSelected(errors, spec.template, spec.selector, at, "")) {
    validatePodTemplate(errors, templateToCheck(spec), template);
    // Upstream checks them twice.
    const { labels, annotations } = spec.template.metadata ?? {};
    if (labels) errors.push(...validateLabels(labels, template.child("labels")));
    if (annotations) errors.push(...validateAnnotations(annotations, template.child("annotations")));
  }
  validateAlwaysRestarted(errors, spec.template, "StatefulSet", at);
  return errors;
}

/** The template as pods get it: with the volumes of the claim templates, and host names of their own. */
function templateToCheck(spec: Readonly<StatefulSetSpec>): StatefulSetSpec["template"] {
  const pod = spec.template.spec;
  const claims = spec.volumeClaimTemplates ?? [];
  if (!pod || (claims.length === 0 && !pod.subdomain && !pod.hostname)) return spec.template;
  const { subdomain: _subdomain, hostname: _hostname, ...rest } = pod;
  const added = new Map(claims.map(({ metadata }) => [metadata?.name ?? "", { claimName: metadata?.name ?? "" }]));
  const volumes = [...added].map(([name, persistentVolumeClaim]) => ({ name, persistentVolumeClaim }));
  const own = (pod.volumes ?? []).filter(({ name }) => !added.has(name));
  return { ...spec.template, spec: { ...rest, volumes: [...volumes, ...own] } };
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
      const shownRolling = rolling ? { Partition: rolling.partition ?? 0, MaxUnavailable: null } : null;
      const shown = { Type: strategy.type, RollingUpdate: shownRolling };
      errors.push(field.invalid(where, shown, "must be 'RollingUpdate' or 'OnDelete'"));
    }
  }
}
