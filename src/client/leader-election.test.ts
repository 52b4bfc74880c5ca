import { describe, expect, it } from "vitest";
import { leases } from "../api/refs.ts";
import { VirtualClock } from "../machinery/clock.ts";
import { seededRandom } from "../machinery/random.ts";
import { type LeaderElectionOptions, startLeaderElection } from "./leader-election.ts";
import { createMemoryClient } from "./testing/memory-client.ts";
import { recordingLogger } from "./testing/recording-logger.ts";

function setup() {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const client = createMemoryClient({ clock });
  const logger = recordingLogger();
  const seen: string[] = [];
  const stop = new AbortController();
  const candidate = (identity: string, options: Partial<LeaderElectionOptions> = {}) =>
    startLeaderElection({
      deps: { client, clock, logger, random: seededRandom(identity.length), signal: stop.signal },
      namespace: "kube-system",
      name: "scheduler",
      identity,
      lead: async (signal) => {
        seen.push(`${identity} leads`);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        seen.push(`${identity} ends`);
      },
      onNewLeader: (leader) => seen.push(`${identity} sees ${leader}`),
      ...options,
    });
  const lease = () => client.peek(leases, "kube-system/scheduler")?.spec;
  return { clock, client, logger, seen, stop, candidate, lease };
}

describe("leader election", () => {
  it("makes the lease, renews it every two seconds, and gives it back", async () => {
    const { clock, client, seen, candidate, lease } = setup();
    const a = candidate("a");
    await clock.advance(0);
    expect(a.isLeader).toBe(true);
    expect(lease()).toEqual({
      holderIdentity: "a",
      leaseDurationSeconds: 15,
      acquireTime: "2026-01-01T00:00:00.000000Z",
      renewTime: "2026-01-01T00:00:00.000000Z",
      leaseTransitions: 0,
    });
    client.actions.length = 0;
    await clock.advance(6000);
    expect(client.actions.map(({ verb }) => verb)).toEqual(["update", "update", "update"]);
    expect(lease()).toMatchObject({ acquireTime: "2026-01-01T00:00:00.000000Z", renewTime: "2026-01-01T00:00:06.000000Z" });
    await a.stop();
    expect(a.isLeader).toBe(false);
    expect(lease()).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1, leaseTransitions: 0 });
    expect(seen).toEqual(["a sees a", "a leads", "a ends"]);
    expect(clock.nextTimer()).toBeUndefined();
  });

  it("lets a second one wait, and take over what was given back", async () => {
    const { clock, seen, candidate, lease } = setup();
    const a = candidate("a");
    await clock.advance(0);
    const b = candidate("bb");
    await clock.advance(60_000);
    expect([a.isLeader, b.isLeader, b.leader]).toEqual([true, false, "a"]);
    await a.stop();
    await clock.advance(4400);
    expect(b.isLeader).toBe(true);
    expect(lease()).toMatchObject({ holderIdentity: "bb", leaseTransitions: 1, leaseDurationSeconds: 15 });
    expect(seen).toEqual(["a sees a", "a leads", "bb sees a", "a ends", "bb sees bb", "bb leads"]);
    await b.stop();
  });

  it("takes over from one that is silent, 15 s after it was last seen to move", async () => {
    const { clock, client, candidate } = setup();
    client.seed(leases, {
      metadata: { namespace: "kube-system", name: "scheduler" },
      // By its own time it expired long ago: other clocks don't count.
      spec: { holderIdentity: "dead", leaseDurationSeconds: 15, renewTime: "2020-01-01T00:00:00.000000Z", leaseTransitions: 4 },
    });
    const a = candidate("a");
    await clock.advance(14_900);
    expect(a.isLeader).toBe(false);
    await clock.advance(4500);
    expect(a.isLeader).toBe(true);
    expect(client.peek(leases, "kube-system/scheduler")?.spec?.leaseTransitions).toBe(5);
    await a.stop();
  });

  it("steps down after 10 s without a renewal, and seeks anew", async () => {
    const { clock, client, logger, seen, candidate } = setup();
    const a = candidate("a");
    await clock.advance(2000);
    client.faults.fail(503, { resource: "leases" }, Infinity);
    await clock.advance(9900);
    expect(a.isLeader).toBe(true);
    await clock.advance(2100);
    expect(a.isLeader).toBe(false);
    expect(logger.lines.filter(({ level }) => level === "error").map(({ message }) => message)).toEqual(["leader election lost"]);
    client.faults.heal();
    await clock.advance(10_000);
    expect(a.isLeader).toBe(true);
    expect(seen.filter((line) => !line.includes("sees"))).toEqual(["a leads", "a ends", "a leads"]);
    await a.stop();
  });

  it("cuts off a renewal that hangs, in time", async () => {
    const { clock, client, candidate, seen } = setup();
    const a = candidate("a");
    await clock.advance(0);
    const held = client.update.bind(client);
    client.update = (_ref, _object, options) =>
      new Promise((_, reject) => options?.signal?.addEventListener("abort", () => reject(options.signal?.reason)));
    await clock.advance(9999);
    expect(seen).toEqual(["a sees a", "a leads"]);
    await clock.advance(1);
    expect(seen).toEqual(["a sees a", "a leads", "a ends"]);
    client.update = held;
    // The lease is given back by a call that hangs too, for as long as that may.
    await clock.advance(10_000);
    await a.stop();
  });

  it("steps down at once when another has taken the lease", async () => {
    const { clock, client, seen, candidate } = setup();
    const a = candidate("a");
    await clock.advance(0);
    client.seed(leases, {
      metadata: { namespace: "kube-system", name: "scheduler" },
      spec: { holderIdentity: "thief", leaseDurationSeconds: 15, leaseTransitions: 1 },
    });
    await clock.advance(2000);
    expect(seen).toEqual(["a sees a", "a leads", "a sees thief", "a ends"]);
    await a.stop();
    expect(client.peek(leases, "kube-system/scheduler")?.spec?.holderIdentity).toBe("thief");
  });

  it("steps down when the leader's work fails, and says so", async () => {
    const { clock, logger, candidate, lease } = setup();
    const a = candidate("a", { lead: () => Promise.reject(new Error("no work")) });
    await clock.advance(0);
    expect(lease()?.holderIdentity).toBe("");
    expect(logger.lines.filter(({ level }) => level === "error")).toMatchObject([
      { message: "leader failed, stepping down", fields: { lease: "scheduler", identity: "a", error: "no work" } },
    ]);
    await a.stop();
  });

  it("refuses times that can't work", () => {
    const { candidate } = setup();
    expect(() => candidate("a", { leaseDurationSeconds: 10 })).toThrow("leaseDuration must be greater than renewDeadline");
    expect(() => candidate("a", { retryPeriodSeconds: 9 })).toThrow("renewDeadline must be greater than retryPeriod*JitterFactor");
  });
});
