import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { isDNS1123Label, isDNS1123Subdomain, utf8Length } from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { requireDomainPrefixedPath, requirePathSegment } from "../field-rules.ts";
import { complain, type Errors, requireUnchanged } from "../validation.ts";
import type { IngressClass, IngressClassParametersReference } from "./v1.ts";

const at = path("spec");
const maxControllerLength = 250;

export const ingressclasses = defineResource<IngressClass>("networking.k8s.io", "ingressclasses", {
  updateChecks: ["metaUpdate", "update", "meta", "kind"],
  default(ingressClass) {
    ingressClass.spec ??= {};
    const { parameters } = ingressClass.spec;
    if (parameters) parameters.scope ??= "Cluster";
  },
  validate: specErrors,
  validateUpdate(ingressClass, old) {
    const errors: Errors = [];
    requireUnchanged(errors, ingressClass.spec?.controller ?? "", old.spec?.controller ?? "", at.child("controller"));
    return errors;
  },
  row(ingressClass, { now }) {
    const parameters = ingressClass.spec?.parameters;
    const text = parameters ? `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ""}/${parameters.name}` : "<none>";
    return [ingressClass.metadata.name ?? "", ingressClass.spec?.controller ?? "", text, age(ingressClass.metadata, now)];
  },
  countsGenerations: true,
});

function specErrors(ingressClass: Readonly<IngressClass>): Errors {
  const errors: Errors = [];
  const { controller = "", parameters } = ingressClass.spec ?? {};
  if (utf8Length(controller) > maxControllerLength) errors.push(field.tooLong(at.child("controller"), maxControllerLength));
  requireDomainPrefixedPath(errors, controller, at.child("controller"));
  if (parameters) validateParameters(errors, parameters, at.child("parameters"));
  return errors;
}

function validateParameters(errors: Errors, parameters: IngressClassParametersReference, where: FieldPath): void {
  const { apiGroup, kind, name, namespace } = parameters;
  const scope: string = parameters.scope ?? "";
  if (apiGroup !== undefined) complain(errors, where.child("apiGroup"), apiGroup, isDNS1123Subdomain(apiGroup));
  requirePathSegment(errors, kind, where.child("kind"));
  requirePathSegment(errors, name, where.child("name"));
  if (scope === "Namespace") {
    if (namespace === undefined) errors.push(field.required(where.child("namespace"), "`parameters.scope` is set to 'Namespace'"));
    else complain(errors, where.child("namespace"), namespace, isDNS1123Label(namespace));
  } else if (scope !== "Cluster") {
    errors.push(field.notSupported(where.child("scope"), scope, ["Cluster", "Namespace"]));
  } else if (namespace !== undefined) {
    errors.push(field.forbidden(where.child("namespace"), "`parameters.scope` is set to 'Cluster'"));
  }
}
