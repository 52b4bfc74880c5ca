import { setField } from "../object.ts";
import { itemElement } from "./list-items.ts";
import type { PathElement } from "./path-element.ts";
import { type ListShape, type MapShape, untypedShape, type ValueShape } from "./value-shape.ts";

type JsonMap = Readonly<Record<string, unknown>>;

/**
 * A live value with an applied one merged into it: what is owned as a whole is replaced, maps and keyed lists are joined. Neither
 * argument is changed; what the merge leaves as it is, the result shares with `live`. An applied null empties a place that is a
 * leaf, and stays in the result.
 */
export function mergeValues(live: unknown, applied: unknown, shape: ValueShape): unknown {
  if (applied === undefined || applied === live) return live;
  switch (formOf(applied, shape)) {
    case "map":
      return mergeMaps(live, applied, shape.map ?? untypedShape.map!);
    case "list":
      return mergeLists(live, applied, shape.list ?? untypedShape.list!);
    default:
      return applied;
  }
}

function formOf(value: unknown, { scalar, map }: ValueShape): "map" | "list" | "scalar" {
  if (Array.isArray(value)) return "list";
  if (value !== null) return typeof value === "object" ? "map" : "scalar";
  // null takes the first form that the type has.
  return map ? "map" : scalar ? "scalar" : "list";
}

function asMap(value: unknown): JsonMap | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonMap) : undefined;
}

function hasFields(map: JsonMap | undefined): boolean {
  for (const name in map) if (map[name] !== undefined) return true;
  return false;
}

function mergeMaps(live: unknown, applied: unknown, shape: MapShape): unknown {
  const before = asMap(live);
  const config = asMap(applied);
  if (shape.atomic || (!hasFields(before) && !hasFields(config))) return applied;
  let merged: Record<string, unknown> | undefined;
  for (const name in config) {
    const old = before && Object.hasOwn(before, name) ? before[name] : undefined;
    const value = mergeValues(old, config[name], shape.field(name) ?? shape.element ?? untypedShape);
    if (value === old) continue;
    merged ??= { ...before };
    setField(merged, name, value);
  }
  return merged ?? before;
}

function mergeLists(live: unknown, applied: unknown, shape: ListShape): unknown {
  const before = Array.isArray(live) ? (live as readonly unknown[]) : [];
  const config = Array.isArray(applied) ? (applied as readonly unknown[]) : [];
  if (shape.kind === "atomic" || (before.length === 0 && config.length === 0)) return applied;
  if (config.length === 0) return before;
  return new ListMerge(before, config, shape).result();
}

/**
 * Joins two keyed lists: the items that both have come in the order of the applied one, and those that only the live list has keep
 * their place among their neighbours as far as that order allows.
 */
class ListMerge {
  readonly #live: readonly unknown[];
  readonly #shape: ListShape;
  readonly #liveElements: readonly (PathElement | undefined)[];
  readonly #appliedElements: readonly PathElement[];
  /** By element; null where an element comes more than once: such items are not merged. */
  readonly #liveItems = new Map<PathElement, unknown>();
  readonly #appliedItems = new Map<PathElement, unknown>();

  constructor(live: readonly unknown[], applied: readonly unknown[], shape: ListShape) {
    this.#live = live;
    this.#shape = shape;
    this.#liveElements = live.map((item) => itemElement(item, shape));
    this.#appliedElements = applied.map((item) => itemElement(item, shape)) as PathElement[];
    for (const [index, element] of this.#liveElements.entries()) {
      if (element !== undefined) this.#liveItems.set(element, this.#liveItems.has(element) ? null : live[index]);
    }
    for (const [index, element] of this.#appliedElements.entries()) this.#appliedItems.set(element, applied[index]);
  }

  result(): readonly unknown[] {
    const out: unknown[] = [];
    const done = new Set<PathElement>();
    /** The elements of both lists that are still to come, in the applied order. */
    const shared = this.#appliedElements.filter((element) => this.#liveItems.has(element));
    let nextShared = shared.shift();
    const live = this.#liveElements;
    const applied = this.#appliedElements;
    const take = (element: PathElement) => {
      done.add(element);
      out.push(this.#merged(element));
    };
    for (let left = 0, right = 0; left < live.length || right < applied.length; ) {
      const mine = live[left];
      const theirs = applied[right];
      if (left < live.length && right < applied.length) {
        if (mine === theirs) {
          take(theirs as PathElement);
          left++;
          right++;
          nextShared = shared.shift();
          continue;
        }
        // An item of both lists whose turn it isn't: it is taken from the applied list later.
        if (mine !== undefined && this.#appliedItems.has(mine) && nextShared !== undefined && nextShared !== mine) {
          left++;
          continue;
        }
      }
      if (left < live.length) {
        if (mine === undefined || !this.#appliedItems.has(mine)) {
          out.push(this.#live[left]);
          left++;
          continue;
        }
        if (done.has(mine)) left++;
      }
      if (right < applied.length) {
        take(theirs as PathElement);
        right++;
        if (nextShared === theirs) nextShared = shared.shift();
      }
    }
    return this.#isUnchanged(out) ? this.#live : out;
  }

  #merged(element: PathElement): unknown {
    return mergeValues(this.#liveItems.get(element), this.#appliedItems.get(element), this.#shape.element);
  }

  #isUnchanged(out: readonly unknown[]): boolean {
    return out.length === this.#live.length && out.every((item, index) => item === this.#live[index]);
  }
}
