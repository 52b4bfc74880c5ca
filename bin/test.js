// `npm test`: sets the machine up as `npm start` does, builds, and runs the tests. As root the tests with real containers run
// too; without root they are counted as skipped. Arguments go to vitest, but `--yes`, which installs system packages without asking.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt, ensureInstalled, findDevelopmentNode, root, step } from "./bootstrap.js";

ensureInstalled();
ensureBuilt({ types: true });
const node = findDevelopmentNode();
const given = process.argv.slice(2).filter((argument) => argument !== "--yes");
const yes = process.argv.includes("--yes");

if (process.platform === "linux" && process.getuid() === 0) {
  const setup = spawnSync(node, [join(root, "dist", "main.js"), "setup", ...(yes ? ["--yes"] : [])], { stdio: "inherit" });
  if (setup.status !== 0) step("tests with real containers are skipped: they say what is missing");
} else {
  step("not root: the tests with real containers are skipped");
}

if (process.platform === "linux") {
  const unpacking = spawnSync(node, [join(root, "tools", "unpack-busybox.ts")], { stdio: "pipe", encoding: "utf8" });
  if (unpacking.status !== 0)
    step(`busybox could not be had, which tests with real containers need: ${unpacking.stderr.trim().split("\n").at(-1)}`);
}

const report = join(root, "build", "test-report.json");
rmSync(report, { force: true });
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const run = spawnSync(node, [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...given], {
  cwd: root,
  stdio: "inherit",
});
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
  // A file that can't be loaded fails as a suite and has no tests of its own.
  const failed = numFailedTests === 0 && run.status !== 0 ? Math.max(1, numFailedTestSuites) : numFailedTests;
  process.stdout.write(`${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped\n`);
}
process.exit(run.status ?? 1);
