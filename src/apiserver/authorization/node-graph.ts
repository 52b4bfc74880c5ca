import { mirrorAnnotation } from "../../api/core/pod-annotations.ts";
import type { PersistentVolume, Pod } from "../../api/core/v1.ts";
import type { Entry, Subscription } from "../../storage/store.ts";
import type { ObjectReader } from "../object-reader.ts";
import { type PodReferences, podReferences, type SourceSecret, secretsOfSource } from "./pod-references.ts";

/** A pod of a node. What it refers to is found out when somebody asks. */
class BoundPod {
  readonly #pod: Pod;
  #references: PodReferences | undefined;

  constructor({ value }: Entry) {
    this.#pod = value as Pod;
  }

  get namespace(): string {
    return this.#pod.metadata.namespace ?? "";
  }

  /** None of a mirror pod's: nodes make those themselves. */
  get references(): PodReferences {
    this.#references ??= podReferences(this.#pod.metadata.annotations?.[mirrorAnnotation] === undefined ? this.#pod : { metadata: {} });
    return this.#references;
  }
}

/**
 * Which objects lead to a node: the pods bound to it, what they use, the volumes of their claims. Each part is made with the first
 * question about it: at the start of a large cluster it would mean reading every pod from the disk.
 */
export class NodeGraph {
  readonly #objects: ObjectReader;
  readonly #pods: Index<BoundPod>;
  /** By claim: the secrets of each volume. */
  readonly #volumes: Index<readonly SourceSecret[]>;

  constructor(objects: ObjectReader) {
    this.#objects = objects;
    this.#pods = new Index(objects, "pods", nodeOfPod, (entry) => new BoundPod(entry));
    this.#volumes = new Index(objects, "persistentvolumes", claimOfVolume, secretsOfVolume);
  }

  close(): void {
    this.#pods.close();
    this.#volumes.close();
  }

  isBound(node: string, namespace: string, name: string): boolean {
    return this.#pods.of(node).has(this.#objects.key("pods", namespace, name));
  }

  /** Whether a pod of the namespace that is bound to the node uses it. */
  isUsed(node: string, namespace: string, uses: (references: PodReferences) => boolean): boolean {
    for (const pod of this.#pods.of(node).values()) if (pod.namespace === namespace && uses(pod.references)) return true;
    return false;
  }

  /** Whether the volume is one of a claim that a pod on the node uses. */
  usesVolume(node: string, name: string): boolean {
    const entry = this.#objects.get("persistentvolumes", "", name);
    const claim = entry && (entry.value as PersistentVolume).spec?.claimRef;
    return claim !== undefined && this.isUsed(node, claim.namespace ?? "", ({ claims }) => claims.has(claim.name ?? ""));
  }

  /** Whether the node needs the secret to mount a volume of a pod's claim. */
  usesSecretOfVolume(node: string, namespace: string, name: string): boolean {
    for (const pod of this.#pods.of(node).values()) {
      for (const claim of pod.references.claims) {
        for (const secrets of this.#volumes.of(claimKey(pod.namespace, claim)).values()) {
          if (secrets.some((secret) => secret.name === name && (secret.namespace ?? pod.namespace) === namespace)) return true;
        }
      }
    }
    return false;
  }
}

/** What objects of a resource come to, grouped by a text that each has. Follows the store from its first use on. */
class Index<T> {
  readonly #objects: ObjectReader;
  readonly #resource: string;
  readonly #groupOf: (entry: Entry) => string | undefined;
  readonly #make: (entry: Entry) => T;
  #groups: Map<string, Map<string, T>> | undefined;
  #subscription: Subscription | undefined;

  constructor(objects: ObjectReader, resource: string, groupOf: (entry: Entry) => string | undefined, make: (entry: Entry) => T) {
    this.#objects = objects;
    this.#resource = resource;
    this.#groupOf = groupOf;
    this.#make = make;
  }

  close(): void {
    this.#subscription?.close();
  }

  /** By the keys of the objects. */
  of(group: string): ReadonlyMap<string, T> {
    return (this.#groups ?? this.#build()).get(group) ?? new Map();
  }

  #build(): Map<string, Map<string, T>> {
    const groups = new Map<string, Map<string, T>>();
    this.#groups = groups;
    this.#subscription = this.#objects.subscribe(this.#resource, (events) => {
      for (const { type, entry, previous } of events) {
        if (previous) this.#remove(groups, previous);
        if (type !== "DELETED") this.#add(groups, entry);
      }
    });
    for (const entry of this.#objects.list(this.#resource)) this.#add(groups, entry);
    return groups;
  }

  #add(groups: Map<string, Map<string, T>>, entry: Entry): void {
    const group = this.#groupOf(entry);
    if (group === undefined) return;
    let members = groups.get(group);
    if (!members) {
      members = new Map();
      groups.set(group, members);
    }
    members.set(entry.key, this.#make(entry));
  }

  #remove(groups: Map<string, Map<string, T>>, entry: Entry): void {
    const group = this.#groupOf(entry);
    const members = group === undefined ? undefined : groups.get(group);
    members?.delete(entry.key);
    if (group !== undefined && members?.size === 0) groups.delete(group);
  }
}

function nodeOfPod({ value }: Entry): string | undefined {
  return (value as Pod).spec?.nodeName || undefined;
}

const claimKey = (namespace: string, name: string) => `${namespace}/${name}`;

function claimOfVolume({ value }: Entry): string | undefined {
  const claim = (value as PersistentVolume).spec?.claimRef;
  return claim && claimKey(claim.namespace ?? "", claim.name ?? "");
}

function secretsOfVolume({ value }: Entry): readonly SourceSecret[] {
  return secretsOfSource(((value as PersistentVolume).spec ?? {}) as Record<string, unknown>);
}
