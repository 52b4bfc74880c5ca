import type { BatchOptions } from "../../apiserver/audit/batches.ts";
import type { TruncateOptions } from "../../apiserver/audit/truncating.ts";

/** What upstream's `--audit-…` flags say. */
export interface AuditFlags {
  policyFile: string;
  log?: AuditLogFlags;
  webhook?: AuditWebhookFlags;
}

export interface AuditLogFlags {
  /** `-`: standard output. */
  path: string;
  format: "json" | "legacy";
  mode: "batch" | "blocking" | "blocking-strict";
  maxAgeDays: number;
  maxBackups: number;
  maxSizeMegabytes: number;
  compress: boolean;
  batch: BatchOptions;
  truncate: TruncateOptions;
}

export interface AuditWebhookFlags {
  /** A kubeconfig that tells where events are sent, and as whom. */
  configFile: string;
  mode: "batch" | "blocking" | "blocking-strict";
  initialBackoffMilliseconds: number;
  batch: BatchOptions;
  truncate: TruncateOptions;
}
