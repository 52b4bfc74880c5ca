// `npm test`: sets the machine up as `npm start` does, builds, and runs the tests. As root the tests with real containers run
// too; without root they are counted as skipped. Arguments go to vitest.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt, ensureInstalled, findDevelopmentNode, root, step } from "./bootstrap.js";

ensureInstalled();
ensureBuilt();
const node = findDevelopmentNode();

if (process.platform === "linux" && process.getuid() === 0) {
  spawnSync(node, [join(root, "dist", "main.js"), "setup", "--yes"], { stdio: "inherit" });
} else {
  step("not root: the tests with real containers are skipped");
}

const report = join(root, "build", "test-report.json");
rmSync(report, { force: true });
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
const run = spawnSync(
  node,
  [vitest, "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`, ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
  },
);
if (existsSync(report)) {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(readFileSync(report, "utf8"));
  // A file that can't be loaded fails as a suite and has no tests of its own.
  const failed = numFailedTests === 0 && run.status !== 0 ? Math.max(1, numFailedTestSuites) : numFailedTests;
  process.stdout.write(`${numPassedTests} passed, ${failed} failed, ${numPendingTests + numTodoTests} skipped\n`);
}
process.exit(run.status ?? 1);
