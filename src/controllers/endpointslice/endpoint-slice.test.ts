import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Pod, Service, ServiceSpec } from "../../api/core/v1.ts";
import type { Endpoint, EndpointSlice as StoredSlice } from "../../api/discovery/v1.ts";
import { endpointslices, endpoints as endpointsRef, nodes, pods, services } from "../../api/refs.ts";
import { startEndpointsController } from "../endpoint/endpoints.ts";
import { startGarbageCollector } from "../garbage-collector/garbage-collector.ts";
import { ServerHarness } from "../testing/server-harness.ts";
import { startEndpointSliceController } from "./endpoint-slice.ts";

/** The controller always writes the list, be it empty. */
type EndpointSlice = StoredSlice & { endpoints: Endpoint[] };

describe("endpoints and endpoint slices", () => {
  let harness: ServerHarness;
  let uids: Record<string, string>;

  beforeEach(async () => {
    harness = await ServerHarness.started(startEndpointsController, startEndpointSliceController, startGarbageCollector);
    uids = {};
    await harness.client.create(nodes, { metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": "za" } } });
  });

  afterEach(async () => {
    expect(harness.errors()).toEqual([]);
    await harness.stop();
  });

  async function service(name: string, spec: Partial<ServiceSpec>): Promise<Service> {
    const object: Service = { metadata: { name, namespace: "default" }, spec: { selector: { app: "web" }, ...spec } };
    return await harness.client.create(services, object);
  }

  async function pod(name: string, ip: string, ready = true, more: Partial<NonNullable<Pod["spec"]>> = {}): Promise<Pod> {
    const made = await harness.makePod(
      { metadata: { name, labels: { app: "web" } }, spec: { nodeName: "n1", containers: [{ name: "c", image: "i" }], ...more } },
      { phase: "Running", podIP: ip, conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
    );
    uids[name] = made.metadata.uid ?? "";
    return made;
  }

  const http = { containers: [{ name: "c", image: "i", ports: [{ name: "http", containerPort: 8080 }] }] };

  async function slicesOf(name: string): Promise<EndpointSlice[]> {
    const { items } = await harness.client.list(endpointslices, {
      namespace: "default",
      labelSelector: `kubernetes.io/service-name=${name}`,
    });
    return items.map((slice) => ({ ...slice, endpoints: slice.endpoints ?? [] })) as EndpointSlice[];
  }

  /** `ip ready serving terminating`, in order of the address. */
  const told = (slices: EndpointSlice[]) =>
    slices
      .flatMap(({ endpoints }) => endpoints)
      .map(({ addresses, conditions }) => `${addresses[0]} ${conditions?.ready} ${conditions?.serving} ${conditions?.terminating}`)
      .sort();

  it("tells ready, unready and terminating pods, with named ports", async () => {
    await service("web", {
      ports: [
        { name: "http", port: 80, targetPort: "http" },
        { name: "plain", port: 81, targetPort: 9090 },
      ],
    });
    await pod("a", "10.0.0.1", true, http);
    await pod("b", "10.0.0.2", false, http);
    await pod("c", "10.0.0.3");
    await pod("d", "10.0.0.4", true, http);
    await harness.client.delete(pods, "d", { namespace: "default" });
    await harness.rest();
    const [first, second] = (await slicesOf("web")).sort((a, b) => (b.ports?.length ?? 0) - (a.ports?.length ?? 0));
    expect(first?.ports).toEqual([
      { name: "http", port: 8080, protocol: "TCP" },
      { name: "plain", port: 9090, protocol: "TCP" },
    ]);
    expect(told([first as EndpointSlice])).toEqual(["10.0.0.1 true true false", "10.0.0.2 false false false", "10.0.0.4 false true true"]);
    expect(first?.endpoints[0]).toEqual({
      addresses: ["10.0.0.1"],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: "n1",
      zone: "za",
      targetRef: { kind: "Pod", namespace: "default", name: "a", uid: uids.a },
    });
    // A pod without the named port has an own slice, with the ports that it does have.
    expect(second?.ports).toEqual([{ name: "plain", port: 9090, protocol: "TCP" }]);
    expect(told([second as EndpointSlice])).toEqual(["10.0.0.3 true true false"]);

    const { subsets, metadata } = await harness.get(endpointsRef, "web");
    expect(metadata.labels).toEqual({ "endpoints.kubernetes.io/managed-by": "endpoint-controller" });
    const target = (name: string, ip: string) => ({
      ip,
      nodeName: "n1",
      targetRef: { kind: "Pod", namespace: "default", name, uid: uids[name] },
    });
    expect(subsets).toEqual([
      {
        addresses: [target("a", "10.0.0.1")],
        notReadyAddresses: [target("b", "10.0.0.2")],
        ports: [{ name: "http", port: 8080, protocol: "TCP" }],
      },
      {
        addresses: [target("a", "10.0.0.1"), target("c", "10.0.0.3")],
        notReadyAddresses: [target("b", "10.0.0.2")],
        ports: [{ name: "plain", port: 9090, protocol: "TCP" }],
      },
    ]);
  });

  it("publishes pods that aren't ready where the service asks for it, with host names where it is headless", async () => {
    await service("pub", { clusterIP: "None", publishNotReadyAddresses: true, ports: [{ port: 80 }] });
    await service("noports", { clusterIP: "None" });
    await pod("a", "10.0.0.1", true, { hostname: "ha", subdomain: "pub" });
    await pod("b", "10.0.0.2", false, { hostname: "hb", subdomain: "other" });
    await pod("c", "10.0.0.3");
    await harness.client.delete(pods, "c", { namespace: "default" });
    await harness.rest();
    const published = await slicesOf("pub");
    expect(published.map(({ metadata }) => metadata.labels)).toEqual([
      {
        "kubernetes.io/service-name": "pub",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "service.kubernetes.io/headless": "",
      },
    ]);
    expect(told(published)).toEqual(["10.0.0.1 true true false", "10.0.0.2 true false false", "10.0.0.3 true true true"]);
    expect(published[0]?.endpoints.map(({ hostname }) => hostname).sort()).toEqual(["ha", undefined, undefined]);
    expect((await harness.get(endpointsRef, "pub")).subsets?.[0]?.addresses?.map(({ ip, hostname }) => [ip, hostname])).toEqual([
      ["10.0.0.1", "ha"],
      ["10.0.0.2", undefined],
      ["10.0.0.3", undefined],
    ]);
    expect((await slicesOf("noports"))[0]?.ports ?? []).toEqual([]);
    expect((await harness.get(endpointsRef, "noports")).subsets?.map(({ addresses, ports }) => [addresses?.length, ports])).toEqual([
      [1, undefined],
    ]);
  });

  it("keeps slices of at most 100 endpoints and changes as few as it can", async () => {
    await service("web", { ports: [{ port: 80 }] });
    for (let index = 1; index <= 250; index++) await pod(`p${index}`, `10.0.1.${index}`);
    await harness.pass(3000);
    const slices = await slicesOf("web");
    expect(slices.map(({ endpoints }) => endpoints.length).sort((a, b) => a - b)).toEqual([50, 100, 100]);
    expect(new Set(slices.flatMap(({ endpoints }) => endpoints.map(({ addresses }) => addresses[0]))).size).toBe(250);
    expect((await harness.get(endpointsRef, "web")).subsets?.[0]?.addresses?.length).toBe(250);

    const before = new Map(slices.map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
    const gone = slices.find(({ endpoints }) => endpoints.length === 50)?.endpoints[0]?.targetRef?.name ?? "";
    await harness.client.delete(pods, gone, { namespace: "default", gracePeriodSeconds: 0 });
    await harness.rest();
    const changed = (await slicesOf("web")).filter(({ metadata }) => before.get(metadata.name) !== metadata.resourceVersion);
    expect(changed.map(({ endpoints }) => endpoints.length)).toEqual([49]);
  });

  it("follows the selector and the pods' labels, and goes with the service", async () => {
    const made = await service("web", { ports: [{ port: 80 }] });
    const a = await pod("a", "10.0.0.1");
    await pod("b", "10.0.0.2");
    await harness.rest();
    await harness.client.patch(
      pods,
      "a",
      { type: "application/merge-patch+json", body: { metadata: { labels: { app: "other" } } } },
      { namespace: "default" },
    );
    await harness.rest();
    expect(told(await slicesOf("web"))).toEqual(["10.0.0.2 true true false"]);
    const current = await harness.get(services, "web");
    await harness.client.update(services, { ...current, spec: { ...current.spec, selector: { app: "other" } } });
    await harness.rest();
    expect(told(await slicesOf("web"))).toEqual(["10.0.0.1 true true false"]);
    expect((await harness.get(endpointsRef, "web")).subsets?.[0]?.addresses?.map(({ ip }) => ip)).toEqual(["10.0.0.1"]);
    await harness.setPodStatus(a, { phase: "Succeeded" });
    await harness.rest();
    expect(told(await slicesOf("web"))).toEqual([]);
    expect((await slicesOf("web")).length).toBe(1);
    // Without a selector, what is there is for whoever took it away.
    const without = await harness.get(services, "web");
    await harness.client.patch(
      services,
      "web",
      { type: "application/merge-patch+json", body: { spec: { selector: null } } },
      { namespace: "default" },
    );
    await harness.rest();
    expect((await slicesOf("web")).length).toBe(1);
    expect(without.metadata.uid).toBe(made.metadata.uid);
    await harness.client.delete(services, "web", { namespace: "default" });
    await harness.pass(1000);
    expect(await slicesOf("web")).toEqual([]);
    expect(await harness.find(endpointsRef, "web")).toBeUndefined();
  });

  it("gives a service without pods one empty slice, and leaves out pods whose node is gone", async () => {
    await service("web", { ports: [{ port: 80 }] });
    await pod("lost", "10.0.0.9", true, { nodeName: "n2" });
    await harness.rest();
    expect((await slicesOf("web")).map(({ endpoints, ports }) => [endpoints.length, ports ?? []])).toEqual([[0, []]]);
    await harness.client.create(nodes, { metadata: { name: "n2" } });
    await harness.rest();
    expect(told(await slicesOf("web"))).toEqual(["10.0.0.9 true true false"]);
  });

  it("takes no account of external names, restores what others break, and writes nothing when all is quiet", async () => {
    await service("ext", { type: "ExternalName", externalName: "example.com" });
    await service("web", { ports: [{ port: 80 }] });
    await pod("a", "10.0.0.1");
    await harness.rest();
    expect(await slicesOf("ext")).toEqual([]);
    expect(await harness.find(endpointsRef, "ext")).toBeUndefined();
    const [slice] = await slicesOf("web");
    await harness.client.delete(endpointslices, slice?.metadata.name ?? "", { namespace: "default" });
    await harness.client.delete(endpointsRef, "web", { namespace: "default" });
    await harness.rest();
    expect(told(await slicesOf("web"))).toEqual(["10.0.0.1 true true false"]);
    expect((await harness.get(endpointsRef, "web")).subsets?.length).toBe(1);
    const quiet = harness.revision;
    await harness.pass(120_000, 5000);
    expect(harness.revision).toBe(quiet);
  });
});
