import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../machinery/clock.ts";
import { deepCopy } from "../../machinery/object.ts";
import type { Platform } from "../../machinery/platform.ts";
import { seededRandom } from "../../machinery/random.ts";
import type { RequestContext, ResourceBehaviour } from "../define-resource.ts";
import { pods } from "./pod.ts";
import type { Pod, PodSpec } from "./v1.ts";

const behaviour = pods.behaviour as unknown as ResourceBehaviour<Pod>;
const context = (subresource = ""): RequestContext => ({
  clock: new VirtualClock(),
  random: seededRandom(1),
  namespace: "default",
  subresource,
  dryRun: false,
  user: "someone",
  uid: "",
  groups: [],
  extra: undefined,
  platform: {} as Platform,
  namespaceLabels: () => undefined,
  warn: () => undefined,
});

function stored(spec: Partial<PodSpec> = {}): Pod {
  const pod: Pod = {
    metadata: { name: "p", namespace: "default", uid: "u", labels: { app: "x" } },
    spec: { containers: [{ name: "c", image: "busybox" }], ...spec },
  };
  behaviour.default?.(pod);
  behaviour.prepareForCreate?.(pod, context());
  pod.metadata.resourceVersion = "1";
  return pod;
}

/** The complaints about an update, and the pod as it would be stored. */
function update(old: Pod, change: (pod: Pod) => void, subresource = ""): { texts: string[]; pod: Pod } {
  const pod = deepCopy(old);
  change(pod);
  behaviour.default?.(pod);
  behaviour.prepareForUpdate?.(pod, old, context(subresource));
  const errors =
    subresource === "status"
      ? behaviour.validateStatus?.(pod, old, context(subresource))
      : [
          ...(behaviour.validateChange?.(pod, old, context(subresource)) ?? []),
          ...(behaviour.validateUpdate?.(pod, old, context(subresource)) ?? []),
        ];
  return { texts: (errors ?? []).map((error) => error.text), pod };
}

describe("updates of pods", () => {
  it("lets images change and counts the generation", () => {
    const { texts, pod } = update(stored(), (next) => {
      (next.spec as PodSpec).containers[0]!.image = "busybox:2";
    });
    expect(texts).toEqual([]);
    expect(pod.metadata.generation).toBe(2);
  });

  it("refuses other changes and shows them", () => {
    const { texts } = update(stored(), (next) => {
      next.spec!.nodeName = "n1";
    });
    expect(texts).toHaveLength(1);
    expect(texts[0]).toMatch(
      /^spec: Forbidden: pod updates may not change fields other than `spec\.containers\[\*\]\.image`,`spec\.initContainers\[\*\]\.image`,`spec\.activeDeadlineSeconds`,`spec\.tolerations` \(only additions to existing tolerations\),`spec\.terminationGracePeriodSeconds` \(allow it to be set to 1 if it was previously negative\)\n@@ -\d+,\d+ \+\d+,\d+ @@\n/,
    );
    expect(texts[0]).toContain('+ "NodeName": "n1"');
  });

  it("refuses containers that come or go", () => {
    const { texts } = update(stored(), (next) => next.spec!.containers.push({ name: "d", image: "x" }));
    expect(texts).toEqual(["spec.containers: Forbidden: pod updates may not add or remove containers"]);
  });

  it("lets the deadline only shrink", () => {
    const old = stored({ activeDeadlineSeconds: 5 });
    const set = (seconds: number | undefined) =>
      update(old, (next) => {
        if (seconds === undefined) delete next.spec!.activeDeadlineSeconds;
        else next.spec!.activeDeadlineSeconds = seconds;
      }).texts;
    expect(set(4)).toEqual([]);
    expect(set(6)).toEqual(["spec.activeDeadlineSeconds: Invalid value: 6: must be less than or equal to previous value"]);
    expect(set(undefined)).toEqual([
      "spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to nil value",
    ]);
  });

  it("lets tolerations be added, and their seconds change", () => {
    const old = stored({ tolerations: [{ key: "a", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }] });
    expect(update(old, (next) => next.spec!.tolerations!.push({ key: "b", operator: "Exists" })).texts).toEqual([]);
    expect(
      update(old, (next) => {
        next.spec!.tolerations = [];
      }).texts,
    ).toEqual(["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"]);
  });

  it("lets a gated pod be narrowed down to fewer nodes", () => {
    const old = stored({ schedulingGates: [{ name: "g" }], nodeSelector: { a: "b" } });
    expect(update(old, (next) => Object.assign(next.spec!.nodeSelector!, { c: "d" })).texts).toEqual([]);
    expect(
      update(old, (next) => {
        next.spec!.schedulingGates = [{ name: "h" }];
      }).texts,
    ).toEqual(["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'h'"]);
  });

  it("takes ephemeral containers through their own endpoint only", () => {
    const add = (next: Pod) => {
      next.spec!.ephemeralContainers = [{ name: "e", image: "x" }];
      next.metadata.labels = { other: "y" };
    };
    const { texts, pod } = update(stored(), add, "ephemeralcontainers");
    expect(texts).toEqual([]);
    expect(pod.metadata.labels).toEqual({ app: "x" });
    expect(pod.spec?.ephemeralContainers).toHaveLength(1);
    expect(update(stored(), add).texts[0]).toMatch(/^spec: Forbidden: pod updates may not change fields/);
  });

  it("keeps the status out of the main endpoint, and the class of service as it is", () => {
    const plain = update(stored(), (next) => {
      next.status = { phase: "Running" };
    });
    expect(plain.pod.status?.phase).toBe("Pending");
    const { texts } = update(
      stored(),
      (next) => {
        next.status = { phase: "Running", qosClass: "Guaranteed", podIPs: [{ ip: "x" }] };
      },
      "status",
    );
    expect(texts).toEqual([
      'status.qosClass: Invalid value: "Guaranteed": field is immutable',
      'status.podIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ]);
  });
});

describe("grace periods of pods", () => {
  it("ends at once what runs nowhere", () => {
    expect(behaviour.gracePeriodSeconds?.(stored(), 10)).toBe(0);
    expect(behaviour.gracePeriodSeconds?.({ ...stored({ nodeName: "n" }), status: { phase: "Succeeded" } }, undefined)).toBe(0);
  });

  it("is that of the request, or of the spec", () => {
    const pod = stored({ nodeName: "n", terminationGracePeriodSeconds: 7 });
    expect(behaviour.gracePeriodSeconds?.(pod, undefined)).toBe(7);
    expect(behaviour.gracePeriodSeconds?.(pod, 3)).toBe(3);
    expect(behaviour.gracePeriodSeconds?.(pod, 0)).toBe(0);
  });
});
