import { notFound } from "../../machinery/errors.ts";
import type { AnyObject } from "../../machinery/object.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";

/** Nothing is written in a namespace that doesn't exist. */
export function namespaceExists(objects: ObjectReader): AdmissionPlugin {
  return {
    name: "NamespaceExists",
    validate(attributes) {
      const { operation, namespace } = attributes;
      if (operation === "CONNECT" || !isWithin(attributes) || objects.get("namespaces", "", namespace)) return;
      throw notFound({ group: "", resource: "namespaces" }, namespace);
    },
  };
}

/** A namespace is made when something is first created in it. `create` succeeds too where somebody else was faster. */
export function namespaceAutoProvision(objects: ObjectReader, create: (namespace: AnyObject) => Promise<void>): AdmissionPlugin {
  return {
    name: "NamespaceAutoProvision",
    admit(attributes) {
      const { operation, namespace, dryRun } = attributes;
      // Of a dry run the namespace would stay.
      if (operation !== "CREATE" || dryRun || !isWithin(attributes) || objects.get("namespaces", "", namespace)) return undefined;
      return create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    },
  };
}

function isWithin({ resource, namespace }: AdmissionAttributes): boolean {
  return namespace !== "" && resource.definition.namespaced;
}
