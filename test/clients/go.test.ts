import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster } from "../harness/cluster.ts";
import { run } from "./binaries.ts";
import { buildGoProgram } from "./go-program.ts";

const program = buildGoProgram("go");
afterAll(() => program.remove());

describe.skipIf(program.why)(`client-go${program.why ? ` (${program.why})` : ""}`, () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start("--components", "apiserver", "--nodes", "none", "--store", "memory");
  });
  afterAll(() => cluster?.delete());

  it("has informers of all forms, retry on conflict, apply, pages and leader election", () => {
    const { stdout, stderr, code } = run(program.path, [cluster.kubeconfig], { HOME: program.directory });
    const lines = ["typed informer", "metadata informer", "dynamic informer", "retry on conflict", "apply", "pages", "leader election"];
    expect(stdout, stderr).toBe(`${[...lines, "done"].join("\n")}\n`);
    expect(code).toBe(0);
  });
});
