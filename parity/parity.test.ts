import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AccessWorld } from "./access-world.ts";
import { areaNames, compareArea, flagsOf, needsAccessWorld, placeOf, readAnswers, readOpen, replay, sequencesOf } from "./areas.ts";
import { printed } from "./differences.ts";
import { startKybern } from "./kybern.ts";
import { WebhookServer } from "./webhook-server.ts";

const scratch = mkdtempSync(join(tmpdir(), "kybern-parity-"));
let webhooks: WebhookServer;
let world: AccessWorld;
let kybern: Awaited<ReturnType<typeof startKybern>>;
let inWorld: Awaited<ReturnType<typeof startKybern>>;
beforeAll(async () => {
  webhooks = await WebhookServer.started(scratch);
  world = await AccessWorld.started(scratch);
  kybern = await startKybern(webhooks);
  inWorld = await startKybern(webhooks, 0, { world });
});
afterAll(async () => {
  await kybern.stop();
  await inWorld.stop();
  await world.close();
  await webhooks.close();
  rmSync(scratch, { recursive: true, force: true });
});

test.each(areaNames())("%s: answers as kube-apiserver does", async (area) => {
  const flags = await flagsOf(area);
  const usual = (await needsAccessWorld(area)) ? inWorld : kybern;
  const server = flags ? await startKybern(webhooks, 0, { flags }) : usual;
  const answers = await replay(server, await sequencesOf(area));
  if (server !== usual) await server.stop();
  const { differences, requests } = compareArea(area, readAnswers(area), answers);
  expect(requests).toBeGreaterThan(0);
  const open = new Set(readOpen()[area]);
  const unexpected = differences.filter((one) => one.reason === undefined && !open.has(placeOf(one)));
  expect(unexpected.map((one) => `${one.sequence} [${one.step}] ${one.ask}\n    ${printed(one)}`)).toEqual([]);
});
