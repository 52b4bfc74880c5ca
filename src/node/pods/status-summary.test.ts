import { describe, expect, it } from "vitest";
import type { ContainerStatus, Pod } from "../../api/core/v1.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { goDuration } from "../../machinery/duration.ts";
import { Backoff } from "./backoff.ts";
import { podDns } from "./pod-dns.ts";
import { shouldRestart } from "./restart-policy.ts";
import { podPhase } from "./status-summary.ts";

const pod = (restartPolicy: "Always" | "OnFailure" | "Never", ...names: string[]): Pod => ({
  metadata: { name: "p", namespace: "ns" },
  spec: { restartPolicy, containers: names.map((name) => ({ name })) },
});
const running = (name: string) => ({ name, state: { running: {} } }) as ContainerStatus;
const ended = (name: string, exitCode: number) => ({ name, state: { terminated: { exitCode } } }) as ContainerStatus;
const waiting = (name: string) => ({ name, state: { waiting: {} }, lastState: {} }) as ContainerStatus;

describe("podPhase", () => {
  it.each([
    ["Always", [running("a"), waiting("b")], "Pending"],
    ["Always", [running("a"), ended("b", 1)], "Running"],
    ["Always", [ended("a", 0), ended("b", 0)], "Running"],
    ["OnFailure", [ended("a", 0), ended("b", 0)], "Succeeded"],
    ["OnFailure", [ended("a", 0), ended("b", 1)], "Running"],
    ["Never", [ended("a", 0), ended("b", 1)], "Failed"],
    ["Never", [ended("a", 0), running("b")], "Running"],
  ] as const)("with policy %s", (policy, statuses, expected) => {
    expect(podPhase(pod(policy, "a", "b"), { init: [], main: statuses, initialized: true })).toBe(expected);
  });

  it("is Pending until the init containers are done, and Failed when one fails for good", () => {
    const withInit: Pod = {
      ...pod("Never", "a"),
      spec: { ...pod("Never", "a").spec, containers: [{ name: "a" }], initContainers: [{ name: "i" }], restartPolicy: "Never" },
    };
    expect(podPhase(withInit, { init: [running("i")], main: [waiting("a")], initialized: false })).toBe("Pending");
    expect(podPhase(withInit, { init: [ended("i", 1)], main: [waiting("a")], initialized: false })).toBe("Failed");
  });
});

describe("shouldRestart", () => {
  it("follows the policy, then the container's own rules", () => {
    expect(shouldRestart(pod("OnFailure"), { name: "c" }, { exitCode: 0 })).toBe(false);
    expect(shouldRestart(pod("OnFailure"), { name: "c" }, { exitCode: 1 })).toBe(true);
    const container = {
      name: "c",
      restartPolicy: "Never",
      restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }],
    };
    expect(shouldRestart(pod("Never"), container, { exitCode: 42 })).toBe(true);
    expect(shouldRestart(pod("Never"), container, { exitCode: 1 })).toBe(false);
  });
});

describe("Backoff", () => {
  it("doubles from 10 s to 5 min, and forgets after quiet", async () => {
    const clock = new VirtualClock();
    const backoff = new Backoff(clock);
    const delays: string[] = [];
    for (let i = 0; i < 7; i++) {
      const at = clock.now();
      expect(backoff.remaining("k", at)).toBe(backoff.delay("k"));
      await clock.advance(backoff.delay("k"));
      backoff.next("k", at);
      delays.push(goDuration(backoff.delay("k")));
    }
    expect(delays).toEqual(["10s", "20s", "40s", "1m20s", "2m40s", "5m0s", "5m0s"]);
    await clock.advance(700_000);
    expect(backoff.remaining("k", clock.now())).toBe(0);
  });
});

describe("podDns", () => {
  const settings = {
    clusterDns: "10.96.0.10",
    clusterDomain: "cluster.local",
    host: { servers: ["192.0.2.1"], searches: ["example.org"], options: [] },
  };

  it("searches the pod's namespace first", () => {
    expect(podDns(pod("Always"), settings)).toEqual({
      servers: ["10.96.0.10"],
      searches: ["ns.svc.cluster.local", "svc.cluster.local", "cluster.local", "example.org"],
      options: ["ndots:5"],
    });
  });

  it("uses the host's for pods on its network, and merges what the pod adds", () => {
    const host = pod("Always");
    host.spec = { ...host.spec, containers: [], hostNetwork: true };
    expect(podDns(host, settings).servers).toEqual(["192.0.2.1"]);
    const own = pod("Always");
    own.spec = {
      ...own.spec,
      containers: [],
      dnsPolicy: "None",
      dnsConfig: { nameservers: ["1.1.1.1"], options: [{ name: "ndots", value: "2" }] },
    };
    expect(podDns(own, settings)).toEqual({ servers: ["1.1.1.1"], searches: [], options: ["ndots:2"] });
  });
});
