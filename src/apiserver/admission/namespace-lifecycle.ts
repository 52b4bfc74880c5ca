import { forbidden, notFound } from "../../machinery/errors.ts";
import type { AdmissionAttributes, AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";
import { refuse } from "./refuse.ts";

const immortal = new Set(["default", "kube-system", "kube-public"]);
const namespaces = { group: "", resource: "namespaces" };

/** Nothing is created in a namespace that doesn't exist or is going; some namespaces are never deleted. */
export function namespaceLifecycle(objects: ObjectReader): AdmissionPlugin {
  return {
    name: "NamespaceLifecycle",
    admit(attributes) {
      const { operation, resource, namespace, name } = attributes;
      if (resource.qualifiedName === "namespaces") {
        if (operation === "DELETE" && immortal.has(name)) throw forbidden(namespaces, name, "this namespace may not be deleted");
        return;
      }
      if (operation !== "CREATE" || namespace === "" || !resource.definition.namespaced || isReview(attributes)) return;
      const found = objects.get("namespaces", "", namespace);
      if (!found) throw notFound(namespaces, namespace);
      const { phase } = (found.value.status ?? {}) as { phase?: string };
      if (!found.value.metadata.deletionTimestamp && phase !== "Terminating") return;
      const error = refuse(attributes, `unable to create new content in namespace ${namespace} because it is being terminated`);
      const cause = { reason: "NamespaceTerminating", message: `namespace ${namespace} is being terminated`, field: "metadata.namespace" };
      error.status.details = { ...error.status.details, causes: [cause] };
      throw error;
    },
  };
}

function isReview({ resource }: AdmissionAttributes): boolean {
  return resource.qualifiedName === "localsubjectaccessreviews.authorization.k8s.io";
}
