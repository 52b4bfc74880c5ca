import type { FieldSet } from "./field-set.ts";
import { parseFields } from "./managed-entries.ts";

/** Pods of one template, and much else that one program writes, have the same fields: there are few different sets. */
const maxKnown = 256;
/** Texts of one length that are many are of single objects: they name an owner. */
const maxOfOneLength = 8;
/** Longer texts are of single objects, as a rule. */
const maxLength = 16 * 1024;

interface Known {
  readonly text: string;
  readonly fields: FieldSet;
}

/** The sets of fields that were read lately, by their text. */
export class KnownFieldSets {
  /** By the length of their texts, which are compared then: the hash of a text would be made anew for each object. */
  readonly #known = new Map<number, Known[]>();
  #count = 0;

  readonly parse = (text: string): FieldSet => {
    const known = this.#known.get(text.length)?.find((one) => one.text === text);
    if (known) return known.fields;
    const fields = parseFields(text);
    if (text.length <= maxLength) this.#add({ text, fields });
    return fields;
  };

  #add(known: Known): void {
    if (this.#count >= maxKnown) {
      this.#known.clear();
      this.#count = 0;
    }
    const others = this.#known.get(known.text.length) ?? [];
    if (others.length < maxOfOneLength) this.#count++;
    else others.shift();
    others.push(known);
    if (others.length === 1) this.#known.set(known.text.length, others);
  }
}
