/** The API reference in `docs/api/`: what the package's entries export, with its doc comments, from the declarations that others compile against. */
import { dirname, join } from "node:path";
import { declarationsOf } from "./build-types.ts";
import { referredTypes } from "./declared-types.ts";

const references = [
  { name: "kybern/testing", source: "testing/index.ts", file: "docs/api/testing.md" },
  { name: "kybern/client", source: "client/index.ts", file: "docs/api/client.md" },
];

/** Types of the API are as in Kubernetes' own reference. */
const generated = "machinery/meta/v1.ts";

/**
 * The files' texts, by path from the project's root. Throws an error that lists what is exported without a doc comment, and which types
 * the declarations of what is exported refer to that no entry exports.
 */
export function apiReference(root: string): Map<string, string> {
  const declarations = declarationsOf(
    root,
    references.map(({ source }) => join("src", source)),
  );
  const entries = references.map(({ name, source }) => readEntry(name, source, declarations));
  const missing = [...entries.flatMap(({ sections }) => undocumented(sections)), ...unexported(entries, declarations)];
  if (missing.length > 0) throw new Error(`the package's entries are incomplete:\n  ${missing.join("\n  ")}`);
  return new Map(references.map(({ file }, index) => [file, pageOf(entries[index] as Entry)]));
}

interface Section {
  name: string;
  /** Where it is declared, below `src/`. */
  file: string;
  comment: string;
  code: string;
}

/** What one entry of the package exports. */
interface Entry {
  name: string;
  sections: Section[];
  /** Files whose types are exported as a namespace, by its name. */
  groups: Map<string, string>;
  resources: { file: string; names: [name: string, of: string][] }[];
}

function readEntry(name: string, source: string, declarations: ReadonlyMap<string, string>): Entry {
  const entry: Entry = { name, sections: [], groups: new Map(), resources: [] };
  const textOf = (file: string) => {
    const text = declarations.get(file);
    if (text === undefined) throw new Error(`${name} refers to ${file}, which declares nothing`);
    return text;
  };
  for (const { 1: what = "", 2: path = "" } of textOf(source).matchAll(/^export (?:type )?(\{[^}]*\}|\*.*?) from "([^"]+)\.js";$/gm)) {
    const file = `${join(dirname(source), path)}.ts`;
    const namespace = /^\* as (\w+)$/.exec(what)?.[1];
    if (namespace !== undefined) entry.groups.set(namespace, file);
    else if (what === "*")
      entry.resources.push({ file, names: [...textOf(file).matchAll(resource)].map(([, ref = "", of = ""]) => [ref, of]) });
    else
      for (const [, exported = ""] of what.matchAll(/(?:type )?(\w+)\s*[,}]/g)) {
        entry.sections.push({ name: exported, file, ...declarationOf(exported, file, textOf(file)) });
      }
  }
  return entry;
}

function undocumented(sections: readonly Section[]): string[] {
  return sections.filter(({ comment }) => comment === "").map(({ name, file }) => `${name} (${file}) has no doc comment`);
}

/** Types that a person meets and can't name. */
function unexported(entries: readonly Entry[], declarations: ReadonlyMap<string, string>): string[] {
  const exported = new Set(entries.flatMap(({ sections }) => sections.map(({ name, file }) => `${file}#${name}`)));
  const files = new Set(entries.flatMap(({ groups }) => [...groups.values()]));
  /** With the first that refers to it. */
  const found = new Map<string, string>();
  const look = (by: string, file: string, code: string) => {
    for (const type of referredTypes(code, file, declarations)) {
      const [of = ""] = type.split("#");
      if (!exported.has(type) && !files.has(of) && !found.has(type)) found.set(type, by);
    }
  };
  for (const { sections, groups, resources } of entries) {
    for (const { name, file, code } of sections) look(name, file, code);
    for (const [name, file] of groups) look(name, file, declarations.get(file) ?? "");
    for (const { file } of resources) look(file, file, declarations.get(file) ?? "");
  }
  return [...found].map(([type, by]) => `${type} is not exported, and ${by} refers to it`);
}

function pageOf({ name: entry, sections, groups, resources }: Entry): string {
  const namespaces = [...groups.keys()].map((name) => `\`${name}\``);
  const named = resources.flatMap(({ names }) => names.map(([name, of]) => `\`${name}\` (${of})`));
  const lines = [
    `# \`${entry}\``,
    "",
    "All that it exports, as `npm run generate` reads it from the sources.",
    ...(namespaces.length > 0 ? ["", `Types of the API's groups, as in \`coreV1.Pod\`: ${namespaces.join(", ")}.`] : []),
    ...(named.length > 0 ? ["", `Resources, by which clients are typed: ${named.sort().join(", ")}.`] : []),
  ];
  const sorted = [...sections].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
  return [...lines, ...sorted.flatMap(({ name, comment, code }) => ["", `## ${name}`, "", comment, "", "```ts", code, "```"])]
    .join("\n")
    .concat("\n");
}

const resource = /^export declare const (\w+): ResourceRef<(\w+)>;$/gm;

/** What the doc comment says, and the declaration. */
function declarationOf(name: string, file: string, text: string): Pick<Section, "comment" | "code"> {
  const found = new RegExp(
    `^(?:/\\*\\*((?:(?!\\*/)[^])*?)\\*/\\n)?(export (?:declare )?(?:abstract )?(?:interface|class|type|const|function) ${name}\\b(?:.*;|[^]*?\\n\\}.*))$`,
    "m",
  ).exec(text);
  if (!found) throw new Error(`${file} declares no ${name}`);
  const [, comment = "", declaration = ""] = found;
  const said = comment.replace(/^ ?\* ?/gm, "").trim();
  const code = declaration
    .replace(/^export (declare )?/, "")
    .replace(/^ +#private;\n/m, "")
    .replace(/^( {4})+/gm, (indent) => " ".repeat(indent.length / 2));
  return { comment: said || (file === generated ? "As the reference of Kubernetes' API has it." : ""), code };
}
