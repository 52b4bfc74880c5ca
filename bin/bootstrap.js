// What `npm start`, `npm test` and the developer commands share. It runs on whatever Node a machine has (18 or later), so it
// is plain JavaScript without dependencies: it installs the npm dependencies, finds a Node that can run the rest, and builds.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Installs the npm dependencies when the lock file is newer than what is installed. */
export function ensureInstalled() {
  const lock = join(root, "package-lock.json");
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(lock)) return; // an installed package has its dependencies
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs && existsSync(platformNode())) return;
  // Emptying a folder that is somebody else's is not ours to do.
  if (existsSync(join(root, "node_modules")) && lstatSync(join(root, "node_modules")).isSymbolicLink()) {
    step("node_modules is a link and older than the lock file: install where it leads to");
    return;
  }
  step("installing npm dependencies");
  // The scripts of dependencies aren't needed: what is native comes prebuilt. The engine warnings are about the Node that
  // runs npm, while kybern goes on with the one that this very install brings.
  const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (npm.error) fail(`npm could not be run: ${npm.error.message}`);
  if (npm.status !== 0) fail("npm ci failed; its messages are above");
}

function platformNode() {
  const file = process.platform === "win32" ? "node.exe" : "node";
  return join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", file);
}

/** The Node to run kybern with: this one when it is new enough, else the one that npm installed. */
export function findNode(minimumMajor = 22, minimumMinor = 12) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > minimumMajor || (major === minimumMajor && minor >= minimumMinor)) return process.execPath;
  if (existsSync(platformNode())) return platformNode();
  return fail(
    `kybern needs Node ${minimumMajor}.${minimumMinor} or later; this is ${process.versions.node}, and npm has no Node package for ${process.platform}-${process.arch}. ` +
      "Install a newer Node (https://nodejs.org) and run the same command again.",
  );
}

/** The Node that runs TypeScript sources as they are: tools, tests, benchmarks. */
export function findDevelopmentNode() {
  return findNode(24, 0);
}

/** Builds `dist/` when a source is newer than it: what running takes, and for the tests the package's types too. */
export function ensureBuilt({ types = false } = {}) {
  const sources = join(root, "src");
  if (!existsSync(sources)) return; // an installed package is built
  const stamp = join(root, "dist", "build.json");
  const complete = existsSync(stamp) && (!types || existsSync(join(root, "dist", "types")));
  const built = complete ? statSync(stamp).mtimeMs : 0;
  const inputs = [sources, join(root, "tools", "build.ts"), join(root, "package.json"), join(root, "tools", "facts")];
  if (built > Math.max(...inputs.map(newest))) return;
  step("building");
  const args = [join(root, "tools", "build.ts"), ...(types ? [] : ["--no-types"])];
  const build = spawnSync(findDevelopmentNode(), args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (build.status !== 0) fail("the build failed; its messages are above");
}

function newest(path) {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs);
}

/** Runs the built command with these arguments in place of this process, as far as a process can: signals and exit code pass through. */
export function runBuilt(args) {
  run(findNode(), [...nodeFlags(), join(root, "dist", "main.js"), ...args]);
}

/**
 * What Node is told. By itself it lets the space for new objects grow to 100 MB in a 64-bit process, and keeps that: with 16 MB
 * kybern is as fast. What a request leaves to the collector (of a stream of Node's, 4 KB) it collects only when the heap has grown by
 * several times, and gives it back minutes later: 20,000 gets cost 90 MB that way, and 40 MB when it comes at half as much again. Of new
 * objects there are so few that several threads take longer to collect them than one: a twentieth of the processor time of creates.
 */
function nodeFlags() {
  return JSON.parse(readFileSync(join(root, "bin", "node-flags.json"), "utf8"));
}

/** Runs a program to its end and exits as it does. */
export function run(command, args, options = {}) {
  const child = spawn(command, args, { stdio: "inherit", ...options });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${command} could not be run: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

export function step(text) {
  process.stderr.write(`kybern: ${text}\n`);
}

function fail(text) {
  process.stderr.write(`kybern: ${text}\n`);
  process.exit(1);
}

export function packageVersion() {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
}
