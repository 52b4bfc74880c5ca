import { deepCopy } from "../object.ts";
import { isJsonObject } from "./json-schema.ts";
import type { Structural } from "./structural.ts";

/** Fills the defaults of a schema into what is absent, and where null stands for absent; in place. */
export function applyDefaults(value: unknown, node: Structural): void {
  if (node.hasDefaults) fill(value, node);
}

function fill(value: unknown, node: Structural): void {
  if (Array.isArray(value)) {
    const { items } = node;
    if (!items?.hasDefaults) return;
    for (let index = 0; index < value.length; index++) {
      if (value[index] === null && !items.nullable) value[index] = deepCopy(items.default ?? null);
      fill(value[index], items);
    }
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [name, property] of node.properties) {
    if (property.default === undefined) continue;
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    if (given === undefined || (given === null && !property.nullable)) value[name] = deepCopy(property.default);
  }
  const { additional } = node;
  for (const name in value) {
    const next = node.properties.get(name) ?? (typeof additional === "object" ? additional : undefined);
    if (!next?.hasDefaults) continue;
    if (value[name] === null && !next.nullable) value[name] = deepCopy(next.default ?? null);
    fill(value[name], next);
  }
}
