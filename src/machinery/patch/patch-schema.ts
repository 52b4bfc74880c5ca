import type { RawTable } from "../tables.ts";

/** What a strategic merge must know of a type. Small, so that any form of a type can be seen through it. */
export interface PatchSchema {
  /** The type's name in messages: `PodSpec`. */
  readonly name: string;
  /** A field of the type; undefined when it has none of that name. */
  field(name: string): PatchField | undefined;
}

export interface PatchField {
  /** How lists and maps in this field are merged: `merge`, `replace`; empty for the default (maps merge, lists replace). */
  readonly strategy: "merge" | "replace" | "";
  readonly isList: boolean;
  /** The field that tells the items of a merging list of maps apart; empty for lists of scalars. */
  readonly mergeKey: string;
  /** The type of the field, or of the items of a list; undefined when its maps have no named fields. */
  readonly type: PatchSchema | undefined;
}

/** The patch schemas of the types of the type tables, each made on its first use and kept. */
export class TablePatchSchemas {
  readonly #tables: Readonly<Record<string, Readonly<Record<string, RawTable>>>>;
  readonly #schemas = new Map<string, PatchSchema | undefined>();

  constructor(tables: Readonly<Record<string, Readonly<Record<string, RawTable>>>>) {
    this.#tables = tables;
  }

  /** The schema of a type by its reference, `api/core/v1#Pod`; undefined for types without fields. */
  schema(ref: string): PatchSchema | undefined {
    if (this.#schemas.has(ref)) return this.#schemas.get(ref);
    const schema = this.#compile(ref);
    this.#schemas.set(ref, schema);
    return schema;
  }

  #compile(ref: string): PatchSchema | undefined {
    const hash = ref.indexOf("#");
    const fields = hash < 0 ? undefined : this.#tables[ref.slice(0, hash)]?.[ref.slice(hash + 1)]?.fields;
    if (!fields) return undefined;
    const compiled = new Map<string, PatchField>();
    const field = (name: string): PatchField | undefined => {
      const known = compiled.get(name);
      if (known || !Object.hasOwn(fields, name)) return known;
      const raw = fields[name]!;
      const strategies = raw.patchStrategy?.split(",") ?? [];
      const type = raw.ref ?? raw.items;
      const made: PatchField = {
        strategy: strategies.includes("merge") ? "merge" : strategies.includes("replace") ? "replace" : "",
        isList: raw.items !== undefined,
        mergeKey: raw.patchMergeKey ?? "",
        type: type === undefined ? undefined : this.schema(type),
      };
      compiled.set(name, made);
      return made;
    };
    return { name: ref.slice(hash + 1), field };
  }
}
