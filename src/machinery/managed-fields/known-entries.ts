import { KnownFieldSets } from "./known-field-sets.ts";
import { formatManaged, inOrder, type ManagedEntry, parseManaged } from "./managed-entries.ts";

/** Objects that are under way at one time: each is written several times in a row. */
const maxObjects = 64;
/** Longer texts are read anew. */
const maxLength = 16 * 1024;

interface Written {
  readonly text: string;
  readonly entries: readonly ManagedEntry[];
}

/** The entries that were written lately, and the sets of fields that were read lately. */
export class KnownEntries {
  readonly #fields = new KnownFieldSets();
  /** A ring. What is looked for tells itself by its length as a rule: a hash of such a text would cost more. */
  readonly #written: Written[] = [];
  #next = 0;

  /** The entries of a text that is stored beside an object. */
  read(text: string | undefined): readonly ManagedEntry[] {
    for (const written of this.#written) if (written.text === text) return written.entries;
    return parseManaged(text, this.#fields.parse);
  }

  /** The text of the entries that an object has from now on. */
  write(entries: readonly ManagedEntry[]): string | undefined {
    const sorted = inOrder(entries);
    const text = formatManaged(sorted);
    if (text === undefined || text.length > maxLength) return text;
    this.#written[this.#next] = { text, entries: sorted };
    this.#next = (this.#next + 1) % maxObjects;
    return text;
  }
}
