import type { ObjectConverter, ResourceDefinition } from "../api/define-resource.ts";
import { apiVersionOf, groupResource } from "../machinery/resource-ref.ts";
import { storageKey } from "../storage/store.ts";
import { type VirtualResource, type VirtualSource, virtualDefinition } from "./virtual.ts";

/** One resource in one version, as the server serves it. */
export interface ServedResource {
  readonly definition: ResourceDefinition;
  /** `apps/v1` */
  readonly apiVersion: string;
  /** `deployments.apps`, as messages name it. */
  readonly qualifiedName: string;
  /** Whether the kind has both a spec and a status: decides how generation is counted. */
  readonly countsGenerations: boolean;
  /** Objects are stored in another version: this one converts. */
  readonly converter: ObjectConverter | undefined;
  /** Served from a CustomResourceDefinition: list items carry their kind, strategic merge patches are refused. */
  readonly custom: boolean;
  /** Only some verbs act on a store; `bindings` and the reviews have none. */
  readonly stored: boolean;
  /** Names the forms of its objects that are kept: another making of a custom resource may show other ones. */
  readonly form: string;
  /** Aborted when a custom resource is no longer served like this: ends its watches. */
  readonly ended: AbortSignal | undefined;
  /** Its objects are made when they are asked for; its type is in no table. */
  readonly virtual: VirtualSource | undefined;
}

/** The resources that are served now. Custom resources come and go while the server runs. */
export class ResourceCatalog {
  readonly #byPath = new Map<string, ServedResource>();
  /** Versions of definitions that have them, and don't serve them. */
  readonly #unserved = new Map<string, ServedResource>();
  /** How many resources each group has. */
  readonly #groups = new Map<string, number>();
  #version = 1;

  /** Counts changes: what is derived from the catalog (discovery, OpenAPI) is made anew when it differs. */
  get version(): number {
    return this.#version;
  }

  addVirtual(resource: VirtualResource): void {
    this.#add(virtualDefinition(resource), undefined, resource.source);
  }

  /** `ended`: of what is served from a CustomResourceDefinition, aborted when that changes or goes. */
  add(definition: ResourceDefinition, ended?: AbortSignal): ServedResource {
    return this.#add(definition, ended, undefined);
  }

  /** A version that nobody can ask for, but in which objects may be stored and fields owned. */
  addUnserved(definition: ResourceDefinition, ended: AbortSignal): void {
    this.#unserved.set(pathKey(definition.group, definition.version, definition.resource), servedResource(definition, ended, undefined));
  }

  #add(definition: ResourceDefinition, ended: AbortSignal | undefined, virtual: VirtualSource | undefined): ServedResource {
    const served = servedResource(definition, ended, virtual);
    const { group } = definition;
    const key = pathKey(group, definition.version, definition.resource);
    if (!this.#byPath.has(key)) this.#groups.set(group, (this.#groups.get(group) ?? 0) + 1);
    this.#byPath.set(key, served);
    this.#version++;
    return served;
  }

  remove(group: string, version: string, resource: string): void {
    const key = pathKey(group, version, resource);
    this.#unserved.delete(key);
    if (!this.#byPath.delete(key)) return;
    const left = (this.#groups.get(group) as number) - 1;
    if (left === 0) this.#groups.delete(group);
    else this.#groups.set(group, left);
    this.#version++;
  }

  find(group: string, version: string, resource: string): ServedResource | undefined {
    return this.#byPath.get(pathKey(group, version, resource));
  }

  /** The same of a version that may be known only. */
  findKnown(group: string, version: string, resource: string): ServedResource | undefined {
    const key = pathKey(group, version, resource);
    return this.#byPath.get(key) ?? this.#unserved.get(key);
  }

  /** The resource of a kind, as owner references and bodies name it. */
  findKind(group: string, version: string, kind: string): ServedResource | undefined {
    for (const served of this.#byPath.values()) {
      const { definition } = served;
      if (definition.kind === kind && definition.group === group && definition.version === version) return served;
    }
    return undefined;
  }

  servesGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  /** Whether a group is made of custom resources alone. */
  isCustomGroup(group: string): boolean {
    let found = false;
    for (const { definition, custom } of this.#byPath.values()) {
      if (definition.group !== group) continue;
      if (!custom) return false;
      found = true;
    }
    return found;
  }

  all(): IterableIterator<ServedResource> {
    return this.#byPath.values();
  }
}

function servedResource(
  definition: ResourceDefinition,
  ended: AbortSignal | undefined,
  virtual: VirtualSource | undefined,
): ServedResource {
  const custom = ended !== undefined;
  return {
    definition,
    apiVersion: apiVersionOf(definition),
    qualifiedName: groupResource(definition),
    countsGenerations: definition.behaviour.countsGenerations ?? false,
    converter: definition.converter,
    custom,
    form: custom ? definition.type : apiVersionOf(definition),
    ended,
    stored: virtual === undefined && definition.verbs.includes("get"),
    virtual,
  };
}

function pathKey(group: string, version: string, resource: string): string {
  return `${group}/${version}/${resource}`;
}

/** The key of an object, or with an empty name the prefix of a collection (all namespaces when that is empty too). */
export function keyOfServed(resource: ServedResource, namespace: string, name: string): string {
  return storageKey(resource.definition.storageName, namespace, name);
}
