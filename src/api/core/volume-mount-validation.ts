import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import type { Errors } from "../validation.ts";
import type { Container, EphemeralContainer, Volume, VolumeMount } from "./v1.ts";
import { hasBacksteps, validateLocalPath } from "./volume-paths.ts";

const propagations = ["Bidirectional", "HostToContainer", "None"];
const recursiveReadOnlyModes = ["Disabled", "Enabled", "IfPossible"];

export function validateVolumeMounts(
  errors: Errors,
  container: Container | EphemeralContainer,
  volumes: ReadonlyMap<string, Volume>,
  path: FieldPath,
): void {
  const mounts = container.volumeMounts;
  if (!mounts) return;
  const list = path.child("volumeMounts");
  const taken = new Set<string>();
  const devices = container.volumeDevices ?? [];
  const devicePaths = lastOfEachName(devices.map(({ name, devicePath }) => [name, devicePath]));
  for (const [index, mount] of mounts.entries()) {
    const at = list.index(index);
    if (!mount.name) errors.push(field.required(at.child("name")));
    if (!volumes.has(mount.name)) errors.push(field.notFound(at.child("name"), mount.name ?? ""));
    if (!mount.mountPath) errors.push(field.required(at.child("mountPath")));
    if (taken.has(mount.mountPath)) errors.push(field.invalid(at.child("mountPath"), mount.mountPath, "must be unique"));
    taken.add(mount.mountPath);
    if (devices.some((device) => device.name === mount.name)) {
      errors.push(field.invalid(at.child("name"), mount.name, "must not already exist in volumeDevices"));
    }
    if (devicePaths.has(mount.mountPath)) {
      errors.push(field.invalid(at.child("mountPath"), mount.mountPath, "must not already exist as a path in volumeDevices"));
    }
    // The paths of these three lack the index, upstream as here.
    if (mount.subPath) validateLocalPath(errors, mount.subPath, list.child("subPath"));
    if (mount.subPathExpr) {
      if (mount.subPath) {
        errors.push(field.invalid(at.child("subPathExpr"), mount.subPathExpr, "subPathExpr and subPath are mutually exclusive"));
      }
      validateLocalPath(errors, mount.subPathExpr, list.child("subPathExpr"));
    }
    if (mount.mountPropagation !== undefined)
      validatePropagation(errors, mount.mountPropagation, container, list.child("mountPropagation"));
    if (mount.recursiveReadOnly !== undefined) validateRecursiveReadOnly(errors, mount, list.child("recursiveReadOnly"));
  }
}

function validatePropagation(errors: Errors, mode: string, container: Container | EphemeralContainer, path: FieldPath): void {
  if (!propagations.includes(mode)) errors.push(field.notSupported(path, mode, propagations));
  if (mode === "Bidirectional" && container.securityContext?.privileged !== true) {
    errors.push(field.forbidden(path, "Bidirectional mount propagation is available only to privileged containers"));
  }
}

function validateRecursiveReadOnly(errors: Errors, mount: VolumeMount, path: FieldPath): void {
  const mode = mount.recursiveReadOnly as string;
  if (!recursiveReadOnlyModes.includes(mode)) {
    errors.push(field.notSupported(path, mode, recursiveReadOnlyModes));
    return;
  }
  if (mode === "Disabled") return;
  if (!mount.readOnly) errors.push(field.forbidden(path, "may only be specified when readOnly is true"));
  if (mount.mountPropagation !== undefined && mount.mountPropagation !== "None") {
    errors.push(field.forbidden(path, "may only be specified when mountPropagation is None or not specified"));
  }
}

/** Upstream keeps one path for each name. */
function lastOfEachName(paths: readonly (readonly [name: string, path: string])[]): ReadonlySet<string> {
  return new Set(new Map(paths).values());
}

export function validateVolumeDevices(
  errors: Errors,
  container: Container | EphemeralContainer,
  volumes: ReadonlyMap<string, Volume>,
  path: FieldPath,
): void {
  const devices = container.volumeDevices;
  if (!devices) return;
  const list = path.child("volumeDevices");
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounts = container.volumeMounts ?? [];
  const mountPaths = lastOfEachName(mounts.map(({ name, mountPath }) => [name, mountPath]));
  for (const [index, { name, devicePath }] of devices.entries()) {
    const at = list.index(index);
    const volume = volumes.get(name);
    if (!name) errors.push(field.required(at.child("name")));
    if (names.has(name)) errors.push(field.invalid(at.child("name"), name, "must be unique"));
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      const text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
      errors.push(field.invalid(at.child("name"), name, text));
    }
    if (!volume) errors.push(field.notFound(at.child("name"), name ?? ""));
    if (!devicePath) errors.push(field.required(at.child("devicePath")));
    if (paths.has(devicePath)) errors.push(field.invalid(at.child("devicePath"), devicePath, "must be unique"));
    if (devicePath && hasBacksteps(devicePath)) {
      errors.push(field.invalid(at.child("devicePath"), devicePath, "can not contain backsteps ('..')"));
    } else paths.add(devicePath);
    if (mounts.some((mount) => mount.name === name)) {
      errors.push(field.invalid(at.child("name"), name, "must not already exist in volumeMounts"));
    }
    if (mountPaths.has(devicePath)) {
      errors.push(field.invalid(at.child("devicePath"), devicePath, "must not already exist as a path in volumeMounts"));
    }
    if (name) names.add(name);
  }
}
