import type { ObjectShape } from "./value-shape.ts";

/** The API versions of one kind, for entries that were written at another version than that of the request. */
export interface ObjectVersions {
  /** The shape of the kind at a version; undefined for one that isn't served. */
  shape(apiVersion: string): ObjectShape | undefined;
  /** An object of one served version in another. Doesn't change its argument. */
  convert(object: object, from: string, to: string): object;
}
