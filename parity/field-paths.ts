import type { FieldSchema, TypeSchema } from "../src/machinery/schema/schema.ts";

export type Pick = <T>(list: readonly T[]) => T;

/** One place of an object and what may stand there. */
export interface Place {
  container: Record<string, unknown> | unknown[];
  key: string | number;
  path: string;
  type: TypeSchema;
  enumeration?: readonly string[] | undefined;
}

/** Makes a value of a type, for a field of that name. */
export type Make = (type: TypeSchema, name: string) => unknown;

/** What the server decides, or what names the object. Who owns fields can be said of no template either. */
export const keptFields = /^(apiVersion|kind|metadata\.(name|namespace|uid|resourceVersion))$|\bmanagedFields$/;

/** `spec.containers[].ports[].name`: items of lists and values of maps are `[]`. */
export function fieldPathsOf(schema: TypeSchema, ofStatus: boolean): string[] {
  const paths: string[] = [];
  const walk = (type: TypeSchema, path: string, above: readonly TypeSchema[]): void => {
    // Schemas within schemas: once is enough.
    if (above.includes(type)) return;
    const within = [...above, type];
    if (type.kind === "struct") {
      for (const [name, field] of type.fields as ReadonlyMap<string, FieldSchema>) {
        const inner = path === "" ? name : `${path}.${name}`;
        if (keptFields.test(inner) || (path === "" && (name === "status") !== ofStatus)) continue;
        if (inner !== "metadata" && inner !== "spec") paths.push(inner);
        walk(field.type, inner, within);
      }
    } else if (type.kind === "list" || type.kind === "map") walk(type.items as TypeSchema, `${path}[]`, within);
  };
  walk(schema, "", []);
  return paths;
}

/** The path of a place in an object as `fieldPathsOf` gives it. */
export function fieldPathOf(place: string): string {
  return place.replace(/\[[^\]]*\]/g, "[]").replace(/(\[\])+$/, "");
}

/** The place of a field, with all that it lies in made where it wasn't there. */
export function reach(object: Record<string, unknown>, schema: TypeSchema, path: string, make: Make, pick: Pick): Place | undefined {
  let container = object;
  let type = schema;
  let told = "";
  const steps = path.split(".");
  for (const [index, step] of steps.entries()) {
    const [name, ...inner] = step.split("[]") as [string, ...string[]];
    const field = (type.fields as ReadonlyMap<string, FieldSchema>).get(name);
    if (!field) return undefined;
    told = told === "" ? name : `${told}.${name}`;
    if (index === steps.length - 1) return { container, key: name, path: told, type: field.type, enumeration: field.enum };
    let value = made(container, name, field.type, make);
    type = field.type;
    for (const _ of inner) {
      type = type.items as TypeSchema;
      const isList = Array.isArray(value);
      const keys: (string | number)[] = Object.keys(value);
      const added: string | number = isList ? keys.length : "a";
      const key = pick([...keys, added]);
      told = `${told}[${key}]`;
      value = made(value as Record<string | number, unknown>, key, type, make);
    }
    container = value as Record<string, unknown>;
  }
  return undefined;
}

function made(container: Record<string | number, unknown>, key: string | number, type: TypeSchema, make: Make): object {
  const there = container[key];
  if (typeof there === "object" && there !== null) return there;
  const value = make(type, String(key)) as object;
  container[key] = value;
  return value;
}
