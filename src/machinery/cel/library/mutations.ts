import type { StructDeclaration } from "../check/environment.ts";
import { dynType, opaqueType, stringType, structType, type Type } from "../check/types.ts";
import { toJSON } from "../schema/json-values.ts";
import { equal } from "../values/compare.ts";
import { Failure, ListValue, MapValue, ObjectValue, type Value } from "../values/value.ts";

/** What mutating policies make: `Object{spec: Object.spec{replicas: 3}}`, the fields that an object gets. */
export class MadeObject extends ObjectValue {
  readonly type: Type;
  readonly fields: ReadonlyMap<string, Value>;
  constructor(type: Type, fields: ReadonlyMap<string, Value>) {
    super();
    this.type = type;
    this.fields = fields;
  }
  /** As JSON. */
  get data(): Record<string, unknown> {
    return Object.fromEntries([...this.fields].map(([name, value]) => [name, toJSON(value)]));
  }
  override field(name: string): Value | undefined {
    return this.fields.get(name);
  }
  override isZero(): boolean {
    return this.fields.size === 0;
  }
  equals(other: Value): Value {
    if (!(other instanceof MadeObject) || other.type.name !== this.type.name || other.fields.size !== this.fields.size) return false;
    return [...this.fields].every(([name, value]) => {
      const its = other.fields.get(name);
      return its !== undefined && equal(value, its) === true;
    });
  }
}

/** Types that mutating policies make objects of: `Object`, `Object.spec` and so on, with any fields, and `JSONPatch`. */
export function mutationStruct(name: string): StructDeclaration | undefined {
  if (name === "JSONPatch") return jsonPatch;
  if (name !== "Object" && !name.startsWith("Object.")) return undefined;
  return { field: () => dynType, make: (fields) => new MadeObject(structType(name), fields) };
}

const patchTexts = ["op", "path", "from"];
const jsonPatch: StructDeclaration = {
  // Upstream knows other fields, of a type without a name that nothing has.
  field: (name) => (patchTexts.includes(name) ? stringType : name === "value" ? dynType : opaqueType("")),
  make(fields) {
    for (const name of patchTexts) {
      const value = fields.get(name);
      if (value !== undefined && typeof value !== "string") return new Failure(`unexpected type for JSONPatchType '${name}' field`);
    }
    return new MadeObject(structType("JSONPatch"), fields);
  },
};

/** What is wrong with the type names within an object: they must be the paths of the fields that they stand at. */
export function typeNameErrors(value: Value, path = "Object"): string[] {
  if (value instanceof MadeObject) {
    const errors =
      value.type.name === path
        ? []
        : [`unexpected type name "${value.type.name}", expected "${path}", which matches field name path from root Object type`];
    return [...errors, ...[...value.fields].flatMap(([name, field]) => typeNameErrors(field, `${path}.${name}`))];
  }
  if (value instanceof ListValue) return [...value].flatMap((one) => typeNameErrors(one, path));
  if (value instanceof MapValue) return [...value.keys()].flatMap((key) => typeNameErrors(value.find(key) as Value, path));
  return [];
}
