import type { Ingress, IngressClass } from "../../api/networking/v1.ts";
import type { AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";
import { isNewer } from "./default-class.ts";

const defaultAnnotation = "ingressclass.kubernetes.io/is-default-class";
const classAnnotation = "kubernetes.io/ingress.class";

/** An ingress that names no class gets the default one: the newest of those marked, then by name. */
export function defaultIngressClass(objects: ObjectReader): AdmissionPlugin {
  return {
    name: "DefaultIngressClass",
    resources: ["ingresses.networking.k8s.io"],
    admit({ operation, subresource, object }) {
      if (operation !== "CREATE" || subresource !== "") return;
      const ingress = object as Ingress;
      if (ingress.spec?.ingressClassName !== undefined || ingress.metadata.annotations?.[classAnnotation] !== undefined) return;
      let chosen: IngressClass | undefined;
      for (const { value } of objects.list("ingressclasses.networking.k8s.io")) {
        const candidate = value as IngressClass;
        if (candidate.metadata.annotations?.[defaultAnnotation] !== "true") continue;
        if (!chosen || isNewer(candidate, chosen)) chosen = candidate;
      }
      if (!chosen) return;
      ingress.spec ??= {};
      ingress.spec.ingressClassName = chosen.metadata.name ?? "";
    },
  };
}
