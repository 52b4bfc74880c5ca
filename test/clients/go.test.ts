import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster } from "../harness/cluster.ts";
import { run, whyNoBinaries } from "./binaries.ts";

/** Builds the program in a directory of its own; or says why it can't. Modules come from Go's cache, or from its proxy. */
function build(directory: string): string | undefined {
  const why = whyNoBinaries();
  if (why) return why;
  if (spawnSync("go", ["version"]).status !== 0) return "Go is not installed";
  cpSync(join(import.meta.dirname, "go"), directory, { recursive: true });
  const { status, stderr } = spawnSync("go", ["build", "-o", "clients", "."], { cwd: directory, timeout: 600_000 });
  return status === 0 ? undefined : `go build failed: ${stderr.toString().trim().split("\n").at(-1)}`;
}

const directory = mkdtempSync(join(tmpdir(), "kybern-go-"));
const why = build(directory);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.skipIf(why)(`client-go${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start("--components", "apiserver", "--nodes", "none", "--store", "memory");
  });
  afterAll(() => cluster?.delete());

  it("has informers of all forms, retry on conflict, apply, pages and leader election", () => {
    const { stdout, stderr, code } = run(join(directory, "clients"), [cluster.kubeconfig], { HOME: directory });
    const lines = ["typed informer", "metadata informer", "dynamic informer", "retry on conflict", "apply", "pages", "leader election"];
    expect(stdout, stderr).toBe(`${[...lines, "done"].join("\n")}\n`);
    expect(code).toBe(0);
  });
});
