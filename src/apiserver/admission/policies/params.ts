import type { ParamKind, ParamRef } from "../../../api/admissionregistration/v1.ts";
import type { AnyObject } from "../../../machinery/object.ts";
import { compileLabelSelector } from "../../../machinery/selectors/label-selector.ts";
import type { ResourceCatalog, ServedResource } from "../../catalog.ts";
import type { ObjectReader } from "../../object-reader.ts";
import { servedValue, withManagedFields } from "../../respond.ts";

/** The policy or its binding asks for what can't be had. */
export class ConfigurationError extends Error {}

/** Undefined: the kind is not served. */
export function paramResource(catalog: ResourceCatalog, { apiVersion = "", kind = "" }: ParamKind): ServedResource | undefined {
  const [group, version] = apiVersion.includes("/") ? (apiVersion.split("/", 2) as [string, string]) : ["", apiVersion];
  return catalog.findKind(group, version, kind);
}

/** What a binding has its policy evaluated with, once for each. */
export function collectParams(
  objects: ObjectReader,
  resource: ServedResource | undefined,
  ref: ParamRef | undefined,
  namespace: string,
): (AnyObject | undefined)[] {
  if (!resource || !ref) return [undefined];
  const { namespaced } = resource.definition;
  const within = namespaced ? ref.namespace || namespace : "";
  if (namespaced && within === "") {
    throw new ConfigurationError("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources");
  }
  if (!namespaced && ref.namespace)
    throw new ConfigurationError("paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
  const found: AnyObject[] = [];
  const named = ref.name ? objects.get(resource.definition.storageName, within, ref.name) : undefined;
  if (named) found.push(withManagedFields(servedValue(resource, named), named.managedFields));
  if (!ref.name && ref.selector) {
    const selector = compileLabelSelector(ref.selector);
    for (const entry of objects.list(resource.definition.storageName, within)) {
      if (selector.matches(entry.value.metadata.labels)) found.push(withManagedFields(servedValue(resource, entry), entry.managedFields));
    }
  }
  if (found.length === 0 && ref.parameterNotFoundAction === "Deny") {
    throw new ConfigurationError("no params found for policy binding with `Deny` parameterNotFoundAction");
  }
  return found;
}
