import { type FieldPath, field, path } from "../../machinery/errors.ts";
import { nameIsDNSSubdomain, rangeText, utf8Length } from "../../machinery/validation/names.ts";
import { validateVolumeSpec } from "../core/persistent-volume-validation.ts";
import { validateDriverName } from "../core/volume-source-validation.ts";
import { defineResource } from "../define-resource.ts";
import { requireSame } from "../internal-form.ts";
import { complain, type Errors } from "../validation.ts";
import type { VolumeAttachment, VolumeAttachmentStatus, VolumeError } from "./v1.ts";

const at = path("spec");
const maxMetadataSize = 256 * 1024;
const maxMessageLength = 1024;

export const volumeattachments = defineResource<VolumeAttachment>("storage.k8s.io", "volumeattachments", {
  updateChecks: ["meta", "kind", "update"],
  default(attachment) {
    const volume = attachment.spec?.source?.inlineVolumeSpec;
    if (volume?.hostPath) volume.hostPath.type ??= "";
    if (volume?.azureDisk) volume.azureDisk.readOnly ??= false;
  },
  prepareForCreate(attachment) {
    attachment.status = { attached: false };
  },
  prepareForUpdate(attachment, old, { subresource }) {
    if (subresource === "status") attachment.metadata = { ...old.metadata };
  },
  validate: validateAttachment,
  validateUpdate: validateSameSpec,
  validateStatus: (attachment, old) => [...validateAttachment(attachment), ...validateSameSpec(attachment, old)],
  allowUnconditionalUpdate: false,
  returnsDeletedObject: true,
  countsGenerations: false,
});

function validateAttachment(attachment: Readonly<VolumeAttachment>): Errors {
  const errors: Errors = [];
  const { attacher, nodeName = "", source } = attachment.spec ?? {};
  validateDriverName(errors, attacher, at.child("attacher"));
  const volume = source?.persistentVolumeName;
  const inline = source?.inlineVolumeSpec;
  const text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
  if (volume === undefined && !inline) errors.push(field.required(at.child("source"), text));
  else if (volume !== undefined && inline) errors.push(field.forbidden(at.child("source"), text));
  else if (volume === "") {
    errors.push(field.required(at.child("source", "persistentVolumeName"), "must specify non empty persistentVolumeName"));
  } else if (inline) validateVolumeSpec(errors, inline, "", true, at.child("source", "inlineVolumeSpec"));
  complain(errors, at.child("nodeName"), nodeName, nameIsDNSSubdomain(nodeName, false));
  validateAttachmentStatus(errors, attachment.status ?? { attached: false }, path("status"));
  if (volume !== undefined) complain(errors, path("spec.source.persistentVolumeName"), volume, nameIsDNSSubdomain(volume, false));
  return errors;
}

function validateSameSpec(attachment: Readonly<VolumeAttachment>, old: Readonly<VolumeAttachment>): Errors {
  const errors: Errors = [];
  requireSame(errors, "api/storage/v1#VolumeAttachmentSpec", attachment.spec, old.spec, at);
  return errors;
}

function validateAttachmentStatus(errors: Errors, status: VolumeAttachmentStatus, where: FieldPath): void {
  let size = 0;
  for (const [key, value] of Object.entries(status.attachmentMetadata ?? {})) size += utf8Length(key) + utf8Length(value);
  if (size > maxMetadataSize) errors.push(field.tooLong(where.child("attachmentMetadata"), maxMetadataSize));
  for (const name of ["attachError", "detachError"] as const) validateVolumeError(errors, status[name], where.child(name));
}

function validateVolumeError(errors: Errors, error: VolumeError | undefined, where: FieldPath): void {
  if (!error) return;
  // The limit that upstream names is another one.
  if (utf8Length(error.message ?? "") > maxMessageLength) errors.push(field.tooLong(where.child("message"), maxMetadataSize));
  if (error.errorCode !== undefined && error.errorCode < 0) {
    errors.push(field.invalid(where.child("errorCode"), error.errorCode, rangeText(0, 2147483647)));
  }
}
