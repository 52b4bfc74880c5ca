import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Namespace } from "../../api/core/v1.ts";
import { configmaps, deployments, namespaces, pods, secrets, serviceaccounts } from "../../api/refs.ts";
import { type Discover, PartialDiscoveryError } from "../../client/served-resource.ts";
import { startRootCaPublisher, startServiceAccountController } from "../serviceaccount/service-account.ts";
import { type HarnessDeps, ServerHarness } from "../testing/server-harness.ts";
import { startNamespaceController } from "./namespace.ts";

describe("the namespace controller", () => {
  let harness: ServerHarness;
  /** Stands in front of discovery, to make it fail. */
  let wrap: (discover: Discover) => Discover;

  beforeEach(async () => {
    wrap = (discover) => discover;
    harness = await ServerHarness.started(
      (deps: HarnessDeps) => startNamespaceController({ ...deps, discover: () => wrap(deps.discover)() }),
      startServiceAccountController,
      (deps) => startRootCaPublisher({ ...deps, certificateAuthority: "CA" }),
    );
    await harness.makeNamespace("work");
    await harness.rest();
  });

  afterEach(async () => {
    await harness.stop();
  });

  const conditionsOf = (namespace: Namespace) =>
    namespace.status?.conditions?.map(({ type, status, reason, message }) => `${type} ${status} ${reason}: ${message}`);
  const work = () => harness.find(namespaces, "work");

  it("empties a namespace and lets it go", async () => {
    await harness.client.create(configmaps, { metadata: { name: "a", namespace: "work" } });
    await harness.client.create(secrets, { metadata: { name: "b", namespace: "work" } });
    expect(await harness.names(serviceaccounts, "work")).toEqual(["default"]);
    await harness.client.delete(namespaces, "work");
    await harness.rest();
    expect(await work()).toBeUndefined();
    expect(await harness.names(configmaps, "work")).toEqual([]);
    expect(await harness.names(serviceaccounts, "work")).toEqual([]);
    expect(harness.errors()).toEqual([]);
  });

  it("ends pods first, and nothing they need before they are gone", async () => {
    await harness.client.create(configmaps, { metadata: { name: "a", namespace: "work" } });
    await harness.client.create(pods, {
      metadata: { name: "p", namespace: "work" },
      spec: { nodeName: "n", terminationGracePeriodSeconds: 20, containers: [{ name: "c", image: "i" }] },
    });
    await harness.client.delete(namespaces, "work");
    await harness.pass(5000);
    expect((await harness.get(pods, "p", "work")).metadata.deletionTimestamp).toBeDefined();
    expect(await harness.names(configmaps, "work")).toEqual(["a", "kube-root-ca.crt"]);
    expect(conditionsOf((await work()) as Namespace)).toContain(
      "NamespaceContentRemaining True SomeResourcesRemain: Some resources are remaining: pods. has 1 resource instances",
    );
    await harness.client.delete(pods, "p", { namespace: "work", gracePeriodSeconds: 0 });
    await harness.pass(8000);
    expect(await work()).toBeUndefined();
  });

  it("tells what its content waits for, and looks again ever more seldom", async () => {
    const hold = (name: string, finalizers: string[]) => ({ metadata: { name, namespace: "work", finalizers } });
    await harness.client.create(configmaps, hold("a", ["example.com/x", "example.com/y"]));
    await harness.client.create(configmaps, hold("b", ["example.com/x"]));
    await harness.client.create(deployments, {
      ...hold("d", ["example.com/z"]),
      spec: {
        selector: { matchLabels: { a: "b" } },
        template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
      },
    });
    await harness.client.delete(namespaces, "work");
    await harness.rest();
    const namespace = (await work()) as Namespace;
    expect(namespace.status?.phase).toBe("Terminating");
    expect(conditionsOf(namespace)).toEqual([
      "NamespaceDeletionDiscoveryFailure False ResourcesDiscovered: All resources successfully discovered",
      "NamespaceDeletionGroupVersionParsingFailure False ParsedGroupVersions: All legacy kube types successfully parsed",
      "NamespaceDeletionContentFailure False ContentDeleted: All content successfully deleted, may be waiting on finalization",
      "NamespaceContentRemaining True SomeResourcesRemain: Some resources are remaining: configmaps. has 2 resource instances, deployments.apps has 1 resource instances",
      "NamespaceFinalizersRemaining True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/x in 2 resource instances, example.com/y in 1 resource instances, example.com/z in 1 resource instances",
    ]);
    await harness.pass(60_000, 1000);
    const quiet = harness.revision;
    await harness.pass(60_000, 1000);
    expect(harness.revision).toBe(quiet);
    const release = { type: "application/merge-patch+json" as const, body: { metadata: { finalizers: null } } };
    for (const name of ["a", "b"]) await harness.client.patch(configmaps, name, release, { namespace: "work" });
    await harness.client.patch(deployments, "d", release, { namespace: "work" });
    await harness.pass(8500);
    expect(await work()).toBeUndefined();
    expect(harness.errors()).toEqual([]);
  });

  it("deletes what it can while discovery fails in part, and says so", async () => {
    wrap = (discover) => async () => {
      throw new PartialDiscoveryError(
        await discover(),
        new Map([["metrics.k8s.io/v1beta1", "the server is currently unable to handle the request"]]),
      );
    };
    await harness.client.create(configmaps, { metadata: { name: "a", namespace: "work" } });
    await harness.client.delete(namespaces, "work");
    await harness.rest();
    expect(await harness.names(configmaps, "work")).toEqual([]);
    expect(conditionsOf((await work()) as Namespace)?.[0]).toBe(
      "NamespaceDeletionDiscoveryFailure True DiscoveryFailed: Discovery failed for some groups, 1 failing: unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: the server is currently unable to handle the request",
    );
    wrap = (discover) => discover;
    await harness.pass(8500);
    expect(await work()).toBeUndefined();
  });

  it("keeps service accounts and the authority's certificate in namespaces that live", async () => {
    expect((await harness.get(configmaps, "kube-root-ca.crt", "work")).data).toEqual({ "ca.crt": "CA" });
    await harness.client.delete(configmaps, "kube-root-ca.crt", { namespace: "work" });
    await harness.client.delete(serviceaccounts, "default", { namespace: "work" });
    await harness.rest();
    expect(await harness.names(serviceaccounts, "work")).toEqual(["default"]);
    const map = await harness.get(configmaps, "kube-root-ca.crt", "work");
    await harness.client.update(configmaps, { ...map, data: { "ca.crt": "other", more: "x" } });
    await harness.rest();
    const repaired = await harness.get(configmaps, "kube-root-ca.crt", "work");
    expect(repaired.data).toEqual({ "ca.crt": "CA" });
    expect(repaired.metadata.annotations).toEqual({
      "kubernetes.io/description":
        "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
    });
    const quiet = harness.revision;
    await harness.pass(60_000, 5000);
    expect(harness.revision).toBe(quiet);
  });
});
