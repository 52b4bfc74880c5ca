import type { FieldSet } from "./field-set.ts";
import { formatManaged, type ManagedEntry, parseFields, parseManaged } from "./managed-entries.ts";

/** About as many as there are objects that are written again and again at a time. */
const maxKnown = 256;

/** Pods of one template, and much else that one program writes, have the same fields: there are few different sets. */
const maxFieldSets = 128;
/** Larger sets are of single objects, as a rule. */
const maxTextLength = 16 * 1024;

/** What was written lately, parsed: the managedFields of objects, for their next write, and the sets of fields in them. */
export class KnownEntries {
  readonly #known = new Map<object, { readonly text: string; readonly entries: readonly ManagedEntry[] }>();
  readonly #fieldSets = new Map<string, FieldSet>();

  parse(object: object | undefined, text: string | undefined): readonly ManagedEntry[] {
    const known = object && this.#known.get(object);
    return known && known.text === text ? known.entries : parseManaged(text, this.#parseFields);
  }

  /** The text of the entries that belong to the object from now on. */
  format(object: object, entries: readonly ManagedEntry[]): string | undefined {
    const text = formatManaged(entries);
    if (text === undefined) return undefined;
    this.#known.set(object, { text, entries });
    if (this.#known.size > maxKnown) this.#known.delete(this.#known.keys().next().value as object);
    return text;
  }

  readonly #parseFields = (text: string): FieldSet => {
    const known = this.#fieldSets.get(text);
    if (known) return known;
    const fields = parseFields(text);
    if (text.length > maxTextLength) return fields;
    if (this.#fieldSets.size >= maxFieldSets) this.#fieldSets.delete(this.#fieldSets.keys().next().value as string);
    this.#fieldSets.set(text, fields);
    return fields;
  };
}
