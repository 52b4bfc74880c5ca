import { compareObjects } from "./compare.ts";
import type { FieldFilter } from "./field-filter.ts";
import { fitsOutline, type ObjectOutline, outlineOf } from "./field-outline.ts";
import { isEmptySet } from "./field-set.ts";
import { formatManaged, ManagedEntry, type ManagerIdentity } from "./managed-entries.ts";
import type { ObjectShape } from "./value-shape.ts";

interface Known {
  readonly outline: ObjectOutline;
  readonly filter: FieldFilter | undefined;
  readonly text: string | undefined;
  /** The managedFields of the objects that were created at that time, by who created them. */
  readonly managed: Map<string, string | undefined>;
  time: string;
}

/** Templates of a kind that are known at a time. */
const knownTemplates = 4;

/** Which fields the creators of objects own. Objects of one template come one after another: what was found out for one is kept. */
export class CreatedFields {
  readonly #known = new WeakMap<ObjectShape, Known[]>();

  /** The JSON of the managedFields; undefined when nothing is owned. One string for all that one client creates of one template in a second. */
  text(object: object, shape: ObjectShape, filter: FieldFilter | undefined, creator: ManagerIdentity, time: string): string | undefined {
    const known = this.#of(object, shape, filter);
    if (typeof known !== "object") return managedText(known, creator, time);
    if (known.time !== time) {
      known.time = time;
      known.managed.clear();
    }
    const key = `${creator.manager}\0${creator.apiVersion}\0${creator.subresource ?? ""}`;
    let text = known.managed.get(key);
    if (text === undefined) {
      text = managedText(known.text, creator, time);
      known.managed.set(key, text);
    }
    return text;
  }

  /** What is known of the template; for an object that is like no other, the JSON of its fields. */
  #of(object: object, shape: ObjectShape, filter: FieldFilter | undefined): Known | string | undefined {
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
      return found;
    }
    const text = fieldsText(object, shape, filter);
    const outline = outlineOf(object, shape);
    if (!outline) return text;
    const found: Known = { outline, filter, text, managed: new Map(), time: "" };
    known.unshift(found);
    if (known.length > knownTemplates) known.pop();
    return found;
  }
}

function managedText(fields: string | undefined, creator: ManagerIdentity, time: string): string | undefined {
  return fields === undefined ? undefined : formatManaged([new ManagedEntry(creator, time, fields)]);
}

/** The JSON of the fields; undefined when there are none. */
function fieldsText(object: object, { value, empty }: ObjectShape, filter: FieldFilter | undefined): string | undefined {
  const { changed } = compareObjects(empty, object as Readonly<Record<string, unknown>>, value);
  const fields = filter ? filter(changed) : changed;
  return isEmptySet(fields) ? undefined : JSON.stringify(fields);
}

/** As `CreatedFields` says, from the object alone. */
export function createdText(
  object: object,
  shape: ObjectShape,
  filter: FieldFilter | undefined,
  creator: ManagerIdentity,
  time: string,
): string | undefined {
  return managedText(fieldsText(object, shape, filter), creator, time);
}
