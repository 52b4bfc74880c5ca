import { badRequest, type StatusError } from "../errors.ts";

export interface FieldTerm {
  /** `metadata.name`, `spec.nodeName` … */
  readonly field: string;
  readonly operator: "=" | "!=";
  readonly value: string;
}

/** Maps a field and value of a request to those of the storage, or throws when the kind can't be selected by the field. */
export type FieldTranslation = (field: string, value: string) => readonly [field: string, value: string];

/** A parsed field selector. Immutable. */
export class FieldSelector {
  /** All of them must hold. */
  readonly terms: readonly FieldTerm[];

  constructor(terms: readonly FieldTerm[]) {
    this.terms = terms;
  }

  get isEverything(): boolean {
    return this.terms.length === 0;
  }

  /** Whether an object is selected; `lookup` gives its value of a field, or undefined, which counts as empty. */
  matches(lookup: (field: string) => string | undefined): boolean {
    for (const { field, operator, value } of this.terms) {
      if (((lookup(field) ?? "") === value) !== (operator === "=")) return false;
    }
    return true;
  }

  /** The one value that the field must have, when the selector asks for one: `metadata.name=web` reads a single object. */
  exactValue(field: string): string | undefined {
    return this.terms.find((term) => term.field === field && term.operator === "=")?.value;
  }

  toString(): string {
    return this.terms.map(({ field, operator, value }) => `${field}${operator}${escapeFieldValue(value)}`).join(",");
  }
}

/**
 * Reads the string form: `metadata.name=x,spec.nodeName!=y`; `\`, `,` and `=` in values are escaped by `\`. Throws the 400
 * `StatusError` with upstream's texts.
 */
export function parseFieldSelector(text: string, translate: FieldTranslation = (field, value) => [field, value]): FieldSelector {
  const parsed: FieldTerm[] = [];
  for (const part of splitTerms(text).sort()) {
    if (part === "") continue;
    const match = /^(.*?)(!=|==|=)(.*)$/s.exec(part);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
    const [, field, operator, value] = match as unknown as [string, string, string, string];
    // A term of nothing at all is no term.
    if (field !== "" || value !== "") parsed.push({ field, operator: operator === "!=" ? "!=" : "=", value: unescapeFieldValue(value) });
  }
  const terms: FieldTerm[] = [];
  for (const term of parsed) {
    const [field, value] = translate(term.field, term.value);
    if (field !== "" || value !== "") terms.push({ field, operator: term.operator, value });
  }
  return new FieldSelector(terms);
}

/**
 * The translation of a kind that names its selectable fields. `metadata.name` (and `metadata.namespace` of a namespaced kind)
 * must be among them. `aliases` maps outdated names: `spec.host` to `spec.nodeName`.
 */
export function selectableFields(
  fields: Iterable<string>,
  aliases: Readonly<Record<string, string>> = {},
  refusal?: (field: string) => string,
): FieldTranslation {
  const known = new Set(fields);
  return (field, value) => {
    if (known.has(field)) return [field, value];
    if (Object.hasOwn(aliases, field)) return [aliases[field]!, value];
    throw refusal ? badRequest(refusal(field)) : unsupportedField(field);
  };
}

/** The translation of a kind that names no fields of its own. */
export const metadataFields: FieldTranslation = (field, value) => {
  if (field === "metadata.name" || field === "metadata.namespace") return [field, value];
  throw badRequest(`${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`);
};

export function unsupportedField(field: string): StatusError {
  return badRequest(`field label not supported: ${field}`);
}

export function escapeFieldValue(value: string): string {
  return value.replace(/[\\,=]/g, "\\$&");
}

function unescapeFieldValue(text: string): string {
  if (!/[\\,=]/.test(text)) return text;
  return text.replace(/\\(.?)|[,=]/gsu, (sequence, escaped: string | undefined) => {
    if (escaped === undefined) {
      throw badRequest(`invalid field selector: unescaped character in value: ${sequence.codePointAt(0)}`);
    }
    if (escaped !== "\\" && escaped !== "," && escaped !== "=") {
      throw badRequest(`invalid field selector: invalid escape sequence: ${sequence}`);
    }
    return escaped;
  });
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let index = 0; index < text.length; index++) {
    if (text[index] === "\\") index++;
    else if (text[index] === ",") {
      terms.push(text.slice(start, index));
      start = index + 1;
    }
  }
  terms.push(text.slice(start));
  return terms;
}
