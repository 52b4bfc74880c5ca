import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import { isDNS1123Label, isDNS1123Subdomain, isInRange, utf8Length } from "../../machinery/validation/names.ts";
import { complain, type Errors } from "../validation.ts";
import type { ISCSIVolumeSource } from "./v1.ts";
import { validateLocalPath, validateNoBacksteps } from "./volume-paths.ts";

/** What the plain volume sources, those that only name a place, must have. */
const requiredFields: Readonly<Record<string, readonly string[]>> = {
  gitRepo: ["repository"],
  gcePersistentDisk: ["pdName"],
  awsElasticBlockStore: ["volumeID"],
  nfs: ["server", "path"],
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
};

/** The part of a message's path that names the source; it isn't always the field. */
export function sourcePathName(name: string): string {
  return name === "gcePersistentDisk" ? "persistentDisk" : name;
}

type Source = Readonly<Record<string, unknown>>;

/** `volume`: the name of the persistent volume, or undefined for a volume of a pod. */
export function validateSourceFields(errors: Errors, name: string, source: Source, path: FieldPath, volume?: string): void {
  for (const key of requiredFields[name] ?? []) {
    const value = source[key];
    if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)) {
      errors.push(field.required(path.child(key)));
    }
  }
  special[name]?.(errors, source, path, volume);
}

const special: Readonly<Record<string, (errors: Errors, source: Source, path: FieldPath, volume: string | undefined) => void>> = {
  nfs(errors, { path: directory = "" }, path) {
    if (!(directory as string).startsWith("/")) errors.push(field.invalid(path.child("path"), directory, "must be an absolute path"));
  },
  gitRepo(errors, { directory }, path) {
    validateLocalPath(errors, (directory as string | undefined) ?? "", path.child("directory"));
  },
  gcePersistentDisk: validatePartition,
  awsElasticBlockStore: validatePartition,
  glusterfs(errors, { endpointsNamespace: namespace }, path, volume) {
    if (volume === undefined || namespace === undefined) return;
    const at = path.child("endpointsNamespace");
    if (namespace === "") errors.push(field.invalid(at, "", "if the endpointnamespace is set, it must be a valid namespace name"));
    else complain(errors, at, namespace, isDNS1123Label(namespace as string));
  },
  iscsi: validateISCSI,
  cinder(errors, source, path, volume) {
    validateSecret(errors, source, path, volume !== undefined);
  },
  flexVolume(errors, { options }, path) {
    for (const key in options as Record<string, string> | undefined) {
      const [namespace = ""] = key.split("/");
      if (!/\.(kubernetes|k8s)\.io$/.test(`.${namespace.toLowerCase()}`)) continue;
      errors.push(field.invalid(path.child("options").key(key), key, "kubernetes.io and k8s.io namespaces are reserved"));
    }
  },
  azureFile(errors, { secretNamespace }, path) {
    if (secretNamespace === "") errors.push(field.required(path.child("secretNamespace")));
  },
  azureDisk: validateAzureDisk,
  flocker(errors, { datasetName = "", datasetUUID }, path) {
    if (!datasetName && !datasetUUID) errors.push(field.required(path, "one of datasetName and datasetUUID is required"));
    if (datasetName && datasetUUID) {
      errors.push(field.invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
    }
    if ((datasetName as string).includes("/")) errors.push(field.invalid(path.child("datasetName"), datasetName, "must not contain '/'"));
  },
  fc(errors, { targetWWNs, wwids, lun }, path) {
    const targets = (targetWWNs as string[] | undefined) ?? [];
    const ids = (wwids as string[] | undefined) ?? [];
    const at = path.child("targetWWNs");
    if (targets.length === 0 && ids.length === 0) errors.push(field.required(at, "must specify either targetWWNs or wwids, but not both"));
    if (targets.length === 0) return;
    if (ids.length > 0) errors.push(field.invalid(at, targets, "targetWWNs and wwids can not be specified simultaneously"));
    if (lun === undefined) errors.push(field.required(path.child("lun"), "lun is required if targetWWNs is specified"));
    else complain(errors, path.child("lun"), lun, isInRange(lun as number, 0, 255));
  },
  quobyte(errors, { registry = "", volume, tenant = "" }, path) {
    const text = "must be a host:port pair or multiple pairs separated by commas";
    if (registry === "") errors.push(field.required(path.child("registry"), text));
    else if ((tenant as string).length >= 65) {
      errors.push(field.required(path.child("tenant"), "must be a UUID and may not exceed a length of 64 characters"));
    } else {
      for (const pair of (registry as string).split(",")) {
        if (!/^([^:[\]]*|\[[^\]]*\]):[^:]*$/.test(pair)) errors.push(field.invalid(path.child("registry"), registry, text));
      }
    }
    if (!volume) errors.push(field.required(path.child("volume")));
  },
  storageos(errors, source, path, volume) {
    const { volumeName = "", volumeNamespace = "" } = source as { volumeName?: string; volumeNamespace?: string };
    if (volumeName === "") errors.push(field.required(path.child("volumeName")));
    else complain(errors, path.child("volumeName"), volumeName, isDNS1123Label(volumeName));
    if (volumeNamespace) complain(errors, path.child("volumeNamespace"), volumeNamespace, isDNS1123Label(volumeNamespace));
    validateSecret(errors, source, path, volume !== undefined);
  },
  local(errors, { path: directory = "" }, path) {
    if (directory === "") errors.push(field.required(path.child("path")));
    validateNoBacksteps(errors, directory as string, path.child("path"));
  },
};

function validatePartition(errors: Errors, { partition }: Source, path: FieldPath): void {
  if (typeof partition === "number" && (partition < 0 || partition > 255)) {
    errors.push(field.invalid(path.child("partition"), partition, "must be between 1 and 255, inclusive"));
  }
}

function validateSecret(errors: Errors, { secretRef }: Source, path: FieldPath, needsNamespace: boolean): void {
  if (!secretRef) return;
  const { name, namespace } = secretRef as { name?: string; namespace?: string };
  if (!name) errors.push(field.required(path.child("secretRef", "name")));
  if (needsNamespace && !namespace) errors.push(field.required(path.child("secretRef", "namespace")));
}

const initiatorForms: Readonly<Record<string, RegExp>> = {
  iqn: /^iqn\.\d{4}-\d{2}\.([a-zA-Z0-9-.]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[a-zA-Z0-9]{16}$/,
  naa: /^naa.[a-zA-Z0-9]{32}$/,
};

function validateInitiator(errors: Errors, value: string, path: FieldPath, isPod: boolean): void {
  const form = initiatorForms[value.slice(0, 3)];
  if (form?.test(value)) return;
  const text = form || !isPod ? "must be valid format" : "must be valid format starting with iqn, eui, or naa";
  errors.push(field.invalid(path, value, text));
}

export const longTargetText =
  "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";

export function isLongTarget(volume: string, targetPortal = "", initiatorName?: string): boolean {
  return initiatorName !== undefined && utf8Length(`${volume}:${targetPortal}`) > 64;
}

function validateISCSI(errors: Errors, source: Source, path: FieldPath, volume: string | undefined): void {
  const { targetPortal = "", iqn = "", lun = 0, initiatorName, secretRef } = source as Partial<ISCSIVolumeSource>;
  if (targetPortal === "") errors.push(field.required(path.child("targetPortal")));
  if (volume !== undefined && isLongTarget(volume, targetPortal, initiatorName)) {
    errors.push(field.invalid(path.child("targetportal"), targetPortal, longTargetText));
  }
  if (iqn === "") errors.push(field.required(path.child("iqn")));
  else validateInitiator(errors, iqn, path.child("iqn"), volume === undefined);
  complain(errors, path.child("lun"), lun, isInRange(lun, 0, 255));
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !secretRef) errors.push(field.required(path.child("secretRef")));
  if (volume !== undefined) validateSecret(errors, source, path, false);
  if (initiatorName !== undefined) validateInitiator(errors, initiatorName, path.child("initiatorname"), volume === undefined);
}

const cachingModes = ["None", "ReadOnly", "ReadWrite"];
const diskKinds = ["Dedicated", "Managed", "Shared"];

function validateAzureDisk(errors: Errors, source: Source, path: FieldPath): void {
  const { cachingMode, kind, diskURI = "" } = source as { cachingMode?: string; kind?: string; diskURI?: string };
  if (cachingMode !== undefined && !cachingModes.includes(cachingMode)) {
    errors.push(field.notSupported(path.child("cachingMode"), cachingMode, cachingModes));
  }
  if (kind === undefined) return;
  if (!diskKinds.includes(kind)) errors.push(field.notSupported(path.child("kind"), kind, diskKinds));
  const managed = kind === "Managed";
  if (diskURI.startsWith(managed ? "/subscriptions/" : "https://")) return;
  const form = managed
    ? "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}"
    : "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";
  errors.push(field.notSupported(path.child("diskURI"), diskURI, [form]));
}

export function validateDriverName(errors: Errors, driver: string | undefined, path: FieldPath): void {
  if (!driver) {
    errors.push(field.required(path));
    return;
  }
  const name = driver;
  if (name.length > 63) errors.push(field.tooLong(path, 63));
  complain(errors, path, name, isDNS1123Subdomain(name.toLowerCase()));
}
