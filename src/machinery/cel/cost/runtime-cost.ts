import { FormatValue } from "../library/named-formats.ts";
import { sizeOf } from "../values/text.ts";
import { ListValue, MapValue, ObjectValue, Optional, type Value } from "../values/value.ts";

/** What the parts of evaluations cost, in upstream's units. */
export const costs = { ident: 1, list: 10, map: 30, struct: 40, perCharacter: 0.1, perRegexCharacter: 0.25 } as const;

/** The number of characters, bytes, elements or entries; 1 of anything else. */
function size(value: Value): number {
  if (typeof value === "string") return sizeOf(value);
  if (value instanceof ListValue || value instanceof MapValue) return value.size;
  if (value instanceof Uint8Array) return value.length;
  return value instanceof ObjectValue ? (value.costSize ?? 1) : 1;
}

/** The same, with an optional counting what it has. */
function innerSize(value: Value): number {
  return value instanceof Optional && value.value !== undefined ? innerSize(value.value) : size(value);
}

const traversal = (characters: number) => Math.ceil(characters * costs.perCharacter);

function regexCost(text: number, pattern: number): number {
  return Math.ceil((1 + text) * costs.perCharacter) * Math.ceil(pattern * costs.perRegexCharacter);
}

/** The cost of going through everything in a value; texts count by their bytes. */
function depth(value: Value): number {
  if (typeof value === "string") return Math.floor(new TextEncoder().encode(value).length * costs.perCharacter);
  if (value instanceof Uint8Array) return Math.floor(value.length * costs.perCharacter);
  let total = 0;
  if (value instanceof ListValue) {
    for (const one of value) total += depth(one);
    return total;
  }
  if (value instanceof MapValue) {
    for (const key of value.keys()) total += depth(key) + depth(value.find(key) as Value);
    return total;
  }
  return 1;
}

const selfCompare = (list: Value) => {
  // An argument that failed is no list.
  if (!(list instanceof ListValue)) return allocated(0, 0);
  const count = list.size;
  const first = count > 0 ? list.at(0) : undefined;
  const factor = typeof first === "string" || first instanceof Uint8Array ? 2 + costs.perCharacter : 2;
  return allocated(factor, count * count);
};
const allocated = (factor: number, count: number) => Math.floor(count * factor) + 1 + costs.list;
const setsCost = (factor: number, [a, b]: readonly Value[]) => 1 + Math.floor(size(a as Value) * size(b as Value) * factor);

const nominal = new Set(
  `serviceAccount path group resource subresource namespace name allowed reason error errored masked prefixLength family isUnspecified
   isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast format.named sign asInteger isInteger asApproximateFloat
   isGreaterThan isLessThan compareTo add sub major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery`.split(/\s+/),
);
const wholeTraversals = new Set(["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"]);
const textTraversals = new Set(
  "url lowerAscii upperAscii substring trim jsonpatch.escapeKey cidr isIP isCIDR ip quantity isQuantity semver isSemver".split(" "),
);

/** What the actual call of a function costs; `id` is its overload, where there was only one. */
export function callCost(name: string, id: string, args: readonly Value[], result: Value): number {
  return overloadCost(id, args, result) ?? libraryCost(name, id, args, result) ?? standardCost(id, args);
}

function overloadCost(id: string, args: readonly Value[], result: Value): number | undefined {
  switch (id) {
    case "list_sets_contains_list":
    case "list_sets_intersects_list":
      return setsCost(1, args);
    case "list_sets_equivalent_list":
      return setsCost(2, args);
    case "list_slice":
    case "lists_range":
    case "list_reverse":
      return allocated(1, size(result));
    case "list_flatten":
      return allocated(1, size(args[0] as Value));
    case "list_flatten_int":
      return allocated(typeof args[1] === "bigint" ? Number(args[1]) : 0, size(args[0] as Value));
    case "list_distinct":
      return selfCompare(args[0] as Value);
    default:
      if (id.endsWith("_sort")) return selfCompare(args[0] as Value);
      return id.endsWith("_sortByAssociatedKeys") ? selfCompare(args[1] as Value) : undefined;
  }
}

const authorizationCheck = 350_000;

function libraryCost(name: string, id: string, args: readonly Value[], result: Value): number | undefined {
  const [first, second] = args as [Value, Value];
  if (nominal.has(name)) return 1;
  if (wholeTraversals.has(name)) return depth(first);
  if (textTraversals.has(name)) return id === "cidr_ip" ? 1 : traversal(size(first));
  switch (name) {
    case "check":
      return authorizationCheck;
    case "fieldSelector":
    case "labelSelector": {
      const length = size(second);
      return costs.list + traversal(length) + Math.ceil(Math.ceil(length * 0.5) * (costs.list + costs.struct));
    }
    case "replace":
    case "split":
      return Math.ceil(size(first) * 2 * costs.perCharacter);
    case "join":
      return Math.ceil(size(result) * 2 * costs.perCharacter);
    case "find":
    case "findAll":
      return regexCost(size(first), size(second));
    case "ip.isCanonical":
      return Math.ceil(size(first) * 2 * costs.perCharacter);
    case "containsIP":
      return traversal(2 * size(first)) + (id === "cidr_contains_ip_string" ? traversal(size(second)) : 0);
    case "containsCIDR":
      return traversal(2 * size(first)) + traversal(size(first)) + 1 + (id === "cidr_contains_cidr_string" ? traversal(size(second)) : 0);
    case "validate":
      return first instanceof FormatValue ? regexCost(size(second), first.regexSize) : undefined;
    case "_==_":
      return first instanceof ObjectValue ? 1 : undefined;
    default:
      return undefined;
  }
}

const comparisons = new Set(
  ["less", "less_equals", "greater", "greater_equals"]
    .flatMap((name) => [`${name}_string`, `${name}_bytes`])
    .concat("equals", "not_equals"),
);

function standardCost(id: string, args: readonly Value[]): number {
  const [first, second] = args as [Value, Value];
  if (comparisons.has(id)) return traversal(Math.min(innerSize(first), innerSize(second)));
  switch (id) {
    case "starts_with_string":
    case "ends_with_string":
    case "string_to_bytes":
    case "bytes_to_string":
    case "strings_quote":
    case "string_format":
      return traversal(innerSize(first));
    case "in_list":
      return innerSize(second);
    case "add_string":
    case "add_bytes":
      return traversal(innerSize(first) + innerSize(second));
    case "matches_string":
      return regexCost(innerSize(first), innerSize(second));
    case "contains_string":
      return traversal(innerSize(first)) * traversal(innerSize(second));
    default:
      return 1;
  }
}
