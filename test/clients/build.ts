// Builds the clients that `test/clients` runs, and that are not on this machine, with Go into build/clients/. Takes minutes at first.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary, built } from "./binaries.ts";

interface Program {
  name: string;
  module: string;
  version: string;
  package: string;
}

const kubernetes = (name: string, version: string, command: string): Program => ({
  name,
  module: "k8s.io/kubernetes",
  version,
  package: `k8s.io/kubernetes/cmd/${command}`,
});

/** A program whose source is in a folder here: a command, or tests that are a program of their own. */
interface OwnProgram {
  name: string;
  folder: string;
  isTest?: boolean;
}

const programs: (Program | OwnProgram)[] = [
  { name: "helm", module: "helm.sh/helm/v3", version: "v3.22.0", package: "helm.sh/helm/v3/cmd/helm" },
  kubernetes("kubectl", "v1.36.3", "kubectl"),
  kubernetes("kubectl-1.32", "v1.32.13", "kubectl"),
  kubernetes("kube-scheduler", "v1.36.3", "kube-scheduler"),
  kubernetes("kube-controller-manager", "v1.36.3", "kube-controller-manager"),
  { name: "etcd", module: "go.etcd.io/etcd/server/v3", version: "v3.6.16", package: "go.etcd.io/etcd/server/v3" },
  { name: "sample-apiserver", module: "k8s.io/sample-apiserver", version: "v0.36.3", package: "k8s.io/sample-apiserver" },
  { name: "cert-manager", folder: "cert-manager" },
  { name: "operator.test", folder: "operator", isTest: true },
];

function go(directory: string, ...words: string[]): string {
  const { status, stdout, stderr, error } = spawnSync("go", words, { cwd: directory, maxBuffer: 64 * 1024 * 1024 });
  if (error) throw new Error(`go could not be run: ${error.message}`);
  if (status !== 0) throw new Error(`go ${words.join(" ")} failed:\n${stderr}`);
  return stdout.toString();
}

/** The modules that Kubernetes replaces by folders of its own repository are published beside it, with the same minor version. */
function replaceStaging(directory: string, { module, version }: Program): void {
  const { GoMod } = JSON.parse(go(directory, "mod", "download", "-json", `${module}@${version}`)) as { GoMod: string };
  const { Replace } = JSON.parse(go(directory, "mod", "edit", "-json", GoMod)) as { Replace: { Old: { Path: string } }[] | null };
  const published = version.replace(/^v1\./, "v0.");
  for (const { Old } of Replace ?? []) go(directory, "mod", "edit", `-replace=${Old.Path}=${Old.Path}@${published}`);
}

/** What Kubernetes' own builds tell its programs of themselves: the tests look for it. Modules of v0.36 are of Kubernetes v1.36. */
function versionFlags({ version }: Program): string {
  const gitVersion = version.replace(/^v0\./, "v1.");
  const [gitMajor = "", gitMinor = ""] = gitVersion.slice(1).split(".");
  const values = { gitVersion, gitMajor, gitMinor };
  return Object.entries(values)
    .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
    .join(" ");
}

function buildOwn({ name, folder, isTest }: OwnProgram): void {
  go(join(import.meta.dirname, folder), ...(isTest ? ["test", "-c"] : ["build"]), "-o", join(built, name), ".");
}

function build(program: Program): void {
  const directory = mkdtempSync(join(tmpdir(), "kybern-build-"));
  try {
    go(directory, "mod", "init", "kybern.io/build");
    writeFileSync(join(directory, "tools.go"), `//go:build tools\n\npackage tools\n\nimport _ ${JSON.stringify(program.package)}\n`);
    if (program.module === "k8s.io/kubernetes") replaceStaging(directory, program);
    go(directory, "get", `${program.module}@${program.version}`);
    go(directory, "mod", "tidy");
    go(directory, "build", "-ldflags", versionFlags(program), "-o", join(built, program.name), program.package);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const missing = programs.filter(({ name }) => !binary(name));
if (missing.length > 0 && spawnSync("go", ["version"]).status !== 0) {
  process.stdout.write(`Go is not installed, so tests of ${missing.map(({ name }) => name).join(", ")} are skipped\n`);
} else {
  mkdirSync(built, { recursive: true });
  for (const program of missing) {
    process.stdout.write(`building ${program.name}\n`);
    if ("folder" in program) buildOwn(program);
    else build(program);
    if (!existsSync(join(built, program.name))) throw new Error(`${program.name} was not built`);
  }
}
