import type { CSIPersistentVolumeSource, CSIVolumeSource } from "../../api/core/v1.ts";

/** Every type of volume that the API knows and this node doesn't. */
const unsupportedTypes = [
  "awsElasticBlockStore",
  "azureDisk",
  "azureFile",
  "cephfs",
  "cinder",
  "fc",
  "flexVolume",
  "flocker",
  "gcePersistentDisk",
  "gitRepo",
  "glusterfs",
  "iscsi",
  "nfs",
  "photonPersistentDisk",
  "portworxVolume",
  "quobyte",
  "rbd",
  "scaleIO",
  "storageos",
  "vsphereVolume",
];

/** Why a volume can't be mounted here; takes volumes of pods and specs of persistent volumes. */
export function unsupportedVolume(source: { csi?: CSIVolumeSource | CSIPersistentVolumeSource }, nodeName: string): string {
  if (source.csi) {
    return `kubernetes.io/csi: mounter.SetUpAt failed to get CSI client: driver name ${source.csi.driver} not found in the list of registered CSI drivers`;
  }
  const type = unsupportedTypes.find((name) => name in source);
  return type === undefined ? "no volume plugin matched" : `volumes of type ${type} are not supported on node ${nodeName}`;
}
