import type { ResourceDefinition } from "../api/define-resource.ts";
import type { KubeObject } from "../machinery/object.ts";
import { groupResource, parseApiVersion } from "../machinery/resource-ref.ts";

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
    for (const definition of served) {
      if (definition.kind !== kind || definition.group !== group || definition.version !== version) continue;
      return { definition, namespace: definition.namespaced ? metadata.namespace || namespace : "", name: metadata.name ?? "" };
    }
    throw new Error(`no matches for kind "${kind}" in version "${apiVersion}"`);
  }
  const [word = "", name = "", ...rest] = target.split("/");
  if (!name || rest.length > 0) throw new Error(`an object is named as KIND/NAME, such as deployment/web; not "${target}"`);
  const definition = definitionNamed(word, served);
  return { definition, namespace: definition.namespaced ? namespace : "", name };
}

/** By kind, plural, singular or short name, with or without the group; of several groups the first that is served. */
function definitionNamed(word: string, served: Iterable<ResourceDefinition>): ResourceDefinition {
  const wanted = word.toLowerCase();
  for (const definition of served) {
    const { kind, resource, singular, shortNames = [], group } = definition;
    const names = [kind.toLowerCase(), resource, singular, ...shortNames];
    if (names.includes(wanted) || wanted === groupResource(definition) || names.some((each) => wanted === `${each}.${group}`))
      return definition;
  }
  throw new Error(`the server doesn't have a resource type "${word}"`);
}
