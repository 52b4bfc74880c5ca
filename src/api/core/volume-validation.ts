import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import type { ObjectMeta } from "../../machinery/meta/v1.ts";
import { isDNS1123Label, nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { validateTemplateMeta } from "../template-meta.ts";
import { complain, type Errors } from "../validation.ts";
import { validateClaimSpec } from "./claim-validation.ts";
import { validateFieldSelector, validateResourceField, volumeFieldPaths } from "./env-validation.ts";
import { validateHostPath } from "./persistent-volume-validation.ts";
import { compareQuantities } from "./resource-list.ts";
import type {
  DownwardAPIVolumeFile,
  EphemeralVolumeSource,
  ImageVolumeSource,
  KeyToPath,
  LocalObjectReference,
  ProjectedVolumeSource,
  Volume,
} from "./v1.ts";
import { validateUnreservedPath } from "./volume-paths.ts";
import { isLongTarget, longTargetText, sourcePathName, validateDriverName, validateSourceFields } from "./volume-source-validation.ts";
import { volumeSourceNames } from "./volume-sources.ts";

const fileModeText = "must be a number between 0 and 0777 (octal), both inclusive";

/** Checks the volumes of a pod and gives those without a fault by name: mounts of others are complained about, too. */
export function validateVolumes(
  errors: Errors,
  volumes: readonly Volume[] | undefined,
  podMeta: Readonly<ObjectMeta> | undefined,
  isPod: boolean,
  path: FieldPath,
): Map<string, Volume> {
  const valid = new Map<string, Volume>();
  if (!volumes) return valid;
  const claims = new Set<string>();
  for (const volume of volumes) if (volume.persistentVolumeClaim) claims.add(volume.persistentVolumeClaim.claimName);
  for (const [index, volume] of volumes.entries()) {
    const at = path.index(index);
    const before = errors.length;
    validateSource(errors, volume, podMeta, isPod, at);
    if (!volume.name) errors.push(field.required(at.child("name")));
    else complain(errors, at.child("name"), volume.name, isDNS1123Label(volume.name));
    if (valid.has(volume.name)) errors.push(field.duplicate(at.child("name"), volume.name));
    if (errors.length === before) valid.set(volume.name, volume);
    // The claim that is made for an ephemeral volume must not be one that another volume names.
    if (volume.ephemeral && podMeta?.name) {
      const claim = `${podMeta.name}-${volume.name}`;
      if (claims.has(claim)) {
        const text = `conflicting PVC name between ephemeral volume and persistent volume claim: ${claim}`;
        errors.push(field.invalid(at.child("name"), volume.name, text));
      }
    }
  }
  return valid;
}

function validateSource(errors: Errors, volume: Volume, podMeta: Readonly<ObjectMeta> | undefined, isPod: boolean, path: FieldPath): void {
  let first: string | undefined;
  for (const name of volumeSourceNames) {
    if (volume[name] === undefined) continue;
    if (first !== undefined) {
      // Two of the names are upstream's own.
      const shown = name === "cephfs" ? "cephFS" : name === "downwardAPI" ? "downwarAPI" : name;
      errors.push(field.forbidden(path.child(shown), "may not specify more than 1 volume type"));
      validateTargetLength(errors, volume, name, path);
      continue;
    }
    first = name;
    validateOneSource(errors, volume, name, isPod, path.child(sourcePathName(name)));
    validateTargetLength(errors, volume, name, path);
    if (name === "ephemeral" && volume.ephemeral?.volumeClaimTemplate) validateClaimName(errors, volume.name, podMeta, path);
  }
  if (first === undefined) errors.push(field.required(path, "must specify a volume type"));
}

function validateTargetLength(errors: Errors, volume: Volume, source: keyof Volume, path: FieldPath): void {
  if (source !== "iscsi" || !isLongTarget(volume.name, volume.iscsi?.targetPortal, volume.iscsi?.initiatorName)) return;
  errors.push(field.invalid(path.child("name"), volume.name, longTargetText));
}

function validateOneSource(
  errors: Errors,
  volume: Volume,
  name: (typeof volumeSourceNames)[number],
  isPod: boolean,
  path: FieldPath,
): void {
  switch (name) {
    case "emptyDir": {
      const limit = volume.emptyDir?.sizeLimit;
      if (limit !== undefined && compareQuantities(limit, "0") < 0) {
        errors.push(field.forbidden(path.child("sizeLimit"), "SizeLimit field must be a valid resource quantity"));
      }
      return;
    }
    case "hostPath":
      validateHostPath(errors, volume.hostPath ?? { path: "" }, path);
      return;
    case "secret": {
      const secret = volume.secret ?? {};
      if (!secret.secretName) errors.push(field.required(path.child("secretName")));
      validateMode(errors, secret.defaultMode, path.child("defaultMode"));
      validateKeys(errors, secret.items, path.child("items"));
      return;
    }
    case "configMap": {
      const map = volume.configMap ?? {};
      if (!map.name) errors.push(field.required(path.child("name")));
      validateMode(errors, map.defaultMode, path.child("defaultMode"));
      validateKeys(errors, map.items, path.child("items"));
      return;
    }
    case "downwardAPI":
      validateMode(errors, volume.downwardAPI?.defaultMode, path.child("defaultMode"));
      for (const file of volume.downwardAPI?.items ?? []) validateDownwardFile(errors, file, path);
      return;
    case "projected":
      validateMode(errors, volume.projected?.defaultMode, path.child("defaultMode"));
      validateProjections(errors, volume.projected ?? {}, path);
      return;
    case "persistentVolumeClaim":
      if (!volume.persistentVolumeClaim?.claimName) errors.push(field.required(path.child("claimName")));
      return;
    case "ephemeral":
      validateEphemeral(errors, volume.ephemeral ?? {}, path);
      return;
    case "image":
      validateImage(errors, volume.image ?? {}, isPod, path);
      return;
    case "csi":
      if (volume.csi?.driver) validateDriverName(errors, volume.csi.driver, path.child("driver"));
      else errors.push(field.required(path.child("driver")));
      validatePublishSecret(errors, volume.csi?.nodePublishSecretRef, path);
      return;
    default:
      validateSourceFields(errors, name, volume[name] as unknown as Record<string, unknown>, path);
  }
}

function validateMode(errors: Errors, mode: number | undefined, path: FieldPath): void {
  if (mode !== undefined && (mode < 0 || mode > 0o777)) errors.push(field.invalid(path, mode, fileModeText));
}

function validateKeys(errors: Errors, items: readonly KeyToPath[] | undefined, path: FieldPath): void {
  for (const [index, item] of (items ?? []).entries()) validateKey(errors, item, path.index(index));
}

function validateKey(errors: Errors, item: KeyToPath, at: FieldPath): void {
  if (!item.key) errors.push(field.required(at.child("key")));
  if (!item.path) errors.push(field.required(at.child("path")));
  validateUnreservedPath(errors, item.path ?? "", at.child("path"));
  validateMode(errors, item.mode, at.child("mode"));
}

function validateDownwardFile(errors: Errors, file: DownwardAPIVolumeFile, path: FieldPath): void {
  if (!file.path) errors.push(field.required(path.child("path")));
  validateUnreservedPath(errors, file.path ?? "", path.child("path"));
  if (file.fieldRef) {
    validateFieldSelector(errors, file.fieldRef, volumeFieldPaths, path.child("fieldRef"));
    if (file.resourceFieldRef) {
      errors.push(field.invalid(path, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
    }
  } else if (file.resourceFieldRef) validateResourceField(errors, file.resourceFieldRef, true, path.child("resourceFieldRef"));
  else errors.push(field.required(path, "one of fieldRef and resourceFieldRef is required"));
  validateMode(errors, file.mode, path.child("mode"));
}

const maxTokenSeconds = 2 ** 32;

function validateProjections(errors: Errors, projected: ProjectedVolumeSource, path: FieldPath): void {
  const paths = new Set<string>();
  const claim = (file: string | undefined, shown: string) => {
    if (!file) return;
    if (paths.has(file)) errors.push(field.invalid(path, shown, "conflicting duplicate paths"));
    paths.add(file);
  };
  for (const [index, source] of (projected.sources ?? []).entries()) {
    const at = path.child("sources").index(index);
    for (const name of ["secret", "configMap"] as const) {
      const item = source[name];
      if (!item) continue;
      if (!item.name) errors.push(field.required(at.child(name, "name")));
      for (const [itemIndex, key] of (item.items ?? []).entries()) {
        validateKey(errors, key, at.child(name, "items").index(itemIndex));
        claim(key.path, item.name ?? "");
      }
    }
    for (const file of source.downwardAPI?.items ?? []) {
      validateDownwardFile(errors, file, at.child("downwardAPI"));
      claim(file.path, file.path);
    }
    if (source.serviceAccountToken) {
      const { expirationSeconds = 0, path: file } = source.serviceAccountToken;
      const seconds = at.child("serviceAccountToken", "expirationSeconds");
      if (expirationSeconds < 600) {
        errors.push(field.invalid(seconds, expirationSeconds, "may not specify a duration less than 10 minutes"));
      }
      if (expirationSeconds > maxTokenSeconds) {
        errors.push(field.invalid(seconds, expirationSeconds, "may not specify a duration larger than 2^32 seconds"));
      }
      if (!file) errors.push(field.required(path.child("path")));
      else validateUnreservedPath(errors, file, path.child("path"));
    }
    const given = projectionNames.filter((name) => source[name] !== undefined);
    if (given.length > 1) errors.push(field.forbidden(at, "may not specify more than 1 volume type per source"));
  }
}

const projectionNames = ["secret", "configMap", "downwardAPI", "serviceAccountToken"] as const;

/** The claim of an ephemeral volume has a name made of the pod's and the volume's. */
function validateClaimName(errors: Errors, volume: string, podMeta: Readonly<ObjectMeta> | undefined, path: FieldPath): void {
  if (!podMeta?.name || !volume) return;
  const name = `${podMeta.name}-${volume}`;
  for (const text of nameIsDNSSubdomain(name, false)) {
    errors.push(field.invalid(path.child("name"), volume, `PVC name "${name}": ${text}`));
  }
}

function validateEphemeral(errors: Errors, source: EphemeralVolumeSource, path: FieldPath): void {
  if (!source.volumeClaimTemplate) {
    errors.push(field.required(path.child("volumeClaimTemplate")));
    return;
  }
  const template = path.child("volumeClaimTemplate");
  validateTemplateMeta(errors, source.volumeClaimTemplate.metadata, template.child("metadata"));
  validateClaimSpec(errors, source.volumeClaimTemplate.spec ?? {}, template.child("spec"));
}

function validatePublishSecret(errors: Errors, secret: LocalObjectReference | undefined, path: FieldPath): void {
  if (!secret) return;
  if (!secret.name) errors.push(field.required(path.child("nodePublishSecretRef", "name")));
  // The path is upstream's.
  else complain(errors, path.child("name"), secret.name, nameIsDNSSubdomain(secret.name, false));
}

const pullPolicies = ["Always", "IfNotPresent", "Never"];

function validateImage(errors: Errors, image: ImageVolumeSource, isPod: boolean, path: FieldPath): void {
  const reference = image.reference ?? "";
  if (isPod && reference === "") errors.push(field.required(path.child("reference")));
  if (isPod && reference !== reference.trim()) {
    errors.push(field.invalid(path.child("reference"), reference, "must not have leading or trailing whitespace"));
  }
  if (!image.pullPolicy) errors.push(field.required(path.child("pullPolicy")));
  else if (!pullPolicies.includes(image.pullPolicy)) {
    errors.push(field.notSupported(path.child("pullPolicy"), image.pullPolicy, pullPolicies));
  }
}
