import { quote } from "../../quote.ts";
import { durationText, timestampText } from "../values/text.ts";
import { runtimeType } from "../values/types-of.ts";
import { Duration, Failure, ListValue as List, type ListValue, MapValue, Timestamp, UInt, type Value } from "../values/value.ts";
import { toText } from "./conversions.ts";
import { maxTextLength, tooLong } from "./text-limit.ts";

const defaultPrecision = 6;
const maxPrecision = 1_000_000;

/** A clause of a format: `%.3f` has the letter f and the precision 3. */
export interface Clause {
  letter: string;
  precision: number;
}

/** The parts of a format: text and clauses, or what is wrong with it. `count` is the number of arguments that there are. */
export function parseFormat(format: string, count: number): (string | Clause)[] | Failure {
  const parts: (string | Clause)[] = [];
  let argument = 0;
  for (let at = 0; at < format.length; ) {
    const percent = format.indexOf("%", at);
    if (percent < 0 || percent > at) {
      parts.push(percent < 0 ? format.slice(at) : format.slice(at, percent));
      if (percent < 0) break;
    }
    at = percent + 1;
    if (format[at] === "%") {
      parts.push("%");
      at++;
      continue;
    }
    if (argument >= count) return new Failure(`index ${argument} out of range`);
    if (at >= format.length) return new Failure("unexpected end of string");
    let precision = defaultPrecision;
    const given = /^\.(\d*)/.exec(format.slice(at));
    if (given) {
      at += given[0].length;
      const unreadable = "could not parse formatting clause: error while parsing precision: ";
      if (at >= format.length) return new Failure(`${unreadable}could not find end of precision specifier`);
      if (given[1] === "") {
        return new Failure(`${unreadable}error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax`);
      }
      precision = Math.min(Number(given[1]), maxPrecision);
    }
    const letter = String.fromCodePoint(format.codePointAt(at) as number);
    if (!"sdfebxXo".includes(letter)) {
      return new Failure(`could not parse formatting clause: unrecognized formatting clause "${letter}"`);
    }
    parts.push({ letter, precision });
    at += letter.length;
    argument++;
  }
  return parts;
}

export function formatString(format: string, args: ListValue): Value {
  const parts = parseFormat(format, args.size);
  if (parts instanceof Failure) return parts;
  let text = "";
  let index = 0;
  for (const part of parts) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    const value = args.at(index++);
    if (value instanceof Failure) return value;
    const formatted = formatClause(part, value);
    if (formatted instanceof Failure) return new Failure(`error during formatting: ${formatted.message}`);
    text += formatted;
    // The cost counts the format only: what it grows into has a limit of its own.
    if (text.length > maxTextLength) return tooLong;
  }
  return text;
}

/** What a clause says of an argument that it can't take. */
export function clauseComplaint(letter: string, typeName: string): string {
  const given = `was given ${typeName}`;
  switch (letter) {
    case "s":
      return `string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, ${given}`;
    case "d":
      return `decimal clause can only be used on integers, ${given}`;
    case "f":
      return `fixed-point clause can only be used on doubles, ${given}`;
    case "e":
      return `scientific clause can only be used on doubles, ${given}`;
    case "b":
      return `only integers and bools can be formatted as binary, ${given}`;
    case "o":
      return `octal clause can only be used on integers, ${given}`;
    default:
      return `only integers, byte buffers, and strings can be formatted as hex, ${given}`;
  }
}

function formatClause({ letter, precision }: Clause, value: Value): string | Failure {
  const refused = () => new Failure(clauseComplaint(letter, runtimeType(value).name));
  const integer = typeof value === "bigint" ? value : value instanceof UInt ? value.value : undefined;
  switch (letter) {
    case "s":
      return plain(value) ?? refused();
    case "d":
      return integer === undefined ? refused() : String(integer);
    case "o":
      return integer === undefined ? refused() : integer.toString(8);
    case "b":
      if (typeof value === "boolean") return value ? "1" : "0";
      return integer === undefined ? refused() : integer.toString(2);
    case "x":
    case "X": {
      const hex = integer === undefined ? hexBytes(value) : integer.toString(16);
      if (hex === undefined) return refused();
      return letter === "X" ? hex.toUpperCase() : hex;
    }
    default: {
      const named: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity: Infinity, "-Infinity": -Infinity };
      const double = typeof value === "string" ? named[value] : value;
      if (typeof double !== "number") return refused();
      return letter === "f" ? fixed(double, precision) : scientific(double, precision);
    }
  }
}

function hexBytes(value: Value): string | undefined {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  if (!(bytes instanceof Uint8Array)) return undefined;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** As English readers of the United States group digits. */
function fixed(value: number, precision: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-∞" : "∞";
  const [whole, fraction] = exactFixed(value, precision).split(".") as [string, string?];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** All digits of the double itself, rounded half to even, which `toFixed` can't do beyond its limits. */
function exactFixed(value: number, precision: number): string {
  if (Math.abs(value) < 1e21 && precision <= 100) return (Object.is(value, -0) ? "-" : "") + roundedHalfToEven(value, precision);
  if (Math.abs(value) >= 1e21) return precision > 0 ? `${BigInt(value)}.${"0".repeat(precision)}` : `${BigInt(value)}`;
  return `${value.toFixed(100)}${"0".repeat(precision - 100)}`;
}

/** `toFixed` rounds what is exactly in the middle away from zero. */
function roundedHalfToEven(value: number, precision: number): string {
  const all = value.toFixed(100);
  const cut = all.length - 100 + precision;
  const kept = precision === 0 ? all.slice(0, cut - 1) : all.slice(0, cut);
  return /^50*$/.test(all.slice(cut)) && "02468".includes(kept.at(-1) as string) ? kept : value.toFixed(precision);
}

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Upstream takes the precision for the least width. */
function scientific(value: number, width: number): string {
  return exponential(value).padStart(width);
}

function exponential(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value < 0 ? "-∞" : "∞";
  const [mantissa, exponent] = value.toExponential(defaultPrecision).split("e") as [string, string];
  const sign = exponent.startsWith("-") ? "⁻" : "";
  const digits = exponent.replace(/^[+-]/, "").padStart(2, "0");
  return `${mantissa}×10${sign}${[...digits].map((digit) => superscripts[Number(digit)]).join("")}`;
}

function plain(value: Value): string | undefined {
  if (value instanceof List) return listText(value);
  if (value instanceof MapValue) return mapText(value);
  const text = toText(value);
  return typeof text === "string" ? text : undefined;
}

/** A member of a list or map, as a literal of the language. */
function member(value: Value): string | undefined {
  if (typeof value === "string") return quote(value);
  if (value instanceof Timestamp) return `timestamp(${quote(timestampText(value.nanos))})`;
  if (value instanceof Duration) return `duration(${quote(durationText(value.nanos))})`;
  if (typeof value === "number") {
    if (Number.isNaN(value)) return '"NaN"';
    if (!Number.isFinite(value)) return value > 0 ? '"+Inf"' : '"-Inf"';
    return exactFixed(value, defaultPrecision);
  }
  const text = plain(value);
  return text !== undefined && value instanceof Uint8Array ? `b${quote(text)}` : text;
}

function listText(list: ListValue): string | undefined {
  const members: string[] = [];
  for (const one of list) {
    const text = member(one);
    if (text === undefined) return undefined;
    members.push(text);
  }
  return `[${members.join(", ")}]`;
}

function mapText(map: MapValue): string | undefined {
  const entries: [string, string][] = [];
  for (const key of map.keys()) {
    const [keyText, valueText] = [member(key), member(map.find(key) as Value)];
    if (keyText === undefined || valueText === undefined) return undefined;
    entries.push([keyText, valueText]);
  }
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, value]) => `${key}:${value}`).join(", ")}}`;
}
