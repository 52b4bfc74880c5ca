export type TypeKind =
  | "any"
  | "bool"
  | "bytes"
  | "double"
  | "duration"
  | "dyn"
  | "error"
  | "int"
  | "list"
  | "map"
  | "null"
  | "opaque"
  | "param"
  | "string"
  | "struct"
  | "timestamp"
  | "type"
  | "uint";

export interface Type {
  readonly kind: TypeKind;
  /** What `type(value)` shows, and what structs, opaque types and type parameters are told apart by. */
  readonly name: string;
  readonly params: readonly Type[];
}

const simple = (kind: TypeKind, name: string): Type => ({ kind, name, params: [] });

export const anyType = simple("any", "google.protobuf.Any");
export const boolType = simple("bool", "bool");
export const bytesType = simple("bytes", "bytes");
export const doubleType = simple("double", "double");
export const durationType = simple("duration", "google.protobuf.Duration");
export const dynType = simple("dyn", "dyn");
export const errorType = simple("error", "!error!");
export const intType = simple("int", "int");
export const nullType = simple("null", "null_type");
export const stringType = simple("string", "string");
export const timestampType = simple("timestamp", "google.protobuf.Timestamp");
export const uintType = simple("uint", "uint");
export const plainTypeType = simple("type", "type");

export const listOf = (element: Type): Type => ({ kind: "list", name: "list", params: [element] });
export const mapOf = (key: Type, value: Type): Type => ({ kind: "map", name: "map", params: [key, value] });
export const optionalOf = (value: Type): Type => ({ kind: "opaque", name: "optional_type", params: [value] });
export const opaqueType = (name: string): Type => ({ kind: "opaque", name, params: [] });
export const structType = (name: string): Type => ({ kind: "struct", name, params: [] });
export const typeOf = (denoted: Type): Type => ({ kind: "type", name: "type", params: [denoted] });
export const paramType = (name: string): Type => ({ kind: "param", name, params: [] });

export function isDyn({ kind }: Type): boolean {
  return kind === "dyn" || kind === "any";
}

export function isOptional(type: Type): boolean {
  return type.kind === "opaque" && type.name === "optional_type";
}

/** What an optional type wraps; another type itself. */
export function unwrapOptional(type: Type): Type {
  return isOptional(type) ? (type.params[0] as Type) : type;
}

export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  if (a.kind !== b.kind || a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((param, index) => sameType(param, b.params[index] as Type));
}

/** Equality in which type parameters equal each other. */
export function equivalentTypes(a: Type, b: Type): boolean {
  if (a.kind !== b.kind || (a.kind !== "param" && a.name !== b.name) || a.params.length !== b.params.length) return false;
  return a.params.every((param, index) => equivalentTypes(param, b.params[index] as Type));
}

/** The type as messages name it. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case "any":
      return "any";
    case "duration":
      return "duration";
    case "timestamp":
      return "timestamp";
    case "null":
      return "null";
    default:
      return type.params.length === 0 ? type.name : `${type.name}(${type.params.map(typeText).join(", ")})`;
  }
}

const simpleTypes: ReadonlyMap<string, Type> = new Map([
  ["bool", boolType],
  ["bytes", bytesType],
  ["double", doubleType],
  ["duration", durationType],
  ["dyn", dynType],
  ["int", intType],
  ["null", nullType],
  ["string", stringType],
  ["timestamp", timestampType],
  ["type", plainTypeType],
  ["uint", uintType],
]);

/** The type that a text like `map(string, list(A))` means; a single capital letter is a type parameter. */
export function parseType(text: string): Type {
  const open = text.indexOf("(");
  if (open < 0) {
    const known = simpleTypes.get(text);
    if (known) return known;
    if (/^[A-Z]$/.test(text)) return paramType(text);
    return text.startsWith("kubernetes.") ? structType(text) : opaqueType(text);
  }
  const params = splitTypes(text.slice(open + 1, -1)).map(parseType);
  const name = text.slice(0, open);
  const kind: TypeKind = name === "list" || name === "map" || name === "type" ? name : "opaque";
  return { kind, name, params };
}

/** Splits `A, list(B), map(C, D)` at its outer commas. */
export function splitTypes(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at <= text.length; at++) {
    const char = text[at];
    if (char === "(") depth++;
    else if (char === ")") depth--;
    else if (char === undefined || (char === "," && depth === 0)) {
      const part = text.slice(start, at).trim();
      if (part !== "") parts.push(part);
      start = at + 1;
    }
  }
  return parts;
}
