import { existsSync } from "node:fs";
import { AppsV1Api, CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { describe, expect, it, vi } from "vitest";
import { configmaps, pods, validatingwebhookconfigurations } from "../api/refs.ts";
import type { Cluster } from "./cluster.ts";
import { clusters, deployment } from "./fixtures/started.ts";
import { startCluster } from "./start-cluster.ts";

describe("a cluster that is served", () => {
  const { start, keep } = clusters();
  const configOf = (text: string) => {
    const config = new KubeConfig();
    config.loadFromString(text);
    return config;
  };

  it("answers other clients over HTTPS, and holds time while it does", async () => {
    const cluster = await start({ nodes: 1 });
    await cluster.apply(deployment("web", 1));
    await cluster.until("deployment/web", "available");
    const { kubeConfig, url, kubeconfigPath } = await cluster.serve();
    expect(url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(existsSync(kubeconfigPath)).toBe(true);
    const api = configOf(kubeConfig).makeApiClient(AppsV1Api);
    const web = await api.readNamespacedDeployment({ name: "web", namespace: "default" });
    expect(web.status?.availableReplicas).toBe(1);
    expect((await cluster.serve()).url).toBe(url);
    await cluster.stop();
    expect(existsSync(kubeconfigPath)).toBe(false);
    await expect(api.readNamespacedDeployment({ name: "web", namespace: "default" })).rejects.toThrow();
  });

  it("knows its users, in process and over HTTPS", async () => {
    const cluster = await start({ controllers: ["clusterrole-aggregation"] });
    const dev = await cluster.user("dev", {
      namespace: "default",
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }],
    });
    expect((await dev.client.list(pods, { namespace: "default" })).items).toEqual([]);
    await expect(dev.client.list(configmaps, { namespace: "default" })).rejects.toThrow(
      `configmaps is forbidden: User "dev" cannot list resource "configmaps" in API group "" in the namespace "default"`,
    );
    await cluster.advance("1s");
    const viewer = await cluster.user("viewer", { role: "view" });
    expect((await viewer.client.list(configmaps)).items.length).toBeGreaterThan(0);
    const api = configOf(await dev.kubeConfig()).makeApiClient(CoreV1Api);
    expect((await api.listNamespacedPod({ namespace: "default" })).items).toEqual([]);
    await expect(api.listPodForAllNamespaces()).rejects.toMatchObject({ code: 403 });
  });

  it("opens no port and leaves nothing behind otherwise", async () => {
    const handles = () => process.getActiveResourcesInfo().filter((name) => name !== "Immediate").length;
    const before = handles();
    const cluster = await startCluster({ nodes: 2 });
    await cluster.apply(deployment("web", 2));
    await cluster.until("deployment/web", "available");
    expect(handles()).toBeLessThanOrEqual(before);
    await cluster.stop();
    expect(handles()).toBeLessThanOrEqual(before);
  });

  it("asks webhooks that are functions in this process", async () => {
    const cluster = await start({ controllers: "none" });
    const configure = (kind: string, name: string, path: string) => ({
      apiVersion: "admissionregistration.k8s.io/v1",
      kind,
      metadata: { name },
      webhooks: [
        {
          name: `${name}.example.com`,
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          clientConfig: { service: { namespace: "default", name: "guard", path } },
          rules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
        },
      ],
    });
    const handler = vi.fn((request: { path: string; object: unknown; name?: string }) => {
      const object = request.object as { metadata: { name: string; labels?: Record<string, string> } };
      if (request.path === "/label") object.metadata.labels = { seen: "yes" };
      else if (object.metadata.name === "bad") return "no bad names here";
      return true;
    });
    await cluster.admissionWebhook("default/guard", handler as never);
    await cluster.apply([
      configure("MutatingWebhookConfiguration", "label", "/label"),
      configure("ValidatingWebhookConfiguration", "check", "/check"),
    ]);
    const made = await cluster.client.create(configmaps, { metadata: { name: "good" } });
    expect(made.metadata.labels).toEqual({ seen: "yes" });
    await expect(cluster.client.create(configmaps, { metadata: { name: "bad" } })).rejects.toThrow(
      `admission webhook "check.example.com" denied the request: no bad names here`,
    );
    expect(handler).toHaveBeenCalledTimes(4);
    const copy: Cluster = keep(cluster.fork());
    await expect(copy.client.create(configmaps, { metadata: { name: "bad" } })).rejects.toThrow("no bad names here");
    await copy.client.deleteCollection(validatingwebhookconfigurations);
    await copy.client.create(configmaps, { metadata: { name: "bad" } });
  });
});
