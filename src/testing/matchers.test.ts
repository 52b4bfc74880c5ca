import { describe, expect, it } from "vitest";
import { deployments } from "../api/refs.ts";
import { assertions } from "./assertions.ts";
import { clusters, deployment } from "./fixtures/started.ts";
import "./vitest.ts";

describe("matchers", () => {
  const { start } = clusters();
  const messageOf = async (assertion: Promise<unknown>) =>
    assertion.then(
      () => "",
      (error: Error) => error.message.replaceAll(/web-\w{5,10}-\w{5}\b/g, "web-1"),
    );

  it("hold, or tell what one would look at next", async () => {
    const cluster = await start({ nodes: 1, stages: [{ pods: { labels: { app: "web" } }, crashes: 100 }] });
    await cluster.apply(deployment("web", 1));
    await cluster.advance("20s");
    const web = cluster.object("deployment/web");
    await expect(web).not.toBeReady();
    const message = await messageOf(expect(web).toBeReady());
    expect(message).toContain("expected that deployment/web in namespace default is ready: 0 of 1 replicas are ready\nconditions:\n");
    expect(message).toContain("  Available=False MinimumReplicasUnavailable: Deployment does not have minimum availability.\n");
    expect(message).toContain(
      "  web-1 Running: container c is waiting (CrashLoopBackOff), 2 restarts: back-off 20s restarting failed container=c",
    );
    expect(message).toMatch(/Warning BackOff pod\/web-1: Back-off restarting failed container c in pod web-/);
    await expect(web).toHaveCondition("Available", "False");
    await expect(web).toHaveCondition("Available", "False", "MinimumReplicasUnavailable");
    await expect(web).not.toHaveCondition("Available");
    expect(await messageOf(expect(web).toHaveCondition("Available"))).toContain(
      "expected that deployment/web in namespace default has condition Available=True: Available is False (MinimumReplicasUnavailable): Deployment does not have minimum availability.\n",
    );
    await expect(web).toHaveEvent("ScalingReplicaSet");
    await expect(web).toHaveEvent({ reason: "ScalingReplicaSet", type: "Normal", message: /from 0 to 1$/ });
    expect(await messageOf(expect(web).toHaveEvent({ reason: "Other", message: "m" }))).toContain(
      `expected that deployment/web in namespace default has an event Other with message "m": there is no such event\n`,
    );
    expect(await messageOf(expect(cluster.object("deployment/none")).toBeReady())).toBe(
      "expected that deployment/none in namespace default is ready: there is no such object",
    );
    await expect(expect(3).toBeReady()).rejects.toThrow(`these matchers are for what cluster.object("KIND/NAME") gives`);
  });

  it("compare with manifests, but for what the server fills in", async () => {
    const cluster = await start({ controllers: "none" });
    const manifest = deployment("web", 2);
    await cluster.apply(manifest);
    const web = cluster.object("deployment/web");
    await expect(web).toEqualManifest(manifest);
    const stored = await cluster.client.get(deployments, "web");
    (stored.spec as { replicas: number }).replicas = 5;
    (stored.spec as { template: { spec: { hostNetwork: boolean } } }).template.spec.hostNetwork = true;
    await cluster.client.update(deployments, stored);
    expect(await messageOf(expect(web).toEqualManifest(manifest))).toBe(
      [
        "deployment/web in namespace default is not as the manifest says:",
        "  spec.replicas: expected 2, is 5",
        "  spec.template.spec.hostNetwork: expected nothing, is true",
      ].join("\n"),
    );
    await cluster.apply({ apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } } as never);
    await expect(cluster.object("svc/s")).toEqualManifest({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { ports: [{ port: 80 }] },
    } as never);
  });

  it("are plain functions too", async () => {
    const cluster = await start({ nodes: 1 });
    const manifest = deployment("web", 1);
    await cluster.apply(manifest);
    const web = cluster.object("deployment/web");
    await expect(assertions.ready(web)).rejects.toMatchObject({ name: "AssertionError", code: "ERR_ASSERTION" });
    await cluster.until("deployment/web", "available");
    await assertions.ready(web);
    await assertions.hasCondition(web, "Available");
    await assertions.hasEvent(web, "ScalingReplicaSet");
    await assertions.equalsManifest(web, manifest);
  });
});
