import type { OwnerReference } from "../../machinery/meta/v1.ts";
import type { KubeObject } from "../../machinery/object.ts";
import { parseApiVersion, type ResourceRef } from "../../machinery/resource-ref.ts";

/** One object in the graph of owners and dependents. */
export interface GraphNode {
  readonly uid: string;
  readonly ref: ResourceRef;
  readonly namespace: string;
  readonly name: string;
  owners: readonly OwnerReference[];
  readonly dependents: Set<GraphNode>;
  beingDeleted: boolean;
  /** Is being deleted and waits until its blocking dependents are gone. */
  deletingDependents: boolean;
}

/** Who owns whom. Owners are edges even before the owner itself has been seen. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>();
  /** Dependents of owners that haven't been seen (yet, or any more), by the owner's UID. */
  readonly #waiting = new Map<string, Set<GraphNode>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Adds or updates the object. `formerOwners` is absent when its owners are what they were. */
  set(ref: ResourceRef, object: KubeObject): { node: GraphNode; isNew: boolean; formerOwners?: readonly OwnerReference[] } {
    const { uid = "", namespace = "", name = "", finalizers } = object.metadata;
    const owners = object.metadata.ownerReferences ?? [];
    let node = this.#nodes.get(uid);
    const isNew = node === undefined;
    let formerOwners: readonly OwnerReference[] | undefined;
    if (!node) {
      node = {
        uid,
        ref,
        namespace,
        name,
        owners: [],
        dependents: this.#waiting.get(uid) ?? new Set(),
        beingDeleted: false,
        deletingDependents: false,
      };
      this.#waiting.delete(uid);
      this.#nodes.set(uid, node);
    }
    if (node.owners !== owners && !sameOwners(node.owners, owners)) {
      formerOwners = node.owners;
      for (const owner of node.owners) if (!owners.some((other) => other.uid === owner.uid)) this.#unlink(owner.uid, node);
      for (const owner of owners) this.#dependentsOf(owner.uid).add(node);
    }
    node.owners = owners;
    node.beingDeleted = object.metadata.deletionTimestamp !== undefined;
    node.deletingDependents = node.beingDeleted && (finalizers?.includes("foregroundDeletion") ?? false);
    return { node, isNew, ...(formerOwners ? { formerOwners } : {}) };
  }

  remove(uid: string): GraphNode | undefined {
    const node = this.#nodes.get(uid);
    if (!node) return undefined;
    this.#nodes.delete(uid);
    for (const owner of node.owners) this.#unlink(owner.uid, node);
    if (node.dependents.size > 0) this.#waiting.set(uid, node.dependents);
    return node;
  }

  #dependentsOf(uid: string): Set<GraphNode> {
    const node = this.#nodes.get(uid);
    if (node) return node.dependents;
    let waiting = this.#waiting.get(uid);
    if (!waiting) {
      waiting = new Set();
      this.#waiting.set(uid, waiting);
    }
    return waiting;
  }

  #unlink(ownerUid: string, dependent: GraphNode): void {
    const set = this.#nodes.get(ownerUid)?.dependents ?? this.#waiting.get(ownerUid);
    set?.delete(dependent);
    if (set?.size === 0) this.#waiting.delete(ownerUid);
  }
}

function sameOwners(a: readonly OwnerReference[], b: readonly OwnerReference[]): boolean {
  return a.length === b.length && a.every((owner, i) => owner.uid === b[i]?.uid && owner.blockOwnerDeletion === b[i]?.blockOwnerDeletion);
}

/** The dependents that keep their owner from going in the foreground. */
export function blockingDependents(node: GraphNode): GraphNode[] {
  return [...node.dependents].filter((dependent) =>
    dependent.owners.some((owner) => owner.uid === node.uid && owner.blockOwnerDeletion === true),
  );
}

/** Whether the reference names the object itself: one with the right UID and another name, kind or namespace names nothing. */
export function isNamedBy(owner: OwnerReference, known: GraphNode, dependent: GraphNode): boolean {
  return (
    known.name === owner.name &&
    known.ref.kind === owner.kind &&
    known.ref.group === parseApiVersion(owner.apiVersion).group &&
    (known.namespace === "" || known.namespace === dependent.namespace)
  );
}
