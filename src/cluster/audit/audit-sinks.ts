import { readFileSync } from "node:fs";
import type { AuditEvent } from "../../apiserver/audit/audit-event.ts";
import type { AuditOptions, AuditSink } from "../../apiserver/audit/auditor.ts";
import { Batches } from "../../apiserver/audit/batches.ts";
import { parseAuditPolicy } from "../../apiserver/audit/policy-file.ts";
import { inBatches, withinLimits } from "../../apiserver/audit/truncating.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { AuditFlags, AuditLogFlags, AuditWebhookFlags } from "./audit-flags.ts";
import { AuditWebhook } from "./audit-webhook.ts";
import { RotatingFile } from "./rotating-file.ts";

interface ClosableSink extends AuditSink {
  close(): Promise<void>;
}

/** What the flags amount to: for the API server, and how it ends. Whoever made it closes it after the server. */
export function openAudit(deps: { clock: Clock; logger: Logger }, flags: AuditFlags): { options: AuditOptions; close(): Promise<void> } {
  const policy = parseAuditPolicy(readFileSync(flags.policyFile, "utf8"), flags.policyFile);
  const sinks: ClosableSink[] = [];
  if (flags.log) sinks.push(logSink(deps, flags.log));
  if (flags.webhook) sinks.push(webhookSink(deps, flags.webhook));
  return {
    options: { policy, sinks },
    async close() {
      await Promise.all(sinks.map((sink) => sink.close()));
    },
  };
}

function logSink(deps: { clock: Clock; logger: Logger }, flags: AuditLogFlags): ClosableSink {
  const file =
    flags.path === "-"
      ? { append: (text: string) => void process.stdout.write(text), close: () => Promise.resolve() }
      : new RotatingFile(deps, { ...flags, maxSizeBytes: flags.maxSizeMegabytes * 1024 * 1024 });
  const append = (events: readonly AuditEvent[]) => {
    const lines = withinLimits(events, flags.truncate, deps.logger).map(({ text, legacyText }) =>
      flags.format === "json" ? text : legacyText,
    );
    if (lines.length > 0) file.append(`${lines.join("\n")}\n`);
  };
  if (flags.mode !== "batch") return { take: (event) => append([event]), close: () => file.close() };
  const batches = new Batches(deps, flags.batch, async (events) => append(events));
  return {
    take: (event) => batches.take(event),
    async close() {
      await batches.close();
      await file.close();
    },
  };
}

function webhookSink(deps: { clock: Clock; logger: Logger }, flags: AuditWebhookFlags): ClosableSink {
  const webhook = new AuditWebhook(deps, flags);
  const send = async (events: readonly AuditEvent[]) => {
    for (const batch of inBatches(withinLimits(events, flags.truncate, deps.logger), flags.truncate)) await webhook.send(batch);
  };
  // An event that is sent by itself goes at once; the request that it is of doesn't wait for it.
  const batches = new Batches(
    deps,
    flags.mode === "batch" ? flags.batch : { ...flags.batch, maxBatchSize: 1, throttleEnable: false },
    send,
  );
  return {
    take: (event) => batches.take(event),
    async close() {
      await batches.close();
      webhook.close();
    },
  };
}
