/**
 * Measures a whole server from outside: `npm run bench -- [names…] [--peer-binaries DIR] [--port N]`. One JSON line for each
 * measure. With the binaries of kube-apiserver and etcd (and kube-scheduler, kube-controller-manager) the same load runs beside
 * them in the same run, in turns. `BENCH_DIR` says on which disk the data are.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import flagsOfTheCommand from "../bin/node-flags.json" with { type: "json" };
import { kybern, whyNoNode } from "./kybern.ts";
import { node } from "./node.ts";
import { printed } from "./printed.ts";
import { idle, loaded, start } from "./quiet.ts";
import type { Figures, Scenario } from "./scenario.ts";
import { scheduling } from "./served-scheduling.ts";
import type { Contender } from "./servers.ts";
import { throughput, throughputCustom, throughputHttp1 } from "./throughput.ts";
import { upstream } from "./upstream.ts";

const scenarios: readonly Scenario[] = [start, throughput, throughputHttp1, throughputCustom, ...scheduling, idle, loaded, node];

const { values: options, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    "peer-binaries": { type: "string" },
    port: { type: "string", default: "22300" },
    /** Options for the Node that runs kybern: profiles, limits. */
    "node-flags": { type: "string", default: "" },
  },
});
const known = scenarios.flatMap(({ measures }) => measures);
const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  console.error(`no measure ${unknown.join(", ")}; there are ${known.join(", ")}`);
  process.exit(2);
}
const wanted = new Set(names.length > 0 ? names : known);
const port = Number(options.port);
const nodeFlags = [...flagsOfTheCommand, ...options["node-flags"].split(" ").filter((flag) => flag !== "")];
const ours = await kybern(port, nodeFlags);
const peer = options["peer-binaries"] === undefined ? undefined : upstream(options["peer-binaries"], port + 10);

for (const scenario of scenarios) {
  if (!scenario.measures.some((name) => wanted.has(name))) continue;
  const why = scenario === node ? whyNoNode() : undefined;
  if (why !== undefined) {
    console.error(`not measured: ${scenario.measures.join(", ")}: ${why}`);
    continue;
  }
  try {
    const figures = await measured(scenario, ours);
    const peerFigures = peer && !scenario.alone ? await measured(scenario, peer) : undefined;
    for (const [name, figure] of figures) if (wanted.has(name)) console.log(JSON.stringify(printed(name, figure, peerFigures?.get(name))));
  } catch (error) {
    console.error(`failed: ${scenario.measures.join(", ")}: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}

async function measured(scenario: Scenario, contender: Contender): Promise<Figures> {
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), "kybern-bench-"));
  try {
    return await scenario.run(contender, directory, wanted);
  } finally {
    await contender.remove?.(directory);
    rmSync(directory, { recursive: true, force: true });
  }
}
