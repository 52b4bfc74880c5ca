import { sameType, type Type } from "../check/types.ts";
import type { Expr } from "../syntax/ast.ts";
import { add, fixed, least, multiply, type Range, scale, union, unknown } from "./range.ts";
import { costs } from "./runtime-cost.ts";

/** An argument or target of a call. */
export interface SizedNode {
  type: Type;
  /** Missing of the elements of a list. */
  expr?: Expr;
  path: readonly string[];
  size: Range | undefined;
  sizeOf(path: readonly string[]): bigint | undefined;
}

export interface CallEstimate {
  cost: Range;
  /** How large the result can be. */
  size?: Range;
}

const one = fixed(1n);
const perCharacter = costs.perCharacter;
const traversal = (size: Range, times = 1): Range => scale(size, times * perCharacter);
const regexCost = (text: Range, pattern: Range): Range =>
  multiply(scale(add(text, one), perCharacter), scale(pattern, costs.perRegexCharacter));
const sizeOf = ({ size }: SizedNode): Range => size ?? unknown;

/** The cost of a call without its arguments; undefined where it has the usual one. */
export function callEstimate(
  name: string,
  id: string,
  target: SizedNode | undefined,
  args: readonly SizedNode[],
): CallEstimate | undefined {
  return overloadEstimate(id, target, args) ?? libraryEstimate(name, id, target, args) ?? standardEstimate(id, target, args);
}

function allocating(factor: number, size: Range): CallEstimate {
  return { cost: add(add(scale(size, factor), one), fixed(BigInt(costs.list))), size };
}

/** A literal integer that isn't negative, or the default. */
function intOf(node: SizedNode | undefined, other: bigint): bigint {
  if (node?.expr?.kind !== "literal" || typeof node.expr.value !== "bigint") return other;
  return node.expr.value < 0n ? 0n : node.expr.value;
}

const most = unknown.max;

function overloadEstimate(id: string, target: SizedNode | undefined, args: readonly SizedNode[]): CallEstimate | undefined {
  const [first, second] = args;
  const setsEstimate = (factor: number): CallEstimate | undefined =>
    first && second && { cost: add(scale(multiply(sizeOf(first), sizeOf(second)), factor), one) };
  switch (id) {
    case "list_sets_contains_list":
    case "list_sets_intersects_list":
      return setsEstimate(1);
    case "list_sets_equivalent_list":
      return setsEstimate(2);
    case "lists_range":
      return allocating(1, fixed(intOf(first, most)));
    default:
      break;
  }
  if (!target) return undefined;
  const size = sizeOf(target);
  switch (id) {
    case "list_slice":
      return allocating(1, fixed(BigInt.asUintN(64, intOf(second, size.max) - intOf(first, 0n))));
    case "list_reverse":
      return allocating(1, size);
    case "list_flatten":
      return allocating(1, size);
    case "list_flatten_int":
      return allocating(Number(intOf(first, most)), size);
    case "list_distinct":
      return allocating(2, multiply(size, size));
    default:
      if (id.endsWith("_sort")) return sorting(target, id);
      return id.endsWith("_sortByAssociatedKeys") && first ? sorting(first, id) : undefined;
  }
}

function sorting(node: SizedNode, id: string): CallEstimate {
  const size = sizeOf(node);
  return allocating(/^list_(?:string|bytes)_/.test(id) ? 2 + perCharacter : 2, multiply(size, size));
}

/** An element of a list; undefined where the type is no list. */
function elementOf(list: SizedNode): SizedNode | undefined {
  const type = list.type.params[0];
  if (!type) return undefined;
  const path = list.path.length === 0 ? [] : [...list.path, "@items"];
  const max = path.length === 0 ? undefined : list.sizeOf(path);
  return { type, path, size: max === undefined ? undefined : { min: 0n, max }, sizeOf: list.sizeOf };
}

const nominal = new Set(
  `serviceAccount path group resource subresource namespace name allowed reason error errored masked prefixLength family isUnspecified
   isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast format.named sign asInteger isInteger asApproximateFloat
   isGreaterThan isLessThan compareTo add sub major minor patch getScheme getHostname getHost getPort getEscapedPath getQuery`.split(/\s+/),
);
const listTraversals = new Set(["isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"]);
const parsers = new Set(["cidr", "isIP", "isCIDR", "ip", "quantity", "isQuantity", "semver", "isSemver"]);
const formatRegexSize = 128;

function libraryEstimate(name: string, id: string, target: SizedNode | undefined, args: readonly SizedNode[]): CallEstimate | undefined {
  const [first, second] = args;
  if (name === "check") return { cost: fixed(350_000n) };
  if (nominal.has(name) || id === "cidr_ip") return { cost: one };
  if (parsers.has(name)) return first && { cost: traversal(sizeOf(first)) };
  if (listTraversals.has(name)) return target && listTraversal(target);
  switch (name) {
    case "fieldSelector":
    case "labelSelector":
      return first && { cost: selectorCost(sizeOf(first)) };
    case "url":
    case "jsonpatch.escapeKey":
      return first && { cost: traversal(sizeOf(first)), size: sizeOf(first) };
    case "lowerAscii":
    case "upperAscii":
    case "substring":
    case "trim":
      return target && { cost: traversal(sizeOf(target)), size: sizeOf(target) };
    case "replace":
      return target && first && second && replacing(sizeOf(target), sizeOf(first), sizeOf(second));
    case "split":
      return target && splitting(sizeOf(target), second);
    case "join":
      return target && joining(target, first);
    case "find":
    case "findAll":
      return target && first && { cost: regexCost(sizeOf(target), sizeOf(first)), size: { min: 0n, max: sizeOf(target).max } };
    case "ip.isCanonical":
      return first && { cost: traversal(sizeOf(first), 2) };
    case "containsIP":
    case "containsCIDR":
      return first && containing(name, id, sizeOf(first));
    case "validate":
      return first && { cost: scale(traversal(sizeOf(first)), formatRegexSize * costs.perRegexCharacter) };
    case "_==_":
      return first && second && equality(first, second);
    default:
      return undefined;
  }
}

function listTraversal(target: SizedNode): CallEstimate {
  const element = elementOf(target);
  if (!element) return { cost: traversal(sizeOf(target)) };
  const { kind } = element.type;
  const perElement = kind === "string" || kind === "bytes" ? add(one, traversal(sizeOf(element))) : one;
  return { cost: multiply(sizeOf(target), perElement) };
}

function selectorCost(length: Range): Range {
  return add(add(fixed(BigInt(costs.list)), traversal(length)), scale(scale(length, 0.5), costs.list + costs.struct));
}

function replacing(text: Range, wanted: Range, by: Range): CallEstimate {
  const count = { min: 0n, max: 0n };
  const kept = { min: 0n, max: 0n };
  const per = (size: bigint, each: bigint) => BigInt(Math.min(2 ** 64, Math.ceil(Number(size) / Number(each))));
  if (wanted.min === 0n) {
    count.max = text.max < most ? text.max + 1n : text.max;
    kept.max = text.max;
  } else if (by.max <= wanted.min) kept.max = text.max;
  else count.max = per(text.max, wanted.min);
  if (wanted.max === 0n) {
    count.min = text.min < most ? text.min + 1n : text.min;
    kept.min = text.min;
  } else if (wanted.max <= by.min) kept.min = text.min;
  else count.min = per(text.min, wanted.max);
  return { cost: traversal(text, 2), size: add(multiply(count, by), kept) };
}

function splitting(text: Range, limit: SizedNode | undefined): CallEstimate {
  const given = limit?.expr?.kind === "literal" && typeof limit.expr.value === "bigint" ? limit.expr.value : undefined;
  return { cost: traversal(text, 2), size: { min: 0n, max: given === undefined ? text.max : BigInt.asUintN(64, given) } };
}

function joining(list: SizedNode, separator: SizedNode | undefined): CallEstimate {
  const count = sizeOf(list);
  const element = elementOf(list);
  let size = element ? multiply(count, sizeOf(element)) : fixed(0n);
  if (separator) {
    const between = { min: count.min > 0n ? count.min - 1n : 0n, max: count.max > 0n ? count.max - 1n : 0n };
    size = add(size, multiply(sizeOf(separator), between));
  }
  return { cost: traversal(size), size };
}

const addressSize: Range = { min: 4n, max: 16n };

function containing(name: string, id: string, other: Range): CallEstimate {
  let cost = traversal(add(addressSize, addressSize));
  if (name === "containsCIDR") cost = add(add(cost, traversal(addressSize)), one);
  if (id.endsWith("_string")) cost = add(cost, traversal(other));
  return { cost };
}

const cheaplyCompared = new Set([
  "net.IP",
  "net.CIDR",
  "kubernetes.Quantity",
  "kubernetes.Semver",
  ...["Authorizer", "PathCheck", "GroupCheck", "ResourceCheck", "Decision"].map((name) => `kubernetes.authorization.${name}`),
]);
const maxFormatSize = 64n;

function equality(a: SizedNode, b: SizedNode): CallEstimate | undefined {
  if (!sameType(a.type, b.type)) return undefined;
  if (cheaplyCompared.has(a.type.name)) return { cost: one };
  if (a.type.name === "kubernetes.NamedFormat") return { cost: traversal({ min: 1n, max: maxFormatSize }) };
  if (a.type.name !== "kubernetes.URL") return undefined;
  return { cost: traversal({ min: 1n, max: b.size ? union(b.size, b.size).max : 1n }) };
}

const comparisons = new Set(
  ["less", "less_equals", "greater", "greater_equals"]
    .flatMap((name) => [`${name}_string`, `${name}_bytes`])
    .concat("equals", "not_equals"),
);

function standardEstimate(id: string, target: SizedNode | undefined, args: readonly SizedNode[]): CallEstimate | undefined {
  const [first, second] = args;
  if (comparisons.has(id) && first && second) {
    const max = least(sizeOf(first).max, sizeOf(second).max);
    return { cost: traversal({ min: max > 0n ? 1n : 0n, max }) };
  }
  switch (id) {
    case "string_format":
      return target && { cost: traversal(sizeOf(target)) };
    case "string_to_bytes":
      return first && { cost: traversal(sizeOf(first)), size: { min: sizeOf(first).min, max: BigInt.asUintN(64, sizeOf(first).max * 4n) } };
    case "bytes_to_string":
      return first && { cost: traversal(sizeOf(first)), size: { min: sizeOf(first).min / 4n, max: sizeOf(first).max } };
    case "strings_quote":
      return (
        first && {
          cost: traversal(sizeOf(first)),
          size: { min: BigInt.asUintN(64, sizeOf(first).min + 2n), max: BigInt.asUintN(64, sizeOf(first).max * 2n + 2n) },
        }
      );
    case "starts_with_string":
    case "ends_with_string":
      return first && { cost: traversal(sizeOf(first)) };
    case "in_list":
      return second && { cost: scale(sizeOf(second), 1) };
    case "matches_string":
      return target && first && { cost: regexCost(sizeOf(target), sizeOf(first)) };
    case "contains_string":
      return target && first && { cost: multiply(traversal(sizeOf(target)), traversal(sizeOf(first))) };
    case "add_string":
    case "add_bytes":
    case "add_list": {
      if (!first || !second) return undefined;
      const size = add(sizeOf(first), sizeOf(second));
      return { cost: id === "add_list" ? one : traversal(size), size };
    }
    default:
      return undefined;
  }
}
