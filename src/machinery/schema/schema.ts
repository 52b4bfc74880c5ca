import type { RawField, RawTable } from "../tables.ts";

export type ScalarKind =
  | "string"
  | "bytes"
  | "boolean"
  | "int32"
  | "int64"
  | "double"
  | "quantity"
  | "time"
  | "microTime"
  | "duration"
  | "intOrString"
  /** Any JSON value, kept as it is. */
  | "rawExtension"
  | "fieldsV1"
  | "json"
  /** JSONSchemaProps, or in its place a boolean, a list of them, a list of strings. */
  | "schemaOrBool"
  | "schemaOrArray"
  | "schemaOrStrings";

export type TypeKind = ScalarKind | "struct" | "list" | "map";

/** One JSON field of a struct. */
export interface FieldSchema {
  readonly name: string;
  readonly type: TypeSchema;
  readonly required: boolean;
  /** Zero and absent are two things: a zero is kept. */
  readonly pointer: boolean;
  /** The zero value is left out of JSON. Only of scalars, lists and maps. */
  readonly omitsZero: boolean;
  /** A list that protobuf carries in a message of its own. */
  readonly wrapped: boolean;
  /** A pointer that JSON shows as null when it isn't set. */
  readonly nullPointer: boolean;
  readonly enum?: readonly string[];
  readonly itemsEnum?: readonly string[];
  readonly default?: unknown;
  /** Replaced as a whole by apply and merged patches of one owner: an atomic list, map or struct. */
  readonly atomic: boolean;
  /** The strategies of strategic merge patches: `merge`, `replace`, `retainKeys`; none means replace for lists, merge for maps. */
  readonly patchStrategies: readonly string[];
  readonly patchMergeKey?: string;
  /** The type as upstream's decoding errors name it. */
  readonly goType: string;
  /** The struct that has the field, as those errors name it. */
  readonly structName: string;
  /** The field's place in upstream's decoding errors: its name, behind that of the embedded struct which has it. */
  readonly goPath: string;
}

/** One field of a protobuf message: a JSON field, or an embedded message that carries fields which JSON has directly. */
export interface WireField {
  readonly number: number;
  readonly field?: FieldSchema;
  readonly embedded?: WireMessage;
}

/** A protobuf message as codecs walk it. */
export interface WireMessage {
  /** By rising field number, the order in which upstream writes. */
  readonly fields: readonly WireField[];
  readonly byNumber: readonly (WireField | undefined)[];
}

interface Shape {
  fields: ReadonlyMap<string, FieldSchema>;
  wire: () => WireMessage;
}

interface Definition {
  kind: TypeKind;
  name?: string;
  ref?: string;
  goType: string;
  items?: TypeSchema;
  shape?: () => Shape;
  atomic?: boolean;
  listType?: "atomic" | "set" | "map";
  listMapKeys?: readonly string[];
  schemaProps?: () => TypeSchema;
  gvks?: readonly { group: string; version: string; kind: string }[];
  order?: readonly string[] | undefined;
}

const noFields: ReadonlyMap<string, FieldSchema> = new Map();
const noWire: WireMessage = { fields: [], byNumber: [] };

/** A type as all that walks objects sees it. The fields of a struct are compiled on first use. */
export class TypeSchema {
  readonly kind: TypeKind;
  /** `Pod`; empty for scalars, lists and maps. */
  readonly name: string;
  /** `api/core/v1#Pod`; empty where no table has it. */
  readonly ref: string;
  /** The type as upstream's decoding errors name it: `v1.PodSpec`. */
  readonly goType: string;
  /** Of a list its items, of a map its values. */
  readonly items: TypeSchema | undefined;
  /** Replaced as a whole by apply. */
  readonly atomic: boolean;
  readonly listType: "atomic" | "set" | "map" | undefined;
  readonly listMapKeys: readonly string[];
  readonly gvks: readonly { group: string; version: string; kind: string }[];
  /** In which order upstream's JSON has the fields, where it isn't that of their protobuf numbers. */
  readonly order: readonly string[] | undefined;
  readonly #shape: (() => Shape) | undefined;
  readonly #schemaProps: (() => TypeSchema) | undefined;
  #fields: ReadonlyMap<string, FieldSchema> | undefined;
  #filled: readonly FieldSchema[] | undefined;
  #defaulted: readonly FieldSchema[] | undefined;
  #wire: (() => WireMessage) | undefined;
  #wireMessage: WireMessage | undefined;

  constructor(definition: Definition) {
    this.kind = definition.kind;
    this.name = definition.name ?? "";
    this.ref = definition.ref ?? "";
    this.goType = definition.goType;
    this.items = definition.items;
    this.atomic = definition.atomic ?? false;
    this.listType = definition.listType;
    this.listMapKeys = definition.listMapKeys ?? [];
    this.gvks = definition.gvks ?? [];
    this.order = definition.order;
    this.#shape = definition.shape;
    this.#schemaProps = definition.schemaProps;
  }

  get fields(): ReadonlyMap<string, FieldSchema> {
    return this.#fields ?? this.#compile();
  }

  /** What upstream's JSON always shows, even when nothing was set: structs that aren't pointers, zero values of required fields. */
  get filled(): readonly FieldSchema[] {
    this.#filled ??= [...this.fields.values()].filter(isFilled);
    return this.#filled;
  }

  /** The fields that have a default, or somewhere below them one that does. */
  get defaulted(): readonly FieldSchema[] {
    this.#defaulted ??= [...this.fields.values()].filter((field) => field.default !== undefined || hasDefaults(field.type, new Set()));
    return this.#defaulted;
  }

  /** The struct's protobuf message. */
  get wire(): WireMessage {
    if (this.#wireMessage) return this.#wireMessage;
    if (!this.#fields) this.#compile();
    this.#wireMessage = this.#wire?.() ?? noWire;
    return this.#wireMessage;
  }

  /** The struct that kinds like `schemaOrBool` hold. */
  get schemaProps(): TypeSchema {
    if (!this.#schemaProps) throw new Error(`type ${this.goType} holds no JSON schema`);
    return this.#schemaProps();
  }

  #compile(): ReadonlyMap<string, FieldSchema> {
    const shape = this.#shape?.();
    this.#wire = shape?.wire;
    this.#fields = shape?.fields ?? noFields;
    return this.#fields;
  }
}

function hasDefaults(type: TypeSchema, seen: Set<TypeSchema>): boolean {
  if (type.items) return hasDefaults(type.items, seen);
  if (type.kind !== "struct" || seen.has(type)) return false;
  seen.add(type);
  for (const field of type.fields.values()) {
    if (field.default !== undefined || hasDefaults(field.type, seen)) return true;
  }
  return false;
}

/** The kinds whose zero value JSON can leave out. */
const zeroKinds: ReadonlySet<TypeKind> = new Set(["string", "bytes", "boolean", "int32", "int64", "double", "list", "map"]);

function isFilled(field: FieldSchema): boolean {
  if (field.pointer) return showsNull(field);
  switch (field.type.kind) {
    case "struct":
    case "quantity":
    case "intOrString":
      return true;
    case "string":
    case "boolean":
    case "int32":
    case "int64":
    case "double":
    case "list":
    case "map":
      return !field.omitsZero;
    default:
      return showsNull(field);
  }
}

/**
 * What upstream's JSON shows as null when it isn't set: times (but a creation's), and lists, maps and pointers that aren't left out.
 */
export function showsNull({ type, pointer, name, omitsZero, nullPointer }: FieldSchema): boolean {
  if (nullPointer) return true;
  switch (type.kind) {
    case "time":
    case "microTime":
      return !pointer && name !== "creationTimestamp";
    case "list":
    case "map":
      return !omitsZero;
    default:
      return false;
  }
}

/** Lists and maps: what upstream can have empty, and have not at all. */
export function isCollection({ kind }: TypeSchema): boolean {
  return kind === "list" || kind === "map";
}

interface WireOnlyField {
  type: string;
  id: number;
  rule?: string;
  keyType?: string;
}

/** The messages that have no JSON type of their own, by full protobuf name: what `machinery/meta/wire-only.json` holds. */
export type WireOnlyTypes = Record<string, { fields: Record<string, WireOnlyField> }>;

const metaFile = "machinery/meta/v1";

/** Scalars of the tables that are types of their own, by name. */
const specialKinds: Record<string, ScalarKind> = {
  Quantity: "quantity",
  Time: "time",
  MicroTime: "microTime",
  Duration: "duration",
  IntOrString: "intOrString",
  RawExtension: "rawExtension",
  FieldsV1: "fieldsV1",
  JSON: "json",
  JSONSchemaPropsOrBool: "schemaOrBool",
  JSONSchemaPropsOrArray: "schemaOrArray",
  JSONSchemaPropsOrStringArray: "schemaOrStrings",
};

const simpleScalars: Record<string, [ScalarKind, string]> = {
  string: ["string", "string"],
  boolean: ["boolean", "bool"],
  integer: ["int64", "int64"],
  number: ["double", "float64"],
  object: ["json", "map[string]interface {}"],
  "string:byte": ["bytes", "[]uint8"],
  "integer:int32": ["int32", "int32"],
  "integer:int64": ["int64", "int64"],
  "number:double": ["double", "float64"],
};

/** All types of the raw tables. Each is compiled when it is first asked for, and its fields when they are first walked. */
export class Schema {
  readonly #raw: Record<string, Record<string, RawTable>>;
  readonly #wireOnly: WireOnlyTypes;
  readonly #types = new Map<string, TypeSchema>();
  #byKind: Map<string, string> | undefined;
  #byProto: Map<string, string> | undefined;

  constructor(raw: Record<string, Record<string, RawTable>>, wireOnly: WireOnlyTypes) {
    this.#raw = raw;
    this.#wireOnly = wireOnly;
  }

  /**
   * The type of a reference (`api/core/v1#Pod`), a scalar (`string`, `integer:int32`) or `array:X`. A list type that no table has
   * (`…#FooList`) is made of its item type. Throws when there is no such type.
   */
  type(ref: string): TypeSchema {
    let type = this.#types.get(ref);
    if (!type) {
      type = this.#make(ref);
      this.#types.set(ref, type);
    }
    return type;
  }

  /** The type that is served under a group, version and kind. */
  typeOfKind(group: string, version: string, kind: string): TypeSchema | undefined {
    this.#byKind ??= this.#indexKinds();
    const ref = this.#byKind.get(`${group}/${version}/${kind}`);
    if (ref) return this.type(ref);
    const item = kind.endsWith("List") ? this.#byKind.get(`${group}/${version}/${kind.slice(0, -4)}`) : undefined;
    return item ? this.type(`${item}List`) : undefined;
  }

  /** The list type of an item type. */
  listOf(item: TypeSchema): TypeSchema {
    return this.type(`${item.ref}List`);
  }

  /** The reference and raw form of every table, in the tables' order. */
  *tables(): Generator<[ref: string, table: RawTable]> {
    for (const [file, tables] of Object.entries(this.#raw)) {
      for (const [name, table] of Object.entries(tables)) yield [`${file}#${name}`, table];
    }
  }

  /** The raw table of a reference. */
  table(ref: string): RawTable | undefined {
    const hash = ref.indexOf("#");
    return this.#raw[ref.slice(0, hash)]?.[ref.slice(hash + 1)];
  }

  #indexKinds(): Map<string, string> {
    const index = new Map<string, string>();
    for (const [ref, table] of this.tables()) {
      if (!Array.isArray(table.gvk)) continue;
      for (const { group, version, kind } of table.gvk) {
        const key = `${group}/${version}/${kind}`;
        if (!index.has(key) || !ref.startsWith(metaFile)) index.set(key, ref);
      }
    }
    return index;
  }

  #make(ref: string): TypeSchema {
    const simple = simpleScalars[ref];
    if (simple) return new TypeSchema({ kind: simple[0], goType: simple[1] });
    if (ref.startsWith("array:")) {
      const items = this.type(ref.slice(6));
      return new TypeSchema({ kind: "list", items, goType: `[]${items.goType}` });
    }
    const name = ref.slice(ref.indexOf("#") + 1);
    const table = this.table(ref);
    if (table) return this.#ofTable(ref, name, table);
    const message = this.#wireOnlyMessage(ref);
    if (message) return this.#ofTable(ref, name, message);
    if (name.endsWith("List") && this.table(ref.slice(0, -4))) return this.#ofTable(ref, name, this.#listTable(ref.slice(0, -4)));
    throw new Error(`no type ${ref}`);
  }

  #ofTable(ref: string, name: string, table: RawTable): TypeSchema {
    const goType = `${(table.proto ?? "").split(".").at(-2) ?? ""}.${name}`;
    const gvks = Array.isArray(table.gvk) ? table.gvk : [];
    const special = table.scalar ? specialKinds[name] : undefined;
    if (special) {
      const schemaProps = special.startsWith("schema") ? () => this.type(`${ref.slice(0, ref.indexOf("#"))}#JSONSchemaProps`) : undefined;
      return new TypeSchema({ kind: special, name, ref, goType, schemaProps });
    }
    return new TypeSchema({
      kind: "struct",
      name,
      ref,
      goType,
      gvks,
      order: table.order,
      atomic: table.mapType === "atomic",
      shape: () => this.#shape(name, table),
    });
  }

  /** `FooList`, for a kind whose table file has none. */
  #listTable(item: string): RawTable {
    const table = this.table(item);
    return {
      proto: table?.proto ? `${table.proto}List` : undefined,
      gvk: table?.gvk?.map((gvk) => ({ ...gvk, kind: `${gvk.kind}List` })),
      fields: {
        apiVersion: { type: "string" },
        kind: { type: "string" },
        metadata: { ref: `${metaFile}#ListMeta`, proto: 1 },
        items: { type: "array", items: item, required: true, proto: 2 },
      },
    };
  }

  #shape(structName: string, table: RawTable): Shape {
    const raw = table.fields ?? {};
    const places = table.inline ? this.#placesOf(table) : undefined;
    const fields = new Map<string, FieldSchema>();
    for (const [name, field] of Object.entries(raw)) {
      const isOfMeta = raw.metadata && (name === "kind" || name === "apiVersion");
      const embeddings = isOfMeta ? ["TypeMeta"] : (places?.get(name)?.path.map((step) => step.goName) ?? []);
      fields.set(name, this.#field(name, field, structName, [...embeddings, name].join("."), this.#isWrapped(field, table)));
    }
    return { fields, wire: () => this.#wire(raw, fields, places) };
  }

  /** Named list types are messages that have nothing but `items`. */
  #isWrapped({ type, goType }: RawField, table: RawTable): boolean {
    if (type !== "array" || goType === undefined || table.proto === undefined) return false;
    const scope = table.proto.slice(0, table.proto.lastIndexOf(".") + 1);
    return this.#wireOnly[scope + goType.slice(goType.indexOf(".") + 1)]?.fields.items?.rule === "repeated";
  }

  #field(name: string, raw: RawField, structName: string, goPath: string, wrapped: boolean): FieldSchema {
    const type = this.#fieldType(raw);
    const pointer = raw.pointer === true;
    const omitsZero = raw.omitsZero ?? raw.required !== true;
    return {
      name,
      type,
      required: raw.required === true,
      pointer,
      omitsZero: omitsZero && !pointer && zeroKinds.has(type.kind),
      wrapped,
      nullPointer: pointer && raw.omitsZero === false && raw.default === undefined,
      enum: raw.enum,
      itemsEnum: raw.itemsEnum,
      default: raw.default,
      atomic: type.atomic || raw.mapType === "atomic",
      patchStrategies: raw.patchStrategy ? raw.patchStrategy.split(",") : [],
      patchMergeKey: raw.patchMergeKey,
      goType: raw.goType ?? type.goType,
      structName,
      goPath,
    };
  }

  #fieldType(raw: RawField): TypeSchema {
    if (raw.ref) return this.type(raw.ref);
    switch (raw.type) {
      case "array": {
        const items = this.type(raw.items as string);
        const { listType, listMapKeys } = raw;
        return new TypeSchema({ kind: "list", items, goType: `[]${items.goType}`, listType, listMapKeys, atomic: listType === "atomic" });
      }
      case "map": {
        const items = this.type(raw.values as string);
        return new TypeSchema({ kind: "map", items, goType: `map[string]${items.goType}`, atomic: raw.mapType === "atomic" });
      }
      default:
        return this.type(raw.format ? `${raw.type}:${raw.format}` : (raw.type as string));
    }
  }

  /** Where protobuf carries the fields that JSON has directly: the way through embedded messages to each. */
  #placesOf(table: RawTable): Map<string, Place> {
    const places = new Map<string, Place>();
    const visit = (message: string, path: Step[]) => {
      const scope = message.slice(0, message.lastIndexOf(".") + 1);
      for (const [wireName, wire] of Object.entries(this.#wireOnly[message]?.fields ?? {})) {
        if (table.fields?.[wireName]) {
          places.set(wireName, { path, number: wire.id });
          continue;
        }
        const target = wire.type.startsWith(".") ? wire.type.slice(1) : scope + wire.type;
        if (this.#wireOnly[target]) visit(target, [...path, { number: wire.id, goName: wire.type.split(".").at(-1) as string }]);
      }
    };
    for (const { proto, message } of Object.values(table.inline ?? {})) {
      visit(message, [{ number: proto, goName: message.split(".").at(-1) as string }]);
    }
    return places;
  }

  #wire(raw: Record<string, RawField>, fields: ReadonlyMap<string, FieldSchema>, places?: Map<string, Place>): WireMessage {
    const root: Node = { fields: new Map(), embedded: new Map() };
    for (const [name, field] of fields) {
      const number = raw[name]?.proto;
      if (number !== undefined) {
        root.fields.set(number, field);
        continue;
      }
      const place = places?.get(name);
      if (!place) continue;
      let node = root;
      for (const step of place.path) {
        let next = node.embedded.get(step.number);
        if (!next) {
          next = { fields: new Map(), embedded: new Map() };
          node.embedded.set(step.number, next);
        }
        node = next;
      }
      node.fields.set(place.number, field);
    }
    return wireMessage(root);
  }

  /** A message without JSON facts (`PodExecOptions`, `PartialObjectMetadata`), in the form of a table. */
  #wireOnlyMessage(ref: string): RawTable | undefined {
    const proto = this.#protoName(ref);
    const message = this.#wireOnly[proto];
    if (!message) return undefined;
    const scope = proto.slice(0, proto.lastIndexOf(".") + 1);
    const fields: Record<string, RawField> = { apiVersion: { type: "string" }, kind: { type: "string" } };
    for (const [name, wire] of Object.entries(message.fields)) {
      const scalar = wireScalars[wire.type];
      const target = scalar ?? this.#refOfProto(wire.type.startsWith(".") ? wire.type.slice(1) : scope + wire.type);
      if (wire.keyType) fields[name] = { type: "map", values: target, proto: wire.id };
      else if (wire.rule === "repeated") fields[name] = { type: "array", items: target, proto: wire.id, required: name === "items" };
      else if (scalar) {
        const [type, format] = scalar.split(":") as [RawField["type"], RawField["format"]];
        fields[name] = { type, format, proto: wire.id };
      } else if (name === "metadata") fields[name] = { ref: target, proto: wire.id };
      else fields[name] = { ref: target, proto: wire.id, pointer: true };
    }
    return { proto, fields };
  }

  #protoName(ref: string): string {
    const [file, name] = ref.split("#") as [string, string];
    return file === metaFile ? `k8s.io.apimachinery.pkg.apis.meta.v1.${name}` : `k8s.io.${file.replaceAll("/", ".")}.${name}`;
  }

  #refOfProto(proto: string): string {
    if (!this.#byProto) {
      this.#byProto = new Map();
      for (const [ref, table] of this.tables()) if (table.proto) this.#byProto.set(table.proto, ref);
    }
    const known = this.#byProto.get(proto);
    if (known) return known;
    const parts = proto.split(".");
    const name = parts.pop();
    return proto.startsWith("k8s.io.apimachinery.") ? `${metaFile}#${name}` : `${parts.slice(2).join("/")}#${name}`;
  }
}

const wireScalars: Record<string, string> = {
  string: "string",
  bool: "boolean",
  int32: "integer:int32",
  int64: "integer:int64",
  bytes: "string:byte",
  double: "number:double",
};

interface Step {
  number: number;
  goName: string;
}

interface Place {
  path: Step[];
  number: number;
}

interface Node {
  fields: Map<number, FieldSchema>;
  embedded: Map<number, Node>;
}

function wireMessage(node: Node): WireMessage {
  const fields: WireField[] = [];
  for (const [number, field] of node.fields) fields.push({ number, field });
  for (const [number, embedded] of node.embedded) fields.push({ number, embedded: wireMessage(embedded) });
  fields.sort((a, b) => a.number - b.number);
  const byNumber: (WireField | undefined)[] = new Array((fields.at(-1)?.number ?? 0) + 1).fill(undefined);
  for (const field of fields) byNumber[field.number] = field;
  return { fields, byNumber };
}
