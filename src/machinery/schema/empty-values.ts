import { isCollection, showsNull, type TypeSchema } from "./schema.ts";

type JsonObject = Record<string, unknown>;

interface Emptied {
  object: JsonObject;
  key: string;
  value: unknown;
  /** What stands in its place: nothing, or the null that upstream's JSON shows. */
  left: null | undefined;
}

/**
 * The empty lists and maps that came with an object. Upstream has them in memory until it encodes the object for its storage: its
 * defaults, validation and owners of fields tell an empty list from none. What is stored and answered knows none of them.
 */
export class EmptyValues {
  readonly #type: TypeSchema;
  readonly #object: JsonObject;
  readonly #emptied: Emptied[] = [];

  constructor(type: TypeSchema, object: JsonObject) {
    this.#type = type;
    this.#object = object;
  }

  /** Takes away, in place, those that upstream's JSON leaves out; with `shown` the others become null too. */
  drop(shown: boolean): void {
    this.#drop(this.#type, this.#object, shown);
  }

  /** Looks at the object while it is as it was sent, but for what has come in the place of something empty. */
  during<T>(look: () => T): T {
    for (const { object, key, value } of this.#emptied) object[key] ??= value;
    try {
      return look();
    } finally {
      for (const { object, key, value, left } of this.#emptied) {
        if (object[key] !== value) continue;
        if (left === null) object[key] = null;
        else delete object[key];
      }
    }
  }

  #drop(type: TypeSchema, value: unknown, shown: boolean): void {
    if (typeof value !== "object" || value === null) return;
    if (type.kind === "list" || type.kind === "map") {
      const items = type.items as TypeSchema;
      if (items.kind === "struct" || isCollection(items)) for (const item of Object.values(value)) this.#drop(items, item, shown);
      return;
    }
    // What is frozen is stored, and has been without them since.
    if (type.kind !== "struct" || Object.isFrozen(value)) return;
    const object = value as JsonObject;
    for (const key of Object.keys(object)) {
      const field = type.fields.get(key);
      if (!field) continue;
      const inner = object[key];
      if (isCollection(field.type) && typeof inner === "object" && inner !== null && Object.keys(inner).length === 0) {
        if (field.omitsZero) {
          delete object[key];
          this.#emptied.push({ object, key, value: inner, left: undefined });
        } else if (shown && showsNull(field)) {
          object[key] = null;
          this.#emptied.push({ object, key, value: inner, left: null });
        }
      } else this.#drop(field.type, inner, shown);
    }
  }
}
