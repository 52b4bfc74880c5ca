import { describe, expect, it } from "vitest";
import type { Client } from "../client/client.ts";
import { recordingLogger } from "../client/testing/recording-logger.ts";
import { VirtualClock } from "../machinery/clock.ts";
import { type PendingEviction, PodEvictions } from "./pod-evictions.ts";

describe("evictions that stages ask for", () => {
  it("come at their time, and not once they are stopped: they stay pending for copies", async () => {
    const clock = new VirtualClock();
    const asked: string[] = [];
    const client = { post: async (_pods: unknown, name: string) => void asked.push(name) } as unknown as Client;
    const pending = new Map<string, PendingEviction>();
    const logger = recordingLogger();
    const evictions = new PodEvictions({ client, clock, logger, pending });
    evictions.add({ namespace: "default", name: "soon", uid: "1", at: clock.now() + 1000 });
    evictions.add({ namespace: "default", name: "later", uid: "2", at: clock.now() + 60_000 });
    await clock.advance(1000);
    await evictions.stop();
    await clock.advance(3_600_000);
    expect(asked).toEqual(["soon"]);
    expect([...pending.keys()]).toEqual(["2"]);

    const copied = new PodEvictions({ client, clock, logger, pending });
    await clock.advance(1);
    await copied.stop();
    expect(asked).toEqual(["soon", "later"]);
    expect(pending.size).toBe(0);
  });
});
