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

  toJSON(): number {
    return Number(this.source);
  }
}

export interface ParsedJson {
  value: unknown;
  /** `duplicate field "metadata.name"`, in document order. The last one of a field counts. */
  duplicates: string[];
  /** Where each field (`"metadata.name"`) and each duplicate stands in the document; only where there are duplicates. */
  order?: ReadonlyMap<string, number>;
}

/** Numbers that `JSON.parse` alone would not tell from integers. */
const odd = /[:[,]\s*-?\d+(?:[.eE]|\d{15})/;

function keepSource(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== "number" || context?.source === undefined || String(value) === context.source) return value;
  return new JsonNumber(context.source);
}

/** Throws `JsonSyntaxError`. `keepNumbers`: those that are no plain numbers become `JsonNumber`. */
export function parseJsonStrict(text: string, keepNumbers = true): ParsedJson {
  let value: unknown;
  try {
    value = keepNumbers && odd.test(text) ? JSON.parse(text, keepSource as (key: string, value: unknown) => unknown) : JSON.parse(text);
  } catch {
    new Scanner(text).scan();
    throw new JsonSyntaxError("invalid JSON");
  }
  // Every field that is written is there once parsed, unless one came twice.
  if (keysInText(text) === keysInValue(value)) return { value, duplicates: [] };
  const scanner = new Scanner(text);
  scanner.scan();
  return { value, duplicates: scanner.duplicates, order: scanner.order };
}

const backslash = 92;
const colon = 58;

/** How many strings are followed by a colon. The text is known to be valid. */
function keysInText(text: string): number {
  let keys = 0;
  for (let start = text.indexOf('"'); start >= 0; ) {
    let end = text.indexOf('"', start + 1);
    while (text.charCodeAt(end - 1) === backslash && isEscaped(text, end)) end = text.indexOf('"', end + 1);
    let next = end + 1;
    let code = text.charCodeAt(next);
    while (code === 32 || code === 10 || code === 13 || code === 9) code = text.charCodeAt(++next);
    if (code === colon) keys++;
    start = text.indexOf('"', next);
  }
  return keys;
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

/** Walks the text character by character, for what `JSON.parse` doesn't tell. */
class Scanner {
  readonly duplicates: string[] = [];
  readonly order = new Map<string, number>();
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  scan(): void {
    this.#space();
    this.#value("");
    this.#space();
    if (this.#at < this.#text.length) this.#fail("after top-level value");
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      this.#at++;
    }
  }

  #value(path: string): void {
    const character = this.#text[this.#at];
    if (character === "{") this.#object(path);
    else if (character === "[") this.#array(path);
    else if (character === '"') this.#string();
    else if (character === "t") this.#literal("true");
    else if (character === "f") this.#literal("false");
    else if (character === "n") this.#literal("null");
    else if (character !== undefined && /[-0-9]/.test(character)) this.#number();
    else this.#fail("looking for beginning of value");
  }

  #object(path: string): void {
    const seen = new Set<string>();
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === "}") {
      this.#at++;
      return;
    }
    for (;;) {
      if (this.#text[this.#at] !== '"') this.#fail("looking for beginning of object key string");
      const key = this.#string();
      const inner = path ? `${path}.${key}` : key;
      const quoted = JSON.stringify(inner);
      if (seen.has(key)) {
        this.duplicates.push(`duplicate field ${quoted}`);
        this.order.set(`duplicate field ${quoted}`, this.order.size);
      } else this.order.set(quoted, this.order.size);
      seen.add(key);
      this.#space();
      if (this.#text[this.#at] !== ":") this.#fail("after object key");
      this.#at++;
      this.#space();
      this.#value(inner);
      this.#space();
      const next = this.#text[this.#at];
      if (next !== "," && next !== "}") this.#fail("after object key:value pair");
      this.#at++;
      if (next === "}") return;
      this.#space();
    }
  }

  #array(path: string): void {
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === "]") {
      this.#at++;
      return;
    }
    for (let index = 0; ; index++) {
      this.#value(`${path}[${index}]`);
      this.#space();
      const next = this.#text[this.#at];
      if (next !== "," && next !== "]") this.#fail("after array element");
      this.#at++;
      if (next === "]") return;
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

  #literal(word: string): void {
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.#text[this.#at] !== word[i]) this.#fail(`in literal ${word} (expecting '${word[i]}')`);
    }
  }

  #number(): void {
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
  }

  #digits(where: string): void {
    const start = this.#at;
    while (/[0-9]/.test(this.#text[this.#at] ?? "")) this.#at++;
    if (this.#at === start) this.#fail(where);
  }

  #fail(where: string): never {
    const point = this.#text.codePointAt(this.#at);
    if (point === undefined) throw new JsonSyntaxError("unexpected end of JSON input");
    throw new JsonSyntaxError(`invalid character ${quoted(String.fromCodePoint(point))} ${where}`);
  }
}

function quoted(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  const text = JSON.stringify(character).slice(1, -1);
  return `'${text.replace(/^\\u00([01][0-9a-f])$/, "\\x$1").replace("\\b", "\\b")}'`;
}
