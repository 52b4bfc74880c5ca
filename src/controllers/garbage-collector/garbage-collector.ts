import type { Component, ComponentDeps } from "../../client/client.ts";
import { createEventRecorder, type EventRecorder } from "../../client/event-recorder.ts";
import type { Informer, InformerFactory } from "../../client/informer.ts";
import { type Discover, oneVersionEach, PartialDiscoveryError, type ServedResource } from "../../client/served-resource.ts";
import { createWorkQueue, runWorkers } from "../../client/work-queue-impl.ts";
import { anySignal } from "../../machinery/any-signal.ts";
import { pause } from "../../machinery/clock.ts";
import { isNotFound } from "../../machinery/errors.ts";
import type { OwnerReference } from "../../machinery/meta/v1.ts";
import { type KubeObject, uidOf } from "../../machinery/object.ts";
import { apiVersionOf, groupResource, parseApiVersion, type ResourceRef } from "../../machinery/resource-ref.ts";
import { blockingDependents, type GraphNode, isNamedBy, OwnerGraph } from "./graph.ts";

const discoveryPeriodMilliseconds = 30_000;
/** What can't be listed in so long is done without. */
const syncTimeoutMilliseconds = 30_000;
const workers = 20;
const mostAbsent = 500;
/** Left out: nothing owns or is owned through them, and they are many. */
const ignored = new Set(["events", "events.events.k8s.io"]);

/** Deletes what has lost its owners, and carries out foreground and orphaning deletion. */
export function startGarbageCollector(deps: ComponentDeps & { informers: InformerFactory; discover: Discover }): Component {
  const stopping = new AbortController();
  const signal = anySignal(deps.signal, stopping.signal);
  const collector = new GarbageCollector({ ...deps, signal });
  const running = collector.run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** An object of the cluster may not be owned by one of a namespace: nothing is done about it, now or later. */
class NamespacedOwnerError extends Error {}

class GarbageCollector {
  readonly #deps: ComponentDeps & { informers: InformerFactory; discover: Discover };
  readonly #recorder: EventRecorder;
  readonly #graph = new OwnerGraph();
  readonly #queue;
  readonly #followed = new Map<string, { informer: Informer<KubeObject>; remove(): void }>();
  /** UIDs of the owners that went last: their dependents need not ask for them. */
  readonly #absent = new Set<string>();
  /** What was served when it was last looked at: the very same list has nothing new. */
  #served: readonly ServedResource[] | undefined;
  /** By group, version and kind: owner references name kinds, requests need resources. */
  #resources = new Map<string, ServedResource>();

  constructor(deps: ComponentDeps & { informers: InformerFactory; discover: Discover }) {
    this.#deps = deps;
    this.#recorder = createEventRecorder({ ...deps, component: "garbage-collector-controller" });
    this.#queue = createWorkQueue({
      name: "garbage_collector",
      clock: deps.clock,
      signal: deps.signal,
      ...(deps.metrics ? { metrics: deps.metrics } : {}),
    });
  }

  async run(): Promise<void> {
    const { clock, logger, signal } = this.#deps;
    let working: Promise<void> | undefined;
    try {
      while (!signal.aborted) {
        const found = await this.#followResources();
        if (found && !working) {
          await this.#whenSynced();
          if (!signal.aborted) working = runWorkers(this.#queue, workers, (uid) => this.#process(uid), { logger, signal });
        }
        await pause(clock, working ? discoveryPeriodMilliseconds : 1000, signal);
      }
    } finally {
      for (const { remove } of this.#followed.values()) remove();
      await working;
      await this.#recorder.stop();
    }
  }

  /** Nothing is judged before all that is there has been seen once, except what can't be listed. */
  async #whenSynced(): Promise<void> {
    const { clock, logger, signal } = this.#deps;
    const informers = [...this.#followed.values()].map(({ informer }) => informer);
    const all = Promise.all(informers.map((informer) => informer.whenSynced())).catch(() => {});
    const patience = new AbortController();
    const end = AbortSignal.any([signal, patience.signal]);
    await Promise.race([all, pause(clock, syncTimeoutMilliseconds, end)]);
    patience.abort();
    if (signal.aborted) return;
    const missing = informers.filter((informer) => !informer.synced).map((informer) => groupResource(informer.ref));
    if (missing.length > 0) logger.warn("the garbage collector starts without knowing all that is there", { missing });
  }

  /** Follows what is served now. False when that could not be found out. */
  async #followResources(): Promise<boolean> {
    const { discover, informers, logger, signal } = this.#deps;
    let served: readonly ServedResource[];
    let complete = true;
    try {
      served = await discover();
    } catch (error) {
      if (signal.aborted) return false;
      logger.warn("the garbage collector could not find out all that is served; it tries again", { error });
      if (!(error instanceof PartialDiscoveryError)) return false;
      served = error.served;
      complete = false;
    }
    if (served === this.#served) return true;
    this.#resources = new Map(served.map((ref) => [`${ref.group}/${ref.version}/${ref.kind}`, ref]));
    const wanted = new Map<string, ServedResource>();
    for (const ref of oneVersionEach(served)) {
      const name = groupResource(ref);
      if (!ignored.has(name) && ["delete", "list", "watch"].every((verb) => ref.verbs.includes(verb))) wanted.set(name, ref);
    }
    for (const [name, { remove }] of this.#followed) {
      if (!complete || wanted.has(name)) continue;
      remove();
      this.#followed.delete(name);
    }
    for (const [name, ref] of wanted) {
      if (this.#followed.has(name)) continue;
      const informer = informers.informer<KubeObject>(ref);
      const remove = informer.on({
        add: (object) => this.#observe(ref, object),
        update: (object) => this.#observe(ref, object),
        delete: (object) => this.#deleted(uidOf(object)),
      });
      this.#followed.set(name, { informer, remove });
    }
    this.#served = complete ? served : undefined;
    return true;
  }

  #observe(ref: ResourceRef, object: KubeObject): void {
    const wasWaiting = this.#graph.get(uidOf(object))?.deletingDependents ?? false;
    const { node, isNew, formerOwners } = this.#graph.set(ref, object);
    if (isNew) this.#checkClaims(node);
    // An owner may be missing, or be waiting for this one: its turn to be looked at.
    if ((isNew || formerOwners) && node.owners.some((owner) => this.#needsLook(owner, node))) this.#queue.add(node.uid);
    if (formerOwners) {
      for (const owner of [...formerOwners, ...node.owners]) if (this.#graph.get(owner.uid)?.deletingDependents) this.#queue.add(owner.uid);
    }
    if (node.beingDeleted && object.metadata.finalizers?.includes("orphan")) this.#queue.add(node.uid);
    if (node.deletingDependents && !wasWaiting) {
      for (const dependent of node.dependents) this.#queue.add(dependent.uid);
      this.#queue.add(node.uid);
    }
  }

  /** What was seen before its owner is looked at again when the owner isn't what it is said to be. */
  #checkClaims(owner: GraphNode): void {
    for (const dependent of owner.dependents) {
      const reference = dependent.owners.find(({ uid }) => uid === owner.uid);
      if (reference && !isNamedBy(reference, owner, dependent)) this.#queue.add(dependent.uid);
    }
  }

  #needsLook(owner: OwnerReference, dependent: GraphNode): boolean {
    const known = this.#graph.get(owner.uid);
    return known === undefined || known.deletingDependents || !isNamedBy(owner, known, dependent);
  }

  #gone(uid: string): void {
    const node = this.#graph.remove(uid);
    if (!node) return;
    for (const dependent of node.dependents) this.#queue.add(dependent.uid);
    for (const owner of node.owners) if (this.#graph.get(owner.uid)?.deletingDependents) this.#queue.add(owner.uid);
  }

  #deleted(uid: string): void {
    if (this.#graph.get(uid)?.dependents.size) this.#absent.add(uid);
    const oldest = this.#absent.size > mostAbsent && this.#absent.values().next().value;
    if (oldest) this.#absent.delete(oldest);
    this.#gone(uid);
  }

  async #process(uid: string): Promise<void> {
    const node = this.#graph.get(uid);
    if (!node) return;
    // Queued before its owners were seen, and all is well.
    if (!node.beingDeleted && !node.owners.some((owner) => this.#needsLook(owner, node))) return;
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
      if (isNotFound(error) || error instanceof NamespacedOwnerError) return;
      throw error;
    }
  }

  /** Deletes the object when none of its owners is left; takes references to lost owners off otherwise. */
  async #judge(node: GraphNode, object: KubeObject): Promise<void> {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const lost: OwnerReference[] = [];
    let solid = false;
    let waiting = false;
    for (const owner of owners) {
      const state = await this.#ownerState(node, owner);
      if (state === "solid") solid = true;
      else lost.push(owner);
      if (state === "waiting") waiting = true;
    }
    if (solid) {
      if (lost.length > 0) await this.#dropOwners(node, object, new Set(lost.map((owner) => owner.uid)));
      return;
    }
    if (waiting && node.dependents.size > 0) {
      // Each of two that own each other would wait for the other for ever. The change brings this one here again.
      const circle = owners.some((owner) => owner.blockOwnerDeletion) && [...node.dependents].some((other) => other.deletingDependents);
      if (circle) await this.#unblockOwners(node, object);
      else await this.#delete(node, object, "Foreground");
      return;
    }
    const finalizers = object.metadata.finalizers ?? [];
    await this.#delete(
      node,
      object,
      finalizers.includes("orphan") ? "Orphan" : finalizers.includes("foregroundDeletion") ? "Foreground" : "Background",
    );
  }

  async #ownerState(dependent: GraphNode, owner: OwnerReference): Promise<"solid" | "waiting" | "dangling"> {
    const known = this.#graph.get(owner.uid);
    if (known && isNamedBy(owner, known, dependent)) return known.deletingDependents ? "waiting" : "solid";
    if (this.#absent.has(owner.uid)) return "dangling";
    if (known && known.namespace !== "" && known.namespace !== dependent.namespace) this.#tellWrongNamespace(dependent, owner);
    const { group, version } = parseApiVersion(owner.apiVersion);
    const ref = this.#resources.get(`${group}/${version}/${owner.kind}`);
    // A kind that isn't served may come back: its dependents are left alone, as upstream does.
    if (!ref) throw new Error(`unable to get REST mapping for ${owner.apiVersion}/${owner.kind}.`);
    if (ref.namespaced && dependent.namespace === "") throw new NamespacedOwnerError(`${dependent.name} is owned by a namespaced object`);
    try {
      const live = await this.#deps.client.get<KubeObject>(ref, owner.name, ref.namespaced ? { namespace: dependent.namespace } : {});
      if (uidOf(live) !== owner.uid) return "dangling";
      return live.metadata.deletionTimestamp !== undefined && live.metadata.finalizers?.includes("foregroundDeletion")
        ? "waiting"
        : "solid";
    } catch (error) {
      if (isNotFound(error)) return "dangling";
      throw error;
    }
  }

  #tellWrongNamespace(dependent: GraphNode, owner: OwnerReference): void {
    const { namespace, name, uid, ref } = dependent;
    const named = `${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}`;
    this.#recorder.event(
      { apiVersion: apiVersionOf(ref), kind: ref.kind, namespace, name, uid },
      "Warning",
      "OwnerRefInvalidNamespace",
      `ownerRef [${named}] does not exist in namespace ${JSON.stringify(namespace)}`,
    );
  }

  async #unblockOwners(node: GraphNode, object: KubeObject): Promise<void> {
    const ownerReferences = (object.metadata.ownerReferences ?? []).map((owner) => ({ ...owner, blockOwnerDeletion: false }));
    await this.#patchMetadata(node, object, { ownerReferences });
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
      if (!live?.metadata.ownerReferences?.some((owner) => owner.uid === node.uid)) continue;
      await this.#dropOwners(dependent, live, new Set([node.uid])).catch((error) => {
        if (!isNotFound(error)) throw error;
      });
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
    // New owners may have come since the object was read.
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
