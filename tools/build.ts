/**
 * Builds `dist/`: bundles for a fast start (one read per entry and shared chunk instead of hundreds of files), and the types of what
 * other packages import. With `--no-types` only the bundles, which is all that running takes: it is faster, and no type error stops it.
 */
import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build } from "esbuild";
import { rawTables } from "../src/api/tables.ts";
import { buildTypes } from "./build-types.ts";
import { readDescriptions } from "./descriptions.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = join(root, "dist");
rmSync(out, { recursive: true, force: true });

/** What other packages import. */
const entries = {
  client: "src/client/index.ts",
  testing: "src/testing/index.ts",
  "testing-vitest": "src/testing/vitest.ts",
  "testing-jest": "src/testing/jest.ts",
};

const common = {
  absWorkingDir: root,
  outdir: out,
  bundle: true,
  platform: "node",
  target: "node22",
  sourcemap: "linked",
  sourcesContent: false,
  minifySyntax: true,
  minifyWhitespace: true,
  // Node and test runners print the line that an error comes from.
  lineLimit: 200,
  metafile: true,
  logLevel: "warning",
} satisfies BuildOptions;

// The small packages that each start loads are bundled: they are two hundred files. The others are loaded when they are needed.
const external = ["lmdb", "@grpc/*", "@peculiar/*", "reflect-metadata", "prom-client", "protobufjs", "ws", "vitest", "@jest/globals"];

const modules = await build({
  ...common,
  entryPoints: { main: "src/cli/main.ts", "node-worker": "src/cluster/node-worker.ts", ...entries },
  splitting: true,
  format: "esm",
  external: [...external, "jose"],
  banner: { js: `import{createRequire as kybernRequire}from"node:module";const require=kybernRequire(import.meta.url);` },
});

// For those who require, and for test runners that can't load ES modules: `jose` is one, so it is part of them.
const commonJs = await build({
  ...common,
  entryPoints: entries,
  format: "cjs",
  outExtension: { ".js": ".cjs" },
  external,
  supported: { "dynamic-import": false },
  define: { "import.meta.url": "kybernUrl" },
  banner: { js: `const kybernUrl=require("node:url").pathToFileURL(__filename).href;` },
});
if (!process.argv.includes("--no-types")) buildTypes(root, out, entries);

const models = join(dirname(fileURLToPath(import.meta.resolve("@kubernetes/client-node"))), "gen", "models");
writeFileSync(join(out, "descriptions.json.gz"), gzipSync(JSON.stringify(readDescriptions(models, rawTables)), { level: 9 }));

// What the runs of the built command put there, and maps to sources that the package does not have.
writeFileSync(join(out, ".npmignore"), "compile-cache\n*.map\n");

const bytes = [modules, commonJs].flatMap(({ metafile }) => Object.values(metafile.outputs)).reduce((sum, file) => sum + file.bytes, 0);
writeFileSync(join(out, "build.json"), `${JSON.stringify({ builtAt: new Date().toISOString(), bytes })}\n`);
