import type { Container, EphemeralContainer, PodSpec } from "../../../api/core/v1.ts";
import type { ObjectMeta } from "../../../machinery/meta/v1.ts";

/** What checks look at: of a pod, or of the template of one. */
export interface CheckedPod {
  metadata: Readonly<ObjectMeta>;
  spec: Readonly<PodSpec>;
}

/** Why a pod is not as a level wants it. */
export interface Violation {
  reason: string;
  detail: string;
}

/** One control of the Pod Security Standards, as it is from a version on. */
export interface Check {
  /** Upstream's name, which orders the complaints. */
  id: string;
  level: "baseline" | "restricted";
  /** The first minor version of Kubernetes 1 in which it is as `check` says; a later one of the same id replaces it. */
  since: number;
  /** The baseline's control that this one says more strictly. */
  overrides?: string;
  check(pod: CheckedPod): Violation | undefined;
}

/** In upstream's order: init containers come first. */
export function* containersOf({ spec }: CheckedPod): IterableIterator<Container | EphemeralContainer> {
  if (spec.initContainers) yield* spec.initContainers;
  yield* spec.containers ?? [];
  if (spec.ephemeralContainers) yield* spec.ephemeralContainers;
}

/** The names of the containers of which something is true. */
export function containersWhere(pod: CheckedPod, test: (container: Container | EphemeralContainer) => boolean): string[] {
  const names: string[] = [];
  for (const container of containersOf(pod)) if (test(container)) names.push(container.name);
  return names;
}

export function plural(one: string, many: string, count: number): string {
  return count === 1 ? one : many;
}

export function quoted(names: Iterable<string>): string {
  return `"${[...names].join('", "')}"`;
}

export function sorted(names: Iterable<string>): string[] {
  return [...new Set(names)].sort();
}

/** `container "a"`, `containers "a", "b"` */
export function containersText(names: readonly string[]): string {
  return `${plural("container", "containers", names.length)} ${quoted(names)}`;
}

/** Who has set something: the pod, containers, or both. */
export function settersText(pod: boolean, containers: readonly string[]): string {
  return [...(pod ? ["pod"] : []), ...(containers.length > 0 ? [containersText(containers)] : [])].join(" and ");
}

export function isWindows({ spec }: CheckedPod): boolean {
  return spec.os?.name === "windows";
}

export function isInUserNamespace({ spec }: CheckedPod): boolean {
  return spec.hostUsers === false;
}
