import { describe, expect, it } from "vitest";
import { builtInResources } from "./registry.ts";
import { rawTables } from "./tables.ts";

const definitions = builtInResources();
const find = (group: string, version: string, resource: string) =>
  definitions.find((one) => one.group === group && one.version === version && one.resource === resource);

describe("builtInResources", () => {
  it("gives every resource a type that the tables know", () => {
    expect(definitions).toHaveLength(68);
    for (const { type } of definitions) {
      const [file = "", name = ""] = type.split("#");
      expect(rawTables[file]?.[name], type).toBeDefined();
    }
  });

  it("stores under upstream's names", () => {
    const names = (group: string, version: string, resource: string) => find(group, version, resource)?.storageName;
    expect(names("", "v1", "pods")).toBe("pods");
    expect(names("", "v1", "nodes")).toBe("minions");
    expect(names("", "v1", "services")).toBe("services/specs");
    expect(names("", "v1", "endpoints")).toBe("services/endpoints");
    expect(names("", "v1", "replicationcontrollers")).toBe("controllers");
    expect(names("apps", "v1", "deployments")).toBe("deployments");
    expect(names("networking.k8s.io", "v1", "ingresses")).toBe("ingress");
    expect(names("apiregistration.k8s.io", "v1", "apiservices")).toBe("apiregistration.k8s.io/apiservices");
  });

  it("shares a name only between versions of one thing, of which all but one convert", () => {
    const byName = new Map<string, typeof definitions>();
    for (const one of definitions) byName.set(one.storageName, [...(byName.get(one.storageName) ?? []), one]);
    const shared = [...byName].filter(([, list]) => list.length > 1).map(([name]) => name);
    expect(shared.sort()).toEqual(["events", "horizontalpodautoscalers"]);
    for (const name of shared) expect(byName.get(name)?.filter((one) => !one.converter)).toHaveLength(1);
  });

  it("gives rows with a cell for each column", () => {
    for (const one of definitions) {
      if (!one.behaviour.row || !one.columns) continue;
      const empty = {
        metadata: { name: "x" },
        spec: { scaleTargetRef: {}, template: {} },
        roleRef: {},
        provisioner: "p",
        addressType: "IPv4",
      };
      // Upstream fills a cell more than there are columns for addresses.
      const more = one.resource === "ipaddresses" ? 1 : 0;
      expect(one.behaviour.row(empty, { now: 0 }), one.resource).toHaveLength(one.columns.length + more);
    }
  });

  it("counts generations of kinds with a spec and a status", () => {
    expect(find("apps", "v1", "deployments")?.behaviour.countsGenerations).toBe(true);
    expect(find("", "v1", "services")?.behaviour.countsGenerations).toBe(false);
    expect(find("", "v1", "configmaps")?.behaviour.countsGenerations).toBe(false);
  });
});

describe("conversions", () => {
  it("turns events of the new form into those of core and back", () => {
    const converter = find("events.k8s.io", "v1", "events")?.converter;
    const event = {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: "e" },
      regarding: { kind: "Pod", name: "p" },
      note: "n",
      reportingController: "c",
      deprecatedCount: 3,
    };
    const stored = converter?.toStored(event);
    expect(stored).toEqual({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: "e" },
      involvedObject: { kind: "Pod", name: "p" },
      message: "n",
      reportingComponent: "c",
      reportingInstance: "",
      count: 3,
    });
    expect(stored && converter?.fromStored(stored)).toEqual(event);
  });

  it("keeps what autoscaling/v1 has no fields for in annotations", () => {
    const converter = find("autoscaling", "v1", "horizontalpodautoscalers")?.converter;
    const memory = { type: "Resource", resource: { name: "memory", target: { type: "Utilization", averageUtilization: 70 } } };
    const note = '[{"type":"Resource","resource":{"name":"memory","targetAverageUtilization":70}}]';
    const cpu = { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } };
    const stored = {
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "h" },
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { kind: "Deployment", name: "d" },
        metrics: [memory, cpu],
      },
      status: { currentReplicas: 1, currentMetrics: null, desiredReplicas: 2 },
    };
    const served = converter?.fromStored(stored);
    expect(served).toMatchObject({
      apiVersion: "autoscaling/v1",
      metadata: { annotations: { "autoscaling.alpha.kubernetes.io/metrics": note } },
      spec: { maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
    });
    expect(served && converter?.toStored(served)).toEqual(stored);
  });
});
