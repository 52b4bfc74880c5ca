import { exactJson, withSortedKeys } from "../exact-json.ts";
import { parseExact } from "../schema/json-text.ts";
import { compareValues } from "./compare.ts";
import { differenceOfSets, type FieldSet } from "./field-set.ts";
import { ownedFields } from "./owned-fields.ts";
import type { ValueShape } from "./value-shape.ts";

/** Where `kubectl apply` of the client's side keeps what was applied last. */
const lastAppliedAnnotation = "kubectl.kubernetes.io/last-applied-configuration";

/** The manager whose applies take over from client-side apply; others leave the annotation alone. */
export const lastAppliedManager = "kubectl";

/** What annotations may weigh in all, in bytes: beyond it the annotation is dropped. */
const maxAnnotationBytes = 256 * 1024;

interface Annotated {
  metadata?: { annotations?: Record<string, string> | null } | null;
}

function lastAppliedOf(object: object): string | undefined {
  return (object as Annotated).metadata?.annotations?.[lastAppliedAnnotation] || undefined;
}

/**
 * The fields that the annotation tells were applied and that are still as they were applied: whoever applied them may go on
 * changing them. Undefined where the annotation tells nothing.
 */
export function fieldsLastApplied(live: object, apiVersion: string, shape: ValueShape): FieldSet | undefined {
  const text = lastAppliedOf(live);
  if (text === undefined) return undefined;
  let applied: { apiVersion?: unknown } | null;
  try {
    applied = parseExact(text) as typeof applied;
  } catch {
    // Not what kubectl writes: it excuses no conflict.
    return undefined;
  }
  if (applied?.apiVersion !== apiVersion) return undefined;
  const { changed, removed } = compareValues(applied, live, shape);
  return differenceOfSets(differenceOfSets(ownedFields(applied, shape), changed), removed);
}

/** The object with the annotation telling what is applied now; the same object where it has none. */
export function withLastApplied<T extends object>(object: T, config: object): T {
  if (lastAppliedOf(object) === undefined) return object;
  const { metadata } = object as Annotated;
  const annotations: Record<string, string> = { ...metadata?.annotations };
  annotations[lastAppliedAnnotation] = textOf(config);
  const encoder = new TextEncoder();
  let bytes = 0;
  for (const name in annotations) bytes += encoder.encode(name).length + encoder.encode(annotations[name]).length;
  if (bytes > maxAnnotationBytes) delete annotations[lastAppliedAnnotation];
  return { ...object, metadata: { ...metadata, annotations } };
}

/** The configuration without the annotation, as upstream writes it: fields in the order of their names. */
function textOf(config: object): string {
  const { metadata } = config as Annotated;
  const { annotations: given, ...rest } = metadata ?? {};
  const { [lastAppliedAnnotation]: _dropped, ...annotations } = given ?? {};
  const kept = given ? { ...rest, annotations } : rest;
  return `${exactJson(withSortedKeys({ ...config, metadata: kept }))}\n`;
}
