import { formatTime } from "../../machinery/clock.ts";
import { field, path } from "../../machinery/errors.ts";
import { deepEqual } from "../../machinery/object.ts";
import { nameIsDNSSubdomain } from "../../machinery/validation/names.ts";
import { age } from "../columns.ts";
import { defineResource } from "../define-resource.ts";
import { complain, type Errors } from "../validation.ts";
import { validateNodeSelector } from "./affinity-validation.ts";
import { accessModesText, storageClassText } from "./claim-columns.ts";
import { validateAccessModes } from "./claim-validation.ts";
import { compareQuantities, defaultResourceList } from "./resource-list.ts";
import type { PersistentVolume, PersistentVolumeSpec } from "./v1.ts";
import { validateNoBacksteps } from "./volume-paths.ts";
import { validateSourceFields } from "./volume-source-validation.ts";
import { persistentVolumeSourceNames } from "./volume-sources.ts";

const at = path("spec");
const reclaimPolicies = ["Delete", "Recycle", "Retain"];

export const persistentvolumes = defineResource<PersistentVolume>("", "persistentvolumes", {
  default(volume) {
    volume.spec ??= {};
    volume.status ??= {};
    volume.status.phase ||= "Pending";
    const { spec } = volume;
    spec.persistentVolumeReclaimPolicy ||= "Retain";
    spec.volumeMode ??= "Filesystem";
    if (spec.hostPath) spec.hostPath.type ??= "";
    defaultResourceList(spec.capacity);
  },
  prepareForCreate(volume, { clock }) {
    volume.status = { phase: "Pending", lastPhaseTransitionTime: formatTime(clock.now()) };
  },
  prepareForUpdate(volume, old, { subresource, clock }) {
    if (subresource !== "status" || !volume.status) return;
    const sent = volume.status.lastPhaseTransitionTime;
    if (volume.status.phase !== old.status?.phase && (sent === undefined || sent === old.status?.lastPhaseTransitionTime)) {
      volume.status.lastPhaseTransitionTime = formatTime(clock.now());
    }
  },
  validate: validateVolume,
  validateUpdate(volume, old) {
    const errors: Errors = [];
    const source = (spec: PersistentVolumeSpec | undefined) => persistentVolumeSourceNames.map((name) => spec?.[name]);
    if (!deepEqual(source(volume.spec), source(old.spec))) {
      errors.push(field.forbidden(at.child("persistentvolumesource"), "spec.persistentvolumesource is immutable after creation"));
    }
    if (!deepEqual(volume.spec?.volumeMode, old.spec?.volumeMode)) {
      errors.push(field.invalid(path("volumeMode"), volume.spec?.volumeMode ?? null, "field is immutable"));
    }
    if (old.spec?.nodeAffinity && !deepEqual(volume.spec?.nodeAffinity, old.spec.nodeAffinity)) {
      errors.push(
        field.invalid(
          path("nodeAffinity"),
          volume.spec?.nodeAffinity ?? null,
          "field is immutable, except for updating from beta label to GA",
        ),
      );
    }
    return errors;
  },
  validateStatus: () => [],
  row(volume, { now }) {
    const spec = volume.spec ?? {};
    const claim = spec.claimRef;
    return [
      volume.metadata.name ?? "",
      spec.capacity?.storage ?? "0",
      accessModesText(spec.accessModes),
      spec.persistentVolumeReclaimPolicy ?? "",
      volume.metadata.deletionTimestamp !== undefined ? "Terminating" : (volume.status?.phase ?? ""),
      claim ? `${claim.namespace ?? ""}/${claim.name ?? ""}` : "",
      storageClassText(volume.metadata, spec.storageClassName),
      spec.volumeAttributesClassName ?? "<unset>",
      volume.status?.reason ?? "",
      age(volume.metadata, now),
      spec.volumeMode ?? "<unset>",
    ];
  },
  returnsDeletedObject: true,
  countsGenerations: false,
});

function validateVolume(volume: Readonly<PersistentVolume>): Errors {
  const errors: Errors = [];
  const spec: PersistentVolumeSpec = volume.spec ?? {};
  const modes: readonly string[] = spec.accessModes ?? [];
  if (modes.length === 0) errors.push(field.required(at.child("accessModes")));
  validateAccessModes(errors, modes, at.child("accessModes"));
  const capacity = spec.capacity ?? {};
  if (Object.keys(capacity).length === 0) errors.push(field.required(at.child("capacity")));
  if (capacity.storage === undefined || Object.keys(capacity).length > 1) {
    errors.push(field.notSupported(at.child("capacity"), Object.keys(capacity).length === 0 ? null : sorted(capacity), ["storage"]));
  }
  for (const name in capacity) {
    const quantity = capacity[name] as string;
    if (compareQuantities(quantity, "0") <= 0) {
      errors.push(field.invalid(at.child("capacity").key(name), quantity, "must be greater than zero"));
    }
  }
  const policy = spec.persistentVolumeReclaimPolicy ?? "";
  if (policy !== "" && !reclaimPolicies.includes(policy)) {
    errors.push(field.notSupported(at.child("persistentVolumeReclaimPolicy"), policy, reclaimPolicies));
  }
  if (spec.nodeAffinity) {
    if (!spec.nodeAffinity.required)
      errors.push(field.required(at.child("nodeAffinity", "required"), "must specify required node constraints"));
    else validateNodeSelector(errors, spec.nodeAffinity.required, at.child("nodeAffinity", "required"));
  }
  validateVolumeSource(errors, spec);
  if (spec.storageClassName) {
    complain(errors, at.child("storageClassName"), spec.storageClassName, nameIsDNSSubdomain(spec.storageClassName, false));
  }
  if (spec.volumeMode !== undefined && spec.volumeMode !== "Block" && spec.volumeMode !== "Filesystem") {
    errors.push(field.notSupported(at.child("volumeMode"), spec.volumeMode, ["Block", "Filesystem"]));
  }
  return errors;
}

function sorted(list: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(list).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function validateVolumeSource(errors: Errors, spec: PersistentVolumeSpec): void {
  let first: string | undefined;
  for (const name of persistentVolumeSourceNames) {
    const source = spec[name];
    if (source === undefined) continue;
    if (first !== undefined) {
      errors.push(field.forbidden(at.child(name), "may not specify more than 1 volume type"));
      continue;
    }
    first = name;
    const where = at.child(name);
    if (name === "hostPath") {
      const hostPath = spec.hostPath?.path ?? "";
      if (hostPath === "") errors.push(field.required(where.child("path")));
      else validateNoBacksteps(errors, hostPath, where.child("path"));
    } else if (name === "csi") {
      if (!spec.csi?.driver) errors.push(field.required(where.child("driver")));
      if (!spec.csi?.volumeHandle) errors.push(field.required(where.child("volumeHandle")));
    } else validateSourceFields(errors, name, source as unknown as Record<string, unknown>, where);
    if (name === "local" && !spec.nodeAffinity) {
      errors.push(field.required(at.child("nodeAffinity"), "Local volume requires node affinity"));
    }
  }
  if (first === undefined) errors.push(field.required(at, "must specify a volume type"));
  if (spec.hostPath && /^\/+(?:\.\/*)*$/.test(spec.hostPath.path) && spec.persistentVolumeReclaimPolicy === "Recycle") {
    errors.push(field.forbidden(at.child("persistentVolumeReclaimPolicy"), "may not be 'recycle' for a hostPath mount of '/'"));
  }
}
