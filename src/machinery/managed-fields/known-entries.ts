import { formatManaged, type ManagedEntry, parseManaged } from "./managed-entries.ts";

/** About as many as there are objects that are written again and again at a time. */
const maxKnown = 256;

/** The managedFields of objects that were written lately, parsed: the next write of the object builds on them. */
export class KnownEntries {
  readonly #known = new Map<string, readonly ManagedEntry[]>();

  parse(text: string | undefined): readonly ManagedEntry[] {
    if (text === undefined) return [];
    return this.#known.get(text) ?? this.#keep(text, parseManaged(text));
  }

  format(entries: readonly ManagedEntry[]): string | undefined {
    const text = formatManaged(entries);
    if (text !== undefined) this.#keep(text, entries);
    return text;
  }

  #keep(text: string, entries: readonly ManagedEntry[]): readonly ManagedEntry[] {
    this.#known.set(text, entries);
    if (this.#known.size > maxKnown) this.#known.delete(this.#known.keys().next().value as string);
    return entries;
  }
}
