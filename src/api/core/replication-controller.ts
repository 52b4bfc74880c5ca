import { field, path } from "../../machinery/errors.ts";
import { nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { validateReplicaStatus } from "../apps/replica-set.ts";
import { validateAlwaysRestarted } from "../apps/workload-validation.ts";
import { age, containerCells, labelsText } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { internalForm } from "../internal-form.ts";
import { type Errors, requireNonNegative } from "../validation.ts";
import { dropDisabledTemplateFields } from "./disabled-fields.ts";
import { defaultPodTemplate } from "./pod-defaults.ts";
import { validatePodTemplate } from "./pod-validation.ts";
import { isNewGeneration, podTemplateWarnings, workloadWarnings } from "./pod-warnings.ts";
import type { ReplicationController } from "./v1.ts";

const at = path("spec");

export const replicationcontrollers = defineResource<ReplicationController>("", "replicationcontrollers", {
  validateName: (name, prefix) => (prefix ? [] : nameIsDNSSubdomain(name, false)),
  default(controller) {
    controller.spec ??= {};
    const { spec, metadata } = controller;
    const labels = spec.template?.metadata?.labels;
    if (labels) {
      if (!spec.selector || Object.keys(spec.selector).length === 0) spec.selector = { ...labels };
      if (!metadata.labels || Object.keys(metadata.labels).length === 0) metadata.labels = { ...labels };
    }
    spec.replicas ??= 1;
    defaultPodTemplate(spec.template);
  },
  dropDisabled: ({ spec }) => dropDisabledTemplateFields(spec?.template),
  prepareForCreate(controller) {
    controller.status = { replicas: 0 };
  },
  defaultsStored: true,
  validate(controller) {
    const errors: Errors = [];
    const spec = controller.spec ?? {};
    requireNonNegative(errors, spec.minReadySeconds, at, "minReadySeconds");
    const selector = spec.selector ?? {};
    if (Object.keys(selector).length === 0) errors.push(field.required(at.child("selector")));
    if (spec.replicas === undefined) errors.push(field.required(at.child("replicas")));
    else requireNonNegative(errors, spec.replicas, at, "replicas");
    if (!spec.template) {
      errors.push(field.required(at.child("template")));
      return errors;
    }
    const template = at.child("template");
    const labels = spec.template.metadata?.labels;
    if (Object.entries(selector).some(([key, value]) => labels?.[key] !== value)) {
      errors.push(
        field.invalid(template.child("metadata", "labels"), internalForm("{}s", labels), "`selector` does not match template `labels`"),
      );
    }
    validatePodTemplate(errors, spec.template, template);
    validateAlwaysRestarted(errors, spec.template, "ReplicationController", at);
    return errors;
  },
  validateStatus: (controller) => validateReplicaStatus(controller.status ?? { replicas: 0 }, path("status")),
  warnings(controller, old) {
    if (!old) return workloadWarnings(controller, undefined);
    // Upstream looks at the template of before.
    return isNewGeneration(controller, old) ? podTemplateWarnings(old.spec?.template, "spec.template") : [];
  },
  row: (controller, { now }) => [
    controller.metadata.name ?? "",
    controller.spec?.replicas ?? 0,
    controller.status?.replicas ?? 0,
    controller.status?.readyReplicas ?? 0,
    age(controller.metadata, now),
    ...containerCells(controller.spec?.template?.spec),
    labelsText(controller.spec?.selector),
  ],
  selectableFields: { "status.replicas": (controller) => String(controller.status?.replicas ?? 0) },
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    selector: (controller) => {
      const text = labelsText(controller.spec?.selector);
      return text === "<none>" ? "" : text;
    },
  },
  defaultPropagation: "Orphan",
});
