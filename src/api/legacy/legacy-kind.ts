import type { AnyObject } from "../../machinery/object.ts";

/** What a conversion has to say about a body beside the object that it makes. */
export interface ConversionReport {
  /** Something was changed on the way: said to the client as a warning. */
  warn(text: string): void;
  /** A field that the old kind doesn't have, by its path: taken as strict decoding takes unknown fields. */
  unknown(path: string): void;
}

/** One kind of an old API version, which is served as a kind of today. */
export interface LegacyKind {
  kind: string;
  /** The lower-case plural of both. */
  resource: string;
  singular: string;
  /** Where today's kind of the same name is. */
  served: { group: string; version: string };
  /** A body of the old version in the form of today's. Owns `body`. `apiVersion` and `kind` are set by the caller. */
  toServed(body: AnyObject, report: ConversionReport): AnyObject;
  /**
   * An object of today in the form of the old version; doesn't change its argument. Absent: both have the same form.
   * `"unchanged"`: answers have today's form and version.
   */
  fromServed?: ((object: AnyObject) => AnyObject) | "unchanged";
  /** Where it differs from that of the version. */
  fate?: string;
}

export interface LegacyGroupVersion {
  group: string;
  version: string;
  kinds: readonly LegacyKind[];
  /** Old names that today's rules refuse, brought into a form that they allow. */
  validName?: (name: string) => string;
  /** For the warning about every request: `deprecated in v1.9+, unavailable in v1.16+`. */
  fate: string;
}
