/**
 * Builds the images of `examples/images/` from Debian's packages into OCI archives under `build/images/`, without a registry, a
 * container or root. What is up to date is left as it is. `--out DIR` puts them elsewhere; names build only these.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { directoryLayer, type LayerEntry, machineArchitecture, writeOciArchive } from "../src/node/images/oci-archive.ts";
import { type DebianPackage, resolvePackages, sharedLibraries, unpackPackages } from "./images/debian-packages.ts";
import { type ImageSpec, readSpecs } from "./images/image-spec.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** A change of how images are put together builds them anew. */
const recipe = 1;

interface Built {
  key: string;
  layers: () => LayerEntry[][];
}

export async function buildImages(out: string, only: readonly string[] = []): Promise<void> {
  const specs = readSpecs(join(root, "examples", "images"));
  for (const id of only) if (!specs.some((spec) => spec.id === id)) throw new Error(`there is no image "${id}" in examples/images`);
  mkdirSync(out, { recursive: true });
  const scratch = mkdtempSync(join(out, ".work-"));
  const built = new Map<string, Built>();
  try {
    for (const spec of specs) {
      const base = spec.base === undefined ? undefined : built.get(spec.base);
      const packages = spec.packages.length > 0 ? resolvePackages(spec.packages) : [];
      const own = await filesLayer(spec);
      const key = keyOf(spec, packages, own, base?.key);
      const archive = join(out, `${spec.id}.tar`);
      const stamp = join(out, `${spec.id}.key`);
      const current = existsSync(archive) && existsSync(stamp) && readFileSync(stamp, "utf8") === key;
      // Put together when it, or an image on top of it, has to be written.
      const layers = once(() => {
        const packaged = packageLayer(spec, packages, join(out, "packages"), join(scratch, spec.id));
        return [...(base?.layers() ?? []), [...packaged, ...own]];
      });
      built.set(spec.id, { key, layers });
      if (only.length > 0 && !only.includes(spec.id)) continue;
      if (current) {
        console.log(`${spec.id}: up to date`);
        continue;
      }
      await writeOciArchive(archive, [{ names: spec.names, config: spec.config, layers: layers() }]);
      writeFileSync(stamp, key);
      console.log(`${spec.id}: ${spec.names.join(", ")}`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

async function filesLayer(spec: ImageSpec): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = [];
  const files = join(spec.directory, "files");
  if (!existsSync(files)) return entries;
  for await (const entry of directoryLayer(files)) {
    // Modes as the repository keeps them: executable or not, whatever the umask of the checkout was.
    const mode = entry.type === "symlink" ? 0o777 : entry.type === "directory" || (entry.mode & 0o100) !== 0 ? 0o755 : 0o644;
    entries.push({ ...entry, mode });
  }
  return entries;
}

function packageLayer(spec: ImageSpec, packages: readonly DebianPackage[], cache: string, unpacked: string): LayerEntry[] {
  const entries = new Map<string, LayerEntry>();
  const add = (entry: LayerEntry) => {
    for (let parent = dirname(entry.path); parent !== "."; parent = dirname(parent)) {
      if (!entries.has(parent)) entries.set(parent, { path: parent, type: "directory", mode: 0o755 });
    }
    entries.set(entry.path, entry);
  };
  for (const [path, mode] of Object.entries(spec.directories)) add({ path, type: "directory", mode: Number.parseInt(mode, 8) });
  for (const [path, target] of Object.entries(spec.links)) add({ path, type: "symlink", mode: 0o777, target });
  if (packages.length > 0) unpackPackages(packages, cache, unpacked);
  for (const [path, program] of Object.entries(spec.programs)) {
    add({ path, type: "file", mode: 0o755, content: { file: join(unpacked, program) } });
    for (const library of sharedLibraries(unpacked, program)) {
      add({ path: library.path, type: "file", mode: 0o755, content: { file: library.file } });
    }
  }
  if (spec.applets) {
    const busybox = join(unpacked, spec.programs["bin/busybox"] ?? "bin/busybox");
    chmodSync(busybox, 0o755);
    for (const applet of execFileSync(busybox, ["--list"], { encoding: "utf8" }).trim().split("\n")) {
      if (applet !== "busybox") add({ path: `bin/${applet}`, type: "symlink", mode: 0o777, target: "busybox" });
    }
  }
  // Parents sort before what is in them.
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function keyOf(spec: ImageSpec, packages: readonly DebianPackage[], own: readonly LayerEntry[], baseKey: string | undefined): string {
  const hash = createHash("sha256");
  const { directory: _here, ...said } = spec;
  hash.update(JSON.stringify([recipe, machineArchitecture(), baseKey, said, packages.map(({ name, version }) => `${name}=${version}`)]));
  for (const { path, mode, content } of own) {
    hash.update(`\0${path}\0${mode}\0`);
    if (content && "file" in content) hash.update(readFileSync(content.file));
  }
  return `${hash.digest("hex")}\n`;
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ options: { out: { type: "string" } }, allowPositionals: true });
  await buildImages(resolve(values.out ?? join(root, "build", "images")), positionals);
}
