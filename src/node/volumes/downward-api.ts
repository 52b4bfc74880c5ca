import type { DownwardAPIVolumeFile, Pod } from "../../api/core/v1.ts";
import { type DownwardFacts, fieldValue, resourceValue } from "../pods/downward.ts";
import { type Contents, defaultFileMode, joinReasons, type ProjectedFiles } from "./projected-file.ts";

/** The pod's own fields and its containers' resources as files. */
export function downwardContents(
  pod: Pod,
  items: readonly DownwardAPIVolumeFile[] | undefined,
  defaultMode: number | undefined,
  facts: DownwardFacts,
): Contents {
  const files: ProjectedFiles = new Map();
  const failures: unknown[] = [];
  for (const item of items ?? []) {
    try {
      files.set(item.path, { data: textOf(pod, item, facts), mode: item.mode ?? defaultMode ?? defaultFileMode });
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new Error(joinReasons(failures));
  return {
    stamp: `downward/${JSON.stringify([...files].map(([path, { data }]) => [path, data]))}`,
    files: () => files,
  };
}

function textOf(pod: Pod, item: DownwardAPIVolumeFile, facts: DownwardFacts): string {
  if (item.fieldRef) return fieldValue(pod, item.fieldRef.fieldPath, facts);
  const selector = item.resourceFieldRef;
  if (!selector) throw new Error(`the file ${item.path} has neither fieldRef nor resourceFieldRef`);
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const container = containers.find(({ name }) => name === selector.containerName);
  if (!container) throw new Error(`container ${selector.containerName ?? ""} not found`);
  return resourceValue(container, selector, facts);
}
