/** What the documents say of a type and of its fields. */
export interface TypeDescription {
  type?: string;
  fields?: Readonly<Record<string, string>>;
}

/** By type reference: `api/core/v1#Pod`. */
export type Descriptions = Readonly<Record<string, TypeDescription>>;
