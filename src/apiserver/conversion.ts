import type { StoredState } from "../api/define-resource.ts";
import { type AnyObject, deepCopy } from "../machinery/object.ts";
import type { ServedResource } from "./catalog.ts";

/** Makes sure that these can be shown in the version of a resource. Undefined: they can, as almost all can at all times. */
export function prepareToShow({ converter }: ServedResource, states: Iterable<StoredState>): Promise<void> | undefined {
  return converter?.outside?.prepare(states);
}

/** An object of a resource in the form in which it is stored. */
export function storedForm(
  { converter }: ServedResource,
  value: AnyObject,
  managedFields: string | undefined,
): AnyObject | Promise<AnyObject> {
  if (!converter) return value;
  return converter.outside ? converter.outside.toStored({ value, managedFields }) : converter.toStored(value);
}

/** Whether a webhook is asked for what `between` gives. */
export function isConvertedOutside(from: ServedResource, to: ServedResource): boolean {
  return from !== to && from.converter?.outside !== undefined;
}

/** An object of one served version in another, which no webhook converts. Does not change its argument. */
export function between(object: AnyObject, from: ServedResource, to: ServedResource): AnyObject {
  const stored = from.converter ? from.converter.toStored(object) : object;
  return named(deepCopy(to.converter ? to.converter.fromStored(stored) : stored), to);
}

/** The same where a webhook converts. */
export async function betweenOutside(object: AnyObject, from: ServedResource, to: ServedResource): Promise<AnyObject> {
  const { outside } = from.converter ?? {};
  if (!outside) return between(object, from, to);
  return named(await outside.convert({ value: object, managedFields: undefined }, to.apiVersion), to);
}

function named(object: AnyObject, { apiVersion, definition }: ServedResource): AnyObject {
  object.apiVersion = apiVersion;
  object.kind = definition.kind;
  return object;
}
