import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Component } from "../../client/client.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import type { Container, ContainerStatus } from "../runtime/runtime.ts";
import { startLogRotation } from "./rotate-logs.ts";

describe("the rotation of logs", () => {
  let directory: string;
  let path: string;
  let clock: VirtualClock;
  let rotation: Component;
  let reopened: number;
  let onReopen: (() => Promise<void>) | undefined;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "kybern-rotation-"));
    path = join(directory, "0.log");
    clock = new VirtualClock();
    reopened = 0;
    onReopen = () => writeFile(path, "");
    const runtime = {
      listContainers: async () => [{ id: "c1" } as Container],
      containerStatus: async () => ({ logPath: path }) as ContainerStatus,
      reopenContainerLog: async () => {
        await onReopen?.();
        reopened++;
      },
    };
    rotation = startLogRotation(
      { runtime, clock, logger: silentLogger, signal: new AbortController().signal },
      { maxBytes: 100, maxFiles: 3 },
    );
  });
  afterEach(async () => {
    await rotation.stop();
    await rm(directory, { recursive: true });
  });

  /** One look; files take real time. */
  async function round(): Promise<void> {
    await clock.advance(10_000);
    while (clock.nextTimer() === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  it("leaves a small log alone", async () => {
    await writeFile(path, "x".repeat(99));
    await round();
    expect(await readdir(directory)).toEqual(["0.log"]);
  });

  it("puts a full log aside, compresses it with the next one, and removes the oldest", async () => {
    await writeFile(path, "a".repeat(100));
    await round();
    expect(reopened).toBe(1);
    expect(await readdir(directory)).toEqual(["0.log", "0.log.20260101-000010"]);
    await writeFile(path, "b".repeat(200));
    await round();
    expect((await readdir(directory)).sort()).toEqual(["0.log", "0.log.20260101-000010.gz", "0.log.20260101-000020"]);
    expect(gunzipSync(await readFile(join(directory, "0.log.20260101-000010.gz"))).toString()).toBe("a".repeat(100));
    await writeFile(path, "c".repeat(200));
    await round();
    expect((await readdir(directory)).sort()).toEqual(["0.log", "0.log.20260101-000020.gz", "0.log.20260101-000030"]);
  });

  it("clears away what a broken-off rotation left", async () => {
    await writeFile(path, "a".repeat(100));
    for (const name of ["0.log.20250101-000000", "0.log.20250101-000000.gz", "0.log.20250101-000000.tmp", "10.log.20250101-000000"]) {
      await writeFile(join(directory, name), "");
    }
    await round();
    expect((await readdir(directory)).sort()).toEqual([
      "0.log",
      "0.log.20250101-000000.gz",
      "0.log.20260101-000010",
      "10.log.20250101-000000",
    ]);
  });

  it("takes a rotation back that the runtime didn't follow", async () => {
    onReopen = () => Promise.reject(new Error("not now"));
    await writeFile(path, "a".repeat(100));
    await round();
    expect(await readdir(directory)).toEqual(["0.log"]);
  });

  it("has the runtime open a log that is missing", async () => {
    await round();
    expect(reopened).toBe(1);
    expect(await readdir(directory)).toEqual(["0.log"]);
  });
});
