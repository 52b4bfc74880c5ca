import type { ObjectMeta } from "../../machinery/meta/v1.ts";

const shortModes: readonly (readonly [mode: string, short: string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

/** `RWO,ROX`: access modes in their short form, always in this order. */
export function accessModesText(modes: readonly string[] | undefined): string {
  return shortModes
    .filter(([mode]) => modes?.includes(mode))
    .map(([, short]) => short)
    .join(",");
}

/** The storage class of a volume or claim; an annotation of old goes before the field. */
export function storageClassText(metadata: ObjectMeta, className: string | undefined): string {
  return metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? className ?? "";
}
