import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWorkQueue, runWorkers } from "../client/work-queue-impl.ts";
import { VirtualClock } from "../machinery/clock.ts";
import { createAuthority } from "./certificates.ts";
import { createLogger } from "./logger.ts";

describe("the log", () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "kybern-logger-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  /** What of a line is told beside level and time. */
  function logged(fields: Record<string, unknown>, message = "a line"): Record<string, unknown> {
    const file = join(directory, "kybern.log");
    rmSync(file, { force: true });
    createLogger("info", file).warn(message, fields);
    const { level, time, msg, ...shown } = JSON.parse(readFileSync(file, "utf8"));
    expect({ level, time, msg }).toEqual({ level: 40, time: expect.any(Number), msg: message });
    return shown;
  }

  it("shows the key of a queue, and of anything else that is no secret", () => {
    expect(logged({ key: "default/web", storage: { key: "/registry/pods/default/web" }, keys: ["a", "b"] })).toEqual({
      key: "default/web",
      storage: { key: "/registry/pods/default/web" },
      keys: ["a", "b"],
    });
  });

  it("shows the key that a worker failed on", async () => {
    const file = join(directory, "queue.log");
    const clock = new VirtualClock();
    const stopping = new AbortController();
    const queue = createWorkQueue({ name: "replicaset", clock, signal: stopping.signal });
    queue.add("default/web");
    const running = runWorkers(
      queue,
      1,
      async () => {
        throw new RangeError("no");
      },
      { logger: createLogger("debug", file), signal: stopping.signal },
    );
    await clock.advance(1);
    stopping.abort();
    await running;
    expect(JSON.parse(readFileSync(file, "utf8").split("\n")[0] ?? "")).toMatchObject({
      msg: "sync failed, trying again",
      queue: "replicaset",
      key: "default/web",
      failures: 1,
      error: "no",
    });
  });

  it("leaves out what is secret by its name, at any depth", () => {
    const secret = { metadata: { name: "login" }, data: { password: "aGk=" }, stringData: { user: "me" } };
    expect(logged({ secret, Authorization: "Bearer x", headers: { authorization: "y" }, auths: [{ token: "t", auth: "dTpw" }] })).toEqual({
      secret: { metadata: { name: "login" }, data: "[redacted]", stringData: "[redacted]" },
      Authorization: "[redacted]",
      headers: { authorization: "[redacted]" },
      auths: [{ token: "[redacted]", auth: "[redacted]" }],
    });
  });

  it("leaves out what is secret by its form, under any name", async () => {
    const { key, certificate } = createAuthority(Date.UTC(2026, 0, 1));
    const token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJl";
    expect(
      logged({ pair: { key, certificate }, url: `https://h/?t=${token}&x=1`, error: new RangeError(`refused: Bearer ${token}`) }),
    ).toEqual({
      pair: { key: "[redacted]\n", certificate },
      url: "https://h/?t=[redacted]&x=1",
      error: "refused: [redacted]",
    });
  });

  it("neither fails on, nor shows, what it can't look through", () => {
    const loop: Record<string, unknown> = { name: "loop" };
    loop.self = loop;
    const shown = JSON.stringify(logged({ loop, bytes: new Uint8Array(3), set: new Set(["a"]) }));
    expect(shown).toContain('"bytes":"[3 bytes]","set":["a"]');
    expect(shown).toContain('"self":"[…]"');
  });
});
