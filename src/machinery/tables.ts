/**
 * The form of a type table: what the JSON files under `src/api` and `src/machinery/meta` hold. `machinery/schema/` compiles
 * a table, lazily, into what the request path uses (defaulting, shape validation, pruning, protobuf, OpenAPI).
 *
 * A type reference reads `api/core/v1#Pod`: the table file, then the type's name in it. Scalars are `string`, `boolean`,
 * `integer` (`integer:int32`, `integer:int64` as an item), `number`, `object` and `string:byte` (base64). `array:X` is a list as
 * a map's value.
 */
export interface RawField {
  ref?: string;
  type?: "string" | "boolean" | "integer" | "number" | "object" | "array" | "map";
  format?: "int32" | "int64" | "double" | "byte";
  items?: string;
  itemsEnum?: string[];
  values?: string;
  /** The protobuf field number; absent for `kind`, `apiVersion` and for what an embedded message carries (`inlined`). */
  proto?: number;
  /** The protobuf field name where it isn't the JSON name. */
  protoName?: string;
  required?: boolean;
  enum?: string[];
  default?: unknown;
  patchMergeKey?: string;
  /** `merge`, `replace`, `retainKeys`, or two of them joined by a comma. */
  patchStrategy?: string;
  listType?: "atomic" | "set" | "map";
  listMapKeys?: string[];
  mapType?: "atomic" | "granular";
  /** JSON has the field directly, protobuf carries it in the message named under `inline`. */
  inlined?: boolean;
  /** Upstream holds a pointer: zero and absent are two things. */
  pointer?: true;
  /** Whether upstream's JSON leaves out the zero value. Absent: it does where the field isn't required. */
  omitsZero?: boolean;
  /** The type as upstream's decoding errors name it, where it doesn't follow from the rest: `v1.Protocol`. */
  goType?: string;
}

export interface RawTable {
  fields?: Record<string, RawField>;
  /** A type with a JSON form of its own: Quantity, Time, MicroTime, IntOrString, RawExtension, FieldsV1, JSON … */
  scalar?: { type?: string; format?: string };
  /** The full protobuf message name. */
  proto?: string;
  gvk?: { group: string; version: string; kind: string }[];
  inline?: Record<string, { proto: number; message: string }>;
  mapType?: string;
  /** In which order upstream's JSON has the fields, where it isn't that of their protobuf numbers. */
  order?: string[];
  unions?: unknown;
}
