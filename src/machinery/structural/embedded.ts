import { type FieldError, FieldPath, field } from "../errors.ts";
import { withSortedKeys } from "../exact-json.ts";
import type { ObjectMeta } from "../meta/v1.ts";
import { deepCopy } from "../object.ts";
import { isDNS1035Label, nameIsPathSegment } from "../validation/names.ts";
import { validateObjectMeta } from "../validation/object-meta.ts";
import { isJsonObject, type JsonObject } from "./json-schema.ts";
import type { Structural } from "./structural.ts";

/** Brings metadata into the form of its type and gives the unknown fields in it. Throws where it isn't metadata. */
export type ReadMetadata = (metadata: unknown) => { metadata: ObjectMeta; unknown: string[] };

/** What holds an object that isn't one: told as an invalid value. */
export class EmbeddedError extends Error {
  readonly complaint: FieldError;

  constructor(complaint: FieldError) {
    super(complaint.text);
    this.complaint = complaint;
  }
}

/** Brings the metadata of embedded objects into its form, in place. Gives the paths of unknown fields, sorted. Throws `EmbeddedError`. */
export function coerceEmbedded(object: JsonObject, root: Structural, read: ReadMetadata): string[] {
  if (!root.hasEmbedded) return [];
  const unknown: string[] = [];
  walk(object, root, "", (value, path) => {
    for (const name of ["apiVersion", "kind"]) {
      const text = value[name];
      if (text !== undefined && typeof text !== "string") throw invalid(`${path}.${name}`, text, "must be a string");
    }
    if (value.metadata === undefined) return;
    try {
      const { metadata, unknown: fields } = read(deepCopy(value.metadata));
      value.metadata = metadata;
      unknown.push(...fields.map((one) => `${path}.metadata.${one}`));
    } catch (error) {
      throw invalid(`${path}.metadata`, value.metadata, error instanceof Error ? error.message : String(error));
    }
  });
  return unknown.sort();
}

function invalid(path: string, value: unknown, detail: string): EmbeddedError {
  return new EmbeddedError(field.invalid(path, withSortedKeys(value), detail));
}

/** The complaints about embedded objects: they have a version, a kind, and metadata that is right. `at` is where `value` lies. */
export function validateEmbedded(value: unknown, root: Structural, at = ""): FieldError[] {
  if (!root.hasEmbedded) return [];
  const errors: FieldError[] = [];
  walk(value, root, at, (object, where) => {
    const path = new FieldPath(where);
    const { apiVersion, kind, metadata } = object;
    if (apiVersion === undefined) errors.push(field.required(path.child("apiVersion")));
    if (kind === undefined) errors.push(field.required(path.child("kind")));
    if (typeof apiVersion === "string") checkVersion(apiVersion, path.child("apiVersion"), errors);
    if (typeof kind === "string") checkKind(kind, path.child("kind"), errors);
    if (!isJsonObject(metadata)) return;
    const meta = { ...metadata, name: metadata.name || "fakename" } as ObjectMeta;
    errors.push(...validateObjectMeta(meta, { namespaced: !!meta.namespace, nameRule: nameIsPathSegment }, path.child("metadata")));
  });
  return errors;
}

function checkVersion(apiVersion: string, path: FieldPath, errors: FieldError[]): void {
  if (apiVersion === "") errors.push(field.invalid(path, apiVersion, "must not be empty"));
  else if (apiVersion.split("/").length > 2) {
    errors.push(field.invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  }
}

function checkKind(kind: string, path: FieldPath, errors: FieldError[]): void {
  if (kind === "") {
    errors.push(field.invalid(path, kind, "must not be empty"));
    return;
  }
  const texts = isDNS1035Label(kind.toLowerCase());
  if (texts.length > 0) errors.push(field.invalid(path, kind, `may have mixed case, but should otherwise match: ${texts.join(",")}`));
}

/** Calls back for each object that a schema says is a whole one. */
function walk(value: unknown, node: Structural, path: string, found: (value: JsonObject, path: string) => void): void {
  if (!node.hasEmbedded) return;
  if (Array.isArray(value)) {
    const { items } = node;
    if (items) {
      value.forEach((item, index) => {
        walk(item, items, `${path}[${index}]`, found);
      });
    }
    return;
  }
  if (!isJsonObject(value)) return;
  if (node.embedded) found(value, path);
  const { additional } = node;
  for (const key in value) {
    const property = node.properties.get(key);
    if (property) walk(value[key], property, path === "" ? key : `${path}.${key}`, found);
    else if (typeof additional === "object") walk(value[key], additional, `${path}[${key}]`, found);
  }
}
