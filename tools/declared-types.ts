/** Which types a declaration refers to, as far as they are the project's own: read from the text of declaration files, without a compiler. */
import { dirname, join } from "node:path";

/** As `FILE#NAME`, files by their path below `src/`. */
export function* referredTypes(code: string, file: string, declarations: ReadonlyMap<string, string>): Generator<string> {
  const text = declarations.get(file) ?? "";
  const own = new Set(
    [...text.matchAll(/^(?:export )?(?:declare )?(?:abstract )?(?:interface|class|type) (\w+)/gm)].map(([, name]) => name),
  );
  const imported = new Map<string, string>();
  for (const { 1: names = "", 2: path = "" } of text.matchAll(/^import (?:type )?\{([^}]*)\} from "([^"]+)\.js";$/gm)) {
    for (const [, name = "", alias = name] of names.matchAll(/(?:type )?(\w+)(?: as (\w+))?/g))
      imported.set(alias, `${fileAt(file, path)}#${name}`);
  }
  for (const [, path = "", name = ""] of code.matchAll(/import\("([^"]+)\.js"\)\.(\w+)/g)) yield `${fileAt(file, path)}#${name}`;
  const bare = code
    .replaceAll(/\/\*[\s\S]*?\*\/|"[^"\n]*"/g, "")
    // The names of fields and parameters.
    .replaceAll(/\b\w+\??(?=:)/g, "");
  for (const [name] of bare.matchAll(/\b[A-Z]\w*\b/g)) {
    const type = own.has(name) ? `${file}#${name}` : imported.get(name);
    if (type !== undefined) yield type;
  }
}

function fileAt(from: string, path: string): string {
  return `${join(dirname(from), path)}.ts`;
}
