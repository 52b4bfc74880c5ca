/** The paths that printer columns take: `.spec.a`, `['a']`, `[0]`, `[-1:]`, `[*]`, `..a`, `[?(@.type=="Ready")].status`. */

export class JsonPathError extends Error {}

type Step =
  | { kind: "field"; names: readonly string[] }
  | { kind: "paths"; paths: readonly (readonly Step[])[] }
  | { kind: "slice"; from: number | undefined; to: number | undefined; step: number }
  | { kind: "index"; indexes: readonly number[] }
  | { kind: "all" }
  | { kind: "recursive" }
  | { kind: "filter"; left: Operand; operator: string; right: Operand | undefined };

type Operand = { path: readonly Step[] } | { value: string | number | boolean | null };

/** What a filter compares is of two types, or of one that can't be compared. */
class IncomparableError extends Error {}

/** A compiled path: what of a value it leads to. A path to what isn't there leads to nothing, as does one that compares unlike values. */
export type JsonPath = (value: unknown) => unknown[];

/** Throws `JsonPathError`. */
export function compileJsonPath(text: string): JsonPath {
  const steps = new Parser(text).parse();
  return (value) => {
    try {
      return follow(steps, [value]);
    } catch (error) {
      if (error instanceof IncomparableError) return [];
      throw error;
    }
  };
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Step[] {
    const steps: Step[] = [];
    if (this.#text.startsWith("$") || this.#text.startsWith("@")) this.#at = 1;
    while (this.#at < this.#text.length) steps.push(this.#step());
    return steps;
  }

  #step(): Step {
    if (this.#take("..")) {
      // The name that follows is a step of its own.
      if (this.#peek() !== "[" && this.#peek() !== "*") this.#at--;
      return { kind: "recursive" };
    }
    if (this.#take(".")) {
      if (this.#take("*")) return { kind: "all" };
      if (this.#peek() === "[") return this.#bracket();
      return { kind: "field", names: [this.#name()] };
    }
    if (this.#peek() === "[") return this.#bracket();
    if (this.#take("*")) return { kind: "all" };
    return { kind: "field", names: [this.#name()] };
  }

  #name(): string {
    let name = "";
    for (let char = this.#peek(); char !== "" && !".[]{} \t\n".includes(char); char = this.#peek()) {
      if (char === "\\") this.#at++;
      name += this.#peek();
      this.#at++;
    }
    if (name === "") throw new JsonPathError(`unexpected character in ${this.#text}`);
    return name;
  }

  #bracket(): Step {
    const end = this.#closing(this.#at);
    const inner = this.#text.slice(this.#at + 1, end).trim();
    this.#at = end + 1;
    if (inner === "*") return { kind: "all" };
    if (inner.startsWith("?(") && inner.endsWith(")")) return filterStep(inner.slice(2, -1).trim());
    // What stands in single quotes is read as a path: dots in it lead further down.
    if (/^'[^']*'(\s*,\s*'[^']*')*$/.test(inner)) {
      return { kind: "paths", paths: inner.split(",").map((part) => new Parser(`.${part.trim().slice(1, -1)}`).parse()) };
    }
    if (/^(['"]).*\1$/.test(inner)) return { kind: "field", names: inner.split(",").map((part) => unquoted(part.trim())) };
    if (/^-?\d+(\s*,\s*-?\d+)*$/.test(inner)) return { kind: "index", indexes: inner.split(",").map(Number) };
    const slice = /^(-?\d*):(-?\d*)(?::(-?\d*))?$/.exec(inner);
    if (!slice) throw new JsonPathError(`invalid array index ${inner}`);
    const number = (part: string | undefined) => (part ? Number(part) : undefined);
    return { kind: "slice", from: number(slice[1]), to: number(slice[2]), step: number(slice[3]) ?? 1 };
  }

  #closing(open: number): number {
    let depth = 0;
    let quote = "";
    for (let index = open; index < this.#text.length; index++) {
      const char = this.#text[index] as string;
      if (quote !== "") {
        if (char === "\\") index++;
        else if (char === quote) quote = "";
      } else if (char === '"' || char === "'") quote = char;
      else if (char === "[") depth++;
      else if (char === "]" && --depth === 0) return index;
    }
    throw new JsonPathError("unterminated array");
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }
}

function filterStep(text: string): Step {
  let quote = "";
  for (let index = 0; index < text.length; index++) {
    const char = text[index] as string;
    if (quote !== "") {
      if (char === "\\") index++;
      else if (char === quote) quote = "";
      continue;
    }
    if (char === '"' || char === "'") quote = char;
    const operator = /^(==|!=|<=|>=|<|>)/.exec(text.slice(index))?.[0];
    if (!operator) continue;
    const right = operandOf(text.slice(index + operator.length).trim());
    return { kind: "filter", left: operandOf(text.slice(0, index).trim()), operator, right };
  }
  return { kind: "filter", left: operandOf(text), operator: "exists", right: undefined };
}

function operandOf(text: string): Operand {
  if (text.startsWith("@") || text.startsWith("$") || text.startsWith(".")) return { path: new Parser(text).parse() };
  if (/^(['"]).*\1$/.test(text)) return { value: unquoted(text) };
  if (/^-?\d+(\.\d+)?$/.test(text)) return { value: Number(text) };
  if (text === "true" || text === "false") return { value: text === "true" };
  if (text === "nil" || text === "null") return { value: null };
  throw new JsonPathError(`unrecognized identifier ${text}`);
}

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, "$1");
}

function follow(steps: readonly Step[], start: readonly unknown[]): unknown[] {
  let values: unknown[] = [...start];
  for (const step of steps) {
    if (values.length === 0) return values;
    values = values.flatMap((value) => stepInto(step, value));
  }
  return values;
}

function stepInto(step: Step, value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  const fields = value as Record<string, unknown>;
  switch (step.kind) {
    case "field":
      return Array.isArray(value) ? [] : step.names.filter((name) => Object.hasOwn(fields, name)).map((name) => fields[name]);
    case "paths":
      return step.paths.flatMap((path) => follow(path, [value]));
    case "index":
      if (!Array.isArray(value)) return [];
      return step.indexes.flatMap((index) => (value.at(index) === undefined ? [] : [value.at(index)]));
    case "slice":
      return Array.isArray(value) ? value.slice(step.from, step.to).filter((_, index) => index % step.step === 0) : [];
    case "all":
      return inner(value);
    case "recursive":
      return [value, ...inner(value).flatMap((one) => stepInto(step, one))];
    case "filter":
      return inner(value).filter((one) => holds(step, one));
  }
}

function inner(value: object): unknown[] {
  if (Array.isArray(value)) return value;
  const fields = value as Record<string, unknown>;
  return Object.keys(fields)
    .sort()
    .map((name) => fields[name]);
}

function holds({ left, operator, right }: Step & { kind: "filter" }, value: unknown): boolean {
  const [a] = valuesOf(left, value);
  if (operator === "exists") return a !== undefined;
  const [b] = valuesOf(right as Operand, value);
  if (a === undefined || b === undefined) return false;
  const type = comparedType(a);
  if (type === undefined || type !== comparedType(b)) throw new IncomparableError();
  switch (operator) {
    case "==":
      return a === b;
    case "!=":
      return a !== b;
    case "<":
      return (a as number) < (b as number);
    case "<=":
      return (a as number) <= (b as number);
    case ">":
      return (a as number) > (b as number);
    default:
      return (a as number) >= (b as number);
  }
}

/** Whole numbers are of another type than those with a fraction. */
function comparedType(value: unknown): string | undefined {
  if (typeof value === "object") return undefined;
  return typeof value === "number" && !Number.isInteger(value) ? "float" : typeof value === "bigint" ? "number" : typeof value;
}

function valuesOf(operand: Operand, value: unknown): unknown[] {
  return "path" in operand ? follow(operand.path, [value]) : [operand.value];
}
