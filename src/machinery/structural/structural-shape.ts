import { type ListKey, type ListShape, type MapShape, scalarShapes, untypedShape, type ValueShape } from "../managed-fields/value-shape.ts";
import type { Structural } from "./structural.ts";

/** The shape of a custom kind, as tracking of its fields sees it. `metadata` is the shape of every object's metadata. */
export function structuralShape(root: Structural, metadata: ValueShape): ValueShape {
  return shapeOf(root, true, { metadata, preserves: false });
}

interface Around {
  readonly metadata: ValueShape;
  /** Fields that the schema doesn't have are kept: so are they in all that is below. */
  readonly preserves: boolean;
}

function shapeOf(node: Structural, isResource: boolean, around: Around): ValueShape {
  if (node.intOrString) return untypedShape;
  switch (node.type) {
    case "string":
    case "boolean":
      return scalarShapes[node.type];
    case "integer":
    case "number":
      return scalarShapes.numeric;
    case "array":
      return { scalar: undefined, list: listShape(node, within(node, around)), map: undefined };
    case "object":
      return { scalar: undefined, list: undefined, map: mapShape(node, isResource, within(node, around)) };
    default:
      return untypedShape;
  }
}

function within({ preserves }: Structural, around: Around): Around {
  return preserves && !around.preserves ? { ...around, preserves } : around;
}

function listShape(node: Structural, around: Around): ListShape {
  const { items } = node;
  const element = items ? shapeOf(items, items.embedded, around) : untypedShape;
  if (node.listType === "set") return { kind: "set", keys: [], element };
  if (node.listType !== "map") return { kind: "atomic", keys: [], element };
  const keys = [...node.listMapKeys].sort().map((name): ListKey => {
    const preset = items?.properties.get(name)?.default;
    return preset === undefined ? { name } : { name, default: preset };
  });
  return { kind: "map", keys, element };
}

function mapShape(node: Structural, isResource: boolean, around: Around): MapShape {
  const compiled = new Map<string, ValueShape>();
  if (isResource) {
    compiled.set("apiVersion", scalarShapes.string);
    compiled.set("kind", scalarShapes.string);
    compiled.set("metadata", around.metadata);
  }
  const { additional, properties } = node;
  const element =
    typeof additional === "object"
      ? shapeOf(additional, additional.embedded, around)
      : additional === "any" || around.preserves
        ? untypedShape
        : undefined;
  return {
    atomic: node.mapType === "atomic",
    element,
    field(name) {
      const known = compiled.get(name);
      if (known) return known;
      const property = properties.get(name);
      if (!property) return undefined;
      const shape = shapeOf(property, property.embedded, around);
      compiled.set(name, shape);
      return shape;
    },
  };
}
