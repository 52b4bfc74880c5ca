import { badRequest } from "../../machinery/errors.ts";
import type { ConversionReport } from "./legacy-kind.ts";

type Fields = Record<string, unknown>;

/** Takes fields out of an old object one by one; what is left at the end is unknown. Null counts as absent. */
export class FieldReader {
  readonly path: string;
  readonly report: ConversionReport;
  readonly #fields: Fields;
  readonly #taken = new Set<string>();

  constructor(fields: Fields, path: string, report: ConversionReport) {
    this.#fields = fields;
    this.path = path;
    this.report = report;
  }

  /** The field's value as it is. */
  take(name: string): unknown {
    this.#taken.add(name);
    return this.#fields[name] ?? undefined;
  }

  /** These fields are known and mean nothing today. */
  ignore(...names: string[]): void {
    for (const name of names) this.#taken.add(name);
  }

  text(name: string): string | undefined {
    const value = this.take(name);
    if (value !== undefined && typeof value !== "string") throw this.#mismatch(name, "a string");
    return value;
  }

  boolean(name: string): boolean | undefined {
    const value = this.take(name);
    if (value !== undefined && typeof value !== "boolean") throw this.#mismatch(name, "true or false");
    return value;
  }

  number(name: string): number | undefined {
    const value = this.take(name);
    if (value !== undefined && typeof value !== "number") throw this.#mismatch(name, "a number");
    return value;
  }

  /** A reader of an object in the object; what it leaves is told under its path. */
  object(name: string): FieldReader | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (!isFields(value)) throw this.#mismatch(name, "an object");
    return new FieldReader(value, this.#at(name), this.report);
  }

  /** A reader for each item of a list of objects. */
  list(name: string): FieldReader[] {
    const value = this.take(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw this.#mismatch(name, "a list");
    return value.map((item, index) => {
      if (!isFields(item)) throw this.#mismatch(`${name}[${index}]`, "an object");
      return new FieldReader(item, `${this.#at(name)}[${index}]`, this.report);
    });
  }

  /** Reports what nobody took. */
  end(): void {
    for (const name in this.#fields) if (!this.#taken.has(name)) this.report.unknown(this.#at(name));
  }

  #at(name: string): string {
    return this.path === "" ? name : `${this.path}.${name}`;
  }

  #mismatch(name: string, wanted: string): Error {
    return badRequest(`the body can't be read: ${this.#at(name)} must be ${wanted}`);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object without its absent fields. */
export function present(fields: Fields): Fields {
  for (const name of Object.keys(fields)) if (fields[name] === undefined) delete fields[name];
  return fields;
}

/** The list, or nothing when it is empty. */
export function someOf<T>(items: readonly T[]): readonly T[] | undefined {
  return items.length > 0 ? items : undefined;
}
