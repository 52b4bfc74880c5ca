import { expect, it } from "vitest";
import type { MetricFamily, Sample } from "../../machinery/metrics.ts";
import { configMap } from "../testing/pods.ts";
import { TestServer } from "../testing/test-server.ts";

const metricsText = async (families: readonly MetricFamily[]) =>
  JSON.stringify(Object.fromEntries(families.map(({ name, samples }) => [name, [...samples()]])));

async function figures(test: TestServer): Promise<Record<string, Sample[]>> {
  return JSON.parse((await test.get("/metrics")).text);
}

const maps = "/api/v1/namespaces/default/configmaps";

it("counts requests under upstream's labels", async () => {
  const test = await TestServer.started({ metricsText });
  await test.post(maps, configMap("a"));
  await test.post(maps, configMap("a"));
  await test.post(`${maps}?dryRun=All`, configMap("b"));
  await test.get(maps);
  await test.get(`${maps}/a`);
  await test.get("/api/v1/configmaps");
  const { apiserver_request_total: total = [], apiserver_request_duration_seconds: seconds = [] } = await figures(test);
  const ofMaps = total.filter(({ labels }) => labels.resource === "configmaps");
  const labels = { component: "apiserver", dry_run: "", group: "", resource: "configmaps", subresource: "", version: "v1" };
  const expected = (code: string, verb: string, scope: string, dry_run = "") => ({
    labels: { ...labels, code, verb, scope, dry_run },
    value: 1,
  });
  expect(ofMaps).toEqual([
    expected("201", "POST", "resource"),
    expected("409", "POST", "resource"),
    expected("201", "POST", "resource", "All"),
    expected("200", "LIST", "namespace"),
    expected("200", "GET", "resource"),
    expected("200", "LIST", "cluster"),
  ]);
  const counts = seconds.filter(
    ({ suffix, labels }) => suffix === "_count" && labels.resource === "configmaps" && labels.verb === "POST" && labels.dry_run === "",
  );
  expect(counts).toMatchObject([{ value: 2 }]);
});

it("tells odd dry runs, applies and paths as upstream does", async () => {
  const test = await TestServer.started({ metricsText });
  await test.delete("/metrics");
  await test.post(`${maps}?dryRun=Some`, configMap("a"));
  await test.post(`${maps}?dryRun=All&dryRun=All`, configMap("a"));
  const headers = { "content-type": "application/apply-patch+yaml; charset=utf-8" };
  await test.ask("PATCH", `${maps}/a?fieldManager=m`, configMap("a"), { headers });
  expect((await test.get(maps, { headers: { accept: "text/html" } })).status).toBe(406);
  await test.post("/readyz", {});
  await test.get("/apis", { headers: { accept: "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" } });
  const { apiserver_request_total: total = [], ...all } = await figures(test);
  expect(
    total.map(({ labels }) => [labels.code, labels.dry_run, labels.resource, labels.subresource, labels.verb, labels.component]),
  ).toEqual([
    ["422", "invalid", "configmaps", "", "POST", "apiserver"],
    ["201", "All", "configmaps", "", "POST", "apiserver"],
    ["400", "", "configmaps", "", "PATCH", "apiserver"],
    ["200", "", "", "/readyz", "POST", ""],
    ["200", "", "", "apis", "GET", "apiserver"],
  ]);
  const ofCounts = (name: string) => all[name]?.filter(({ suffix }) => suffix === "_count").map(({ labels }) => labels.verb);
  // What is only tried is nobody's waiting.
  expect(ofCounts("apiserver_request_sli_duration_seconds")).toEqual(["PATCH", "POST", "GET"]);
  expect(ofCounts("apiserver_request_body_size_bytes")).toEqual(["create", "patch"]);
});

it("tells of requests that go on after they were given up", async () => {
  let finish = () => {};
  const check = () => new Promise<undefined>((resolve) => (finish = () => resolve(undefined)));
  const test = await TestServer.started({ metricsText, healthChecks: [{ name: "slow", check, endpoints: ["healthz"] }] });
  const asked = test.get("/healthz?timeout=2s");
  await test.clock.advance(2000);
  expect((await asked).status).toBe(504);
  expect((await test.get(`${maps}?timeout=1us`)).status).toBe(504);
  const late = async () => {
    const { apiserver_request_terminations_total: given = [], apiserver_request_post_timeout_total: after } = await figures(test);
    return [given.map(({ labels: { code, resource, subresource } }) => [code, resource, subresource]), after];
  };
  const terminations = [
    ["504", "", "/healthz"],
    ["504", "configmaps", ""],
  ];
  expect(await late()).toEqual([terminations, []]);
  finish();
  await test.clock.advance(0);
  expect(await late()).toEqual([terminations, [{ labels: { source: "timeout-handler", status: "ok" }, value: 1 }]]);
});

it("makes no series of what clients make up", async () => {
  const test = await TestServer.started({ metricsText });
  for (const path of ["/nowhere", "/elsewhere", "/api/v1/things", "/apis/no.such/v7/things/a", "/api/v1/namespaces/default/pods/p/wish"]) {
    expect((await test.get(path)).status).toBe(404);
  }
  const { apiserver_request_total: total = [] } = await figures(test);
  expect(total.filter(({ labels }) => labels.code === "404")).toEqual([]);
});

it("tells how many watches there are, and how many objects", async () => {
  const test = await TestServer.started({ metricsText });
  await test.post(maps, configMap("a"));
  const open = async () => (await figures(test)).apiserver_longrunning_requests?.find(({ labels }) => labels.resource === "configmaps");
  expect(await open()).toBeUndefined();
  const watch = await test.watch(`${maps}?watch=true`);
  expect(await open()).toMatchObject({ labels: { verb: "WATCH", scope: "namespace", group: "" }, value: 1 });
  watch.stream.close();
  expect(await open()).toMatchObject({ value: 0 });
  const { apiserver_resource_objects: objects = [], apiserver_resource_size_estimate_bytes: sizes = [] } = await figures(test);
  const ofMaps = (samples: readonly Sample[]) => samples.find(({ labels }) => labels.resource === "configmaps")?.value ?? 0;
  expect(ofMaps(objects)).toBe(1);
  expect(ofMaps(sizes)).toBeGreaterThan(100);
});

it("counts a watch when it ends, with its time, and no time of webhooks as its own", async () => {
  const test = await TestServer.started({ metricsText });
  await test.post(maps, configMap("a"));
  const watch = await test.watch(`${maps}?watch=true`);
  const total = async () =>
    (await figures(test)).apiserver_request_total?.find(({ labels }) => labels.verb === "WATCH" && labels.resource === "configmaps")?.value;
  expect(await total()).toBeUndefined();
  await test.clock.advance(3000);
  watch.stream.close();
  watch.stream.close();
  expect(await total()).toBe(1);
  const all = await figures(test);
  const sum = (name: string) => all[name]?.find(({ labels, suffix }) => labels.verb === "WATCH" && suffix === "_sum")?.value;
  expect(sum("apiserver_request_duration_seconds")).toBe(3);
  expect(sum("apiserver_request_sli_duration_seconds")).toBeUndefined();
});

it("tells webhooks that refuse from those that fail, and takes their time out of the request's own", async () => {
  let answer: "fails" | "refuses" = "refuses";
  const test: TestServer = await TestServer.started({ metricsText }, undefined, {
    fetch: async ({ body }) => {
      await new Promise<void>((resolve) => test.clock.setTimeout(resolve, 400));
      if (answer === "fails") throw new Error("connect: connection refused");
      const { request } = JSON.parse(body as string) as { request: { uid: string } };
      const response = { uid: request.uid, allowed: false, status: { code: 418, message: "no" } };
      const review = { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response };
      const bytes = new TextEncoder().encode(JSON.stringify(review));
      return {
        status: 200,
        headers: { "content-type": "application/json" },
        body: (async function* () {
          yield bytes;
        })(),
      };
    },
  });
  const hook = (name: string, failurePolicy: string) => ({
    name,
    failurePolicy,
    clientConfig: { url: "https://hook.example.com" },
    rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
    sideEffects: "None",
    admissionReviewVersions: ["v1"],
  });
  await test.post("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
    metadata: { name: "hooks" },
    webhooks: [hook("strict.example.com", "Fail"), hook("lax.example.com", "Ignore")],
  });
  const ask = async () => {
    const asked = test.post(maps, configMap("a"));
    await test.clock.advance(400);
    return await asked;
  };
  expect((await ask()).status).toBe(418);
  answer = "fails";
  expect((await ask()).status).toBe(500);
  const all = await figures(test);
  const values = (name: string) => all[name]?.map(({ labels, value }) => [labels.name, labels.error_type ?? labels.type, value]);
  expect(values("apiserver_admission_webhook_rejection_count")).toEqual([
    ["strict.example.com", "no_error", 1],
    ["lax.example.com", "no_error", 1],
    ["strict.example.com", "calling_webhook_error", 1],
  ]);
  expect(values("apiserver_admission_webhook_fail_open_count")).toEqual([["lax.example.com", "validating", 1]]);
  const sum = (name: string) =>
    all[name]?.find(({ labels, suffix }) => labels.verb === "POST" && labels.resource === "configmaps" && suffix === "_sum")?.value;
  expect(sum("apiserver_request_duration_seconds")).toBe(0.8);
  expect(sum("apiserver_request_sli_duration_seconds")).toBe(0);
});
