import { shortEscapes } from "../../quote.ts";
import { ArrayList, Failure, type ListValue, type Value } from "../values/value.ts";
import { formatString } from "./string-format.ts";
import { maxTextLength, tooLong } from "./text-limit.ts";

/** Positions count code points. */
const points = (text: string): string[] => [...text];
const outOfRange = (index: bigint) => new Failure(`index out of range: ${index}`);
const minusOne = -1n;

function indexOf(text: string, wanted: string, offset = 0n): Value {
  if (wanted === "") return offset;
  if (offset < 0n) return outOfRange(offset);
  const all = points(text);
  if (offset >= BigInt(all.length)) return minusOne;
  const start = Number(offset);
  const found = all.slice(start).join("").indexOf(wanted);
  if (found < 0) return minusOne;
  return BigInt(start + points(all.slice(start).join("").slice(0, found)).length);
}

function lastIndexOf(text: string, wanted: string, offset?: bigint): Value {
  const all = points(text);
  if (wanted === "") return offset ?? BigInt(all.length);
  if (offset === undefined) {
    if (text.length < wanted.length) return minusOne;
    offset = BigInt(all.length - 1);
  }
  if (offset < 0n) return outOfRange(offset);
  if (offset >= BigInt(all.length)) return minusOne;
  const length = points(wanted).length;
  const last = Math.min(Number(offset), all.length - length);
  if (last < 0) return minusOne;
  const found = all
    .slice(0, last + length)
    .join("")
    .lastIndexOf(wanted);
  return found < 0 ? minusOne : BigInt(points(text.slice(0, found)).length);
}

function replace(text: string, wanted: string, by: string, count = -1n): Value {
  if (wanted === by || count === 0n) return text;
  const parts = wanted === "" ? ["", ...points(text), ""] : text.split(wanted);
  const times = count < 0n ? parts.length - 1 : Math.min(Number(count), parts.length - 1);
  if (text.length + times * by.length > maxTextLength) return tooLong;
  return parts.slice(0, times + 1).join(by) + (times < parts.length - 1 ? wanted : "") + parts.slice(times + 1).join(wanted);
}

function split(text: string, separator: string, count = -1n): Value {
  if (count === 0n) return new ArrayList([]);
  const parts = separator === "" ? points(text) : text.split(separator);
  if (count < 0n || BigInt(parts.length) <= count) return new ArrayList(parts);
  const kept = Number(count) - 1;
  return new ArrayList([...parts.slice(0, kept), parts.slice(kept).join(separator)]);
}

function substring(text: string, start: bigint, end?: bigint): Value {
  const all = points(text);
  const length = BigInt(all.length);
  if (end !== undefined && start > end) return new Failure(`invalid substring range. start: ${start}, end: ${end}`);
  if (start < 0n || start > length) return outOfRange(start);
  if (end !== undefined && (end < 0n || end > length)) return outOfRange(end);
  return all.slice(Number(start), end === undefined ? undefined : Number(end)).join("");
}

function charAt(text: string, index: bigint): Value {
  const all = points(text);
  if (index < 0n || index > BigInt(all.length)) return outOfRange(index);
  return all[Number(index)] ?? "";
}

function join(list: ListValue, separator = ""): Value {
  const texts: string[] = [];
  let length = 0;
  for (const one of list) {
    if (typeof one !== "string") return new Failure(`join: invalid input: ${String(one)}`);
    texts.push(one);
    length += one.length + separator.length;
    if (length > maxTextLength) return tooLong;
  }
  return texts.join(separator);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is escaped.
const escaped = /[\x07\b\f\n\r\t\v\\"]/g;

export const stringFunctions: Readonly<Record<string, (...args: never[]) => Value>> = {
  string_char_at_int: charAt,
  string_index_of_string: (text: string, wanted: string) => indexOf(text, wanted),
  string_index_of_string_int: indexOf,
  string_last_index_of_string: (text: string, wanted: string) => lastIndexOf(text, wanted),
  string_last_index_of_string_int: lastIndexOf,
  string_lower_ascii: (text: string) => text.replace(/[A-Z]+/g, (part) => part.toLowerCase()),
  string_upper_ascii: (text: string) => text.replace(/[a-z]+/g, (part) => part.toUpperCase()),
  string_replace_string_string: (text: string, wanted: string, by: string) => replace(text, wanted, by),
  string_replace_string_string_int: replace,
  string_split_string: (text: string, separator: string) => split(text, separator),
  string_split_string_int: split,
  string_substring_int: (text: string, start: bigint) => substring(text, start),
  string_substring_int_int: substring,
  string_trim: (text: string) => text.replace(/^[\s\x85]+|[\s\x85]+$/g, ""),
  string_format: formatString,
  strings_quote: (text: string) => `"${text.replace(escaped, (char) => shortEscapes[char] as string)}"`,
  list_join: (list: ListValue) => join(list),
  list_join_string: join,
  string_jsonpatch_escapeKey_string: (text: string) => text.replaceAll("~", "~0").replaceAll("/", "~1"),
};
