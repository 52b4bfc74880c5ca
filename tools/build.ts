/** Builds `dist/`: bundles for a fast start (one read per entry and shared chunk instead of hundreds of files). */
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { rawTables } from "../src/api/tables.ts";
import { readDescriptions } from "./descriptions.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "dist");
rmSync(out, { recursive: true, force: true });

const result = await build({
  absWorkingDir: root,
  entryPoints: { main: "src/cli/main.ts", "node-worker": "src/cluster/node-worker.ts" },
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node22",
  // The small packages that each start loads are bundled: they are two hundred files. The others are loaded when they are needed.
  external: ["lmdb", "@grpc/*", "@peculiar/*", "reflect-metadata", "jose", "prom-client", "protobufjs", "ws"],
  banner: { js: `import{createRequire as kybernRequire}from"node:module";const require=kybernRequire(import.meta.url);` },
  sourcemap: "linked",
  sourcesContent: false,
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  logLevel: "warning",
});
const models = join(dirname(fileURLToPath(import.meta.resolve("@kubernetes/client-node"))), "gen", "models");
writeFileSync(join(out, "descriptions.json.gz"), gzipSync(JSON.stringify(readDescriptions(models, rawTables)), { level: 9 }));

// What the runs of the built command put there.
writeFileSync(join(out, ".npmignore"), "compile-cache\n");

const bytes = Object.values(result.metafile.outputs).reduce((sum, file) => sum + file.bytes, 0);
writeFileSync(join(out, "build.json"), `${JSON.stringify({ builtAt: new Date().toISOString(), bytes })}\n`);
