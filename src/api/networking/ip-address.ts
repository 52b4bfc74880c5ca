import { field, path } from "../../machinery/errors.ts";
import { isIP } from "../../machinery/validation/ip.ts";
import { isDNS1123Subdomain, isPathSegmentName } from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { requirePathSegment } from "../field-rules.ts";
import { requireSame } from "../internal-form.ts";
import { complain, type Errors } from "../validation.ts";
import type { IPAddress, ParentReference } from "./v1.ts";

const at = path("spec", "parentRef");

export const ipaddresses = defineResource<IPAddress>("networking.k8s.io", "ipaddresses", {
  default(address) {
    address.spec ??= {} as IPAddress["spec"];
  },
  validateName: (name) => isIP(name),
  updateChecks: ["meta", "kind", "metaUpdate", "update"],
  validate: specErrors,
  validateUpdate(address, old) {
    const errors: Errors = [];
    requireSame(errors, "api/networking/v1#ParentReference", address.spec?.parentRef, old.spec?.parentRef, at);
    return errors;
  },
  // Upstream fills a third cell that it declares no column for.
  row: (address, { now }) => [address.metadata.name ?? "", parentText(address), age(address.metadata, now)],
  countsGenerations: false,
});

function parentText({ spec }: Readonly<IPAddress>): string {
  const parent = spec?.parentRef;
  if (!parent) return "<none>";
  const resource = parent.group ? `${parent.resource}.${parent.group}` : parent.resource;
  return [resource, parent.namespace, parent.name].filter(Boolean).join("/");
}

function specErrors(address: Readonly<IPAddress>): Errors {
  const parent = address.spec?.parentRef;
  return parent ? parentErrors(parent) : [field.required(at)];
}

export function parentErrors(parent: Readonly<ParentReference>): Errors {
  const errors: Errors = [];
  if (parent.group) complain(errors, at.child("group"), parent.group, isDNS1123Subdomain(parent.group));
  requirePathSegment(errors, parent.resource, at.child("resource"));
  requirePathSegment(errors, parent.name, at.child("name"));
  if (parent.namespace) complain(errors, at.child("namespace"), parent.namespace, isPathSegmentName(parent.namespace));
  return errors;
}
