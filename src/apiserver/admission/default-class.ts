import type { ObjectMeta } from "../../machinery/meta/v1.ts";

interface Named {
  readonly metadata: ObjectMeta;
}

/** Whether the first of two default classes is the one to take: the newer, then by name. */
export function isNewer({ metadata }: Named, { metadata: other }: Named): boolean {
  const created = metadata.creationTimestamp ?? "";
  const otherCreated = other.creationTimestamp ?? "";
  return created === otherCreated ? (metadata.name ?? "") < (other.name ?? "") : created > otherCreated;
}
