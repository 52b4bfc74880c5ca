import type { ResourceBehaviour, ResourceDefinition, ResourceFacts } from "../api/define-resource.ts";
import type { AnyObject } from "../machinery/object.ts";

/** A resource that can be read and isn't stored: its objects are made when they are asked for. `verbs` are `get` and `list`. */
export interface VirtualResource {
  facts: ResourceFacts;
  /** The cells of a Table row, for `facts.columns`. */
  row: NonNullable<ResourceBehaviour["row"]>;
  source: VirtualSource;
}

export interface VirtualSource {
  /** The objects of a namespace, or of all for an empty one, complete with `apiVersion` and `kind`. */
  list(namespace: string): Promise<AnyObject[]>;
  get(namespace: string, name: string): Promise<AnyObject | undefined>;
}

export function virtualDefinition({ facts, row }: VirtualResource): ResourceDefinition {
  return { ...facts, type: "", storageName: `${facts.group}/${facts.resource}`, behaviour: { row } };
}
