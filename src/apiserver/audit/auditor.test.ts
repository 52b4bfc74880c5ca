import { describe, expect, it } from "vitest";
import { recordingLogger } from "../../client/testing/recording-logger.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { TestServer } from "../testing/test-server.ts";
import type { AuditEvent } from "./audit-event.ts";
import { Batches } from "./batches.ts";
import type { AuditRule } from "./policy.ts";
import { inBatches, withinLimits } from "./truncating.ts";

async function audited(rules: readonly AuditRule[]): Promise<{ test: TestServer; events: AuditEvent[] }> {
  const events: AuditEvent[] = [];
  const test = await TestServer.started({ audit: { policy: { rules }, sinks: [{ take: (event) => void events.push(event) }] } });
  events.length = 0;
  return { test, events };
}

describe("auditing", () => {
  it("tells of a watch when it begins and once when it ends", async () => {
    const { test, events } = await audited([{ level: "Metadata" }]);
    const watch = await test.watch("/api/v1/pods?watch=1");
    expect(events.map(({ parts }) => parts.stage)).toEqual(["RequestReceived", "ResponseStarted"]);
    watch.stream.close();
    watch.stream.close();
    expect(events.map(({ parts }) => parts.stage)).toEqual(["RequestReceived", "ResponseStarted", "ResponseComplete"]);
  });

  it("leaves out what the policy says, secrets at the level of metadata among it", async () => {
    const { test, events } = await audited([{ level: "Metadata", omitStages: ["RequestReceived"] }]);
    await test.post("/api/v1/namespaces/default/secrets", { metadata: { name: "s" }, stringData: { key: "hidden" } });
    expect(events.length).toBe(1);
    expect(events[0]?.text).not.toContain("hidden");
    expect(events[0]?.text).not.toContain(btoa("hidden"));
    expect(events[0]?.parts.objectRef?.name).toBe("s");
  });

  it("says that the server has failed", async () => {
    const { test, events } = await audited([{ level: "Metadata", omitStages: ["RequestReceived"] }]);
    test.server.context.options.healthChecks = [
      {
        name: "broken",
        check() {
          throw new Error("boom");
        },
        endpoints: ["healthz"],
      },
    ];
    await test.get("/healthz/broken");
    expect(events.map(({ parts }) => [parts.stage, parts.responseStatus?.message])).toEqual([
      ["Panic", "APIServer panic'd: boom"],
      ["ResponseComplete", "APIServer panic'd: boom"],
    ]);
  });

  it("doesn't stand in the way of a patch that can't be read", async () => {
    const { test, events } = await audited([{ level: "Request", omitStages: ["RequestReceived"] }]);
    const headers = { "content-type": "application/apply-patch+yaml" };
    for (const body of ["a: [", "a: &a [*a]", `a: "b`]) {
      await test.raw("PATCH", "/api/v1/namespaces/default/configmaps/c?fieldManager=m", { headers, body: new TextEncoder().encode(body) });
    }
    expect(events.map(({ parts }) => [parts.requestObject, parts.responseStatus?.code])).toEqual([
      [undefined, 400],
      [undefined, 400],
      [undefined, 400],
    ]);
  });

  it("can be told in one line without JSON", async () => {
    const { test, events } = await audited([{ level: "Metadata", omitStages: ["RequestReceived"] }]);
    await test.get("/api/v1/namespaces/default", { headers: { "audit-id": "mine", "user-agent": "me" }, remoteAddress: "10.0.0.1" });
    expect(events[0]?.legacyText).toBe(
      '2026-01-01T00:00:00.000000Z AUDIT: id="mine" stage="ResponseComplete" ip="10.0.0.1" method="get" user="admin" groups="system:masters","system:authenticated" ' +
        'as="<self>" asgroups="<lookup>" user-agent="me" namespace="default" uri="/api/v1/namespaces/default" response="200"',
    );
  });

  it("costs large events their objects, and what is too large still is lost", async () => {
    const { test, events } = await audited([{ level: "RequestResponse", omitStages: ["RequestReceived"] }]);
    await test.post("/api/v1/namespaces/default/configmaps", { metadata: { name: "c" }, data: { k: "x".repeat(5000) } });
    const logger = recordingLogger();
    const limits = { enabled: true, maxEventBytes: 2000, maxBatchBytes: 3000 };
    const [event] = withinLimits(events, limits, logger);
    expect(event?.parts.requestObject).toBeUndefined();
    expect(JSON.parse(event?.text ?? "").annotations["audit.k8s.io/truncated"]).toBe("true");
    expect(withinLimits(events, { ...limits, maxEventBytes: 100 }, logger)).toEqual([]);
    expect(logger.lines.map(({ message }) => message)).toEqual(["an audit event is too large and is lost"]);
    const many = Array.from({ length: 10 }, () => event as AuditEvent);
    expect(inBatches(many, limits).every((batch) => batch.reduce((sum, { text }) => sum + text.length, 0) <= 3000)).toBe(true);
  });
});

describe("batches", () => {
  const options = {
    bufferSize: 5,
    maxBatchSize: 3,
    maxBatchWaitMilliseconds: 1000,
    throttleEnable: true,
    throttleQps: 1,
    throttleBurst: 2,
  };
  const event = {} as AuditEvent;

  it("go when they are full or old enough, no faster than allowed", async () => {
    const clock = new VirtualClock();
    const sent: number[] = [];
    const batches = new Batches({ clock, logger: recordingLogger() }, options, async (events) => void sent.push(events.length));
    batches.take(event);
    await clock.advance(999);
    expect(sent).toEqual([]);
    await clock.advance(1);
    expect(sent).toEqual([1]);
    for (let at = 0; at < 3; at++) batches.take(event);
    await clock.advance(0);
    expect(sent).toEqual([1, 3]);
    for (let at = 0; at < 3; at++) batches.take(event);
    await clock.advance(999);
    expect(sent).toEqual([1, 3]);
    await clock.advance(1);
    expect(sent).toEqual([1, 3, 3]);
  });

  it("lose what doesn't fit and say so, and send the rest at the end", async () => {
    const clock = new VirtualClock();
    const logger = recordingLogger();
    let release = () => {};
    const sent: number[] = [];
    const batches = new Batches({ clock, logger }, options, async (events) => {
      sent.push(events.length);
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      if (sent.length === 1) throw new Error("gone");
    });
    for (let at = 0; at < 3; at++) batches.take(event);
    await clock.advance(0);
    for (let at = 0; at < 7; at++) batches.take(event);
    release();
    await clock.advance(0);
    const closed = batches.close();
    for (let turn = 0; turn < 4; turn++) {
      await clock.advance(0);
      release();
    }
    await closed;
    expect(sent).toEqual([3, 3, 2]);
    expect(logger.lines.map(({ message }) => message)).toEqual([
      "audit events are lost: too many wait",
      "a batch of audit events was lost",
      "audit events were lost: too many waited",
    ]);
  });
});
