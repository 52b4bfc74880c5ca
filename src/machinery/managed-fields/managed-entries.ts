import type { ManagedFieldsEntry } from "../meta/v1.ts";
import { deepEqual } from "../object.ts";
import { type FieldSet, isEmptySet, parseFieldSet, setsEqual } from "./field-set.ts";

export interface ManagerIdentity {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource?: string | undefined;
}

export function parseFields(text: string): FieldSet {
  return JSON.parse(text) as FieldSet;
}

/** Who owns which fields, by which kind of request. Never changed once made; the fields are parsed when they are asked for. */
export class ManagedEntry implements ManagerIdentity {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339, whole seconds, UTC; absent when nobody knows. */
  readonly time: string | undefined;
  #fields: FieldSet | undefined;
  #fieldsText: string | undefined;
  #text: string | undefined;
  readonly #parse: (text: string) => FieldSet;

  /** `fields` is the set or its JSON; `text` is the JSON of the whole entry, where it is known. */
  constructor(identity: ManagerIdentity, time: string | undefined, fields: FieldSet | string, text?: string, parse = parseFields) {
    this.manager = identity.manager;
    this.operation = identity.operation;
    this.apiVersion = identity.apiVersion;
    this.subresource = identity.subresource ?? "";
    this.time = time;
    if (typeof fields === "string") this.#fieldsText = fields;
    else this.#fields = fields;
    this.#text = text;
    this.#parse = parse;
  }

  get fields(): FieldSet {
    this.#fields ??= this.#parse(this.#fieldsText!);
    return this.#fields;
  }

  get fieldsText(): string {
    this.#fieldsText ??= JSON.stringify(this.#fields);
    return this.#fieldsText;
  }

  /** The JSON of the entry, with its fields in upstream's order. */
  get text(): string {
    this.#text ??= this.#write();
    return this.#text;
  }

  /** The same manager with other fields, or with another time. */
  with(fields: FieldSet, time: string | undefined): ManagedEntry {
    if (fields === this.#fields) return time === this.time ? this : this.withTime(time);
    return new ManagedEntry(this, time, fields);
  }

  withTime(time: string | undefined): ManagedEntry {
    const entry = new ManagedEntry(this, time, this.#fieldsText ?? this.fields, undefined, this.#parse);
    entry.#fields = this.#fields;
    return entry;
  }

  #write(): string {
    const head: string[] = [];
    if (this.manager !== "") head.push(`"manager":${JSON.stringify(this.manager)}`);
    head.push(`"operation":"${this.operation}","apiVersion":${JSON.stringify(this.apiVersion)}`);
    if (this.time !== undefined) head.push(`"time":${JSON.stringify(this.time)}`);
    const tail = this.subresource === "" ? "}" : `,"subresource":${JSON.stringify(this.subresource)}}`;
    return `{${head.join(",")}${fieldsMark}${this.fieldsText}${tail}`;
  }
}

/** An entry in the form of the API. */
interface JsonEntry extends Omit<ManagerIdentity, "manager"> {
  manager?: string;
  time?: string;
  fieldsV1?: FieldSet;
}

/** Reads the JSON text that is stored beside an object. Of entries of one manager the last counts. */
export function parseManaged(text: string | undefined, parse = parseFields): ManagedEntry[] {
  if (text === undefined) return [];
  const entries = readEntries(text, parse);
  const isLast = (entry: ManagedEntry, index: number) => !entries.some((other, place) => place > index && sameManager(entry, other));
  return entries.every(isLast) ? entries : entries.filter(isLast);
}

/** Whether a text says two entries of one manager, of which reading it keeps the last. */
export function hasRepeats(text: string, read: readonly ManagedEntry[]): boolean {
  return text.split(fieldsMark).length - 1 > read.length;
}

function readEntries(text: string, parse: typeof parseFields): ManagedEntry[] {
  return (
    splitEntries(text, parse) ??
    (JSON.parse(text) as JsonEntry[]).map(
      (entry) => new ManagedEntry({ ...entry, manager: entry.manager ?? "" }, entry.time, entry.fieldsV1 ?? {}),
    )
  );
}

const fieldsMark = ',"fieldsType":"FieldsV1","fieldsV1":';
const entryMark = '},{"manager":"';
const subresourceMark = ',"subresource":"';

/**
 * Takes the text apart without parsing the fields, which are nearly all of it. The marks have quotes that aren't escaped, so
 * they can't be part of a string, and keys of a field set never look like them. Gives undefined where the text isn't as
 * `formatManaged` writes it.
 */
function splitEntries(text: string, parse: typeof parseFields): ManagedEntry[] | undefined {
  if (!text.startsWith('[{"manager":"') || !text.endsWith("}]")) return undefined;
  const entries: ManagedEntry[] = [];
  let start = 1;
  while (start < text.length) {
    const mark = text.indexOf(fieldsMark, start);
    const next = text.indexOf(entryMark, start);
    const end = next < 0 ? text.length - 1 : next + 1;
    if (mark < 0 || mark >= end) return undefined;
    const another = text.indexOf(fieldsMark, mark + 1);
    if (another >= 0 && another < end) return undefined;
    const head = JSON.parse(`${text.slice(start, mark)}}`) as ManagerIdentity & { time?: string };
    const tail = text.lastIndexOf(subresourceMark, end);
    const subresource = tail < mark ? "" : (JSON.parse(text.slice(tail + subresourceMark.length - 1, end - 1)) as string);
    const fields = text.slice(mark + fieldsMark.length, tail < mark ? end - 1 : tail);
    const { manager, operation, apiVersion } = head;
    entries.push(new ManagedEntry({ manager, operation, apiVersion, subresource }, head.time, fields, text.slice(start, end), parse));
    start = end + 1;
  }
  return entries;
}

/** The JSON text of the entries in upstream's order; undefined without entries. */
export function formatManaged(entries: readonly ManagedEntry[]): string | undefined {
  if (entries.length === 0) return undefined;
  return `[${inOrder(entries)
    .map((entry) => entry.text)
    .join(",")}]`;
}

/** The entries in upstream's order. */
export function inOrder(entries: readonly ManagedEntry[]): readonly ManagedEntry[] {
  for (let index = 1; index < entries.length; index++)
    if (compareEntries(entries[index - 1]!, entries[index]!) > 0) return [...entries].sort(compareEntries);
  return entries;
}

/** Appliers are the same at every version; updaters are another manager at each. */
export function sameManager(a: ManagerIdentity, b: ManagerIdentity): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    (a.operation === "Apply" || a.apiVersion === b.apiVersion) &&
    (a.subresource ?? "") === (b.subresource ?? "")
  );
}

/** By what upstream tells managers apart: decides the order of conflicts, and among entries of one second. */
export function managerText({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  return JSON.stringify({
    ...(manager ? { manager } : {}),
    operation,
    ...(operation === "Apply" ? {} : { apiVersion }),
    ...(subresource ? { subresource } : {}),
  });
}

/** Appliers before updaters, then the older, then by name, version, subresource. */
function compareEntries(a: ManagedEntry, b: ManagedEntry): number {
  return (
    compareText(a.operation, b.operation) ||
    compareTimes(a.time, b.time) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Times are in one form, so their texts have their order; one that nobody knows is the oldest. */
export function compareTimes(a: string | undefined, b: string | undefined): number {
  return compareText(a ?? "", b ?? "");
}

/** Whether the managedFields of a request ask for them to be forgotten: `[]` or `[{}]`. */
export function isReset(requested: readonly unknown[] | null | undefined): boolean {
  if (!requested) return false;
  return requested.length === 0 || (requested.length === 1 && deepEqual(requested[0], {}));
}

/** Whether an entry of a configuration can be read as one at all: else the whole list isn't seen. */
export function isEntryLike(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { manager, operation, apiVersion, fieldsType, subresource, time } = value as Record<string, unknown>;
  const texts = [manager, operation, apiVersion, fieldsType, subresource, time];
  if (texts.some((text) => text !== undefined && text !== null && typeof text !== "string")) return false;
  return typeof time !== "string" || !Number.isNaN(Date.parse(time));
}

/** Reads the managedFields of a request; undefined when they are not what they should be. */
export function decodeManaged(requested: readonly ManagedFieldsEntry[]): ManagedEntry[] | undefined {
  const entries: ManagedEntry[] = [];
  for (const given of requested) {
    const { operation, apiVersion } = given;
    if ((operation !== "Apply" && operation !== "Update") || !apiVersion || given.fieldsType !== "FieldsV1") return undefined;
    let fields: FieldSet;
    try {
      fields = parseFieldSet(given.fieldsV1);
    } catch {
      // Upstream goes on with what is stored, without a complaint.
      return undefined;
    }
    if (isEmptySet(fields)) continue;
    const time = given.time ? wholeSeconds(given.time) : undefined;
    const entry = new ManagedEntry({ manager: given.manager ?? "", operation, apiVersion, subresource: given.subresource }, time, fields);
    const known = entries.findIndex((other) => sameManager(other, entry));
    if (known < 0) entries.push(entry);
    else entries[known] = entry;
  }
  return entries;
}

/** What is wrong with entries that someone else has changed, in upstream's words; undefined: nothing. */
export function managedFieldsError(entries: readonly ManagedFieldsEntry[]): string | undefined {
  for (const { operation, apiVersion, fieldsType, fieldsV1 } of entries) {
    if (operation !== "Apply" && operation !== "Update") return "operation must be `Apply` or `Update`";
    if (!apiVersion) return "apiVersion must not be empty";
    if (fieldsType !== "FieldsV1") return "fieldsType must be `FieldsV1`";
    try {
      parseFieldSet(fieldsV1);
    } catch (error) {
      return `error decoding managed fields: ${(error as Error).message}`;
    }
  }
  return undefined;
}

function wholeSeconds(time: string): string {
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(time)) return time;
  const milliseconds = Date.parse(time);
  return Number.isNaN(milliseconds) ? time : `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

const timeText = ',"time":"2026-01-01T00:00:00Z"';

/**
 * Whether two texts tell the same but for the times. An update that changes nothing else is none: the old text is kept, and with
 * it the resource version. Entries that came in another order are a change.
 */
export function sameBesidesTimes(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  // Nearly all that differ do so in their length too.
  if ((a.length - b.length) % timeText.length !== 0) return false;
  const left = parseManaged(a);
  const right = parseManaged(b);
  return (
    left.length === right.length &&
    left.every((entry, index) => {
      const other = right[index]!;
      return sameManager(entry, other) && entry.apiVersion === other.apiVersion && setsEqual(entry.fields, other.fields);
    })
  );
}
