import { path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { containerCells, labelsText } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import type { Errors } from "../validation.ts";
import { dropDisabledTemplateFields } from "./disabled-fields.ts";
import { defaultPodTemplate } from "./pod-defaults.ts";
import { validatePodTemplate } from "./pod-validation.ts";
import { podTemplateWarnings } from "./pod-warnings.ts";
import type { PodTemplate } from "./v1.ts";

export const podtemplates = defineResource<PodTemplate>("", "podtemplates", {
  default(object) {
    object.template ??= {};
    defaultPodTemplate(object.template);
  },
  dropDisabled: ({ template }) => dropDisabledTemplateFields(template),
  prepareForCreate(object) {
    object.metadata.generation = 1;
  },
  prepareForUpdate(object, old) {
    if (!deepEqual(object.template, old.template)) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate(object) {
    const errors: Errors = [];
    validatePodTemplate(errors, object.template ?? {}, path("template"));
    return errors;
  },
  warnings: (object, old) => (old && deepEqual(object.template, old.template) ? [] : podTemplateWarnings(object.template, "template")),
  row: (object) => [object.metadata.name ?? "", ...containerCells(object.template?.spec), labelsText(object.template?.metadata?.labels)],
  returnsDeletedObject: true,
});
