import type { ColumnFacts, RowCondition } from "../api/define-resource.ts";
import { ageOf } from "../machinery/duration.ts";
import { badRequest, field } from "../machinery/errors.ts";
import { exactJson } from "../machinery/exact-json.ts";
import type { AnyObject } from "../machinery/object.ts";
import type { Entry } from "../storage/store.ts";
import { utf8 } from "./bytes.ts";
import type { ServedResource } from "./catalog.ts";
import type { ServerContext } from "./context.ts";
import { DetachedEntry } from "./detached-entry.ts";

export interface Table {
  kind: "Table";
  apiVersion: string;
  metadata: { resourceVersion?: string; continue?: string; remainingItemCount?: number };
  columnDefinitions: TableColumn[] | null;
  /** Null: there are none, of a kind without rows of its own. */
  rows: TableRow[] | null;
}

export interface TableColumn {
  name: string;
  type: string;
  format: string;
  description: string;
  priority: number;
}

export interface TableRow {
  cells: unknown[];
  conditions?: readonly RowCondition[];
  object?: unknown;
}

const nameColumn: ColumnFacts = ["Name", "string", "name", 0];
const ageColumn: ColumnFacts = ["Age", "string", "", 0];
const createdColumn: ColumnFacts = ["Created At", "date", "", 0];

interface Printer {
  columns: TableColumn[];
  /** What stands in place of no rows. */
  none: [] | null;
  cells(value: AnyObject, now: number): unknown[];
}

export function columnsOf({ columnDescriptions }: ServerContext, columns: readonly ColumnFacts[]): TableColumn[] {
  return columns.map(([name, type, format, priority, description]) => ({
    name,
    type,
    format,
    description: columnDescriptions.of(name, description),
    priority,
  }));
}

/** How a resource is shown: its own columns when it has rows for them, else its name and its age. */
function printerOf(server: ServerContext, resource: ServedResource): Printer {
  const { columns, behaviour } = resource.definition;
  if (behaviour.row && columns) {
    const row = behaviour.row;
    return { columns: columnsOf(server, columns), none: [], cells: (value, now) => row(value, { now }) };
  }
  const plain = columns === undefined || columns.some(([name]) => name === "Created At");
  return {
    columns: columnsOf(server, [nameColumn, plain ? createdColumn : ageColumn]),
    none: plain ? null : [],
    cells: ({ metadata }, now) => [
      metadata.name ?? "",
      plain ? (metadata.creationTimestamp ?? "0001-01-01T00:00:00Z") : ageOf(metadata.creationTimestamp, now),
    ],
  };
}

/** The Table of some entries. `includeObject` is `None`, `Metadata` (the default) or `Object`. */
export function tableOf(
  server: ServerContext,
  resource: ServedResource,
  entries: readonly Entry[],
  includeObject: string | null,
  version: string,
): Table {
  const { columns, none, rowOf } = tableFormOf(server, resource, includeObject, version);
  const [only] = entries;
  const metadata = entries.length === 1 && only ? revisionOf(only) : {};
  const rows = only ? entries.map(rowOf) : none;
  return { kind: "Table", apiVersion: `meta.k8s.io/${version}`, metadata, columnDefinitions: columns, rows };
}

/** What a dry run would create has none, or the one that it was sent. */
function revisionOf(entry: Entry): Table["metadata"] {
  const { resourceVersion } = entry instanceof DetachedEntry ? entry.value.metadata : { resourceVersion: String(entry.revision) };
  return resourceVersion === undefined ? {} : { resourceVersion };
}

/** The columns of a resource's tables, and what makes a row of an entry, or of an object that has its managedFields. */
export interface TableForm {
  columns: TableColumn[];
  /** What stands in place of no rows. */
  none: [] | null;
  rowOf(entry: Entry): TableRow;
  rowOfObject(object: AnyObject): TableRow;
}

export function tableFormOf(server: ServerContext, resource: ServedResource, includeObject: string | null, version: string): TableForm {
  checkIncludeObject(includeObject);
  const { columns, none, cells } = printerOf(server, resource);
  const now = server.clock.now();
  const { converter } = resource;
  const ofStored = resource.definition.behaviour.rowsOfStored ? converter : undefined;
  const rowOf = (value: AnyObject, whole: () => AnyObject, stored?: AnyObject) => {
    const shown = ofStored ? (stored ?? ofStored.toStored(value)) : value;
    const row: TableRow = { cells: cells(shown, now) };
    const conditions = resource.definition.behaviour.rowConditions?.(value);
    if (conditions) row.conditions = conditions;
    if (includeObject === "Object") row.object = whole();
    else if (includeObject === "None") row.object = null;
    else row.object = metadataOf(resource, whole(), version);
    return row;
  };
  return {
    columns,
    none,
    rowOf(entry) {
      const value = converter ? converter.fromStored(entry.value) : entry.value;
      return rowOf(value, () => withFields(value, entry), entry.value);
    },
    rowOfObject: (object) => rowOf(object, () => object),
  };
}

export function checkIncludeObject(value: string | null): void {
  if (!value || value === "None" || value === "Metadata" || value === "Object") return;
  const complaint = field.invalid("includeObject", value, "must be 'Metadata', 'Object', 'None', or empty");
  throw badRequest(`Unable to convert to Table as requested: ${complaint.text}`);
}

function withFields(value: AnyObject, entry: Entry): AnyObject {
  if (entry.managedFields === undefined) return value;
  return { ...value, metadata: { ...value.metadata, managedFields: JSON.parse(entry.managedFields) } };
}

export function partialOf(resource: ServedResource, value: AnyObject, entry: Entry, version = "v1"): AnyObject {
  return metadataOf(resource, withFields(value, entry), version);
}

/** The PartialObjectMetadata of an object that has its managedFields. */
export function metadataOf(resource: ServedResource, object: AnyObject, version: string): AnyObject {
  let { metadata } = object;
  const hidden = resource.definition.behaviour.specAnnotations;
  if (hidden?.some((name) => metadata.annotations?.[name] !== undefined)) {
    const annotations = Object.entries(metadata.annotations ?? {}).filter(([name]) => !hidden.includes(name));
    const { annotations: _all, ...rest } = metadata;
    metadata = annotations.length > 0 ? { ...rest, annotations: Object.fromEntries(annotations) } : rest;
  }
  return { kind: "PartialObjectMetadata", apiVersion: `meta.k8s.io/${version}`, metadata };
}

/** The PartialObjectMetadata of an entry as JSON, made once. */
export function partialBytes(resource: ServedResource, entry: Entry, version: string): Uint8Array {
  // Webhooks may make other labels for each version.
  const form = resource.converter?.outside ? `partial ${version} ${resource.form}` : `partial ${version}`;
  return entry.encoded(form, () => {
    const value = resource.converter ? resource.converter.fromStored(entry.value) : entry.value;
    return utf8(exactJson(partialOf(resource, value, entry, version)));
  });
}
