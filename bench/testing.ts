/**
 * Measures `kybern/testing`: `npm run bench:testing -- [names…] [--peer-binaries DIR]`. One JSON line for each measure, each in a process
 * of its own. With the binaries of kube-apiserver and etcd the same is done beside an API server started as envtest starts it.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { printed } from "./printed.ts";
import type { Figure } from "./scenario.ts";
import { measures } from "./testing/measures.ts";
import { peerMeasures } from "./testing/peer.ts";
import { upstream } from "./upstream.ts";

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { "peer-binaries": { type: "string" }, port: { type: "string", default: "22400" } },
});
const known = Object.keys(measures);
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no measure ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exit(2);
}
const run = promisify(execFile);
const root = join(import.meta.dirname, "..");
await run(process.execPath, [join(root, "tools", "build.ts")]);
const peer = options["peer-binaries"] === undefined ? undefined : upstream(options["peer-binaries"], Number(options.port));

for (const name of names.length > 0 ? names : known) {
  try {
    const program = join(import.meta.dirname, "testing", "measure.ts");
    const { stdout } = await run(process.execPath, ["--expose-gc", program, name], { timeout: 1_800_000 });
    const measurePeer = peer && peerMeasures[name];
    const theirs = measurePeer ? await inDirectory((directory) => measurePeer(peer, directory)) : undefined;
    console.log(JSON.stringify(printed(name, JSON.parse(stdout) as Figure, theirs)));
  } catch (error) {
    console.error(`failed: ${name}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

async function inDirectory(work: (directory: string) => Promise<Figure>): Promise<Figure> {
  const directory = mkdtempSync(join(tmpdir(), "kybern-bench-"));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
