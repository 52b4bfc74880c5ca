import type { ObjectReference } from "../../api/core/v1.ts";
import type { Informer } from "../../client/informer.ts";
import type { OwnerReference } from "../../machinery/meta/v1.ts";
import { controllerOf, type KubeObject, nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";
import { apiVersionOf, type ResourceRef } from "../../machinery/resource-ref.ts";

const indexName = "controller";

/** The reference by which a dependent names `owner` as its controller. */
export function controllerReference(ref: ResourceRef, owner: KubeObject): OwnerReference {
  return {
    apiVersion: apiVersionOf(ref),
    kind: ref.kind,
    name: nameOf(owner),
    uid: uidOf(owner),
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** What an event is about. Objects of lists don't tell their kind, so the resource does. */
export function eventTarget(ref: ResourceRef, object: KubeObject): ObjectReference {
  const { name = "", namespace = "", uid = "", resourceVersion = "" } = object.metadata;
  return { apiVersion: apiVersionOf(ref), kind: ref.kind, name, namespace, uid, resourceVersion };
}

/** The object of `owners` that controls `object`, when it is one of that kind and still the same object. */
export function resolveController<T extends KubeObject>(owners: Informer<T>, object: KubeObject): T | undefined {
  const reference = controllerOf(object);
  if (!reference || reference.kind !== owners.ref.kind) return undefined;
  const owner = owners.get(`${namespaceOf(object)}/${reference.name}`);
  return owner?.metadata.uid === reference.uid ? owner : undefined;
}

/** Lets `ownedBy` and `orphansOf` find objects without going through all of them. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): void {
  informer.addIndex(indexName, controllerValue);
}

function controllerValue(object: KubeObject): readonly string[] {
  return [controllerOf(object)?.uid ?? orphanValue(namespaceOf(object))];
}

function orphanValue(namespace: string): string {
  return `orphans of ${namespace}`;
}

/** The objects that name `owner` as their controller. */
export function ownedBy<T extends KubeObject>(informer: Informer<T>, owner: KubeObject): T[] {
  return informer.byIndex(indexName, uidOf(owner));
}

/** The objects of a namespace that no one controls. */
export function orphansOf<T extends KubeObject>(informer: Informer<T>, namespace: string): T[] {
  return informer.byIndex(indexName, orphanValue(namespace));
}
