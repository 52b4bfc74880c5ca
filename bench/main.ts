/**
 * Measures a whole server from outside: `npm run bench -- [names…] [--peer-binaries DIR] [--port N]`. One JSON line for each
 * measure. With the binaries of kube-apiserver and etcd (and kube-scheduler, kube-controller-manager) the same load runs beside
 * them in the same run, in turns. `BENCH_DIR` says on which disk the data are.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Figures, round, scenarios } from "./measures.ts";
import { type Contender, kybern, upstream } from "./servers.ts";

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
const nodeFlags = ["--disable-warning=ExperimentalWarning", ...options["node-flags"].split(" ").filter((flag) => flag !== "")];
const ours = await kybern(port, nodeFlags);
const peer = options["peer-binaries"] === undefined ? undefined : upstream(options["peer-binaries"], port + 10);

for (const scenario of scenarios) {
  if (!scenario.measures.some((name) => wanted.has(name))) continue;
  const figures = await measured(scenario, ours);
  const peerFigures = peer && (await measured(scenario, peer));
  for (const [name, { value, unit, detail }] of figures) {
    if (!wanted.has(name)) continue;
    const theirs = peerFigures?.get(name);
    console.log(
      JSON.stringify({
        name,
        value: round(value),
        unit,
        ...(theirs ? { peer: round(theirs.value), ratio: round(value / theirs.value) } : {}),
        ...detail,
        ...(theirs?.detail ? { peerDetail: theirs.detail } : {}),
      }),
    );
  }
}

async function measured(scenario: (typeof scenarios)[number], contender: Contender): Promise<Figures> {
  const directory = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), "kybern-bench-"));
  try {
    return await scenario.run(contender, directory, wanted);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
