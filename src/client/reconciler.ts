import { controllerOf, type KubeObject, keyOf, splitKey } from "../machinery/object.ts";
import { apiVersionOf, type ResourceRef } from "../machinery/resource-ref.ts";
import type { Component } from "./client.ts";
import type { Connection } from "./connection.ts";
import { startController } from "./controller.ts";
import type { InformerOptions } from "./informer.ts";
import type { KubeClient } from "./kube-client.ts";

/** One object that is to be looked at. */
export interface Reconciliation<T> {
  namespace: string;
  name: string;
  /** A copy of the object as the cache has it; undefined when it is gone. */
  object: T | undefined;
  client: KubeClient;
  signal: AbortSignal;
}

/** Of `startReconciler`. */
export interface ReconcilerOptions<T extends KubeObject> {
  /** As in logs. */
  name: string;
  kind: ResourceRef<T>;
  /** Which objects of the kind; all unless told. */
  selection?: InformerOptions;
  /** Kinds of objects that those of the kind control: a change of one brings its owner here. */
  owns?: readonly ResourceRef<KubeObject>[];
  /** Other kinds: `keysOf` tells the keys (`NAMESPACE/NAME`) of the objects that a change of one concerns. */
  watches?: readonly { kind: ResourceRef<KubeObject>; keysOf(object: KubeObject): readonly string[] }[];
  /** How many objects at a time; one object is never looked at twice at a time. 1 unless told. */
  workers?: number;
  /**
   * Brings one object to where it should be. Called for each at the start, and after every change. Rejecting is logged and means: again,
   * after a back-off of 5 ms doubling to 1,000 s. `againAfterSeconds` asks for another look when nothing changes until then.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing
  reconcile(reconciliation: Reconciliation<T>): Promise<{ againAfterSeconds?: number } | void>;
}

/** Starts a loop that looks at objects of a kind whenever something about them has changed. It ends with `stop`, or the connection. */
export function startReconciler<T extends KubeObject>(connection: Connection, options: ReconcilerOptions<T>): Component {
  const { name, kind, selection, owns = [], watches = [], workers = 1, reconcile } = options;
  const objects = connection.informer(kind, selection);
  const shared = connection.informer(kind, { ...selection, shared: true });
  const owned = owns.map((ref) => connection.informer(ref, { shared: true }));
  const watched = watches.map(({ kind: ref, keysOf }) => ({ informer: connection.informer(ref, { shared: true }), keysOf }));
  const controller = startController({
    name,
    deps: connection.deps,
    informers: [shared, ...owned, ...watched.map(({ informer }) => informer)] as never,
    workers,
    setup(queue, on) {
      const add = (object: KubeObject) => queue.add(keyOf(object));
      on(shared, { add, update: add, delete: add });
      const toOwner = (object: KubeObject) => {
        const owner = controllerOf(object);
        if (owner?.kind !== kind.kind || owner.apiVersion !== apiVersionOf(kind)) return;
        const { namespace } = object.metadata;
        queue.add(kind.namespaced && namespace ? `${namespace}/${owner.name}` : owner.name);
      };
      for (const informer of owned) on(informer, { add: toOwner, update: toOwner, delete: toOwner });
      for (const { informer, keysOf } of watched) {
        const toConcerned = (object: KubeObject) => {
          for (const key of keysOf(object)) queue.add(key);
        };
        on(informer, { add: toConcerned, update: toConcerned, delete: toConcerned });
      }
    },
    async sync(key, queue) {
      const { signal } = connection.deps;
      const result = await reconcile({ ...splitKey(key), object: objects.get(key), client: connection.client, signal });
      if (result?.againAfterSeconds !== undefined) queue.addAfter(key, result.againAfterSeconds * 1000);
    },
  });
  connection.own(controller);
  return controller;
}
