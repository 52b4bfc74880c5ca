import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";

export interface DebianPackage {
  name: string;
  version: string;
  depends: string[];
}

/** The packages and all the libraries they depend on, as apt would install them. */
export function resolvePackages(names: readonly string[]): DebianPackage[] {
  const found = new Map<string, DebianPackage>();
  let wanted = [...names];
  while (wanted.length > 0) {
    const shown = run("apt-cache", ["show", "--no-all-versions", ...wanted]);
    for (const paragraph of shown.split("\n\n")) {
      const parsed = parsePackage(paragraph);
      if (parsed && !found.has(parsed.name)) found.set(parsed.name, parsed);
    }
    for (const name of wanted) if (!found.has(name)) throw new Error(`apt knows no package ${name}`);
    const next = new Set<string>();
    for (const { depends } of found.values()) for (const name of depends) if (!found.has(name)) next.add(name);
    wanted = [...next];
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** A paragraph of `apt-cache show`; of its dependencies only libraries, and the first of alternatives. */
export function parsePackage(paragraph: string): DebianPackage | undefined {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(paragraph)?.[1] ?? "";
  const name = field("Package");
  if (!name) return undefined;
  const depends = `${field("Pre-Depends")},${field("Depends")}`
    .split(",")
    .map((one) => (one.split("|")[0] ?? "").trim().split(/[\s:(]/)[0] ?? "")
    .filter((one) => /^(lib|zlib1g$)/.test(one));
  return { name, version: field("Version"), depends: [...new Set(depends)] };
}

/** Unpacks packages beneath a directory, fetching those that aren't in the cache directory. */
export function unpackPackages(packages: readonly DebianPackage[], cache: string, into: string): void {
  mkdirSync(cache, { recursive: true });
  mkdirSync(into, { recursive: true });
  const file = (one: DebianPackage) =>
    readdirSync(cache).find((name) => name.startsWith(`${one.name}_${one.version.replaceAll(":", "%3a")}_`));
  const missing = packages.filter((one) => !file(one));
  if (missing.length > 0) run("apt-get", ["download", "-qq", ...missing.map((one) => `${one.name}=${one.version}`)], cache);
  for (const one of packages) run("dpkg-deb", ["-x", join(cache, file(one) ?? one.name), into]);
}

/** The shared libraries of a program within an unpacked root, by the dynamic loader that lies there: nothing of this machine's own. */
export function sharedLibraries(root: string, program: string): { path: string; file: string }[] {
  const loader = ["lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1"].find((path) => existsSync(join(root, path)));
  if (!loader) return []; // nothing dynamic was unpacked
  const directories = ["lib", "usr/lib"].flatMap((directory) =>
    ["x86_64-linux-gnu", "aarch64-linux-gnu"].map((architecture) => join(root, directory, architecture)),
  );
  const listed = run(join(root, loader), [
    "--inhibit-cache",
    "--library-path",
    directories.filter(existsSync).join(":"),
    "--list",
    join(root, program),
  ]);
  const libraries = [{ path: loader, file: realpathSync(join(root, loader)) }];
  for (const line of listed.split("\n")) {
    const [name = "", file = ""] = line
      .trim()
      .replace(/ \(0x[0-9a-f]+\)$/, "")
      .split(" => ");
    if (!file) continue;
    if (!file.startsWith(`${root}/`)) throw new Error(`${program} needs ${name}, which none of its packages has`);
    // By the name that programs look for; the file behind it has a longer one.
    libraries.push({ path: join("lib", basename(join(file, "..")), name), file: realpathSync(file) });
  }
  return libraries;
}

function run(program: string, args: string[], cwd?: string): string {
  try {
    return execFileSync(program, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      maxBuffer: 64 << 20,
      ...(cwd ? { cwd } : {}),
    });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: string };
    if (code === "ENOENT") throw new Error(`${program} isn't here: the example images are built from the packages of Debian or Ubuntu`);
    throw new Error(`${program} ${args.join(" ")} failed: ${stderr?.trim() ?? String(error)}`);
  }
}
