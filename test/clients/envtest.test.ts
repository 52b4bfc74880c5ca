import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { main } from "../harness/cluster.ts";
import { run } from "./binaries.ts";
import { buildGoProgram } from "./go-program.ts";

const program = buildGoProgram("envtest");
afterAll(() => program.remove());

describe.skipIf(program.why)(`controller-runtime's envtest${program.why ? ` (${program.why})` : ""}`, () => {
  it("starts kybern's API server from the directory that KUBEBUILDER_ASSETS names, and ends it", () => {
    const assets = join(program.directory, "assets");
    expect(spawnSync(process.execPath, [main, "envtest-assets", assets], { encoding: "utf8" }).stdout).toBe(
      `export KUBEBUILDER_ASSETS='${assets}'\n`,
    );
    const { stdout, stderr, code } = run(program.path, [], { HOME: program.directory, KUBEBUILDER_ASSETS: assets });
    const lines = [
      "start, with a definition",
      "client",
      "create",
      "refuses what the schema doesn't allow",
      "a pod without a service account",
    ];
    expect(stdout, stderr).toBe(`${[...lines, "a further user", "its client", "who may nothing", "stop"].join("\n")}\n`);
    expect(code).toBe(0);
  });
});
