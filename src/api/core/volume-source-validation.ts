import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import { isDNS1123Subdomain } from "../../machinery/validation/names.ts";
import { complain, type Errors } from "../validation.ts";

/** What the plain volume sources, those that only name a place, must have. */
const requiredFields: Readonly<Record<string, readonly string[]>> = {
  gitRepo: ["repository"],
  gcePersistentDisk: ["pdName"],
  awsElasticBlockStore: ["volumeID"],
  nfs: ["server", "path"],
  iscsi: ["targetPortal", "iqn"],
  glusterfs: ["endpoints", "path"],
  rbd: ["monitors", "image"],
  flexVolume: ["driver"],
  cinder: ["volumeID"],
  cephfs: ["monitors"],
  azureFile: ["secretName", "shareName"],
  vsphereVolume: ["volumePath"],
  azureDisk: ["diskName", "diskURI"],
  photonPersistentDisk: ["pdID"],
  portworxVolume: ["volumeID"],
  scaleIO: ["gateway", "system", "volumeName"],
  storageos: ["volumeName"],
  local: ["path"],
};

export function validateSourceFields(errors: Errors, name: string, source: Record<string, unknown>, path: FieldPath): void {
  for (const key of requiredFields[name] ?? []) {
    const value = source[key];
    if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) errors.push(field.required(path.child(key)));
  }
  if (name === "nfs" && typeof source.path === "string" && source.path !== "" && !source.path.startsWith("/")) {
    errors.push(field.invalid(path.child("path"), source.path, "must be an absolute path"));
  }
  if (name === "azureDisk" && source.diskURI === undefined) {
    const form = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
    errors.push(field.notSupported(path.child("diskURI"), "", [form]));
  }
  if (name === "flocker" && !source.datasetName && !source.datasetUUID) {
    errors.push(field.required(path, "one of datasetName and datasetUUID is required"));
  }
  if (name === "fc" && !(source.targetWWNs as unknown[] | undefined)?.length && !(source.wwids as unknown[] | undefined)?.length) {
    errors.push(field.required(path.child("targetWWNs"), "must specify either targetWWNs or wwids, but not both"));
  }
  if (name === "quobyte") {
    const text = "must be a host:port pair or multiple pairs separated by commas";
    if (!source.registry) errors.push(field.required(path.child("registry"), text));
    if (!source.volume) errors.push(field.required(path.child("volume")));
  }
  if (name === "gcePersistentDisk" || name === "awsElasticBlockStore") {
    const partition = source.partition;
    if (typeof partition === "number" && (partition < 0 || partition > 255)) {
      errors.push(field.invalid(path.child("partition"), partition, "must be between 1 and 255, inclusive"));
    }
  }
}

export function validateDriverName(errors: Errors, driver: string | undefined, path: FieldPath): void {
  if (!driver) {
    errors.push(field.required(path));
    return;
  }
  if (driver.length > 63) errors.push(field.tooLong(path, 63));
  complain(errors, path, driver, isDNS1123Subdomain(driver.toLowerCase()));
}
