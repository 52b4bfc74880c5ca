import { describe, expect, it } from "vitest";
import {
  clusterrolebindings,
  clusterroles,
  configmaps,
  endpointslices,
  endpoints as endpointsRef,
  flowschemas,
  namespaces,
  priorityclasses,
  prioritylevelconfigurations,
  rolebindings,
  roles,
  servicecidrs,
  services,
} from "../../api/refs.ts";
import { TestServer } from "../../apiserver/testing/test-server.ts";
import { type AnyObject, deepCopy, type KubeObject, keyOf } from "../../machinery/object.ts";
import type { ResourceRef } from "../../machinery/resource-ref.ts";
import { startClusterRoleAggregation } from "../clusterrole-aggregation/cluster-role-aggregation.ts";
import { type HarnessDeps, ServerHarness } from "../testing/server-harness.ts";
import { startBootstrap } from "./bootstrap.ts";
import bootstrapObjects from "./objects.json" with { type: "json" };

const kubernetesService = { clusterIp: "10.96.0.1", serviceRange: "10.96.0.0/16", address: "10.1.2.3", port: 6443 };
const bootstrap = (deps: HarnessDeps) => startBootstrap({ ...deps, options: { kubernetesService } });
const serverOptions = { serviceClusterIPRange: "10.96.0.0/16" };

const kinds: Record<string, ResourceRef> = {
  clusterroles,
  roles,
  clusterrolebindings,
  rolebindings,
  priorityclasses,
  flowschemas,
  prioritylevelconfigurations,
};

/** What a person would write of the object: no kind, and of the metadata what was given. */
function written(object: KubeObject): unknown {
  const { apiVersion: _version, kind: _kind, status: _status, ...rest } = deepCopy(object) as AnyObject;
  const { name, namespace, labels, annotations } = object.metadata;
  rest.metadata = JSON.parse(JSON.stringify({ name, namespace, labels, annotations }));
  if (rest.aggregationRule) delete rest.rules;
  return rest;
}

describe("what every cluster has", () => {
  it("tells others since when tokens are tracked, and who signs client certificates", async () => {
    const start = (clientAuthority: string) => (deps: HarnessDeps) => startBootstrap({ ...deps, options: { clientAuthority } });
    const server = new TestServer(serverOptions);
    const first = await ServerHarness.on(server, start("PEM"));
    const data = async (harness: ServerHarness, name: string) =>
      (await harness.client.get(configmaps, name, { namespace: "kube-system" })).data;
    const today = new Date(first.clock.now()).toISOString().slice(0, 10);
    expect(await data(first, "kube-apiserver-legacy-service-account-token-tracking")).toEqual({ since: today });
    expect(await data(first, "extension-apiserver-authentication")).toEqual({ "client-ca-file": "PEM" });
    await first.stop();
    const second = await ServerHarness.on(server, start("OTHER"));
    expect(await data(second, "extension-apiserver-authentication")).toEqual({ "client-ca-file": "OTHER" });
    await second.stop();
  });

  it("is stored as it is listed, and fills the roles that are made of others", async () => {
    const harness = await ServerHarness.on(new TestServer(serverOptions), bootstrap, startClusterRoleAggregation);
    const lists = bootstrapObjects as unknown as Record<string, KubeObject[]>;
    for (const [name, ref] of Object.entries(kinds)) {
      const { items } = await harness.client.list(ref);
      const listed = (lists[name] ?? []) as KubeObject[];
      expect(items.map(keyOf).sort(), name).toEqual(listed.map(keyOf).sort());
      const byKey = new Map(items.map((item) => [keyOf(item), item]));
      for (const object of listed) expect(written(byKey.get(keyOf(object)) as KubeObject)).toEqual(written(object));
    }
    expect(await harness.names(namespaces)).toEqual(["default", "kube-node-lease", "kube-public", "kube-system"]);
    const [admin, edit, view] = await Promise.all(["admin", "edit", "view"].map((name) => harness.get(clusterroles, name)));
    expect([admin?.rules?.length, edit?.rules?.length, view?.rules?.length]).toEqual([29, 27, 12]);
    const range = await harness.get(servicecidrs, "kubernetes");
    expect(range.spec).toEqual({ cidrs: ["10.96.0.0/16"] });
    expect(range.status?.conditions).toEqual([
      {
        type: "Ready",
        status: "True",
        reason: "",
        message: "Kubernetes default Service CIDR is ready",
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ]);
    expect((await harness.get(services, "kubernetes")).spec).toMatchObject({
      type: "ClusterIP",
      clusterIP: "10.96.0.1",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
    });
    expect((await harness.get(endpointsRef, "kubernetes")).subsets).toEqual([
      { addresses: [{ ip: "10.1.2.3" }], ports: [{ name: "https", port: 6443, protocol: "TCP" }] },
    ]);
    expect((await harness.get(endpointslices, "kubernetes")).endpoints).toEqual([{ addresses: ["10.1.2.3"], conditions: { ready: true } }]);
    expect(harness.errors()).toEqual([]);
    await harness.stop();
  });

  it("costs no write when it is there: neither in quiet nor after a restart", async () => {
    const server = new TestServer(serverOptions);
    const first = await ServerHarness.on(server, bootstrap, startClusterRoleAggregation);
    await first.rest();
    const quiet = first.revision;
    await first.pass(120_000, 2000);
    expect(first.revision).toBe(quiet);
    await first.stop();
    const second = await ServerHarness.on(server, bootstrap, startClusterRoleAggregation);
    await second.pass(30_000, 2000);
    expect(second.revision).toBe(quiet);
    expect(second.errors()).toEqual([]);
    await second.stop();
  });

  it("gives back what was lost, keeps what was added, and leaves alone what says so", async () => {
    const server = new TestServer(serverOptions);
    const first = await ServerHarness.on(server, bootstrap, startClusterRoleAggregation);
    const own = { apiGroups: ["example.com"], resources: ["things"], verbs: ["get"] };
    const scheduler = await first.get(clusterroles, "system:kube-scheduler");
    await first.client.update(clusterroles, { ...scheduler, rules: [own, ...(scheduler.rules ?? []).slice(1)] });
    const dns = await first.get(clusterroles, "system:kube-dns");
    await first.client.update(clusterroles, {
      ...dns,
      metadata: { ...dns.metadata, annotations: { "rbac.authorization.kubernetes.io/autoupdate": "false" } },
      rules: [],
    });
    const masters = await first.get(clusterrolebindings, "cluster-admin");
    await first.client.update(clusterrolebindings, { ...masters, subjects: [] });
    await first.client.delete(clusterroles, "system:heapster");
    await first.client.create(clusterroles, {
      metadata: { name: "more-view", labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
      rules: [own],
    });
    await first.rest();
    expect((await first.get(clusterroles, "view")).rules).toContainEqual(own);
    expect((await first.get(clusterroles, "admin")).rules).toContainEqual(own);
    await first.client.delete(clusterroles, "more-view");
    await first.rest();
    expect((await first.get(clusterroles, "admin")).rules).not.toContainEqual(own);
    await first.stop();
    const second = await ServerHarness.on(server, bootstrap);
    await second.rest();
    const rules = (await second.get(clusterroles, "system:kube-scheduler")).rules ?? [];
    expect(rules).toContainEqual(own);
    for (const rule of scheduler.rules ?? []) expect(rules).toContainEqual(rule);
    expect((await second.get(clusterroles, "system:kube-dns")).rules ?? []).toEqual([]);
    expect((await second.get(clusterrolebindings, "cluster-admin")).subjects).toEqual(masters.subjects);
    expect(await second.find(clusterroles, "system:heapster")).toBeDefined();
    await second.stop();
  });
});
