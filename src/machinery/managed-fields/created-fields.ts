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

/** Owners tell objects of one template apart: in what is known of it, each has this one. */
const anyOwner = "00000000-0000-0000-0000-000000000000";

/** Templates of a kind that are known at a time. */
const knownTemplates = 4;

/** Which fields the creators of objects own. Objects of one template come one after another: what was found out for one is kept. */
export class CreatedFields {
  readonly #known = new WeakMap<ObjectShape, Known[]>();

  /** The JSON of the managedFields; undefined when nothing is owned. One string for all that one client creates of one template in a second. */
  text(object: object, shape: ObjectShape, filter: FieldFilter | undefined, creator: ManagerIdentity, time: string): string | undefined {
    const owner = onlyOwner(object);
    const known = this.#of(owner === undefined ? object : ownedBy(object, anyOwner), shape, filter);
    if (typeof known !== "object") return managedText(withOwner(known, owner), creator, time);
    if (known.time !== time) {
      known.time = time;
      known.managed.clear();
    }
    const key = `${creator.manager}\0${creator.apiVersion}\0${creator.subresource ?? ""}\0${owner ?? ""}`;
    let text = known.managed.get(key);
    if (text === undefined) {
      text = managedText(withOwner(known.text, owner), creator, time);
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

interface Owned {
  readonly metadata?: { readonly ownerReferences?: readonly { readonly uid?: unknown }[] };
}

/** The uid of an object's only owner, where it is as uids are. */
function onlyOwner(object: object): string | undefined {
  const owners = (object as Owned).metadata?.ownerReferences;
  const uid = Array.isArray(owners) && owners.length === 1 ? owners[0]?.uid : undefined;
  return typeof uid === "string" && /^[\w-]+$/.test(uid) ? uid : undefined;
}

function ownedBy(object: object, uid: string): object {
  const { metadata } = object as Owned;
  return { ...object, metadata: { ...metadata, ownerReferences: [{ ...metadata?.ownerReferences?.[0], uid }] } };
}

/** The JSON of the fields with the owner in its place. */
function withOwner(text: string | undefined, uid: string | undefined): string | undefined {
  return uid === undefined ? text : text?.replace(ownerKey(anyOwner), ownerKey(uid));
}

function ownerKey(uid: string): string {
  return `"k:{\\"uid\\":\\"${uid}\\"}":`;
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
