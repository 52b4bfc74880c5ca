import type { Component, ComponentDeps } from "../../client/client.ts";
import type { InformerFactory } from "../../client/informer.ts";
import type { Discover, ServedResource } from "../../client/served-resource.ts";
import { createWorkQueue, runWorkers } from "../../client/work-queue-impl.ts";
import { sleep } from "../../machinery/clock.ts";
import { isConflict, isNotFound } from "../../machinery/errors.ts";
import type { OwnerReference } from "../../machinery/meta/v1.ts";
import { type KubeObject, uidOf } from "../../machinery/object.ts";
import { parseApiVersion, type ResourceRef } from "../../machinery/resource-ref.ts";
import { blockingDependents, type GraphNode, OwnerGraph } from "./graph.ts";

const discoveryPeriodMilliseconds = 30_000;
const workers = 20;
/** Left out: nothing owns or is owned through them, and they are many. */
const ignored = new Set(["events", "events.events.k8s.io"]);

/** Deletes what has lost its owners, and carries out foreground and orphaning deletion. */
export function startGarbageCollector(deps: ComponentDeps & { informers: InformerFactory; discover: Discover }): Component {
  const stopping = new AbortController();
  const signal = AbortSignal.any([deps.signal, stopping.signal]);
  const collector = new GarbageCollector({ ...deps, signal });
  const running = collector.run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

class GarbageCollector {
  readonly #deps: ComponentDeps & { informers: InformerFactory; discover: Discover };
  readonly #graph = new OwnerGraph();
  readonly #queue;
  readonly #followed = new Map<string, () => void>();
  /** By `apiVersion/kind`: owner references name kinds, requests need resources. */
  #resources = new Map<string, ServedResource>();

  constructor(deps: ComponentDeps & { informers: InformerFactory; discover: Discover }) {
    this.#deps = deps;
    this.#queue = createWorkQueue({ name: "garbage_collector", clock: deps.clock, signal: deps.signal });
  }

  async run(): Promise<void> {
    const { clock, logger, signal } = this.#deps;
    let working: Promise<void> | undefined;
    try {
      while (!signal.aborted) {
        try {
          await this.#followResources();
          // Nothing is judged before all that is there has been seen once.
          await this.#deps.informers.whenSynced();
          working ??= runWorkers(this.#queue, workers, (uid) => this.#process(uid), { logger, signal });
        } catch (error) {
          if (signal.aborted) break;
          logger.warn("the garbage collector could not find out what is served; it tries again", { error });
        }
        await sleep(clock, working ? discoveryPeriodMilliseconds : 1000, signal).catch(() => {});
      }
    } finally {
      for (const remove of this.#followed.values()) remove();
      await working;
    }
  }

  async #followResources(): Promise<void> {
    const served = await this.#deps.discover();
    this.#resources = new Map(served.map((ref) => [`${ref.group}/${ref.version}/${ref.kind}`, ref]));
    const wanted = new Map<string, ServedResource>();
    for (const ref of served) {
      const name = ref.group === "" ? ref.resource : `${ref.resource}.${ref.group}`;
      if (ignored.has(name) || wanted.has(name)) continue;
      if (["delete", "list", "watch"].every((verb) => ref.verbs.includes(verb))) wanted.set(name, ref);
    }
    for (const [name, remove] of this.#followed) {
      if (wanted.has(name)) continue;
      remove();
      this.#followed.delete(name);
    }
    for (const [name, ref] of wanted) {
      if (this.#followed.has(name)) continue;
      const remove = this.#deps.informers.informer<KubeObject>(ref).on({
        add: (object) => this.#observe(ref, object),
        update: (object, old) => {
          if (uidOf(object) !== uidOf(old)) this.#gone(uidOf(old));
          this.#observe(ref, object);
        },
        delete: (object) => this.#gone(uidOf(object)),
      });
      this.#followed.set(name, remove);
    }
  }

  #observe(ref: ResourceRef, object: KubeObject): void {
    const wasWaiting = this.#graph.get(uidOf(object))?.deletingDependents ?? false;
    const { node, isNew, ownersChanged } = this.#graph.set(ref, object);
    // An owner may be missing, or be waiting for this one: its turn to be looked at.
    if ((isNew || ownersChanged) && node.owners.length > 0 && node.owners.some((owner) => this.#needsLook(owner)))
      this.#queue.add(node.uid);
    if (ownersChanged) for (const owner of node.owners) if (this.#graph.get(owner.uid)?.deletingDependents) this.#queue.add(owner.uid);
    if (node.beingDeleted && object.metadata.finalizers?.includes("orphan")) this.#queue.add(node.uid);
    if (node.deletingDependents) {
      if (!wasWaiting) for (const dependent of node.dependents) this.#queue.add(dependent.uid);
      this.#queue.add(node.uid);
    }
  }

  #needsLook(owner: OwnerReference): boolean {
    const known = this.#graph.get(owner.uid);
    return known === undefined || known.deletingDependents;
  }

  #gone(uid: string): void {
    const node = this.#graph.remove(uid);
    if (!node) return;
    for (const dependent of node.dependents) this.#queue.add(dependent.uid);
    for (const owner of node.owners) if (this.#graph.get(owner.uid)?.deletingDependents) this.#queue.add(owner.uid);
  }

  async #process(uid: string): Promise<void> {
    const node = this.#graph.get(uid);
    if (!node) return;
    const object = await this.#fetch(node);
    if (!object || uidOf(object) !== uid) {
      this.#gone(uid);
      return;
    }
    const finalizers = object.metadata.finalizers ?? [];
    try {
      if (object.metadata.deletionTimestamp && finalizers.includes("orphan")) await this.#orphan(node, object);
      else if (object.metadata.deletionTimestamp && finalizers.includes("foregroundDeletion")) await this.#finishForeground(node, object);
      else if (!object.metadata.deletionTimestamp) await this.#judge(node, object);
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error)) throw error;
      this.#queue.addRateLimited(uid);
    }
  }

  /** Deletes the object when none of its owners is left; takes references to lost owners off otherwise. */
  async #judge(node: GraphNode, object: KubeObject): Promise<void> {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const solid: OwnerReference[] = [];
    const dangling: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    for (const owner of owners) {
      const state = await this.#ownerState(node, owner);
      (state === "solid" ? solid : state === "waiting" ? waiting : dangling).push(owner);
    }
    if (solid.length > 0) {
      const lost = [...dangling, ...waiting];
      if (lost.length > 0) await this.#dropOwners(node, object, new Set(lost.map((owner) => owner.uid)));
      return;
    }
    const finalizers = object.metadata.finalizers ?? [];
    if (waiting.length > 0 && node.dependents.size > 0) {
      await this.#delete(node, object, "Foreground");
    } else {
      await this.#delete(
        node,
        object,
        finalizers.includes("orphan") ? "Orphan" : finalizers.includes("foregroundDeletion") ? "Foreground" : "Background",
      );
    }
  }

  async #ownerState(dependent: GraphNode, owner: OwnerReference): Promise<"solid" | "waiting" | "dangling"> {
    const known = this.#graph.get(owner.uid);
    const state = (node: { deletingDependents: boolean }) => (node.deletingDependents ? "waiting" : "solid");
    if (known) {
      // An owner in another namespace is none.
      if (known.namespace !== "" && known.namespace !== dependent.namespace) return "dangling";
      return state(known);
    }
    const { group, version } = parseApiVersion(owner.apiVersion);
    const ref = this.#resources.get(`${group}/${version}/${owner.kind}`);
    if (!ref) {
      // A kind that isn't served may come back: its dependents are left alone, as upstream does.
      throw new Error(`unable to get REST mapping for ${owner.apiVersion}/${owner.kind}.`);
    }
    try {
      const live = await this.#deps.client.get<KubeObject>(ref, owner.name, ref.namespaced ? { namespace: dependent.namespace } : {});
      if (uidOf(live) !== owner.uid) return "dangling";
      const deletingDependents =
        live.metadata.deletionTimestamp !== undefined && (live.metadata.finalizers?.includes("foregroundDeletion") ?? false);
      return state({ deletingDependents });
    } catch (error) {
      if (isNotFound(error)) return "dangling";
      throw error;
    }
  }

  async #finishForeground(node: GraphNode, object: KubeObject): Promise<void> {
    const blocking = blockingDependents(node);
    if (blocking.length === 0) {
      await this.#dropFinalizer(node, object, "foregroundDeletion");
      return;
    }
    for (const dependent of blocking) if (!dependent.deletingDependents) this.#queue.add(dependent.uid);
  }

  /** Takes the owner off all its dependents, then lets it go. */
  async #orphan(node: GraphNode, object: KubeObject): Promise<void> {
    for (const dependent of node.dependents) {
      const live = await this.#fetch(dependent);
      if (live) await this.#dropOwners(dependent, live, new Set([node.uid]));
    }
    await this.#dropFinalizer(node, object, "orphan");
  }

  async #dropOwners(node: GraphNode, object: KubeObject, uids: ReadonlySet<string>): Promise<void> {
    const left = (object.metadata.ownerReferences ?? []).filter((owner) => !uids.has(owner.uid));
    await this.#patchMetadata(node, object, { ownerReferences: left.length > 0 ? left : null });
  }

  async #dropFinalizer(node: GraphNode, object: KubeObject, finalizer: string): Promise<void> {
    await this.#patchMetadata(node, object, { finalizers: (object.metadata.finalizers ?? []).filter((name) => name !== finalizer) });
  }

  async #patchMetadata(node: GraphNode, object: KubeObject, change: Record<string, unknown>): Promise<void> {
    const metadata = { uid: node.uid, resourceVersion: object.metadata.resourceVersion, ...change };
    await this.#deps.client.patch(node.ref, node.name, { type: "application/merge-patch+json", body: { metadata } }, this.#scope(node));
  }

  async #delete(node: GraphNode, object: KubeObject, propagationPolicy: "Foreground" | "Background" | "Orphan"): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    await this.#deps.client.delete(node.ref, node.name, {
      ...this.#scope(node),
      propagationPolicy,
      preconditions: { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) },
    });
  }

  async #fetch(node: GraphNode): Promise<KubeObject | undefined> {
    try {
      return await this.#deps.client.get<KubeObject>(node.ref, node.name, this.#scope(node));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  #scope(node: GraphNode): { namespace?: string } {
    return node.namespace === "" ? {} : { namespace: node.namespace };
  }
}
