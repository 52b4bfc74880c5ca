import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import type { ConfigMap } from "../api/core/v1.ts";
import { configmaps, serviceaccounts } from "../api/refs.ts";
import type { KubeClient, Shared } from "../client/kube-client.ts";
import { clusters } from "./fixtures/started.ts";

const { start, keep } = clusters();
const map = (name: string, a = "1"): ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, labels: { l: "1" } },
  data: { a },
});

/** Changes all that there is in a value. */
function spoil(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) {
    spoil(part);
    if (typeof part !== "object") (value as Record<string, unknown>)[key] = "spoiled";
  }
  if (Array.isArray(value)) value.push("spoiled");
  else (value as Record<string, unknown>).spoiled = true;
}

/** What each verb is given and gives. */
const verbs: Record<string, (client: KubeClient, options: Shared) => Promise<{ given?: unknown; got: unknown }>> = {
  get: async (client, options) => ({ got: await client.get(configmaps, "c", options) }),
  find: async (client, options) => ({ got: await client.find(configmaps, "c", options) }),
  list: async (client, options) => ({ got: await client.list(configmaps, { namespace: "default", ...options }) }),
  create: async (client, options) => {
    const given = map("created");
    return { given, got: await client.create(configmaps, given, options) };
  },
  update: async (client, options) => {
    const given = map("c", "2");
    return { given, got: await client.update(configmaps, given, options) };
  },
  updateStatus: async (client, options) => {
    const given = { apiVersion: "v1", kind: "Namespace", metadata: { name: "default" }, status: { phase: "Active" } };
    const ref = await client.resourceOf("v1", "Namespace");
    return { given, got: await client.updateStatus(ref, given, options) };
  },
  patch: async (client, options) => {
    const body = { data: { b: "1", c: "2" }, metadata: { annotations: { x: "y" } } };
    return { given: body, got: await client.patch(configmaps, "c", { type: "application/merge-patch+json", body }, options) };
  },
  apply: async (client, options) => {
    const given = map("applied");
    return { given, got: await client.apply(given, options) };
  },
  post: async (client, options) => {
    const given = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata: {}, spec: { audiences: ["a"] } };
    return { given, got: await client.post(serviceaccounts, "sa", "token", given, options) };
  },
  async watch(client, options) {
    for await (const { object } of client.watch(configmaps, {
      namespace: "default",
      sendInitialEvents: true,
      resourceVersionMatch: "NotOlderThan",
      ...options,
    }))
      return { got: object };
    return { got: undefined };
  },
};

it.each(Object.keys(verbs))("what goes into %s and comes out of it may be changed", async (verb) => {
  const cluster = await start({ controllers: "none" });
  await cluster.client.create(configmaps, map("c"));
  await cluster.client.create(serviceaccounts, { metadata: { name: "sa" } });
  const { given, got } = await (verbs[verb] as (typeof verbs)[string])(cluster.client, {});
  const { client } = keep(cluster.fork());
  const all = async () =>
    JSON.stringify([await cluster.client.list(configmaps), await client.list(configmaps), await client.list(serviceaccounts)]);
  const before = await all();
  spoil(given);
  spoil(got);
  expect(await all()).toBe(before);
  expect(before).not.toContain("spoiled");
});

it.each(["get", "find", "list", "create", "update", "patch", "apply", "watch"])(
  "%s hands out what lies in the cluster where it is told to",
  async (verb) => {
    const cluster = await start({ controllers: "none" });
    await cluster.client.create(configmaps, map("c"));
    const { got } = await (verbs[verb] as (typeof verbs)[string])(cluster.client, { shared: true });
    const [object] = (got as { items?: ConfigMap[] }).items ?? [got as ConfigMap];
    expect(Object.isFrozen(object)).toBe(true);
    expect(await cluster.client.get(configmaps, object?.metadata.name ?? "", { shared: true })).toEqual(object);
    expect(() => spoil(object)).toThrow(TypeError);
  },
);

it("informers and a cluster's own answers are copies too", async () => {
  const cluster = await start({ controllers: "none" });
  const manifest = map("c");
  const applied = await cluster.apply(manifest);
  const stored = JSON.stringify(await cluster.client.get(configmaps, "c"));
  const informer = cluster.connection().informer(configmaps, { namespace: "default" });
  informer.addIndex("a", ({ data }) => [data?.a ?? ""]);
  informer.on({ add: spoil, update: (object, old) => [object, old].forEach(spoil), delete: spoil });
  await cluster.rest();
  for (const value of [manifest, applied, await cluster.until("configmap/c", "exists"), cluster.object("configmap/c").read()]) spoil(value);
  for (const value of [informer.get("default/c"), informer.list(), informer.byIndex("a", "1")]) spoil(value);
  spoil(cluster.requests);
  expect(JSON.stringify(await cluster.client.get(configmaps, "c"))).toBe(stored);
  expect(informer.byIndex("a", "1")).toHaveLength(1);
  expect(cluster.requests.some(({ path }) => path === "spoiled")).toBe(false);
});

it("takes what was made in another realm: arrays, bytes, dates, errors, promises", async () => {
  const cluster = await start({ controllers: "none" });
  const foreign = runInNewContext(`({
    metadata: { name: "c", labels: { a: "b" } },
    data: { at: new Date(0) },
    binaryData: { bytes: new Uint8Array([1, 2, 3]) },
  })`) as ConfigMap;
  const made = await cluster.client.create(configmaps, foreign);
  expect(made).toMatchObject({ data: { at: "1970-01-01T00:00:00Z" }, binaryData: { bytes: "AQID" } });
  await cluster.apply(
    runInNewContext(
      `[{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "d" } }, ["apiVersion: v1\\nkind: ConfigMap\\nmetadata: { name: e }"]]`,
    ),
  );
  await cluster.until("configmap/e", runInNewContext("(object) => object?.metadata.name === 'e'"));
  await cluster.admissionWebhook("default/hook", runInNewContext("async () => { throw new Error('from elsewhere') }"));
  await cluster.apply({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "hook" },
    webhooks: [
      {
        name: "hook.example.com",
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        clientConfig: { service: { namespace: "default", name: "hook" } },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
      },
    ],
  } as never);
  await expect(cluster.client.create(configmaps, map("f"))).rejects.toThrow(/failed calling webhook "hook\.example\.com".*from elsewhere/);
  const failing = cluster.savedOnFailure("/nonexistent/file", runInNewContext("async () => { throw new Error('the test failed') }"));
  await expect(failing).rejects.toThrow(
    /^the test failed\nThe cluster could not be saved: ENOENT: no such file or directory, open '\/nonexistent\/file\.new'$/,
  );
});
