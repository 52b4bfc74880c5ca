import { formatManaged, type ManagedEntry, parseManaged } from "./managed-entries.ts";

/** About as many as there are objects that are written again and again at a time. */
const maxKnown = 256;

/** The managedFields of objects that were written lately, parsed: the next write of the object builds on them. */
export class KnownEntries {
  readonly #known = new Map<object, { readonly text: string; readonly entries: readonly ManagedEntry[] }>();

  parse(object: object | undefined, text: string | undefined): readonly ManagedEntry[] {
    const known = object && this.#known.get(object);
    return known && known.text === text ? known.entries : parseManaged(text);
  }

  /** The text of the entries that belong to the object from now on. */
  format(object: object, entries: readonly ManagedEntry[]): string | undefined {
    const text = formatManaged(entries);
    if (text === undefined) return undefined;
    this.#known.set(object, { text, entries });
    if (this.#known.size > maxKnown) this.#known.delete(this.#known.keys().next().value as object);
    return text;
  }
}
