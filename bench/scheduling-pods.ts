import type { Node, Pod } from "../src/api/core/v1.ts";
import { awayFrom, near, spread, term, testNode, testPod } from "../src/scheduler/testing/objects.ts";

/** What the scheduler gets to do: this many pods on this many nodes. */
export const nodeCount = 1000;
const zone = "topology.kubernetes.io/zone";
const host = "kubernetes.io/hostname";

export interface PodForm {
  count: number;
  pod(index: number): Pod;
}

export const podForms = {
  plain: { count: 5000, pod: (i) => testPod(`pod-${i}`, { cpu: "100m", memory: "64Mi", labels: { app: "web" } }) },
  "anti-affinity": {
    count: 500,
    pod: (i) => testPod(`pod-${i}`, { cpu: "100m", labels: { app: "web" }, affinity: awayFrom(term("web", host)) }),
  },
  affinity: {
    count: 500,
    pod: (i) => testPod(`pod-${i}`, { cpu: "100m", labels: { app: "web" }, affinity: near(term("web", zone)) }),
  },
  spread: {
    count: 500,
    pod: (i) =>
      testPod(`pod-${i}`, {
        cpu: "100m",
        labels: { app: "web" },
        topologySpreadConstraints: [spread("web", zone), spread("web", host, { whenUnsatisfiable: "ScheduleAnyway" })],
      }),
  },
  "affinity and spread": {
    count: 500,
    pod: (i) => {
      const app = `app-${i % 10}`;
      return testPod(`pod-${i}`, {
        cpu: "100m",
        labels: { app },
        affinity: {
          ...near(term(app, zone)),
          podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 10, podAffinityTerm: term(app, host) }] },
        },
        topologySpreadConstraints: [spread(app, host, { maxSkew: 2 })],
      });
    },
  },
} satisfies Record<string, PodForm>;

export type PodFormName = keyof typeof podForms;

export function benchNode(index: number): Node {
  return testNode(`node-${index}`, { cpu: "32", memory: "64Gi", labels: { [zone]: `zone-${index % 10}` } });
}

/** Takes from a node what one that has just joined is kept for. */
export const admitNode = { spec: { taints: null } };
