import { appendFile, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../client/system-clock.ts";
import { type ReadLogsOptions, readLogs } from "./read-logs.ts";

const lines = [
  "2026-01-01T00:00:01.5Z stdout F one",
  "2026-01-01T00:00:02.123456789Z stderr F two",
  "2026-01-01T00:00:03Z stdout P thr",
  "2026-01-01T00:00:03Z stdout F ee",
  "not a line of a log",
  "2026-01-01T00:00:04+02:00 stdout F ",
  "2026-01-01T00:00:05Z stdout F fünf 5",
];

describe("reading a container's log", () => {
  let directory: string;
  let path: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "kybern-logs-"));
    path = join(directory, "0.log");
    await writeFile(path, `${lines.join("\n")}\n`);
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function read(options: Partial<ReadLogsOptions> = {}): Promise<string> {
    const pieces: Buffer[] = [];
    for await (const piece of await readLogs(path, { streams: "All", timestamps: false, ...options })) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  }

  it("answers what was written, joining parts of lines", async () => {
    expect(await read()).toBe("one\ntwo\nthree\n\nfünf 5\n");
  });

  it("answers one stream", async () => {
    expect(await read({ streams: "Stderr" })).toBe("two\n");
    expect(await read({ streams: "Stdout" })).toBe("one\nthree\n\nfünf 5\n");
  });

  it("begins lines with their times", async () => {
    expect(await read({ timestamps: true })).toBe(
      [
        "2026-01-01T00:00:01.500000000Z one",
        "2026-01-01T00:00:02.123456789Z two",
        "2026-01-01T00:00:03.000000000Z three",
        "2026-01-01T00:00:04.000000000+02:00 ",
        "2026-01-01T00:00:05.000000000Z fünf 5",
        "",
      ].join("\n"),
    );
  });

  it("answers the last lines", async () => {
    expect(await read({ tailLines: 0 })).toBe("");
    expect(await read({ tailLines: 1 })).toBe("fünf 5\n");
    expect(await read({ tailLines: 4 })).toBe("ee\n\nfünf 5\n");
    expect(await read({ tailLines: 100 })).toBe(await read());
  });

  it("finds the last lines of a file longer than its pieces", async () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `2026-01-01T00:00:05Z stdout F line ${index}`);
    await writeFile(path, `${many.join("\n")}\n`);
    expect(await read({ tailLines: 1 })).toBe("line 19999\n");
    expect((await read({ tailLines: 15_000 })).split("\n").slice(0, 2)).toEqual(["line 5000", "line 5001"]);
    expect((await read()).length).toBe(many.reduce((sum, line) => sum + line.length + 1 - "2026-01-01T00:00:05Z stdout F ".length, 0));
  });

  it("leaves out what is older", async () => {
    expect(await read({ since: Date.UTC(2026, 0, 1, 0, 0, 5) })).toBe("fünf 5\n");
  });

  it("stops at the limit of bytes", async () => {
    expect(await read({ limitBytes: 6 })).toBe("one\ntw");
    expect(await read({ limitBytes: 33, timestamps: true })).toBe("2026-01-01T00:00:01.500000000Z on");
  });

  it("prints a last line that has no end yet", async () => {
    await writeFile(path, "2026-01-01T00:00:01Z stdout F cut");
    expect(await read()).toBe("cut");
  });

  it("follows what is written, also to the next file, until the container has ended", async () => {
    let running = true;
    const { signal } = new AbortController();
    const reader = await readLogs(path, {
      streams: "All",
      timestamps: false,
      tailLines: 1,
      follow: { isRunning: async () => running, clock: systemClock, signal },
    });
    const next = async () => (await reader.next()).value?.toString();
    expect(await next()).toBe("fünf 5\n");
    const more = next();
    await appendFile(path, "2026-01-01T00:00:06Z stdout F si");
    await appendFile(path, "x\n");
    expect(await more).toBe("six\n");
    const last = next();
    await appendFile(path, "2026-01-01T00:00:07Z stdout F seven\n");
    expect(await last).toBe("seven\n");
    const rotated = next();
    await rename(path, `${path}.20260101-000008`);
    await writeFile(path, "2026-01-01T00:00:08Z stdout F eight\n");
    expect(await rotated).toBe("eight\n");
    running = false;
    expect(await next()).toBe(undefined);
  });

  it("ends when nobody wants more", async () => {
    const controller = new AbortController();
    const follow = { isRunning: async () => true, clock: systemClock, signal: controller.signal };
    const reader = await readLogs(path, { streams: "All", timestamps: false, tailLines: 0, follow });
    const next = reader.next();
    controller.abort();
    expect((await next).done).toBe(true);
  });

  it("says which file is missing", async () => {
    await rm(path);
    await expect(read()).rejects.toThrow(`ENOENT: no such file or directory, realpath '${path}'`);
  });
});
