// A GitOps tool under test (Jest, CommonJS): what in the cluster is not as the repository says?
const { afterAll, beforeAll, expect, test } = require("@jest/globals");
const { deployments } = require("kybern/client");
const { startCluster } = require("kybern/testing");
require("kybern/testing/jest");

const repository = [
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", labels: { team: "shop" } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "shop:1" }] } },
    },
  },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { color: "blue" } },
];

/** The tool itself. */
async function drift(cluster, manifests) {
  const report = [];
  for (const manifest of manifests) {
    const object = cluster.object(manifest);
    for (const difference of await object.differences(manifest)) report.push(`${object.title}: ${difference}`);
  }
  return report;
}

let cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 });
});
afterAll(() => cluster.stop());

test("tells what has drifted, and nothing else", async () => {
  await cluster.apply(repository[0]);
  await cluster.until("deployment/web", "available");
  // The server has filled in a dozen fields and written a status: that is no drift.
  await expect(cluster.object("deployment/web")).toEqualManifest(repository[0]);
  expect(await drift(cluster, repository)).toEqual(["configmap/settings in namespace default: there is no such object"]);

  await cluster.apply(repository[1]);
  const web = await cluster.client.get(deployments, "web");
  web.spec.replicas = 5;
  web.metadata.labels.team = "nobody";
  await cluster.client.update(deployments, web);
  expect(await drift(cluster, repository)).toEqual([
    `deployment/web in namespace default: metadata.labels["team"]: expected "shop", is "nobody"`,
    "deployment/web in namespace default: spec.replicas: expected 2, is 5",
  ]);

  await cluster.apply(repository);
  expect(await drift(cluster, repository)).toEqual([]);
});
