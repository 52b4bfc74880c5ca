import { existsSync } from "node:fs";
import {
  ApiException,
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  Metrics,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  VersionApi,
  Watch,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main, TestCluster } from "../harness/cluster.ts";

const why = existsSync(main) ? undefined : "dist/ is not built: run npm run build";
const namespace = "default";

describe.skipIf(why)(`@kubernetes/client-node with simulated nodes${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  let config: KubeConfig;
  let core: CoreV1Api;
  let apps: AppsV1Api;

  beforeAll(async () => {
    const components = "apiserver,controllers,scheduler,node";
    cluster = await TestCluster.start("--components", components, "--nodes", "simulated=3", "--store", "memory");
    config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
    apps = config.makeApiClient(AppsV1Api);
  });
  afterAll(() => cluster?.delete());

  const deployment = {
    metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } },
    },
  };

  it("knows the server's version", async () => {
    expect(await config.makeApiClient(VersionApi).getCode()).toMatchObject({ major: "1", minor: "36" });
  });

  it("follows a deployment's pods to their nodes with a watch", async () => {
    const ready = new Set<string>();
    let done: () => void = () => {};
    const allReady = new Promise<void>((resolve) => {
      done = resolve;
    });
    const watch = await new Watch(config).watch(
      `/api/v1/namespaces/${namespace}/pods`,
      { labelSelector: "app=web", allowWatchBookmarks: true },
      (_type, pod) => {
        const conditions: { type: string; status: string }[] = pod.status?.conditions ?? [];
        if (conditions.some(({ type, status }) => type === "Ready" && status === "True")) ready.add(pod.metadata.name);
        if (ready.size === 2) done();
      },
      () => {},
    );
    await apps.createNamespacedDeployment({ namespace, body: deployment });
    await allReady;
    watch.abort();
    const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=web" });
    expect(items.map(({ spec }) => spec?.nodeName)).toEqual([expect.stringMatching(/^simulated-/), expect.stringMatching(/^simulated-/)]);
    expect(items[0]?.metadata?.creationTimestamp).toBeInstanceOf(Date);
  });

  it("patches in four ways", async () => {
    const name = "web";
    const patch = (strategy: PatchStrategy, body: unknown, more: object = {}) =>
      apps.patchNamespacedDeployment({ name, namespace, body, ...more }, setHeaderOptions("Content-Type", strategy));
    expect((await patch(PatchStrategy.JsonPatch, [{ op: "replace", path: "/spec/replicas", value: 3 }])).spec?.replicas).toBe(3);
    expect((await patch(PatchStrategy.MergePatch, { metadata: { labels: { a: "b" } } })).metadata?.labels).toEqual({ a: "b" });
    const containers = [{ name: "side", image: "side" }];
    const strategic = await patch(PatchStrategy.StrategicMergePatch, { spec: { template: { spec: { containers } } } });
    expect(strategic.spec?.template.spec?.containers.map((container) => container.name)).toEqual(["side", "web"]);
    const body = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name }, spec: { replicas: 1 } };
    const applied = await patch(PatchStrategy.ServerSideApply, body, { fieldManager: "test", force: true });
    expect(applied.spec?.replicas).toBe(1);
    await expect(patch(PatchStrategy.ServerSideApply, { ...body, spec: { replicas: 2 } }, { fieldManager: "other" })).rejects.toMatchObject(
      {
        code: 409,
      },
    );
  });

  it("scales by the subresource", async () => {
    const scale = await apps.readNamespacedDeploymentScale({ name: "web", namespace });
    const body = { ...scale, spec: { replicas: 2 } };
    expect((await apps.replaceNamespacedDeploymentScale({ name: "web", namespace, body })).spec?.replicas).toBe(2);
  });

  it("reads pages", async () => {
    for (const index of ["1", "2", "3", "4", "5"]) {
      await core.createNamespacedSecret({ namespace, body: { metadata: { name: `page-${index}`, labels: { page: "" } } } });
    }
    const seen: (string | undefined)[] = [];
    let _continue: string | undefined;
    do {
      const page = await core.listNamespacedSecret({ namespace, labelSelector: "page", limit: 2, ...(_continue ? { _continue } : {}) });
      seen.push(...page.items.map(({ metadata }) => metadata?.name));
      _continue = page.metadata?._continue;
    } while (_continue);
    expect(seen).toEqual(["page-1", "page-2", "page-3", "page-4", "page-5"]);
  });

  it("works with objects of any kind, through discovery", async () => {
    const objects = KubernetesObjectApi.makeApiClient(config);
    const header = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "any", namespace } };
    await objects.create({ ...header, spec: { holderIdentity: "me" } } as typeof header);
    expect(await objects.read(header)).toMatchObject({ spec: { holderIdentity: "me" } });
    await objects.delete(header);
    const leases = config.makeApiClient(CoordinationV1Api);
    await expect(leases.readNamespacedLease({ name: "any", namespace })).rejects.toBeInstanceOf(ApiException);
    const listed = await config
      .makeApiClient(CustomObjectsApi)
      .listClusterCustomObject({ group: "apps", version: "v1", plural: "deployments" });
    expect(listed).toMatchObject({ kind: "DeploymentList", items: [{ metadata: { name: "web" } }] });
  });

  it("tells the reason of a refusal", async () => {
    const refusal = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "A" } } }).catch((error) => error);
    expect(refusal).toBeInstanceOf(ApiException);
    expect(refusal.code).toBe(422);
    expect(JSON.parse(refusal.body)).toMatchObject({ reason: "Invalid", details: { causes: [{ field: "metadata.name" }] } });
  });

  it("has an informer with a cache", async () => {
    const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace }));
    const seen: string[] = [];
    for (const event of ["add", "update", "delete"] as const) informer.on(event, ({ metadata }) => seen.push(`${event} ${metadata?.name}`));
    await informer.start();
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "watched" } } });
    await cluster.until("the addition is seen", () => seen.includes("add watched"));
    await core.deleteNamespacedConfigMap({ name: "watched", namespace });
    await cluster.until("the deletion is seen", () => seen.includes("delete watched"));
    expect(informer.get("watched", namespace)).toBeUndefined();
    await informer.stop();
  });

  it("reads what pods use", async () => {
    const metrics = new Metrics(config);
    expect((await metrics.getNodeMetrics()).kind).toBe("NodeMetricsList");
  });
});
