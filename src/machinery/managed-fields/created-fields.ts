import { compareObjects } from "./compare.ts";
import type { FieldFilter } from "./field-filter.ts";
import { fitsOutline, type ObjectOutline, outlineOf } from "./field-outline.ts";
import { isEmptySet, unionSets } from "./field-set.ts";
import type { ObjectShape } from "./value-shape.ts";

interface Known {
  readonly outline: ObjectOutline;
  readonly filter: FieldFilter | undefined;
  readonly text: string | undefined;
}

/** Templates of a kind that are known at a time. */
const knownTemplates = 4;

/** Which fields the creators of objects own. Objects of one template come one after another: what was found out for one is kept. */
export class CreatedFields {
  readonly #known = new WeakMap<ObjectShape, Known[]>();

  /** The JSON of the fields; undefined when there are none. */
  text(object: object, shape: ObjectShape, filter: FieldFilter | undefined): string | undefined {
    let known = this.#known.get(shape);
    if (!known) {
      known = [];
      this.#known.set(shape, known);
    }
    const index = known.findIndex((each) => each.filter === filter && fitsOutline(object, each.outline));
    if (index >= 0) {
      const found = known[index]!;
      if (index > 0) {
        known.splice(index, 1);
        known.unshift(found);
      }
      return found.text;
    }
    const text = createdText(object, shape, filter);
    const outline = outlineOf(object, shape);
    if (outline) {
      known.unshift({ outline, filter, text });
      if (known.length > knownTemplates) known.pop();
    }
    return text;
  }
}

/** As `CreatedFields` says, from the object alone. */
export function createdText(object: object, { value, empty }: ObjectShape, filter: FieldFilter | undefined): string | undefined {
  const { modified, added } = compareObjects(empty, object as Readonly<Record<string, unknown>>, value);
  const all = unionSets(modified, added);
  const fields = filter ? filter(all) : all;
  return isEmptySet(fields) ? undefined : JSON.stringify(fields);
}
