import { describe, expect, it } from "vitest";
import { configMap, pod } from "../testing/pods.ts";
import { TestServer } from "../testing/test-server.ts";

const quotas = "/api/v1/namespaces/default/resourcequotas";
const pods = "/api/v1/namespaces/default/pods";

async function withQuota(hard: Record<string, string>) {
  const test = await TestServer.started();
  await test.post(quotas, { metadata: { name: "q" }, spec: { hard } });
  const used = Object.fromEntries(Object.keys(hard).map((name) => [name, "0"]));
  await test.put(`${quotas}/q/status`, { metadata: { name: "q" }, spec: { hard }, status: { hard, used } });
  return test;
}

describe("resource quotas", () => {
  it("hold when many ask at once", async () => {
    const test = await withQuota({ pods: "5" });
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => test.post(pods, pod(`p${index}`))));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(answers.find(({ status }) => status !== 201)?.body).toMatchObject({
      code: 403,
      message: 'pods "p5" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5, limited: pods=5',
    });
    expect((await test.get(`${quotas}/q`)).body).toMatchObject({ status: { used: { pods: "5" } } });
  });

  it("ask for what they limit, and count by the object", async () => {
    const test = await withQuota({ "requests.memory": "1Gi", "count/configmaps": "1" });
    expect((await test.post(pods, pod("p"))).body.message).toBe(
      'pods "p" is forbidden: failed quota: q: must specify requests.memory for: main',
    );
    await test.post("/api/v1/namespaces/default/configmaps", configMap("a"));
    expect((await test.post("/api/v1/namespaces/default/configmaps", configMap("b"))).body.message).toBe(
      'configmaps "b" is forbidden: exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1',
    );
  });

  it("book nothing for a dry run", async () => {
    const test = await withQuota({ pods: "1" });
    expect((await test.post(`${pods}?dryRun=All`, pod("p"))).status).toBe(201);
    expect((await test.get(`${quotas}/q`)).body).toMatchObject({ status: { used: { pods: "0" } } });
  });
});
