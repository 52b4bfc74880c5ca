import type { JsonMap } from "./json-values.ts";

export interface Order {
  /** The order that the patch asks for. */
  readonly by: readonly unknown[];
  /** The order that the list had. */
  readonly was: readonly unknown[];
  /** The field that tells maps apart; empty for scalars. */
  readonly mergeKey: string;
}

/**
 * Puts a merged list in order: the items that the patch names in its order, the others as they were among themselves, and an
 * item that stood before a named one stays before it.
 */
export function mergedOrder(items: readonly unknown[], { by, was, mergeKey }: Order): unknown[] {
  const wanted = places(by, mergeKey);
  const before = places(was, mergeKey);
  const placeIn = (map: ReadonlyMap<unknown, number>, item: unknown) => map.get(identity(item, mergeKey));
  const sorted = (list: unknown[], map: ReadonlyMap<unknown, number>) =>
    list.sort((a, b) => (placeIn(map, a) ?? Number.MAX_SAFE_INTEGER) - (placeIn(map, b) ?? Number.MAX_SAFE_INTEGER));
  const named = sorted(
    items.filter((item) => placeIn(wanted, item) !== undefined),
    wanted,
  );
  const others = sorted(
    items.filter((item) => placeIn(wanted, item) === undefined),
    before,
  );
  const result: unknown[] = [];
  let left = 0;
  let right = 0;
  while (left < others.length && right < named.length) {
    const other = placeIn(before, others[left]);
    const next = placeIn(before, named[right]);
    if (other !== undefined && next !== undefined && other < next) result.push(others[left++]);
    else result.push(named[right++]);
  }
  return [...result, ...named.slice(right), ...others.slice(left)];
}

export function hasKey(map: JsonMap, mergeKey: string, value: unknown): boolean {
  return Object.hasOwn(map, mergeKey) && map[mergeKey] === value;
}

function identity(item: unknown, mergeKey: string): unknown {
  return mergeKey === "" ? item : (item as JsonMap)[mergeKey];
}

/** The first place of each item. */
function places(list: readonly unknown[], mergeKey: string): Map<unknown, number> {
  const found = new Map<unknown, number>();
  for (const [index, item] of list.entries()) {
    const key = identity(item, mergeKey);
    if (!found.has(key)) found.set(key, index);
  }
  return found;
}
