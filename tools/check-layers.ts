/**
 * Checks the house's rules on imports: a folder of `src/` imports only from itself and from folders above it in the list of
 * docs/architecture.md, the core imports nothing of `node:`, and there is no import cycle.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const source = join(root, "src");

const layers = [
  "machinery",
  "api",
  "storage",
  "apiserver",
  "client",
  "controllers",
  "scheduler",
  "node",
  "dns",
  "cluster",
  "testing",
  "cli",
];
/** Folders and files where Node's own modules may be used. */
const edges = [
  "apiserver/http/",
  "storage/lmdb/",
  "storage/etcd/",
  "client/http-client.ts",
  "client/connect.ts",
  "client/load-kubeconfig.ts",
  "client/system-clock.ts",
  "client/http/",
  "node/",
  "dns/",
  "cluster/",
  "testing/",
  "cli/",
];

const problems: string[] = [];
const graph = new Map<string, string[]>();

for (const file of readdirSync(source, { recursive: true, encoding: "utf8" })) {
  if (!file.endsWith(".ts")) continue;
  const name = file.replaceAll("\\", "/");
  const test = name.endsWith(".test.ts") || name.includes("/testing/") || name.endsWith("conformance.ts");
  const text = readFileSync(join(source, file), "utf8");
  const imports: string[] = [];
  for (const match of text.matchAll(/(?:^|\n)\s*(?:import|export)\s(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\("([^"]+)"\)/g)) {
    const specifier = (match[1] ?? match[2]) as string;
    const typeOnly = /^\s*(import|export)\s+type\s/.test(match[0].trimStart());
    if (specifier.startsWith("node:")) {
      if (!test && !edges.some((edge) => name.startsWith(edge))) problems.push(`${name} imports ${specifier}: the core knows no platform`);
    } else if (specifier.startsWith(".")) {
      const target = relative(source, resolve(source, dirname(name), specifier)).replaceAll("\\", "/");
      if (target.startsWith("..")) {
        if (!test) problems.push(`${name} imports ${specifier} from outside src/`);
        continue;
      }
      const from = layers.indexOf(name.split("/")[0] as string);
      const to = layers.indexOf(target.split("/")[0] as string);
      if (name.includes("/") && from < 0) problems.push(`${name} is in a folder that docs/architecture.md does not name`);
      if (!test && from >= 0 && to > from) problems.push(`${name} imports ${target}: ${layers[from]} comes before ${layers[to]}`);
      if (!typeOnly && target.endsWith(".ts")) imports.push(target);
    }
  }
  if (!test) graph.set(name, imports);
  if (name.split("/").length > 4) problems.push(`${name} is more than three folders deep`);
}

const state = new Map<string, "open" | "done">();
function visit(name: string, trail: string[]): void {
  if (state.get(name) === "done") return;
  if (state.get(name) === "open") {
    problems.push(`import cycle: ${[...trail.slice(trail.indexOf(name)), name].join(" → ")}`);
    return;
  }
  state.set(name, "open");
  for (const target of graph.get(name) ?? []) visit(target, [...trail, name]);
  state.set(name, "done");
}
for (const name of graph.keys()) visit(name, []);

for (const problem of problems) console.error(problem);
console.log(`${graph.size} files, ${problems.length} problems`);
if (problems.length > 0) process.exit(1);
