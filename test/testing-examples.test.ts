import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./harness/cluster.ts";
import { node22, whyNoNode22 } from "./harness/node22.ts";

/** The examples of docs/testing.md in a project of their own, each under the test runner that it is written for. */
describe.each([
  { name: "this Node", find: () => process.execPath },
  { name: "Node 22", find: node22, missing: whyNoNode22() },
])("the examples of the test API, on $name", ({ find, missing }) => {
  let node: string;
  const project = mkdtempSync(join(tmpdir(), "kybern-examples-"));
  const modules = join(root, "node_modules");
  const examples = join(root, "examples", "testing");

  beforeAll(() => {
    if (missing) return;
    node = find();
    mkdirSync(join(project, "node_modules", "@jest"), { recursive: true });
    const kybern = join(project, "node_modules", "kybern");
    mkdirSync(kybern);
    cpSync(join(root, "package.json"), join(kybern, "package.json"));
    cpSync(join(root, "dist"), join(kybern, "dist"), { recursive: true });
    // What npm would install beside it.
    for (const name of readdirSync(modules)) {
      if (name.startsWith(".") || name === "kybern" || existsSync(join(project, "node_modules", name))) continue;
      symlinkSync(join(modules, name), join(project, "node_modules", name));
    }
    symlinkSync(join(modules, "@jest", "globals"), join(project, "node_modules", "@jest", "globals"));
    writeFileSync(join(project, "package.json"), `{ "name": "examples", "private": true, "jest": { "testMatch": ["**/*.test.js"] } }`);
    for (const name of readdirSync(examples)) cpSync(join(examples, name), join(project, name));
  });
  afterAll(() => rmSync(project, { recursive: true, force: true }));

  const run = async (...words: string[]) => {
    const { FORCE_COLOR: _, VITEST: __, ...env } = process.env;
    try {
      const { stdout, stderr } = await promisify(execFile)(node, words, { cwd: project, env: { ...env, NO_COLOR: "1" } });
      return stdout + stderr;
    } catch (error) {
      const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
      throw new Error(stdout + stderr, { cause: error });
    }
  };

  it.skipIf(missing)("run on the Node that is meant", async () => {
    expect(await run("--version")).toMatch(find === node22 ? /^v22\./ : `${process.version}\n`);
  });

  it.skipIf(missing)("run under Vitest", async () => {
    expect(await run(join(modules, "vitest", "vitest.mjs"), "run", "--root", project, "operator", "admission-webhook")).toMatch(
      /Tests {2}2 passed/,
    );
  });

  it.skipIf(missing)("run under Jest, in its realms", async () => {
    expect(await run(join(modules, "jest", "bin", "jest.js"), "--rootDir", project)).toMatch(/Tests: +4 passed, 4 total/);
  });

  it.skipIf(missing)("run under Jest whose timers are faked from the start", async () => {
    const config = JSON.stringify({ rootDir: project, testMatch: ["**/*.test.js"], fakeTimers: { enableGlobally: true } });
    expect(await run(join(modules, "jest", "bin", "jest.js"), "--config", config)).toMatch(/Tests: +4 passed, 4 total/);
  });

  it.skipIf(missing)(
    "run under node:test",
    async () => {
      const files = readdirSync(project).filter((name) => name.endsWith(".test.mjs"));
      expect(await run("--test", "--test-reporter=tap", ...files)).toMatch(/# pass 2\n/);
    },
    300_000,
  );
});
