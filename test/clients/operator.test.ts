import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster } from "../harness/cluster.ts";
import { found, whyNoBinaries } from "./binaries.ts";

const why = whyNoBinaries("operator.test");

describe.skipIf(why)(`an operator made with controller-runtime${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;

  beforeAll(async () => {
    cluster = await TestCluster.start("--components", "apiserver", "--nodes", "none", "--store", "memory");
  });
  afterAll(() => cluster?.delete());

  it("passes its tests: manager, cache, leader election, a conversion and two admission webhooks", () => {
    const { stdout, stderr, status } = spawnSync(found("operator.test"), ["-test.v"], {
      cwd: join(import.meta.dirname, "operator"),
      env: { PATH: process.env.PATH, HOME: cluster.directory, KUBECONFIG: cluster.kubeconfig },
      encoding: "utf8",
      timeout: 100_000,
    });
    const results = stdout.split("\n").flatMap((line) => /^--- (\w+: \w+)/.exec(line)?.[1] ?? []);
    expect(results, stdout + stderr).toEqual(["PASS: TestReconciles", "PASS: TestConverts", "PASS: TestValidates", "PASS: TestLeads"]);
    expect(status).toBe(0);
  });
});
