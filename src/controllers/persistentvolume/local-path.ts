import type { PersistentVolume, PersistentVolumeClaim } from "../../api/core/v1.ts";
import type { StorageClass } from "../../api/storage/v1.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { provisionedBy } from "./annotations.ts";
import type { Provisioner } from "./claim-binder.ts";
import { classOfClaim } from "./match.ts";

export const localPathProvisioner = "kybern.io/local-path";

/** Keeps a volume, however it is deleted, until the node on which it lies has removed its directory. */
export const reclaimFinalizer = "external-provisioner.volume.kubernetes.io/finalizer";

/** The class that claims get which name none: directories on the node of the claim's first pod. */
export const localPathClass: StorageClass = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "local-path", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
  provisioner: localPathProvisioner,
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
};

/** Volumes that are directories below `directory` on one node; the node agent makes and removes them. */
export function localPath(directory: string): Provisioner {
  return {
    name: localPathProvisioner,
    provision(claim: PersistentVolumeClaim, node: string): PersistentVolume | string {
      if (node === "")
        return `${localPathProvisioner} makes volumes on the node of a claim's first pod: its classes need volumeBindingMode WaitForFirstConsumer`;
      const name = `pvc-${uidOf(claim)}`;
      return {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name, annotations: { [provisionedBy]: localPathProvisioner }, finalizers: [reclaimFinalizer] },
        spec: {
          capacity: { storage: claim.spec?.resources?.requests?.storage ?? "0" },
          accessModes: claim.spec?.accessModes ?? ["ReadWriteOnce"],
          volumeMode: claim.spec?.volumeMode ?? "Filesystem",
          storageClassName: classOfClaim(claim),
          claimRef: {
            kind: "PersistentVolumeClaim",
            apiVersion: "v1",
            namespace: namespaceOf(claim),
            name: nameOf(claim),
            uid: uidOf(claim),
          },
          hostPath: { path: `${directory}/${name}_${namespaceOf(claim)}_${nameOf(claim)}`, type: "DirectoryOrCreate" },
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }] }],
            },
          },
        },
      };
    },
  };
}
