import { type FieldSet, FieldSetBuilder, isEmptySet } from "./field-set.ts";
import { itemElement } from "./list-items.ts";
import { fieldElement, type PathElement } from "./path-element.ts";
import { type ListShape, type MapShape, untypedShape, type ValueShape } from "./value-shape.ts";

/** The paths that whoever applies a value owns: its leaves, its items, the keys of its maps. Not the structs around them. */
export function ownedFields(value: unknown, shape: ValueShape): FieldSet {
  const walker = new Walker();
  walker.walk(value, shape);
  return walker.set.build();
}

class Walker {
  readonly set = new FieldSetBuilder();
  readonly #path: PathElement[] = [];

  walk(value: unknown, shape: ValueShape): void {
    const { map, list } = shape;
    if (Array.isArray(value)) {
      if (list) this.#list(value, list);
    } else if (typeof value === "object" && value !== null) {
      if (map) this.#map(value as Record<string, unknown>, map);
    } else if (value === null && map) {
      if (map.atomic) this.set.add(this.#path);
    } else if (value === null && !shape.scalar) {
      if (list?.kind === "atomic") this.set.add(this.#path);
    } else this.set.add(this.#path);
  }

  #map(value: Record<string, unknown>, shape: MapShape): void {
    if (shape.atomic) {
      this.set.add(this.#path);
      return;
    }
    for (const name in value) {
      const item = value[name];
      if (item === undefined) continue;
      const field = shape.field(name);
      this.#path.push(fieldElement(name));
      this.walk(item, field ?? shape.element ?? untypedShape);
      if (!field || item === null || isEmptyMap(item)) this.set.add(this.#path);
      this.#path.pop();
    }
  }

  #list(value: readonly unknown[], shape: ListShape): void {
    if (shape.kind === "atomic") {
      this.set.add(this.#path);
      return;
    }
    const elements = value.map((item) => itemElement(item, shape));
    const counts = new Map<PathElement | undefined, number>();
    for (const element of elements) counts.set(element, (counts.get(element) ?? 0) + 1);
    for (const [index, element] of elements.entries()) {
      if (element === undefined) continue;
      this.#path.push(element);
      // Items under one key are owned together, as a whole.
      if (counts.get(element) === 1) this.walk(value[index], shape.element);
      this.set.add(this.#path);
      this.#path.pop();
    }
  }
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}

const leaf: FieldSet = Object.freeze({});

/** The set with the structs around its paths as members too; maps and lists around them stay as they are. */
export function withStructs(set: FieldSet, shape: ValueShape | undefined): FieldSet {
  let result: Record<PathElement, FieldSet> | undefined;
  for (const element in set) {
    const child = set[element]!;
    if (element === "." || isEmptySet(child)) continue;
    let isStruct = false;
    let below: ValueShape | undefined;
    if (element.startsWith("f:")) {
      const field = shape?.map?.field(element.slice(2));
      isStruct = field !== undefined;
      below = field ?? shape?.map?.element;
    } else if (element.startsWith("k:")) below = shape?.list?.element;
    let node = withStructs(child, below);
    if (isStruct && node["."] === undefined) node = { ".": leaf, ...node };
    if (node === child) continue;
    result ??= { ...set };
    result[element] = node;
  }
  return result ?? set;
}
