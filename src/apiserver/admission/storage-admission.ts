import type { PersistentVolumeClaim } from "../../api/core/v1.ts";
import type { StorageClass } from "../../api/storage/v1.ts";
import { compareQuantities } from "../../machinery/quantity.ts";
import type { AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";
import { isNewer } from "./default-class.ts";
import { refuse } from "./refuse.ts";

const defaultAnnotations = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
const classAnnotation = "volume.beta.kubernetes.io/storage-class";

/** A claim that names no class gets the default one: the newest of those marked, then by name. */
export function defaultStorageClass(objects: ObjectReader): AdmissionPlugin {
  return {
    name: "DefaultStorageClass",
    resources: ["persistentvolumeclaims"],
    admit({ operation, subresource, object }) {
      if (operation !== "CREATE" || subresource !== "") return;
      const claim = object as PersistentVolumeClaim;
      if (claim.spec?.storageClassName !== undefined || claim.metadata.annotations?.[classAnnotation] !== undefined) return;
      let chosen: StorageClass | undefined;
      for (const entry of objects.list("storageclasses.storage.k8s.io")) {
        const candidate = entry.value as unknown as StorageClass;
        if (!defaultAnnotations.some((annotation) => candidate.metadata.annotations?.[annotation] === "true")) continue;
        if (!chosen || isNewer(candidate, chosen)) chosen = candidate;
      }
      if (!chosen) return;
      claim.spec ??= {};
      claim.spec.storageClassName = chosen.metadata.name ?? "";
    },
  };
}

const protectionFinalizers: Readonly<Record<string, string>> = {
  persistentvolumes: "kubernetes.io/pv-protection",
  persistentvolumeclaims: "kubernetes.io/pvc-protection",
  "volumeattributesclasses.storage.k8s.io": "kubernetes.io/vac-protection",
};

/** Volumes and claims stay while something uses them. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: "StorageObjectInUseProtection",
  resources: Object.keys(protectionFinalizers),
  admit({ operation, subresource, object, resource }) {
    if (operation !== "CREATE" || subresource !== "" || !object) return;
    const finalizer = protectionFinalizers[resource.qualifiedName] as string;
    const { metadata } = object;
    if (!metadata.finalizers?.includes(finalizer)) metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};

/** Only claims that have their volume grow, and only where their class allows it. */
export function claimResize(objects: ObjectReader): AdmissionPlugin {
  const storageOf = ({ spec }: PersistentVolumeClaim) => spec?.resources?.requests?.storage ?? "0";
  const classOf = ({ spec, metadata }: PersistentVolumeClaim) => metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? "";
  const mayGrow = (claim: PersistentVolumeClaim, old: PersistentVolumeClaim) => {
    const name = classOf(claim);
    if (name === "" || name !== classOf(old)) return false;
    const found = objects.get("storageclasses.storage.k8s.io", "", name)?.value as StorageClass | undefined;
    return found?.allowVolumeExpansion === true;
  };
  return {
    name: "PersistentVolumeClaimResize",
    resources: ["persistentvolumeclaims"],
    validate(attributes) {
      if (attributes.operation !== "UPDATE" || attributes.subresource !== "") return;
      const claim = attributes.object as PersistentVolumeClaim;
      const old = attributes.old as PersistentVolumeClaim;
      if (compareQuantities(storageOf(claim), storageOf(old)) <= 0) return;
      if (old.status?.phase !== "Bound") throw refuse(attributes, "Only bound persistent volume claims can be expanded");
      if (mayGrow(claim, old)) return;
      const why = "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
      throw refuse(attributes, why);
    },
  };
}
