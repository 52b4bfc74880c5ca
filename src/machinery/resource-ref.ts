/**
 * A typed name of a served resource: what clients pass to say which collection they mean. The constants for every built-in
 * resource are in `src/api/refs.ts`.
 */
export interface ResourceRef<T = KubeObject> {
  /** `""` is the core group. */
  readonly group: string;
  readonly version: string;
  /** The lower-case plural, as in the path. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Carries the type only; never set. */
  readonly _type?: T;
}

import type { KubeObject } from "./object.ts";

/** `v1` or `apps/v1`. */
export function apiVersionOf(ref: { group: string; version: string }): string {
  return ref.group === "" ? ref.version : `${ref.group}/${ref.version}`;
}

/** Splits `apps/v1` into its group and version; `v1` is of the core group. */
export function parseApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? { group: "", version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `pods` or `deployments.apps`: the form in which error messages name a resource. */
export function groupResource(ref: { group: string; resource: string }): string {
  return ref.group === "" ? ref.resource : `${ref.resource}.${ref.group}`;
}

/** The name of upstream's internal package for a group, as its messages show it. */
export function packageOf(group: string): string {
  // Events of both groups are of one type.
  return group === "" || group === "events.k8s.io" ? "core" : (group.split(".")[0] as string);
}
