/**
 * Writes the types of the package's entries into `dist/types/`: what tsc makes of the sources that the entries' types reach, and nothing
 * else. They refer to no other package.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";

/** Entry names and their sources, by path from the project's root. */
type Entries = Readonly<Record<string, string>>;

export function buildTypes(root: string, out: string, entries: Entries): void {
  const declarations = declarationsOf(root, Object.values(entries));
  for (const [name, text] of declarations) {
    const file = join(out, "types", name.replace(/\.ts$/, ".d.ts"));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  // They say nothing that differs between the two kinds of modules: those who require read them as they are, ES modules by way of `.d.mts`.
  writeFileSync(join(out, "types", "package.json"), `{ "type": "commonjs" }\n`);
  for (const [name, source] of Object.entries(entries)) {
    const file = relative("src", source);
    const declared = declarations.get(file) ?? "";
    // What is added to another package counts for the kind of module that it is said in: that package may have a type for each.
    const text = /^declare module /m.test(declared)
      ? declared.replaceAll('from "./', `from "./types/${dirname(file)}/`)
      : `export * from "./types/${file.replace(/\.ts$/, ".js")}";\n`;
    for (const extension of ["d.mts", "d.cts"])
      writeFileSync(join(out, `${name}.${extension}`), `/// <reference lib="esnext.disposable" />\n${text}`);
  }
}

/** What the sources declare, and all that it refers to: texts by the sources' paths below `src/`. */
export function declarationsOf(root: string, sources: readonly string[]): Map<string, string> {
  const scratch = mkdtempSync(join(tmpdir(), "kybern-types-"));
  try {
    emit(root, scratch, sources);
    const reached = new Map<string, string>();
    for (const source of sources) follow(scratch, relative("src", source), reached);
    return reached;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function emit(root: string, scratch: string, files: readonly string[]): void {
  const config = join(scratch, "tsconfig.json");
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    stripInternal: true,
    outDir: scratch,
    rootDir: join(root, "src"),
    typeRoots: [join(root, "node_modules", "@types")],
  };
  const text = { extends: join(root, "tsconfig.json"), compilerOptions, include: [], files: files.map((file) => join(root, file)) };
  writeFileSync(config, JSON.stringify(text));
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", config], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the types could not be made:\n${stdout}`);
}

/** Takes a declaration file and what it refers to, by paths below `src/`. */
function follow(scratch: string, name: string, reached: Map<string, string>): void {
  if (reached.has(name)) return;
  reached.set(name, "");
  const text = readFileSync(join(scratch, name.replace(/\.ts$/, ".d.ts")), "utf8");
  reached.set(
    name,
    text.replaceAll(/((?:from|import\()\s*")([^"]+)\.ts"/g, (_, before: string, path: string) => {
      follow(scratch, relative(scratch, resolve(scratch, dirname(name), `${path}.ts`)), reached);
      return `${before}${path}.js"`;
    }),
  );
}
