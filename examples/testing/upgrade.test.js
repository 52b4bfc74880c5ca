// An upgrade under test (Jest, CommonJS): one cluster is brought up, and each way of upgrading it is tried in a copy of its own.
const { afterAll, beforeAll, expect, test } = require("@jest/globals");
const { pods } = require("kybern/client");
const { startCluster } = require("kybern/testing");
require("kybern/testing/jest");

const web = (image) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 4,
    progressDeadlineSeconds: 120,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image }] } },
  },
});

let cluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 3 });
  // The second version takes its time, the third never starts.
  cluster.stage({ image: "shop:2", ready: { least: "5s", most: "20s" } });
  cluster.stage({ image: "shop:3", pull: { fails: 1000 } });
  await cluster.apply(web("shop:1"));
  await cluster.until("deployment/web", "available");
  // The cluster has its own time: that of the test may be faked.
  jest.useFakeTimers();
});
afterAll(() => cluster.stop());

const images = async (of) => (await of.client.list(pods)).items.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ spec }) => spec.containers[0].image);

test("a slow version comes up in the end", async () => {
  const copy = cluster.fork();
  await copy.apply(web("shop:2"));
  await copy.until("deployment/web", "available");
  expect(await images(copy)).toEqual(Array(4).fill("shop:2"));
  await copy.stop();
});

test("a broken version is told of, and enough of the old one stays", async () => {
  const copy = cluster.fork();
  await copy.apply(web("shop:3"));
  await copy.until("deployment/web", "Progressing=False");
  await expect(copy.object("deployment/web")).toHaveCondition("Progressing", "False", "ProgressDeadlineExceeded");
  await expect(copy.object("deployment/web")).toHaveCondition("Available");
  expect((await images(copy)).filter((image) => image === "shop:1")).toHaveLength(3);
  await copy.stop();
});

test("the cluster itself knows nothing of all that", async () => {
  expect(await images(cluster)).toEqual(Array(4).fill("shop:1"));
});
