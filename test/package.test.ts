import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./harness/cluster.ts";

/** What `npm pack` makes, in an empty project: without native modules, without the types of other packages. */
describe("the package", () => {
  const directory = mkdtempSync(join(tmpdir(), "kybern-package-"));
  const project = join(directory, "project");
  const run = (command: string, args: string[], cwd = project) => {
    const { stdout, stderr, status, error } = spawnSync(command, args, { cwd, encoding: "utf8", timeout: 100_000 });
    if (error || status !== 0) throw new Error(`${command} ${args.join(" ")} failed\n${stdout}${stderr}`, { cause: error });
    return stdout;
  };
  const write = (name: string, text: string) => writeFileSync(join(project, name), text);

  beforeAll(() => {
    const [packed] = JSON.parse(run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", directory], root)) as [
      { filename: string; size: number; unpackedSize: number },
    ];
    mkdirSync(project);
    write("package.json", `{ "name": "empty", "private": true }`);
    run("npm", [
      "install",
      "--ignore-scripts",
      "--omit=optional",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      join(directory, packed.filename),
    ]);
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Record<string, object>;
    const installed = Object.keys(JSON.parse(readFileSync(join(project, "node_modules", ".package-lock.json"), "utf8")).packages).length;
    const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
    console.log(
      `tarball ${megabytes(packed.size)}, unpacked ${megabytes(packed.unpackedSize)}, ${Object.keys(dependencies ?? {}).length} dependencies and ` +
        `${Object.keys(optionalDependencies ?? {}).length} optional, ${installed} packages installed`,
    );
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const program = `
  const cluster = await startCluster({ nodes: 1 });
  await cluster.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } });
  const pod = await cluster.until("pod/p", "ready");
  const { items } = await cluster.client.list(pods);
  console.log(pod.kind, items.length);
  await cluster.stop();
`;

  it("has no native module and no install script", () => {
    const files = readdirSync(join(project, "node_modules"), { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => name.endsWith(".node"))).toEqual([]);
    const { scripts = {} } = JSON.parse(readFileSync(join(project, "node_modules", "kybern", "package.json"), "utf8")) as {
      scripts?: Record<string, string>;
    };
    expect(["preinstall", "install", "postinstall"].filter((name) => name in scripts)).toEqual([]);
  });

  it("is imported as an ES module", () => {
    write("a.mjs", `import { startCluster } from "kybern/testing";\nimport { pods } from "kybern/client";\n${program}`);
    expect(run(process.execPath, ["a.mjs"])).toBe("Pod 1\n");
  });

  it("is required as CommonJS", () => {
    write(
      "a.cjs",
      `const { startCluster } = require("kybern/testing");\nconst { pods } = require("kybern/client");\n(async () => {${program}})();`,
    );
    expect(run(process.execPath, ["a.cjs"])).toBe("Pod 1\n");
  });

  it("has errors that both kinds of modules tell by their class", () => {
    write(
      "b.mjs",
      `
import { createRequire } from "node:module";
import { startCluster } from "kybern/testing";
import { configmaps, isNotFound, StatusError } from "kybern/client";
const required = createRequire(import.meta.url)("kybern/client");
await using cluster = await startCluster({ controllers: "none" });
const error = await cluster.client.get(configmaps, "none").catch((reason) => reason);
console.log(isNotFound(error), required.isNotFound(error), error instanceof StatusError, error instanceof required.StatusError);
`,
    );
    expect(run(process.execPath, ["b.mjs"])).toBe("true true true true\n");
  });

  it("has types that need nothing else", () => {
    const typed = (of: string) => `${of}
interface Widget extends KubeObject { spec: { size: number } }
const widgets = defineKind<Widget>({ group: "example.com", version: "v1", kind: "Widget" });
export async function test(): Promise<void> {
  const cluster = await startCluster({ controllers: ["deployment", "replicaset"], nodes: 2, stages: [{ ready: { least: "1s", most: "3s" } }] });
  const widget = await cluster.client.get(widgets, "a");
  const size: number = widget.spec.size;
  const pod: coreV1.Pod = await cluster.client.get(pods, "p");
  // @ts-expect-error: pods have no such field
  pod.spec?.containerz;
  // @ts-expect-error: there is no such controller
  await startCluster({ controllers: ["deploiment"] });
  const error: Error | StatusError = new StatusError(404, "NotFound", String(size));
  await cluster.until("pod/p", (object: coreV1.Pod) => object.status?.phase === "Running", { timeout: "1m" });
  void error;
}
`;
    const imports = `import { startCluster } from "kybern/testing";\nimport { defineKind, pods, StatusError, type coreV1, type KubeObject } from "kybern/client";\n`;
    write("types.mts", typed(imports));
    write("types.cts", typed(imports));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: "node16",
      moduleResolution: "node16",
      target: "es2022",
      types: [],
      skipLibCheck: false,
    };
    write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["types.mts", "types.cts"] }));
    run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.json"]);
  });

  it("prints types of a definition that compile, and that the client takes", () => {
    const definition = readFileSync(join(root, "test", "clients", "operator", "manifests", "basket.yaml"), "utf8");
    write("basket.yaml", definition);
    write("basket.mts", run(process.execPath, [join("node_modules", "kybern", "bin", "kybern.js"), "types", "basket.yaml"]));
    write(
      "uses.mts",
      `import { startCluster } from "kybern/testing";
import { type Basket, baskets } from "./basket.mjs";
export async function test(): Promise<Basket | undefined> {
  await using cluster = await startCluster({ install: "basket.yaml" });
  const made = await cluster.client.create(baskets, { metadata: { name: "b" }, spec: { owner: "dev", items: [{ name: "apple" }] } });
  // @ts-expect-error: there is no such field
  made.spec?.colour;
  return (await cluster.client.list(baskets)).items[0];
}
`,
    );
    const compilerOptions = { strict: true, noEmit: true, module: "nodenext", target: "es2022", lib: ["esnext", "dom"], types: [] };
    write("tsconfig.types.json", JSON.stringify({ compilerOptions, files: ["uses.mts"] }));
    run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.types.json"]);
  });

  it("has types for the matchers of Vitest and Jest, and for those who resolve modules in the old way", () => {
    for (const name of ["vitest", "@vitest", "@jest", "@types", "expect", "tinybench"]) {
      const [from, to] = [join(root, "node_modules", name), join(project, "node_modules", name)];
      if (existsSync(from) && !existsSync(to)) symlinkSync(from, to);
    }
    const typed = `import { startCluster } from "kybern/testing";
export async function test(): Promise<void> {
  const cluster = await startCluster();
  await expect(cluster.object("pod/p")).toBeReady();
  await expect(cluster.object("pod/p")).not.toHaveCondition("Ready", "False");
  await expect(cluster.object("configmap/c")).toEqualManifest({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: "1" } });
}
`;
    write("of-vitest.mts", `import { expect } from "vitest";\nimport "kybern/testing/vitest";\n${typed}`);
    write("of-jest.cts", `import { expect } from "@jest/globals";\nimport "kybern/testing/jest";\n${typed}`);
    const compilerOptions = { strict: true, noEmit: true, module: "nodenext", target: "es2022", skipLibCheck: true, types: ["node"] };
    write("tsconfig.matchers.json", JSON.stringify({ compilerOptions, files: ["of-vitest.mts", "of-jest.cts"] }));
    run(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.matchers.json"]);
    const { typesVersions, exports } = JSON.parse(readFileSync(join(project, "node_modules", "kybern", "package.json"), "utf8"));
    const entries = Object.keys(exports).flatMap((name) => (name.endsWith(".json") ? [] : [name.slice(2)]));
    expect(Object.keys(typesVersions["*"])).toEqual(entries);
    for (const [file] of Object.values<string[]>(typesVersions["*"]))
      expect(existsSync(join(project, "node_modules", "kybern", file as string))).toBe(true);
  });

  it("runs under node:test while its timers and dates are mocked", () => {
    write(
      "mocked.test.mjs",
      `
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { mock, test } from "node:test";

const mocked = { apis: ["setTimeout", "setInterval", "setImmediate", "Date"], now: 0 };

test("mocked before the cluster is loaded, they are refused", async (context) => {
  mock.timers.enable(mocked);
  context.after(() => mock.timers.reset());
  const { startCluster } = createRequire(import.meta.url)("kybern/testing");
  await assert.rejects(startCluster(), { message: /^the timers were faked before kybern\\/testing was loaded, / });
});

test("mocked later, they change nothing", async (context) => {
  const { startCluster } = await import("kybern/testing");
  mock.timers.enable(mocked);
  context.after(() => mock.timers.reset());
  const cluster = await startCluster({ nodes: 1 });
  await cluster.apply({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers: [{ name: "c", image: "i" }] } });
  await cluster.until("pod/p", "ready");
  await cluster.advance("1h");
  assert.equal(cluster.now.toISOString().slice(0, 13), "2026-01-01T01");
  assert.equal(Date.now(), 0);
  const { kubeConfig } = await cluster.serve();
  assert.match(kubeConfig, /current-context/);
  await cluster.stop();
});
`,
    );
    expect(run(process.execPath, ["--test", "--test-reporter=tap", "mocked.test.mjs"])).toMatch(/# pass 2\n/);
  });

  it("takes little of the disk", () => {
    const files = readdirSync(join(project, "node_modules", "kybern"), { recursive: true, encoding: "utf8" });
    const bytes = files.reduce((sum, name) => sum + statSync(join(project, "node_modules", "kybern", name)).size, 0);
    expect(bytes).toBeLessThan(12e6);
  });
});
