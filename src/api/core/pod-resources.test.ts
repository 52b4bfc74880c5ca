import { describe, expect, it } from "vitest";
import { podLimits, podQosClass, podRequests } from "./pod-resources.ts";
import type { Container, Pod, PodSpec } from "./v1.ts";

const container = (name: string, requests?: Record<string, string>, more: Partial<Container> = {}): Container => ({
  name,
  ...(requests ? { resources: { requests } } : {}),
  ...more,
});
const pod = (spec: Partial<PodSpec>): Pod => ({ metadata: {}, spec: { containers: [], ...spec } });

describe("podRequests", () => {
  it("adds up containers in millicores and bytes", () => {
    const requests = podRequests(
      pod({ containers: [container("a", { cpu: "250m", memory: "1Mi" }), container("b", { cpu: "0.5", "example.com/gpu": "2" })] }),
    );
    expect([...requests]).toEqual([
      ["cpu", 750],
      ["memory", 1048576],
      ["example.com/gpu", 2],
    ]);
  });

  it("takes the most that init containers need one by one, beside the sidecars before them", () => {
    const sidecar = container("s", { cpu: "100m" }, { restartPolicy: "Always" });
    const requests = podRequests(
      pod({
        containers: [container("a", { cpu: "200m" })],
        initContainers: [container("i", { cpu: "350m" }), sidecar, container("j", { cpu: "300m" })],
      }),
    );
    expect(requests.get("cpu")).toBe(400);
  });

  it("lets the pod's own figures stand for the sum, and adds overhead", () => {
    const spec = {
      containers: [container("a", { cpu: "200m" })],
      resources: { requests: { cpu: "1" } },
      overhead: { cpu: "10m", memory: "1" },
    };
    expect(podRequests(pod(spec)).get("cpu")).toBe(1010);
    expect(podRequests(pod(spec), { withoutOverhead: true }).get("cpu")).toBe(1000);
    expect(podLimits(pod(spec)).size).toBe(0);
  });

  it("counts what the node has granted while a resize is under way", () => {
    const resizing: Pod = {
      metadata: {},
      spec: { containers: [container("a", { cpu: "100m" })] },
      status: {
        containerStatuses: [{ name: "a", image: "", imageID: "", ready: true, restartCount: 0, allocatedResources: { cpu: "300m" } }],
      },
    };
    expect(podRequests(resizing).get("cpu")).toBe(100);
    expect(podRequests(resizing, { withStatus: true }).get("cpu")).toBe(300);
  });
});

describe("podQosClass", () => {
  const limited = (limits: Record<string, string>, requests = limits): Container => ({ name: "c", resources: { limits, requests } });

  it("is BestEffort without cpu and memory", () => {
    expect(podQosClass({ containers: [container("a"), container("b", { "example.com/gpu": "1" })] })).toBe("BestEffort");
    expect(podQosClass({ containers: [container("a", { cpu: "0" })] })).toBe("BestEffort");
  });

  it("is Guaranteed when all have limits that their requests equal", () => {
    expect(podQosClass({ containers: [limited({ cpu: "1", memory: "1Gi" }, { cpu: "1000m", memory: "1024Mi" })] })).toBe("Guaranteed");
  });

  it("is Burstable in between", () => {
    expect(podQosClass({ containers: [limited({ cpu: "1", memory: "1Gi" }), container("b")] })).toBe("Burstable");
    expect(podQosClass({ containers: [limited({ cpu: "1", memory: "1Gi" }, { cpu: "500m", memory: "1Gi" })] })).toBe("Burstable");
    expect(podQosClass({ containers: [container("a", { cpu: "1" })] })).toBe("Burstable");
  });
});
