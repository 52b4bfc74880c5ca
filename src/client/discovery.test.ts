import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { discoverOver } from "./discovery.ts";
import { PartialDiscoveryError } from "./served-resource.ts";

const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** A server that answers these paths. */
function serverOf(answers: Record<string, { type?: string; status?: number; body: unknown }>) {
  const asked: string[] = [];
  return {
    asked,
    async request(_method: string, path: string) {
      asked.push(path);
      const answer = answers[path] ?? { status: 404, body: "404 page not found" };
      const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
      return {
        status: answer.status ?? 200,
        headers: { "content-type": answer.type ?? "application/json" },
        body: Readable.from([Buffer.from(text.slice(0, 5)), Buffer.from(text.slice(5))]),
      };
    },
  };
}

const pods = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true, verbs: ["get", "list"] };
const nodes = { group: "", version: "v1", resource: "nodes", kind: "Node", namespaced: false, verbs: ["list"] };
const scalers = (version: string) => ({
  group: "autoscaling",
  version,
  resource: "horizontalpodautoscalers",
  kind: "HorizontalPodAutoscaler",
  namespaced: true,
  verbs: ["list"],
});

describe("discovery over HTTP", () => {
  it("takes two requests where the server tells all at once", async () => {
    const entry = ({ group, version, resource, kind, namespaced, verbs }: typeof pods) => ({
      resource,
      responseKind: { group, version, kind },
      scope: namespaced ? "Namespaced" : "Cluster",
      verbs,
      subresources: [{ subresource: "status", responseKind: { kind }, verbs }],
    });
    const server = serverOf({
      "/api": {
        type: aggregatedType,
        body: { items: [{ metadata: {}, versions: [{ version: "v1", resources: [entry(pods), entry(nodes)] }] }] },
      },
      "/apis": {
        type: aggregatedType,
        body: {
          items: [
            {
              metadata: { name: "autoscaling" },
              versions: ["v2", "v1"].map((version) => ({ version, resources: [entry(scalers(version))], freshness: "Current" })),
            },
          ],
        },
      },
    });
    expect(await discoverOver(server)()).toEqual([pods, nodes, scalers("v2"), scalers("v1")]);
    expect(server.asked).toEqual(["/api", "/apis"]);
  });

  it("goes group by group where it doesn't, the preferred version first", async () => {
    const list = (...resources: (typeof pods)[]) => ({
      body: {
        resources: resources.flatMap(({ resource, kind, namespaced, verbs }) => [
          { name: resource, kind, namespaced, verbs },
          { name: `${resource}/status`, kind, namespaced, verbs: ["get"] },
        ]),
      },
    });
    const server = serverOf({
      "/api": { body: { versions: ["v1"] } },
      "/api/v1": list(pods, nodes),
      "/apis": {
        body: {
          groups: [{ name: "autoscaling", versions: [{ version: "v1" }, { version: "v2" }], preferredVersion: { version: "v2" } }],
        },
      },
      "/apis/autoscaling/v1": list(scalers("v1")),
      "/apis/autoscaling/v2": list(scalers("v2")),
    });
    expect(await discoverOver(server)()).toEqual([pods, nodes, scalers("v2"), scalers("v1")]);
  });

  it("tells what it found beside what it could not find", async () => {
    const server = serverOf({
      "/api": { body: { versions: ["v1"] } },
      "/api/v1": { body: { resources: [{ name: "pods", kind: "Pod", namespaced: true, verbs: ["get", "list"] }] } },
      "/apis": { body: { groups: [{ name: "metrics.k8s.io", versions: [{ version: "v1beta1" }] }] } },
      "/apis/metrics.k8s.io/v1beta1": { status: 503, body: "service unavailable" },
    });
    const error = await discoverOver(server)().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(PartialDiscoveryError);
    expect((error as PartialDiscoveryError).served).toEqual([pods]);
    expect((error as Error).message).toBe(
      "unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1: the server is currently unable to handle the request",
    );
  });

  it("rejects when nothing can be asked", async () => {
    await expect(discoverOver(serverOf({}))()).rejects.toThrow("the server could not find the requested resource");
  });
});
