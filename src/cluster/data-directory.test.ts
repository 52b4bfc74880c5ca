import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { DataDirectory } from "./data-directory.ts";

it("a data directory knows the process that runs in it from a later one with its pid", async () => {
  const path = mkdtempSync(join(tmpdir(), "kybern-data-"));
  try {
    const data = new DataDirectory(path);
    expect(await data.running()).toBeUndefined();
    await data.saveRunning({ server: "https://127.0.0.1:6443", kubeconfig: "", startedAt: "" });
    const file = join(path, "run.json");
    const written = readFileSync(file, "utf8");
    expect((await data.running())?.pid).toBe(process.pid);
    writeFileSync(file, JSON.stringify({ ...JSON.parse(written), startTicks: "another" }));
    expect(await data.running()).toBeUndefined();
    writeFileSync(file, JSON.stringify({ ...JSON.parse(written), bootId: "another" }));
    expect(await data.running()).toBeUndefined();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
});
