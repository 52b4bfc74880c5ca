import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { areaNames, compareArea, flagsOf, placeOf, readAnswers, readOpen, replay, sequencesOf } from "./areas.ts";
import { printed } from "./differences.ts";
import { startKybern } from "./kybern.ts";
import { WebhookServer } from "./webhook-server.ts";

const scratch = mkdtempSync(join(tmpdir(), "kybern-parity-"));
let webhooks: WebhookServer;
let kybern: Awaited<ReturnType<typeof startKybern>>;
beforeAll(async () => {
  webhooks = await WebhookServer.started(scratch);
  kybern = await startKybern(webhooks);
});
afterAll(async () => {
  await kybern.stop();
  await webhooks.close();
  rmSync(scratch, { recursive: true, force: true });
});

test.each(areaNames())("%s: answers as kube-apiserver does", async (area) => {
  const flags = await flagsOf(area);
  const server = flags ? await startKybern(webhooks, 0, flags) : kybern;
  const answers = await replay(server, await sequencesOf(area));
  if (server !== kybern) await server.stop();
  const { differences, requests } = compareArea(area, readAnswers(area), answers);
  expect(requests).toBeGreaterThan(0);
  const open = new Set(readOpen()[area]);
  const unexpected = differences.filter((one) => one.reason === undefined && !open.has(placeOf(one)));
  expect(unexpected.map((one) => `${one.sequence} [${one.step}] ${one.ask}\n    ${printed(one)}`)).toEqual([]);
});
