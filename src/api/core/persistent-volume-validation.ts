import { type FieldPath, field } from "../../machinery/errors.ts";
import { quantityValue } from "../../machinery/quantity.ts";
import { isDNS1123Label, isDNS1123Subdomain, nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { complain, type Errors } from "../validation.ts";
import { validateNodeSelector } from "./affinity-validation.ts";
import { validateAccessModes } from "./claim-validation.ts";
import { compareQuantities } from "./resource-list.ts";
import type { CSIPersistentVolumeSource, HostPathVolumeSource, PersistentVolumeSpec, SecretReference } from "./v1.ts";
import { validateNoBacksteps } from "./volume-paths.ts";
import { sourcePathName, validateDriverName, validateSourceFields } from "./volume-source-validation.ts";
import { persistentVolumeSourceNames } from "./volume-sources.ts";

const reclaimPolicies = ["Delete", "Recycle", "Retain"];
const hostPathTypes = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];
const inlineText = "in the context of inline volumes";

/** The spec of a persistent volume; `inline` when an attachment carries it in place of a volume's name. */
export function validateVolumeSpec(
  errors: Errors,
  spec: Readonly<PersistentVolumeSpec>,
  name: string,
  inline: boolean,
  at: FieldPath,
): void {
  const forbidInline = (child: string) => errors.push(field.forbidden(at.child(child), `may not be specified ${inlineText}`));
  const capacity = spec.capacity ?? {};
  if (inline) {
    if (spec.claimRef) forbidInline("claimRef");
    if (Object.keys(capacity).length > 0) forbidInline("capacity");
    if (!spec.csi) errors.push(field.required(at.child("csi"), `has to be specified ${inlineText}`));
  }
  const modes: readonly string[] = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(field.required(at.child("accessModes")));
  validateAccessModes(errors, modes, at.child("accessModes"));
  if (!inline) validateCapacity(errors, spec.capacity, at.child("capacity"));
  const policy = spec.persistentVolumeReclaimPolicy ?? "";
  const policyPath = at.child("persistentVolumeReclaimPolicy");
  if (policy !== "") {
    if (inline) {
      if (policy !== "Retain") errors.push(field.forbidden(policyPath, `may only be Retain ${inlineText}`));
    } else if (!reclaimPolicies.includes(policy)) errors.push(field.notSupported(policyPath, policy, reclaimPolicies));
  }
  if (spec.nodeAffinity) {
    const required = at.child("nodeAffinity", "required");
    if (inline) forbidInline("nodeAffinity");
    else if (!spec.nodeAffinity.required) errors.push(field.required(required, "must specify required node constraints"));
    else validateNodeSelector(errors, spec.nodeAffinity.required, required);
  }
  validateSources(errors, spec, name, inline, at);
  if (spec.hostPath && /^\/+(?:\.?\/*)*$/.test(spec.hostPath.path) && policy === "Recycle") {
    errors.push(field.forbidden(policyPath, "may not be 'recycle' for a hostPath mount of '/'"));
  }
  if (spec.storageClassName) {
    if (inline) forbidInline("storageClassName");
    else complain(errors, at.child("storageClassName"), spec.storageClassName, nameIsDNSSubdomain(spec.storageClassName, false));
  }
  if (spec.volumeMode !== undefined) {
    const modePath = at.child("volumeMode");
    if (inline) {
      const text = `may not specify volumeMode other than Filesystem ${inlineText}`;
      if (spec.volumeMode !== "Filesystem") errors.push(field.forbidden(modePath, text));
    } else if (spec.volumeMode !== "Block" && spec.volumeMode !== "Filesystem") {
      errors.push(field.notSupported(modePath, spec.volumeMode, ["Block", "Filesystem"]));
    }
  }
  const attributes = spec.volumeAttributesClassName;
  if (attributes === undefined || inline) return;
  const attributesPath = at.child("volumeAttributesClassName");
  if (attributes === "") errors.push(field.required(attributesPath, "an empty string is disallowed"));
  else complain(errors, attributesPath, attributes, nameIsDNSSubdomain(attributes, false));
  if (!spec.csi) errors.push(field.required(at.child("csi"), "has to be specified when using volumeAttributesClassName"));
}

function validateCapacity(errors: Errors, given: Readonly<Record<string, string>> | undefined, at: FieldPath): void {
  const capacity = given ?? {};
  const names = Object.keys(capacity).sort();
  if (names.length === 0) errors.push(field.required(at));
  if (capacity.storage === undefined || names.length > 1) {
    const shown = names.length === 0 ? (given ?? null) : Object.fromEntries(names.map((name) => [name, capacity[name]]));
    errors.push(field.notSupported(at, shown, ["storage"]));
  }
  for (const name of names) {
    const quantity = capacity[name] as string;
    const value = quantityValue(quantity);
    if (value < 0) errors.push(field.invalid(at.key(name), value, "must be a valid resource quantity"));
    if (compareQuantities(quantity, "0") <= 0) errors.push(field.invalid(at.key(name), quantity, "must be greater than zero"));
  }
}

function validateSources(errors: Errors, spec: Readonly<PersistentVolumeSpec>, volume: string, inline: boolean, at: FieldPath): void {
  let first: string | undefined;
  for (const name of persistentVolumeSourceNames) {
    const source = spec[name];
    if (source === undefined) continue;
    // Upstream doesn't count it as a second one.
    if (first !== undefined && name !== "flexVolume") {
      errors.push(field.forbidden(at.child(name === "cephfs" ? "cephFS" : name), "may not specify more than 1 volume type"));
      continue;
    }
    first = name;
    const where = at.child(sourcePathName(name));
    if (name === "hostPath") validateHostPath(errors, source as HostPathVolumeSource, where);
    else if (name === "csi") validateCSI(errors, source as CSIPersistentVolumeSource, where);
    else validateSourceFields(errors, name, source as unknown as Record<string, unknown>, where, volume);
    if (name === "local" && (inline || !spec.nodeAffinity)) {
      errors.push(field.required(at.child("nodeAffinity"), "Local volume requires node affinity"));
    }
  }
  if (first === undefined) errors.push(field.required(at, "must specify a volume type"));
}

/** A path on the node, and what is expected there. */
export function validateHostPath(errors: Errors, { path: directory = "", type }: HostPathVolumeSource, at: FieldPath): void {
  if (directory === "") {
    errors.push(field.required(at.child("path")));
    return;
  }
  validateNoBacksteps(errors, directory, at.child("path"));
  if (type !== undefined && !hostPathTypes.includes(type)) errors.push(field.notSupported(at.child("type"), type, hostPathTypes));
}

function validateCSI(errors: Errors, csi: CSIPersistentVolumeSource, at: FieldPath): void {
  validateDriverName(errors, csi.driver, at.child("driver"));
  if (!csi.volumeHandle) errors.push(field.required(at.child("volumeHandle")));
  const names = ["controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef"] as const;
  for (const name of names) if (csi[name]) validateSecretReference(errors, csi[name], at.child(name));
}

function validateSecretReference(errors: Errors, { name, namespace }: SecretReference, at: FieldPath): void {
  if (!name) errors.push(field.required(at.child("name")));
  else complain(errors, at.child("name"), name, isDNS1123Subdomain(name));
  if (!namespace) errors.push(field.required(at.child("namespace")));
  else complain(errors, at.child("namespace"), namespace, isDNS1123Label(namespace));
}
