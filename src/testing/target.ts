import type { ResourceDefinition } from "../api/define-resource.ts";
import type { KubeObject } from "../machinery/object.ts";
import { apiVersionOf, groupResource, parseApiVersion } from "../machinery/resource-ref.ts";
import { nearest } from "./nearest.ts";

/** `deployment/web`, `deploy/web`, `widgets.example.com/a`, or an object that names its kind. */
export type Target = string | KubeObject;

/** An object that there may or may not be. */
export interface Place {
  definition: ResourceDefinition;
  namespace: string;
  name: string;
}

/** Finds out what is meant. Throws an error that says what is wrong with it. */
export function placeOf(target: Target, served: Iterable<ResourceDefinition>, namespace: string): Place {
  if (typeof target !== "string") {
    const { apiVersion = "", kind = "", metadata } = target;
    const { group, version } = parseApiVersion(apiVersion);
    const all = [...served];
    for (const definition of all) {
      if (definition.kind !== kind || definition.group !== group || definition.version !== version) continue;
      if (!metadata.name) throw new Error(`an object is named by its metadata.name: this ${kind} has none`);
      return { definition, namespace: definition.namespaced ? metadata.namespace || namespace : "", name: metadata.name };
    }
    throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"${hint(apiVersion, kind, all)}`);
  }
  const [word = "", name = "", ...rest] = target.split("/");
  if (!name || rest.length > 0) throw new Error(`an object is named as KIND/NAME, such as deployment/web; not "${target}"`);
  const definition = definitionNamed(word, served);
  return { definition, namespace: definition.namespaced ? namespace : "", name };
}

/** By kind, plural, singular or short name, with or without the group; of several groups the first that is served. */
function definitionNamed(word: string, definitions: Iterable<ResourceDefinition>): ResourceDefinition {
  const wanted = word.toLowerCase();
  const served = [...definitions];
  for (const definition of served) {
    const { kind, resource, singular, shortNames = [], group } = definition;
    const names = [kind.toLowerCase(), resource, singular, ...shortNames];
    if (names.includes(wanted) || wanted === groupResource(definition) || names.some((each) => wanted === `${each}.${group}`))
      return definition;
  }
  const kinds = new Set(served.map(({ kind }) => kind.toLowerCase()));
  throw new Error(`the server doesn't have a resource type "${word}"${nearest(word, kinds)}`);
}

/** What may be meant instead. */
function hint(apiVersion: string, kind: string, served: readonly ResourceDefinition[]): string {
  const versions = served.filter((each) => each.kind === kind).map(apiVersionOf);
  if (versions.length > 0) return `: it is in ${versions.join(", ")}`;
  const kinds = served.filter((each) => apiVersionOf(each) === apiVersion).map((each) => each.kind);
  if (kinds.length > 0) return nearest(kind, kinds);
  return ": is its CustomResourceDefinition applied before it, or with it?";
}
