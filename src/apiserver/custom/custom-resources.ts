import type { CustomResourceDefinition } from "../../api/apiextensions/v1.ts";
import { type EvaluationTimer, FunctionLibrary } from "../../machinery/cel/library/functions.ts";
import type { Logger } from "../../machinery/logger.ts";
import { type AnyObject, deepEqual } from "../../machinery/object.ts";
import type { StoreEvent, Subscription } from "../../storage/store.ts";
import type { ResourceCatalog } from "../catalog.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { TypeCatalog } from "../types.ts";
import type { ConversionDeps } from "./conversion-webhook.ts";
import { customVersions, isTerminating } from "./custom-definition.ts";
import { CustomType, type SharedTypes } from "./custom-type.ts";

const definitionsResource = "customresourcedefinitions.apiextensions.k8s.io";

interface Serving {
  readonly custom: CustomResourceDefinition;
  /** What was added to the catalog and the types, unserved versions too. */
  readonly added: readonly { group: string; version: string; resource: string; kind: string; type: string }[];
  readonly ended: AbortController;
}

type CustomResourcesDeps = ConversionDeps & { timer: EvaluationTimer };

/**
 * Serves what the definitions in the store say, from the first request on: each change of one is taken in with the event that tells
 * it. Ended by `close`.
 */
export class CustomResources {
  readonly #catalog: ResourceCatalog;
  readonly #types: TypeCatalog;
  readonly #logger: Logger;
  readonly #conversions: ConversionDeps;
  readonly #shared: SharedTypes;
  readonly #serving = new Map<string, Serving>();
  readonly #subscription: Subscription;
  readonly #library: FunctionLibrary;
  #serial = 0;

  constructor(objects: ObjectReader, catalog: ResourceCatalog, types: TypeCatalog, logger: Logger, deps: CustomResourcesDeps) {
    const { timer, ...conversions } = deps;
    this.#library = new FunctionLibrary(timer);
    this.#conversions = conversions;
    this.#catalog = catalog;
    this.#types = types;
    this.#logger = logger;
    const metadata = "machinery/meta/v1#ObjectMeta";
    this.#shared = {
      metadata: types.schema.type(metadata),
      get metadataShape() {
        return types.shapeOf(metadata);
      },
    };
    this.#subscription = objects.subscribe(definitionsResource, (events) => this.#take(events));
    for (const entry of objects.list(definitionsResource)) this.#serve(entry.value);
  }

  close(): void {
    this.#subscription.close();
    for (const { ended } of this.#serving.values()) ended.abort();
  }

  #take(events: readonly StoreEvent[]): void {
    for (const { type, entry } of events) {
      if (type === "DELETED") this.#end(entry.value.metadata.name ?? "");
      else this.#serve(entry.value);
    }
  }

  #serve(object: AnyObject): void {
    const custom = object as unknown as CustomResourceDefinition;
    const name = custom.metadata.name ?? "";
    const before = this.#serving.get(name);
    if (before && isServedAlike(before.custom, custom)) return;
    this.#end(name);
    if (!isAccepted(custom)) return;
    const ended = new AbortController();
    const added: Serving["added"][number][] = [];
    this.#serving.set(name, { custom, added, ended });
    const hasChanged = (custom.metadata.generation ?? 1) > 1;
    try {
      for (const { served, definition, root } of customVersions(custom, ++this.#serial, this.#library, this.#conversions)) {
        const { group, version, resource, kind, type } = definition;
        this.#types.addCustom(type, `${group}/${version}`, kind, new CustomType(kind, root, this.#shared, hasChanged));
        if (served) this.#catalog.add(definition, ended.signal);
        else this.#catalog.addUnserved(definition, ended.signal);
        added.push({ group, version, resource, kind, type });
      }
    } catch (error) {
      this.#logger.error("a custom resource can't be served", { definition: name, error });
    }
  }

  #end(name: string): void {
    const serving = this.#serving.get(name);
    if (!serving) return;
    this.#serving.delete(name);
    for (const { group, version, resource, kind, type } of serving.added) {
      this.#catalog.remove(group, version, resource);
      this.#types.removeCustom(type, `${group}/${version}`, kind);
    }
    serving.ended.abort();
  }
}

function isAccepted({ status }: CustomResourceDefinition): boolean {
  return (
    status?.conditions?.some(({ type, status: state }) => (type === "NamesAccepted" || type === "Established") && state === "True") ?? false
  );
}

function isServedAlike(before: CustomResourceDefinition, now: CustomResourceDefinition): boolean {
  return (
    before.metadata.uid === now.metadata.uid &&
    isAccepted(before) === isAccepted(now) &&
    isTerminating(before) === isTerminating(now) &&
    deepEqual(before.status?.acceptedNames, now.status?.acceptedNames) &&
    deepEqual(before.spec, now.spec)
  );
}
