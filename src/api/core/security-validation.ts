import type { FieldPath } from "../../machinery/errors.ts";
import { field } from "../../machinery/errors.ts";
import { isGroupId, isUserId } from "../../machinery/validation/names.ts";
import { internalForm } from "../internal-form.ts";
import { complain, type Errors } from "../validation.ts";
import { profileTypes } from "./pod-annotations.ts";
import type { PodFacts } from "./pod-facts.ts";
import type { AppArmorProfile, PodSecurityContext, PodSpec, SeccompProfile, SecurityContext } from "./v1.ts";
import { validateLocalPath } from "./volume-paths.ts";
import { validateWindowsOptions } from "./windows-validation.ts";

export function validateSecurityContext(errors: Errors, context: SecurityContext | undefined, pod: PodFacts, path: FieldPath): void {
  if (!context) return;
  const at = path.child("securityContext");
  if (context.runAsUser !== undefined) complain(errors, at.child("runAsUser"), context.runAsUser, isUserId(context.runAsUser));
  if (context.runAsGroup !== undefined) complain(errors, at.child("runAsGroup"), context.runAsGroup, isGroupId(context.runAsGroup));
  if (context.procMount !== undefined) {
    if (context.procMount !== "Default" && context.procMount !== "Unmasked") {
      errors.push(field.notSupported(at.child("procMount"), context.procMount, ["Default", "Unmasked"]));
    }
    if (pod.hostUsers && context.procMount === "Unmasked") {
      errors.push(field.invalid(at.child("procMount"), context.procMount, "`hostUsers` must be false to use `Unmasked`"));
    }
  }
  validateSeccomp(errors, context.seccompProfile, at);
  if (context.allowPrivilegeEscalation === false) {
    if (context.privileged) {
      errors.push(
        field.invalid(
          at,
          internalForm("api/core/v1#SecurityContext", context),
          "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
        ),
      );
    }
    if (context.capabilities?.add?.includes("CAP_SYS_ADMIN")) {
      const text = "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN";
      errors.push(field.invalid(at, internalForm("api/core/v1#SecurityContext", context), text));
    }
  }
  validateWindowsOptions(errors, context.windowsOptions, at);
  validateAppArmor(errors, context.appArmorProfile, at);
}

export function validatePodSecurityContext(errors: Errors, spec: Readonly<PodSpec>, path: FieldPath): void {
  const context = spec.securityContext;
  const at = path.child("securityContext");
  if (!context) {
    return;
  }
  if (context.fsGroup !== undefined) complain(errors, at.child("fsGroup"), context.fsGroup, isGroupId(context.fsGroup));
  if (context.runAsUser !== undefined) complain(errors, at.child("runAsUser"), context.runAsUser, isUserId(context.runAsUser));
  if (context.runAsGroup !== undefined) complain(errors, at.child("runAsGroup"), context.runAsGroup, isGroupId(context.runAsGroup));
  for (const [index, group] of (context.supplementalGroups ?? []).entries()) {
    complain(errors, at.child("supplementalGroups").index(index), group, isGroupId(group));
  }
  if (spec.shareProcessNamespace && spec.hostPID) {
    errors.push(field.invalid(at.child("shareProcessNamespace"), true, "ShareProcessNamespace and HostPID cannot both be enabled"));
  }
  if (context.sysctls?.length) validateSysctls(errors, context, spec, at.child("sysctls"));
  oneOf(errors, context.fsGroupChangePolicy, ["Always", "OnRootMismatch"], at.child("fsGroupChangePolicy"));
  validateSeccomp(errors, context.seccompProfile, at);
  validateWindowsOptions(errors, context.windowsOptions, at);
  validateAppArmor(errors, context.appArmorProfile, at);
  oneOf(errors, context.supplementalGroupsPolicy, ["Merge", "Strict"], at.child("supplementalGroupsPolicy"));
  oneOf(errors, context.seLinuxChangePolicy, ["Recursive"], at.child("seLinuxChangePolicy"));
}

function oneOf(errors: Errors, value: string | undefined, supported: readonly string[], path: FieldPath): void {
  if (value !== undefined && !supported.includes(value)) errors.push(field.notSupported(path, value, supported));
}

const sysctlPattern = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
const sysctlExpression = new RegExp(sysctlPattern);
const ipcSysctls = ["kernel.shm", "kernel.msg", "fs.mqueue."];

function validateSysctls(errors: Errors, context: PodSecurityContext, spec: Readonly<PodSpec>, path: FieldPath): void {
  const seen = new Set<string>();
  for (const [index, { name = "" }] of (context.sysctls ?? []).entries()) {
    const at = path.index(index).child("name");
    if (name === "") errors.push(field.required(at));
    else if (name.length > 253 || !sysctlExpression.test(name)) {
      errors.push(field.invalid(at, name, `must have at most 253 characters and match regex ${sysctlPattern}`));
    } else if (seen.has(name)) errors.push(field.duplicate(at, name));
    seen.add(name);
    const dotted = name.replaceAll("/", ".");
    if (spec.hostNetwork && dotted.startsWith("net.")) {
      errors.push(field.invalid(at, name, "may not be specified when 'hostNetwork' is true"));
    } else if (spec.hostIPC && (dotted === "kernel.sem" || ipcSysctls.some((prefix) => dotted.startsWith(prefix)))) {
      errors.push(field.invalid(at, name, "may not be specified when 'hostIPC' is true"));
    }
  }
}

function validateSeccomp(errors: Errors, profile: SeccompProfile | undefined, path: FieldPath): void {
  if (!profile) return;
  const at = path.child("seccompProfile");
  if (!profile.type) errors.push(field.required(at.child("type"), "type is required when seccompProfile is set"));
  else oneOf(errors, profile.type, profileTypes, at.child("type"));
  if (profile.type === "Localhost") {
    if (profile.localhostProfile === undefined) {
      errors.push(field.required(at.child("localhostProfile"), "must be set when seccomp type is Localhost"));
    } else validateLocalPath(errors, profile.localhostProfile, at.child("localhostProfile"));
  } else if (profile.localhostProfile !== undefined) {
    const shown = { Type: profile.type ?? "", LocalhostProfile: profile.localhostProfile };
    errors.push(field.invalid(at.child("localhostProfile"), shown, "can only be set when seccomp type is Localhost"));
  }
}

function validateAppArmor(errors: Errors, profile: AppArmorProfile | undefined, path: FieldPath): void {
  if (!profile) return;
  const at = path.child("appArmorProfile");
  const local = profile.localhostProfile;
  switch (profile.type ?? "") {
    case "Localhost": {
      const needed = () => errors.push(field.required(at.child("localhostProfile"), "must be set when AppArmor type is Localhost"));
      if (local === undefined) {
        needed();
        return;
      }
      if (local !== local.trim()) errors.push(field.invalid(at.child("localhostProfile"), local, "must not be padded with whitespace"));
      else if (local === "") needed();
      if (local.length > 4095) errors.push(field.tooLong(at.child("localhostProfile"), 4095));
      return;
    }
    case "RuntimeDefault":
    case "Unconfined":
      if (local !== undefined) {
        errors.push(field.invalid(at.child("localhostProfile"), local, "can only be set when AppArmor type is Localhost"));
      }
      return;
    case "":
      errors.push(field.required(at.child("type"), "type is required when appArmorProfile is set"));
      return;
    default:
      errors.push(field.notSupported(at.child("type"), profile.type, profileTypes));
  }
}

/** User namespaces don't go with namespaces of the host, nor with its devices. */
export function validateHostUsers(errors: Errors, spec: Readonly<PodSpec>, path: FieldPath): void {
  if (spec.hostUsers !== false) return;
  const text = "when `hostUsers` is false";
  if (spec.hostNetwork) errors.push(field.forbidden(path.child("hostNetwork"), text));
  if (spec.hostPID) errors.push(field.forbidden(path.child("HostPID"), text));
  if (spec.hostIPC) errors.push(field.forbidden(path.child("HostIPC"), text));
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const [index, { volumeDevices }] of (spec[list] ?? []).entries()) {
      if (volumeDevices?.length) errors.push(field.forbidden(path.child(list).index(index).child("volumeDevices"), text));
    }
  }
}

const linuxOnlyOfPod = [
  "appArmorProfile",
  "seLinuxOptions",
  "hostUsers",
  "hostPID",
  "hostIPC",
  "seccompProfile",
  "fsGroup",
  "fsGroupChangePolicy",
  "sysctls",
  "shareProcessNamespace",
  "runAsUser",
  "runAsGroup",
  "supplementalGroups",
  "supplementalGroupsPolicy",
  "seLinuxChangePolicy",
] as const;
const linuxOnlyOfContainer = [
  "appArmorProfile",
  "seLinuxOptions",
  "seccompProfile",
  "capabilities",
  "readOnlyRootFilesystem",
  "privileged",
  "allowPrivilegeEscalation",
  "procMount",
  "runAsUser",
  "runAsGroup",
] as const;

/** `spec.os`: a name that is known, and no fields of another system. */
export function validateOS(errors: Errors, spec: Readonly<PodSpec>, path: FieldPath): void {
  if (!spec.os) return;
  const name = spec.os.name;
  if (!name) {
    errors.push(field.required(path.child("os", "name")));
    return;
  }
  if (name !== "linux" && name !== "windows") {
    errors.push(field.notSupported(path.child("os"), name, ["linux", "windows"]));
    return;
  }
  const text = name === "linux" ? "windows options cannot be set for a linux pod" : "cannot be set for a windows pod";
  const podFields = name === "linux" ? (["windowsOptions"] as const) : linuxOnlyOfPod;
  const containerFields = name === "linux" ? (["windowsOptions"] as const) : linuxOnlyOfContainer;
  for (const key of podFields) {
    const inContext = key !== "hostUsers" && key !== "hostPID" && key !== "hostIPC" && key !== "shareProcessNamespace";
    const value = inContext ? spec.securityContext?.[key] : spec[key];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    errors.push(field.forbidden(inContext ? path.child("securityContext", key) : path.child(key), text));
  }
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const [index, container] of (spec[list] ?? []).entries()) {
      for (const key of containerFields) {
        if (container.securityContext?.[key] !== undefined) {
          errors.push(field.forbidden(path.child(list).index(index).child("securityContext", key), text));
        }
      }
    }
  }
}
