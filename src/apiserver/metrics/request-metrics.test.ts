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
  const { apiserver_resource_objects: objects = [] } = await figures(test);
  expect(objects.find(({ labels }) => labels.resource === "configmaps")?.value).toBe(1);
});
