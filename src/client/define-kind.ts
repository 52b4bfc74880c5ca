import type { CustomResourceDefinition } from "../api/apiextensions/v1.ts";
import type { KubeObject } from "../machinery/object.ts";
import type { ResourceRef } from "../machinery/resource-ref.ts";

/** Of `defineKind`: a kind's names. */
export interface KindNames {
  group: string;
  version: string;
  kind: string;
  /** The lower-case plural, as in the path: the kind with an `s` unless told. */
  plural?: string;
  /** True unless told. */
  namespaced?: boolean;
}

/** A kind of one's own, for typed clients: `const widgets = defineKind<Widget>({ group: "example.com", version: "v1", kind: "Widget" })`. */
export function defineKind<T extends KubeObject>({ group, version, kind, plural, namespaced = true }: KindNames): ResourceRef<T> {
  return { group, version, resource: plural ?? `${kind.toLowerCase()}s`, kind, namespaced };
}

/** The kind that a CustomResourceDefinition defines, in the named version or else the one that is stored. */
export function kindOfDefinition<T extends KubeObject>({ spec }: CustomResourceDefinition, version?: string): ResourceRef<T> {
  const found = spec.versions.find(({ name, storage }) => (version === undefined ? storage : name === version));
  if (!found) throw new Error(version === undefined ? "the definition stores no version" : `the definition has no version ${version}`);
  const { names, group, scope } = spec;
  return { group, version: found.name, resource: names.plural, kind: names.kind, namespaced: scope === "Namespaced" };
}
