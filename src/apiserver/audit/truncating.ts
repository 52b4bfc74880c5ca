import type { Logger } from "../../machinery/logger.ts";
import type { AuditEvent } from "./audit-event.ts";

export interface TruncateOptions {
  enabled: boolean;
  maxEventBytes: number;
  maxBatchBytes: number;
}

/** Events within the limits: objects that are too large are left out, and what is too large still is lost. */
export function withinLimits(events: readonly AuditEvent[], options: TruncateOptions, logger: Logger): AuditEvent[] {
  if (!options.enabled) return [...events];
  const fitting: AuditEvent[] = [];
  for (const event of events) {
    const small = event.text.length > options.maxEventBytes ? event.truncated() : event;
    if (small.text.length <= options.maxEventBytes) fitting.push(small);
    else logger.error("an audit event is too large and is lost", { auditId: event.parts.auditId, bytes: small.text.length });
  }
  return fitting;
}

/** Events in batches that are no larger than allowed. */
export function inBatches(events: readonly AuditEvent[], options: TruncateOptions): AuditEvent[][] {
  if (!options.enabled) return [[...events]];
  const batches: AuditEvent[][] = [];
  let batch: AuditEvent[] = [];
  let bytes = 0;
  for (const event of events) {
    if (batch.length > 0 && bytes + event.text.length > options.maxBatchBytes) {
      batches.push(batch);
      batch = [];
      bytes = 0;
    }
    batch.push(event);
    bytes += event.text.length;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
}
