import type { RawField, RawTable } from "../tables.ts";
import { fieldElement, keyElement, type PathElement } from "./path-element.ts";
import {
  atomicShape,
  type ListKey,
  type ListShape,
  type MapShape,
  type ObjectShape,
  type ScalarShape,
  scalarShapes,
  type ValueShape,
} from "./value-shape.ts";

/** The shapes of the types of the type tables, each made on its first use and kept. */
export class TableShapes {
  readonly #tables: Readonly<Record<string, Readonly<Record<string, RawTable>>>>;
  readonly #shapes = new Map<string, ValueShape>();
  readonly #objects = new Map<string, ObjectShape>();

  constructor(tables: Readonly<Record<string, Readonly<Record<string, RawTable>>>>) {
    this.#tables = tables;
  }

  /** The shape of a kind, by its type reference: `api/core/v1#Pod`. */
  object(ref: string): ObjectShape {
    let shape = this.#objects.get(ref);
    if (!shape) {
      shape = { value: this.value(ref), empty: this.#empty(ref) };
      this.#objects.set(ref, shape);
    }
    return shape;
  }

  /** The shape of a type, by its reference or scalar name. */
  value(ref: string): ValueShape {
    const known = this.#shapes.get(ref);
    if (known) return known;
    const shape = this.#compile(ref);
    this.#shapes.set(ref, shape);
    return shape;
  }

  #compile(ref: string): ValueShape {
    if (ref === "object") return atomicShape;
    if (ref.startsWith("array:")) return listOf({ kind: "atomic", keys: [], element: this.value(ref.slice(6)) });
    const table = this.#table(ref);
    if (!table) return scalarShapes[scalarOf(ref.split(":")[0])];
    if (table.fields) return mapOf(this.#struct(table.fields, table.mapType === "atomic"));
    const scalar = table.scalar ?? {};
    // Quantities and IntOrStrings have no type of their own in JSON, and are scalars; other types without one are free-form.
    if (ref.endsWith("#Quantity")) return scalarShapes.any;
    if (scalar.type === "object" || (!scalar.type && !scalar.format)) return atomicShape;
    return scalarShapes[scalar.format === undefined ? scalarOf(scalar.type) : "any"];
  }

  #table(ref: string): RawTable | undefined {
    const hash = ref.indexOf("#");
    return hash < 0 ? undefined : this.#tables[ref.slice(0, hash)]?.[ref.slice(hash + 1)];
  }

  #struct(fields: Record<string, RawField>, atomic: boolean): MapShape {
    const compiled = new Map<string, ValueShape>();
    const steps = new Map<string, PathElement>();
    return {
      atomic,
      element: undefined,
      step: (name) => {
        const known = steps.get(name);
        if (known !== undefined) return known;
        const step = fieldElement(name);
        if (Object.hasOwn(fields, name)) steps.set(name, step);
        return step;
      },
      field: (name) => {
        let shape = compiled.get(name);
        if (!shape && Object.hasOwn(fields, name)) {
          shape = this.#field(fields[name]!);
          compiled.set(name, shape);
        }
        return shape;
      },
    };
  }

  #field(field: RawField): ValueShape {
    if (field.ref !== undefined) {
      const shape = this.value(field.ref);
      if (field.mapType === undefined || !shape.map) return shape;
      return mapOf({ ...shape.map, atomic: field.mapType === "atomic" });
    }
    switch (field.type) {
      case "array":
        return listOf(this.#list(field));
      case "map":
        return mapOf({ atomic: field.mapType === "atomic", field: () => undefined, element: this.value(field.values ?? "object") });
      case "object":
        return atomicShape;
      default:
        return scalarShapes[scalarOf(field.type)];
    }
  }

  #list(field: RawField): ListShape {
    const item = field.items ?? "object";
    const element = this.value(item);
    const merges = field.patchStrategy?.includes("merge") === true;
    const kind = field.listType ?? (merges ? (field.patchMergeKey ? "map" : "set") : "atomic");
    if (kind !== "map") return { kind, keys: [], element };
    const names = field.listMapKeys ?? [field.patchMergeKey ?? ""];
    const itemFields = this.#table(item)?.fields ?? {};
    const keys = [...names].sort().map((name) => listKey(name, itemFields[name], item));
    const [key] = keys;
    return key && keys.length === 1 ? { kind, keys, element, step: stepsTo(key.name) } : { kind, keys, element };
  }

  /** What upstream's struct writes when nothing is set: structs that are no pointers, and what is never left out. */
  #empty(ref: string): Record<string, unknown> {
    const empty: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(this.#table(ref)?.fields ?? {})) {
      // Every referenced type is a struct upstream, times and quantities too, and those are always written.
      const omitted = field.ref !== undefined && !field.pointer ? false : (field.omitsZero ?? field.required !== true);
      if (omitted) continue;
      const table = field.ref === undefined ? undefined : this.#table(field.ref);
      if (field.pointer) empty[name] = null;
      else if (table?.fields) empty[name] = this.#empty(field.ref!);
      else empty[name] = zeroOf(field, table);
    }
    return empty;
  }
}

/** Types of conditions, names of containers: few in all. Others, names of owners say, make place for one another. */
const maxSteps = 64;

function stepsTo(key: string): (value: string) => PathElement {
  const steps = new Map<string, PathElement>();
  return (value) => {
    const known = steps.get(value);
    if (known !== undefined) return known;
    const step = keyElement([key], [value]);
    if (steps.size >= maxSteps) steps.clear();
    steps.set(value, step);
    return step;
  };
}

function scalarOf(type: string | undefined): ScalarShape {
  switch (type) {
    case "string":
    case "boolean":
      return type;
    case "integer":
    case "number":
      return "numeric";
    default:
      return "any";
  }
}

function zeroOf(field: RawField, table: RawTable | undefined): unknown {
  const type = table ? table.scalar?.type : field.type;
  if (field.ref?.endsWith("#Quantity")) return "0";
  if (table?.scalar?.format === "int-or-string") return 0;
  if (type === "string" && table?.scalar?.format !== "date-time" && field.format !== "byte") return "";
  if (type === "boolean") return false;
  if (type === "integer" || type === "number") return 0;
  return null;
}

function listKey(name: string, field: RawField | undefined, item: string): ListKey {
  // A default that the tables don't have: it is what the field is without one.
  if (item.endsWith("#LocalObjectReference")) return { name, default: "" };
  if (field?.default !== undefined) return { name, default: field.default };
  if (field?.required === true && !field.pointer && field.ref === undefined) return { name, default: zeroOf(field, undefined) };
  return { name };
}

function mapOf(map: MapShape): ValueShape {
  return { scalar: undefined, list: undefined, map };
}

function listOf(list: ListShape): ValueShape {
  return { scalar: undefined, list, map: undefined };
}
