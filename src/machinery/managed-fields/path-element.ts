import { exactJson } from "../exact-json.ts";
import { parseExact } from "../schema/json-text.ts";

/**
 * The steps of a path to a field, in the string form that FieldsV1 has as keys: `f:spec` is a field, `k:{"name":"web"}` the
 * item of a keyed list, `v:"a"` the item of a set, `i:0` a place in a list. Their order is upstream's.
 */
export type PathElement = string;

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/** `names` and `values` go together and are sorted by name. */
export function keyElement(names: readonly string[], values: readonly unknown[]): PathElement {
  let text = "k:{";
  for (let index = 0; index < names.length; index++) {
    if (index > 0) text += ",";
    text += `"${names[index]}":${jsonOf(values[index])}`;
  }
  return `${text}}`;
}

export function valueElement(value: unknown): PathElement {
  return `v:${jsonOf(value)}`;
}

const plainText = /^[\w ./:-]*$/;

/** JSON as Go writes it: `<`, `>` and `&` in strings are escaped. */
export function jsonOf(value: unknown): string {
  if (typeof value === "string" && value.length < 64 && plainText.test(value)) return `"${value}"`;
  return exactJson(value).replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The element in its canonical form; undefined for kinds that nobody knows (they are dropped). Throws on nonsense. */
export function parseElement(text: string): PathElement | undefined {
  if (text.length < 2) throw new Error("key must be 2 characters long:");
  if (text[1] !== ":") throw new Error(`missing colon: ${text}`);
  switch (text[0]) {
    case "f":
      return text;
    case "v":
      return valueElement(parseExact(text.slice(2)));
    case "k": {
      const key = parseExact(text.slice(2)) as Record<string, unknown>;
      const names = Object.keys(key).sort();
      return keyElement(
        names,
        names.map((name) => key[name]),
      );
    }
    case "i":
      if (!/^[+-]?[0-9]+$/.test(text.slice(2))) throw new Error(`invalid index: ${text}`);
      return `i:${Number(text.slice(2))}`;
    default:
      return undefined;
  }
}

const kindOrder = "fkvi";
/** Nearly all keys are one name or type. */
const plainKey = /^k:\{"(\w+)":"([\w-]*)"\}$/;

/** Fields before keys before values before places; names by their text, keys and values by their JSON value. */
export function compareElements(a: PathElement, b: PathElement): number {
  if (a === b) return 0;
  const kind = a.charCodeAt(0);
  if (kind !== b.charCodeAt(0)) return kindOrder.indexOf(a[0]!) - kindOrder.indexOf(b[0]!);
  if (kind === 0x66) return a < b ? -1 : 1;
  if (kind === 0x69) return Number(a.slice(2)) - Number(b.slice(2));
  const [one, other] = [plainKey.exec(a), plainKey.exec(b)];
  if (one && other && one[1] === other[1]) return one[2]! < other[2]! ? -1 : 1;
  const left: unknown = parseExact(a.slice(2));
  const right: unknown = parseExact(b.slice(2));
  return kind === 0x76 ? compareValues(left, right) : compareKeys(left as object, right as object);
}

/** Both are sorted by name: the first name or value that differs decides, then the length. */
function compareKeys(left: object, right: object): number {
  const [a, b] = [Object.entries(left), Object.entries(right)];
  for (let index = 0; index < a.length && index < b.length; index++) {
    const [leftName, leftValue] = a[index]!;
    const [rightName, rightValue] = b[index]!;
    if (leftName !== rightName) return leftName < rightName ? -1 : 1;
    const order = compareValues(leftValue, rightValue);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers before strings before booleans before lists before maps before null. */
function compareValues(a: unknown, b: unknown): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  const [left, right] = [exactJson(a), exactJson(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function rankOf(value: unknown): number {
  if (isNumber(value)) return 0;
  if (typeof value === "string") return 1;
  if (typeof value === "boolean") return 2;
  if (Array.isArray(value)) return 3;
  return value === null ? 5 : 4;
}

/** A path as conflicts name it: `.spec.containers[name="web"].image`. */
export function formatPath(path: readonly PathElement[]): string {
  return path.map(formatElement).join("");
}

export function formatElement(element: PathElement): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case "f":
      return `.${rest}`;
    case "k":
      return `[${Object.entries(parseExact(rest) as object)
        .map(([name, value]) => `${name}=${exactJson(value)}`)
        .join(",")}]`;
    case "v":
      return `[=${exactJson(parseExact(rest))}]`;
    default:
      return `[${rest}]`;
  }
}
