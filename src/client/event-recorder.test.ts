import { describe, expect, it } from "vitest";
import type { Event } from "../api/core/v1.ts";
import { events, pods } from "../api/refs.ts";
import { VirtualClock } from "../machinery/clock.ts";
import { serviceUnavailable } from "../machinery/errors.ts";
import { seededRandom } from "../machinery/random.ts";
import { createEventRecorder } from "./event-recorder.ts";
import { createMemoryClient } from "./testing/memory-client.ts";
import { recordingLogger } from "./testing/recording-logger.ts";

function setup() {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const client = createMemoryClient({ clock });
  const logger = recordingLogger();
  const recorder = createEventRecorder({ client, clock, random: seededRandom(1), component: "kubelet", host: "n1", logger });
  const [pod] = client.seed(pods, { metadata: { namespace: "default", name: "web", uid: "u1" }, spec: { containers: [] } });
  const told = () => client.peekAll(events).map(({ count, reason, message }: Event) => `${count} ${reason}: ${message}`);
  return { clock, client, logger, recorder, pod: pod as NonNullable<typeof pod>, told };
}

describe("an event recorder", () => {
  it("writes events as upstream's", async () => {
    const { clock, client, recorder, pod } = setup();
    recorder.event(pod, "Normal", "Started", "Container started", { fieldPath: "spec.containers{web}" });
    await clock.advance(0);
    const [event] = client.peekAll(events);
    expect(event?.metadata.name).toMatch(/^web\.1886[0-9a-f]{12}$/);
    const { metadata: _, ...rest } = event as Event;
    expect(rest).toEqual({
      apiVersion: "v1",
      kind: "Event",
      involvedObject: {
        kind: "Pod",
        apiVersion: "v1",
        namespace: "default",
        name: "web",
        uid: "u1",
        resourceVersion: "2",
        fieldPath: "spec.containers{web}",
      },
      reason: "Started",
      message: "Container started",
      source: { component: "kubelet", host: "n1" },
      firstTimestamp: "2026-01-01T00:00:00Z",
      lastTimestamp: "2026-01-01T00:00:00Z",
      count: 1,
      type: "Normal",
      reportingComponent: "kubelet",
      reportingInstance: "n1",
    });
  });

  it("puts events about objects without a namespace into default", async () => {
    const { clock, client, recorder } = setup();
    recorder.event({ kind: "Node", name: "n1", uid: "n1" }, "Normal", "NodeReady", "Node n1 status is now: NodeReady");
    await clock.advance(0);
    expect(client.peekAll(events)).toMatchObject([
      { metadata: { namespace: "default" }, involvedObject: { kind: "Node", name: "n1", uid: "n1" } },
    ]);
  });

  it("counts equal events by patches of the first", async () => {
    const { clock, client, recorder, pod, told } = setup();
    for (let i = 0; i < 3; i++) {
      recorder.event(pod, "Warning", "BackOff", "Back-off restarting failed container");
      await clock.advance(10_000);
    }
    expect(told()).toEqual(["3 BackOff: Back-off restarting failed container"]);
    expect(client.peekAll(events)[0]).toMatchObject({ firstTimestamp: "2026-01-01T00:00:00Z", lastTimestamp: "2026-01-01T00:00:20Z" });
    expect(client.actions.map(({ verb }) => verb)).toEqual(["create", "patch", "patch"]);
  });

  it("begins an event anew that has gone meanwhile", async () => {
    const { clock, client, recorder, pod, told } = setup();
    recorder.event(pod, "Normal", "Pulled", "pulled");
    await clock.advance(0);
    const [first] = client.peekAll(events);
    client.drop(events, `default/${first?.metadata.name}`);
    recorder.event(pod, "Normal", "Pulled", "pulled");
    await clock.advance(0);
    expect(told()).toEqual(["2 Pulled: pulled"]);
  });

  it("combines many messages of one reason", async () => {
    const { clock, recorder, pod, told } = setup();
    for (let i = 1; i <= 12; i++) recorder.event(pod, "Warning", "Unhealthy", `probe ${i}`);
    await clock.advance(0);
    await clock.advance(0);
    expect(told().slice(0, 9)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9].map((i) => `1 Unhealthy: probe ${i}`));
    expect(told().slice(9)).toEqual(["3 Unhealthy: (combined from similar events): probe 12"]);
  });

  it("silences an object after 25 events, one more each five minutes", async () => {
    const { clock, recorder, pod, told } = setup();
    for (let i = 1; i <= 40; i++) {
      recorder.event(pod, "Normal", `Reason${i}`, "m");
      await clock.advance(0);
    }
    expect(told()).toHaveLength(25);
    await clock.advance(300_000);
    recorder.event(pod, "Normal", "Later", "m");
    recorder.event(pod, "Normal", "TooMany", "m");
    await clock.advance(0);
    expect(told().slice(25)).toEqual(["1 Later: m"]);
  });

  it("tries again while the server is away, and drains on stop", async () => {
    const { clock, client, recorder, pod, told, logger } = setup();
    client.faults.fail(serviceUnavailable("connect ECONNREFUSED"), { verb: "create" }, 2);
    recorder.event(pod, "Normal", "A", "m");
    await clock.advance(20_000);
    expect(told()).toEqual(["1 A: m"]);
    expect(logger.lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
      "warn unable to write event, trying again",
      "warn unable to write event, trying again",
    ]);
    recorder.event(pod, "Normal", "B", "m");
    recorder.event(pod, "Normal", "C", "m");
    await recorder.stop();
    expect(told()).toEqual(["1 A: m", "1 B: m", "1 C: m"]);
    recorder.event(pod, "Normal", "D", "m");
    expect(clock.nextTimer()).toBeUndefined();
  });

  it("does not insist on what the server rejects", async () => {
    const { clock, client, recorder, pod, told, logger } = setup();
    client.faults.fail(403, { verb: "create" });
    recorder.event(pod, "Normal", "A", "m");
    recorder.event(pod, "Normal", "B", "m");
    await clock.advance(0);
    expect(told()).toEqual(["1 B: m"]);
    expect(logger.lines).toMatchObject([
      { level: "error", message: "server rejected event", fields: { reason: "A", error: "injected: 403" } },
    ]);
  });

  it("drops beyond 10,000 waiting and says so", async () => {
    const { clock, recorder, client, pod, logger } = setup();
    client.faults.before({ verb: "create" }, () => new Promise(() => undefined), Infinity);
    for (let i = 0; i < 10_010; i++) recorder.event(pod, "Normal", "A", `m${i}`);
    await clock.advance(0);
    expect(logger.lines.map(({ message }) => message)).toEqual(["too many events waiting, dropping"]);
  });
});
