import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bases } from "./bases.ts";
import { filled, send } from "./fuzz-objects.ts";
import { grownBases } from "./grown-bases.ts";
import { startKybern } from "./kybern.ts";
import { policyBases } from "./policy-bases.ts";
import { richBases, richClusterBases } from "./rich-bases.ts";
import { WebhookServer } from "./webhook-server.ts";

const merge = "application/merge-patch+json";
const strategic = "application/strategic-merge-patch+json";
const steps = "application/json-patch+json";
const apply = "application/apply-patch+yaml";

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

const sets = {
  bases,
  "rich bases": richBases,
  "cluster bases": richClusterBases,
  "policy bases": policyBases,
  "grown bases": grownBases(),
};

// What an update leaves alone is the frozen value of the stored object: whatever writes to it all the same fails.
test.each(Object.entries(sets))("%s: nothing changes the parts that an object shares with its stored state", async (name, objects) => {
  const namespace = `shared-${name.replace(" ", "-")}`;
  await send(kybern, "POST", "/api/v1/namespaces", { metadata: { name: namespace } });
  await send(kybern, "POST", `/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: "default" } });
  const failures: string[] = [];
  let written = 0;
  const ask = async (method: string, path: string, body: unknown, type?: string) => {
    const answer = await send(kybern, method, path, body, type);
    if (answer.status === 200 && method !== "GET") written++;
    const { message } = answer.body as { message?: string };
    if (answer.status >= 500) failures.push(`${method} ${path} ${JSON.stringify(body)}: ${answer.status} ${message}`);
    return answer;
  };
  for (const base of objects) {
    if (base.isReview) continue;
    const object = filled(base.object, namespace);
    const collection = base.path.replace("{ns}", namespace);
    // Of two bases of one name the first one is there.
    if ((await ask("POST", collection, object)).status !== 201) continue;
    const one = `${collection}/${String(object.metadata.name)}`;
    if (base.status) await ask("PUT", `${one}/status`, filled({ ...object, status: base.status }, namespace));
    await ask("PATCH", one, { metadata: { annotations: { a: "merge" } } }, merge);
    await ask("PATCH", one, { metadata: { labels: { a: "strategic" } } }, strategic);
    await ask("PATCH", one, [{ op: "add", path: "/metadata/labels/b", value: "step" }], steps);
    await ask("PATCH", `${one}/status`, { metadata: { annotations: { a: "status" } } }, merge);
    await ask("PATCH", `${one}/status`, { status: { observedGeneration: 7 } }, merge);
    const stored = (await ask("GET", one, {})).body as typeof object;
    const put = { ...stored, metadata: { ...stored.metadata, annotations: { a: "put" } } };
    await ask("PUT", one, put);
    await ask("PUT", `${one}/status`, {
      ...put,
      metadata: { ...put.metadata, resourceVersion: undefined, annotations: { a: "put status" } },
    });
    const { apiVersion, kind, metadata } = object;
    const configuration = { apiVersion, kind, metadata: { name: metadata.name, annotations: { b: "applied" } } };
    await ask("PATCH", `${one}?fieldManager=a&force=true`, configuration, apply);
    for (const subresource of ["scale", "resize", "ephemeralcontainers", "approval", "finalize"]) {
      const path = `${one}/${subresource}`;
      const shown = await ask("GET", path, {});
      if (shown.status !== 200) continue;
      await ask("PATCH", path, { metadata: { annotations: { c: "sub" } } }, merge);
      await ask("PUT", path, shown.body);
    }
    await ask("DELETE", one, {});
    await ask("PATCH", one, { metadata: { annotations: { a: "of what goes" } } }, merge);
  }
  expect(failures).toEqual([]);
  expect(written).toBeGreaterThan(objects.length);
});
