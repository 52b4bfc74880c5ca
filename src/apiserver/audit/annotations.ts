import { isQualifiedName } from "../../machinery/validation/names.ts";

/** From which level of auditing on an annotation is kept. */
export type AnnotationLevel = "Metadata" | "Request";

/** What the steps of one request note for its audit event. Of a key that is noted twice the first value counts. */
export class AuditAnnotations {
  readonly entries = new Map<string, { value: string; level: AnnotationLevel }>();

  /** Keys that are no qualified names with a prefix are not taken: false. */
  add(key: string, value: string, level: AnnotationLevel = "Metadata"): boolean {
    if (!key.includes("/") || isQualifiedName(key).length > 0) return false;
    if (!this.entries.has(key)) this.entries.set(key, { value, level });
    return true;
  }
}
