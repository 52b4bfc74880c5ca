import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseServerFlags } from "../../src/cluster/server-flags.ts";
import { startKybern } from "../kybern.ts";
import { WebhookServer } from "../webhook-server.ts";
import { auditedEvents, type EventsOfRequest } from "./events.ts";
import { policy } from "./requests.ts";

const scratch = mkdtempSync(join(tmpdir(), "kybern-audit-"));
const recorded: Record<string, EventsOfRequest> = JSON.parse(readFileSync(join(import.meta.dirname, "events.json"), "utf8"));
let webhooks: WebhookServer;
let kybern: Awaited<ReturnType<typeof startKybern>>;
let told: Record<string, EventsOfRequest>;

beforeAll(async () => {
  webhooks = await WebhookServer.started(scratch);
  const policyFile = join(scratch, "policy.yaml");
  const log = join(scratch, "audit.log");
  writeFileSync(policyFile, JSON.stringify(policy));
  kybern = await startKybern(webhooks, 0, { serverFlags: parseServerFlags({ "audit-policy-file": policyFile, "audit-log-path": log }) });
  told = await auditedEvents(kybern.http, kybern.token, log);
});
afterAll(async () => {
  await kybern.stop();
  await webhooks.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Why some requests are told otherwise, on purpose. */
const known: Readonly<Record<string, string>> = {};

test.each(Object.keys(recorded).filter((request) => known[request.split(" ")[0] as string] === undefined))("%s", (request) => {
  expect(told[request]).toEqual(recorded[request]);
});
