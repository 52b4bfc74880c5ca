import { exactNumber } from "../exact-json.ts";
import { setField } from "../object.ts";

/** JSON text as upstream reads it: duplicate fields are found and told, and errors are in the words of its decoder. */

export class JsonSyntaxError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "JsonSyntaxError";
  }
}

/** A number whose text says more than a number can hold: `1.0` and `1e3` are no integers, and big integers lose digits. */
export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toJSON(): number | bigint {
    return exactNumber(this.source);
  }
}

export interface ParsedJson {
  value: unknown;
  /** `duplicate field "metadata.name"`, in document order, each told once. The last one of a field counts. */
  duplicates: string[];
  /** Where each field (`"metadata.name"`) and each duplicate stands in the document; only where there are duplicates. */
  order?: ReadonlyMap<string, number>;
}

const surrogate = /\\u[dD][89a-fA-F]/;

/** Halves of characters become the sign for what is none, as in upstream's texts. */
function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null || value instanceof JsonNumber) return value;
  if (Array.isArray(value)) return value.map(wellFormed);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key.toWellFormed(), wellFormed(field)]));
}

function keepSource(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined) return value;
  if (String(value) === context.source && (Number.isSafeInteger(value) || !Number.isInteger(value))) return value;
  return new JsonNumber(context.source);
}

/** Upstream's limit of nesting. */
const maxDepth = 10_000;

/** Throws when objects and arrays lie deeper in each other than upstream's decoder goes. */
function checkDepth(text: string): void {
  // Every level takes a character.
  if (text.length <= maxDepth) return;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at);
      if (at < 0) return;
    } else if (code === openBrace || code === openBracket) {
      if (++depth > maxDepth) throw new JsonSyntaxError(`invalid character '${text[at]}' exceeded max depth`);
    } else if (code === closeBrace || code === closeBracket) depth--;
  }
}

function keepInteger(key: string, value: unknown, context?: { source?: string }): unknown {
  const kept = keepSource(key, value, context);
  if (value === Infinity || value === -Infinity) {
    throw new JsonSyntaxError(`json: cannot unmarshal number ${context?.source} into Go value of type float64`);
  }
  return kept instanceof JsonNumber ? exactNumber(kept.source) : kept;
}

/** The value of a text that is known to be JSON. */
export function parseExact(text: string): unknown {
  return parseKeeping(text, survey(text), keepInteger);
}

function parseKeeping(text: string, { hasOddNumber }: Survey, keep: typeof keepSource): unknown {
  return hasOddNumber ? JSON.parse(text, keep as (key: string, value: unknown) => unknown) : JSON.parse(text);
}

/** How a text is read. */
export interface JsonReading {
  /** Numbers that are no plain ones become `JsonNumber`. On by default. */
  keepNumbers?: boolean;
  /** What comes again is read into what came before, as into a type's fields; else it takes its place. On by default. */
  joins?: boolean;
  /** Each character stands for a byte: errors tell that. */
  isBytes?: boolean;
}

/** Throws `JsonSyntaxError`. */
export function parseJsonStrict(text: string, reading: JsonReading = {}): ParsedJson {
  const { keepNumbers = true } = reading;
  checkDepth(text);
  const found = survey(text);
  let value: unknown;
  try {
    value = parseKeeping(text, found, keepNumbers ? keepSource : keepInteger);
  } catch (error) {
    if (error instanceof JsonSyntaxError) throw error;
    new Scanner(text, reading).scan();
    throw new JsonSyntaxError("invalid JSON");
  }
  if (surrogate.test(text)) value = wellFormed(value);
  // Every field that is written is there once parsed, unless one came twice.
  if (found.keys === keysInValue(value)) return { value, duplicates: [] };
  const scanner = new Scanner(text, reading);
  value = wellFormed(scanner.scan());
  return { value, duplicates: scanner.duplicates, order: scanner.order };
}

const backslash = 92;
const colon = 58;
const quote = 34;
const openBrace = 123;
const closeBrace = 125;
const openBracket = 91;
const closeBracket = 93;
const dot = 46;
const upperE = 69;
const lowerE = 101;

/** Where the string that begins at `start` has its last quote; -1 when it has none. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && text.charCodeAt(end - 1) === backslash && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** What a text of JSON has outside of its strings. */
interface Survey {
  /** How many strings are followed by a colon. */
  keys: number;
  /** There are numbers that `JSON.parse` alone would not tell from integers, or that lose digits by it. */
  hasOddNumber: boolean;
}

/** Most digits of an integer that is surely safe. */
const safeDigits = 15;

/** One pass: parsing with a function to call is slow, and so is asking for each number. The text may be anything. */
function survey(text: string): Survey {
  const found: Survey = { keys: 0, hasOddNumber: false };
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      at = endOfString(text, at) + 1;
      if (at === 0) break;
      while (isSpace(text.charCodeAt(at))) at++;
      if (text.charCodeAt(at) === colon) found.keys++;
    } else if (isDigit(code)) {
      const start = at;
      while (isDigit(text.charCodeAt(at))) at++;
      const next = text.charCodeAt(at);
      if (at - start > safeDigits || next === dot || next === upperE || next === lowerE) found.hasOddNumber = true;
    } else at++;
  }
  return found;
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === backslash) first--;
  return (at - first) % 2 === 1;
}

function keysInValue(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object") keys += keysInValue(item);
    return keys;
  }
  if (value instanceof JsonNumber) return 0;
  for (const key in value) {
    keys++;
    const field = (value as Record<string, unknown>)[key];
    if (typeof field === "object") keys += keysInValue(field);
  }
  return keys;
}

/** Walks the text character by character, for what `JSON.parse` doesn't tell, and gives the value that upstream makes of it. */
class Scanner {
  readonly duplicates: string[] = [];
  readonly order = new Map<string, number>();
  readonly #text: string;
  readonly #keepNumbers: boolean;
  readonly #joins: boolean;
  readonly #isBytes: boolean;
  #at = 0;

  constructor(text: string, { keepNumbers = true, joins = true, isBytes = false }: JsonReading) {
    this.#text = text;
    this.#keepNumbers = keepNumbers;
    this.#joins = joins;
    this.#isBytes = isBytes;
  }

  scan(): unknown {
    this.#space();
    const value = this.#value("", undefined);
    this.#space();
    if (this.#at < this.#text.length) this.#fail("after top-level value");
    return value;
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at++;
    }
  }

  /** `before` is the value of the same field when it came before: objects and items of arrays are joined with it. */
  #value(path: string, before: unknown): unknown {
    const character = this.#text[this.#at];
    if (character === "{") return this.#object(path, before);
    if (character === "[") return this.#array(path, before);
    if (character === '"') return this.#string();
    if (character === "t") return this.#literal("true");
    if (character === "f") return this.#literal("false");
    if (character === "n") return this.#literal("null");
    if (character !== undefined && /[-0-9]/.test(character)) return this.#number();
    return this.#fail("looking for beginning of value");
  }

  #object(path: string, before: unknown): Record<string, unknown> {
    const isJoined = typeof before === "object" && before !== null && !Array.isArray(before) && !(before instanceof JsonNumber);
    const object = isJoined ? (before as Record<string, unknown>) : {};
    const seen = new Set<string>();
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === "}") {
      this.#at++;
      return object;
    }
    for (;;) {
      if (this.#text[this.#at] !== '"') this.#fail("looking for beginning of object key string");
      const key = this.#string();
      const inner = path ? `${path}.${key}` : key;
      const quoted = JSON.stringify(inner);
      if (seen.has(key)) {
        const complaint = `duplicate field ${quoted}`;
        if (!this.order.has(complaint)) this.duplicates.push(complaint);
        this.#place(complaint);
      } else this.#place(quoted);
      seen.add(key);
      this.#space();
      if (this.#text[this.#at] !== ":") this.#fail("after object key");
      this.#at++;
      this.#space();
      setField(object, key, this.#value(inner, this.#joins && Object.hasOwn(object, key) ? object[key] : undefined));
      this.#space();
      const next = this.#text[this.#at];
      if (next !== "," && next !== "}") this.#fail("after object key:value pair");
      this.#at++;
      if (next === "}") return object;
      this.#space();
    }
  }

  /** A field may come again, in an object that comes again: its first place counts. */
  #place(what: string): void {
    if (!this.order.has(what)) this.order.set(what, this.order.size);
  }

  #array(path: string, before: unknown): unknown[] {
    const items: unknown[] = [];
    const former: readonly unknown[] = Array.isArray(before) ? before : [];
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === "]") {
      this.#at++;
      return items;
    }
    for (let index = 0; ; index++) {
      items.push(this.#value(`${path}[${index}]`, former[index]));
      this.#space();
      const next = this.#text[this.#at];
      if (next !== "," && next !== "]") this.#fail("after array element");
      this.#at++;
      if (next === "]") return items;
      this.#space();
    }
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const character = this.#text[this.#at];
      if (character === '"') break;
      if (character === undefined || character < " ") this.#fail("in string literal");
      this.#at++;
      if (character !== "\\") continue;
      const escaped = this.#text[this.#at];
      if (escaped === undefined || !'bfnrt\\/"u'.includes(escaped)) this.#fail("in string escape code");
      this.#at++;
      for (let digit = 0; escaped === "u" && digit < 4; digit++, this.#at++) {
        if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? "")) this.#fail("in \\u hexadecimal character escape");
      }
    }
    this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #literal(word: string): unknown {
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.#text[this.#at] !== word[i]) this.#fail(`in literal ${word} (expecting '${word[i]}')`);
    }
    return JSON.parse(word);
  }

  #number(): unknown {
    const start = this.#at;
    if (this.#text[this.#at] === "-") this.#at++;
    if (this.#text[this.#at] === "0") this.#at++;
    else this.#digits("in numeric literal");
    if (this.#text[this.#at] === ".") {
      this.#at++;
      this.#digits("after decimal point in numeric literal");
    }
    if (/[eE]/.test(this.#text[this.#at] ?? "")) {
      this.#at++;
      if (/[+-]/.test(this.#text[this.#at] ?? "")) this.#at++;
      this.#digits("in exponent of numeric literal");
    }
    const source = this.#text.slice(start, this.#at);
    return (this.#keepNumbers ? keepSource : keepInteger)("", Number(source), { source });
  }

  #digits(where: string): void {
    const start = this.#at;
    while (/[0-9]/.test(this.#text[this.#at] ?? "")) this.#at++;
    if (this.#at === start) this.#fail(where);
  }

  #fail(where: string): never {
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) throw new JsonSyntaxError("unexpected end of JSON input");
    // Its reader sees bytes: of a longer character the first one.
    const shown = point < 0x80 || this.#isBytes ? point : (new TextEncoder().encode(String.fromCodePoint(point))[0] as number);
    throw new JsonSyntaxError(`invalid character ${quoted(String.fromCodePoint(shown))} ${where}`);
  }
}

function quoted(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  const text = JSON.stringify(character).slice(1, -1);
  if (/^[\x7f-\xa0\xad]$/.test(text)) return `'\\${text === "\x7f" ? "x" : "u00"}${text.charCodeAt(0).toString(16)}'`;
  return `'${text.replace(/^\\u00([01][0-9a-f])$/, "\\x$1").replace("\\b", "\\b")}'`;
}
