import type { PathElement } from "./path-element.ts";

/**
 * What tracking must know of a type. A place takes scalars, lists or maps; a value of JSON tells which it is. The
 * interfaces are small so that any form of a type can be seen through them.
 */
export interface ValueShape {
  /** Which scalars the place takes; undefined: none. */
  readonly scalar: ScalarShape | undefined;
  readonly list: ListShape | undefined;
  readonly map: MapShape | undefined;
}

export type ScalarShape = "string" | "numeric" | "boolean" | "any";

export interface MapShape {
  /** Owned as a whole. */
  readonly atomic: boolean;
  /** The shape of a named field; undefined when the type names no such field. */
  field(name: string): ValueShape | undefined;
  /** The step to a named field: always the same string, which is looked up sooner than one that is made anew. */
  step?(name: string): PathElement;
  /** The shape of the values that are no named fields; undefined when there can be none. */
  readonly element: ValueShape | undefined;
}

export interface ListShape {
  /** Owned as a whole, item by item as a set of scalars, or item by item by the items' keys. */
  readonly kind: "atomic" | "set" | "map";
  /** Of a `map`: the fields that tell items apart, sorted by name. */
  readonly keys: readonly ListKey[];
  /** The step to the item of a `map` with one key: the same string, as a rule. */
  step?(value: string): PathElement;
  readonly element: ValueShape;
}

export interface ListKey {
  readonly name: string;
  /** What an item that lacks the field has. */
  readonly default?: unknown;
}

/** The shape of a kind. */
export interface ObjectShape {
  readonly value: ValueShape;
  /** What upstream's type writes when nothing is set: on create, only what differs from it is owned. Custom resources: `{}`. */
  readonly empty: Readonly<Record<string, unknown>>;
}

/** The shapes of scalars, by what they take. */
export const scalarShapes: Readonly<Record<ScalarShape, ValueShape>> = {
  string: { scalar: "string", list: undefined, map: undefined },
  numeric: { scalar: "numeric", list: undefined, map: undefined },
  boolean: { scalar: "boolean", list: undefined, map: undefined },
  any: { scalar: "any", list: undefined, map: undefined },
};

/** Any value whose type nothing tells: maps field by field, lists as a whole. */
export const untypedShape: ValueShape = {
  scalar: "any",
  get list(): ListShape {
    return untypedList;
  },
  get map(): MapShape {
    return untypedMap;
  },
};
const untypedList: ListShape = { kind: "atomic", keys: [], element: untypedShape };
const untypedMap: MapShape = { atomic: false, field: () => undefined, element: untypedShape };

/** Free-form values of built-in kinds: any form, owned as a whole. */
export const atomicShape: ValueShape = {
  scalar: "any",
  get list(): ListShape {
    return untypedList;
  },
  get map(): MapShape {
    return atomicMap;
  },
};
const atomicMap: MapShape = { atomic: true, field: () => undefined, element: untypedShape };
