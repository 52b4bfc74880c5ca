import type { PersistentVolumeClaim } from "../../api/core/v1.ts";
import type { StorageClass } from "../../api/storage/v1.ts";
import type { AdmissionPlugin } from "../admit.ts";
import type { ObjectReader } from "../object-reader.ts";

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
        if (!chosen || newer(candidate, chosen)) chosen = candidate;
      }
      if (!chosen) return;
      claim.spec ??= {};
      claim.spec.storageClassName = chosen.metadata.name ?? "";
    },
  };
}

function newer({ metadata }: StorageClass, { metadata: other }: StorageClass): boolean {
  const created = metadata.creationTimestamp ?? "";
  const otherCreated = other.creationTimestamp ?? "";
  return created === otherCreated ? (metadata.name ?? "") < (other.name ?? "") : created > otherCreated;
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
