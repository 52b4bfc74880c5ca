import type { BatchOptions } from "../apiserver/audit/batches.ts";
import type { TruncateOptions } from "../apiserver/audit/truncating.ts";
import { accessFlagTexts } from "./access-flag-texts.ts";
import type { AuditFlags, AuditLogFlags, AuditWebhookFlags } from "./audit/audit-flags.ts";
import type { EncryptionFlags } from "./encryption/open-encryption.ts";
import { FlagReader } from "./flag-reader.ts";
import { UsageError } from "./options.ts";
import { serverFlagTexts } from "./server-flag-texts.ts";

/** Options of the API server under the names that kube-apiserver has for them, checked. */
export interface ServerFlags {
  maxRequestsInflight: number;
  maxMutatingRequestsInflight: number;
  priorityAndFairness: boolean;
  requestTimeoutSeconds: number;
  minRequestTimeoutSeconds: number;
  audit?: AuditFlags;
  encryption?: EncryptionFlags;
  /** Those that say who clients are and what they may do, by their names. */
  access: Readonly<Record<string, string | undefined>>;
}

/** Reads the flags by their names without dashes before them; what isn't given has its default. */
export function parseServerFlags(given: Readonly<Record<string, string | undefined>>): ServerFlags {
  const flags = new FlagReader(given, serverFlagTexts);
  const audit = auditFlags(flags);
  return {
    maxRequestsInflight: flags.number("max-requests-inflight"),
    maxMutatingRequestsInflight: flags.number("max-mutating-requests-inflight"),
    priorityAndFairness: flags.boolean("enable-priority-and-fairness"),
    requestTimeoutSeconds: flags.milliseconds("request-timeout") / 1000,
    minRequestTimeoutSeconds: flags.number("min-request-timeout"),
    ...(audit ? { audit } : {}),
    ...(flags.text("encryption-provider-config") === "" ? {} : { encryption: encryptionFlags(flags) }),
    access: Object.fromEntries(accessFlagTexts.map(([name]) => [name, given[name]])),
  };
}

function encryptionFlags(flags: FlagReader): EncryptionFlags {
  return {
    configFile: flags.file("encryption-provider-config"),
    automaticReload: flags.boolean("encryption-provider-config-automatic-reload"),
  };
}

const modes = ["batch", "blocking", "blocking-strict"] as const;

function auditFlags(flags: FlagReader): AuditFlags | undefined {
  const hasLog = flags.text("audit-log-path") !== "";
  const hasWebhook = flags.text("audit-webhook-config-file") !== "";
  if (flags.text("audit-policy-file") === "") {
    if (hasLog || hasWebhook) throw new UsageError("audit needs a policy: name its file with --audit-policy-file");
    return undefined;
  }
  return {
    policyFile: flags.file("audit-policy-file"),
    ...(hasLog ? { log: logFlags(flags) } : {}),
    ...(hasWebhook ? { webhook: webhookFlags(flags) } : {}),
  };
}

function logFlags(flags: FlagReader): AuditLogFlags {
  return {
    path: flags.text("audit-log-path"),
    format: flags.choice("audit-log-format", ["json", "legacy"]),
    mode: flags.choice("audit-log-mode", modes),
    maxAgeDays: flags.number("audit-log-maxage"),
    maxBackups: flags.number("audit-log-maxbackup"),
    maxSizeMegabytes: flags.number("audit-log-maxsize") || 100,
    compress: flags.boolean("audit-log-compress"),
    batch: batchOptions(flags, "audit-log"),
    truncate: truncateOptions(flags, "audit-log"),
  };
}

function webhookFlags(flags: FlagReader): AuditWebhookFlags {
  return {
    configFile: flags.file("audit-webhook-config-file"),
    mode: flags.choice("audit-webhook-mode", modes),
    initialBackoffMilliseconds: flags.milliseconds("audit-webhook-initial-backoff"),
    batch: batchOptions(flags, "audit-webhook"),
    truncate: truncateOptions(flags, "audit-webhook"),
  };
}

function batchOptions(flags: FlagReader, prefix: string): BatchOptions {
  return {
    bufferSize: flags.number(`${prefix}-batch-buffer-size`),
    maxBatchSize: flags.number(`${prefix}-batch-max-size`),
    maxBatchWaitMilliseconds: flags.milliseconds(`${prefix}-batch-max-wait`),
    throttleEnable: flags.boolean(`${prefix}-batch-throttle-enable`),
    throttleQps: flags.number(`${prefix}-batch-throttle-qps`),
    throttleBurst: flags.number(`${prefix}-batch-throttle-burst`),
  };
}

function truncateOptions(flags: FlagReader, prefix: string): TruncateOptions {
  return {
    enabled: flags.boolean(`${prefix}-truncate-enabled`),
    maxBatchBytes: flags.number(`${prefix}-truncate-max-batch-size`),
    maxEventBytes: flags.number(`${prefix}-truncate-max-event-size`),
  };
}
