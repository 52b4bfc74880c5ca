/** The API reference in `docs/api/`: what the package's entries export, with its doc comments, from the declarations that others compile against. */
import { dirname, join } from "node:path";
import { declarationsOf } from "./build-types.ts";

const references = [
  { name: "kybern/testing", source: "testing/index.ts", file: "docs/api/testing.md" },
  { name: "kybern/client", source: "client/index.ts", file: "docs/api/client.md" },
];

/** The files' texts, by path from the project's root. */
export function apiReference(root: string): Map<string, string> {
  const declarations = declarationsOf(
    root,
    references.map(({ source }) => join("src", source)),
  );
  return new Map(references.map(({ name, source, file }) => [file, pageOf(name, source, declarations)]));
}

function pageOf(entry: string, source: string, declarations: ReadonlyMap<string, string>): string {
  const sections: [name: string, text: string][] = [];
  const groups: string[] = [];
  const resources: string[] = [];
  const textOf = (file: string) => {
    const text = declarations.get(file);
    if (text === undefined) throw new Error(`${entry} refers to ${file}, which declares nothing`);
    return text;
  };
  for (const { 1: what = "", 2: path = "" } of textOf(source).matchAll(/^export (?:type )?(\{[^}]*\}|\*.*?) from "([^"]+)\.js";$/gm)) {
    const file = `${join(dirname(source), path)}.ts`;
    const namespace = /^\* as (\w+)$/.exec(what)?.[1];
    if (namespace !== undefined) groups.push(`\`${namespace}\``);
    else if (what === "*") for (const [, name, of] of textOf(file).matchAll(resource)) resources.push(`\`${name}\` (${of})`);
    else
      for (const [, exported = ""] of what.matchAll(/(?:type )?(\w+)\s*[,}]/g)) {
        sections.push([exported, declarationOf(exported, file, textOf(file))]);
      }
  }
  const lines = [
    `# \`${entry}\``,
    "",
    "All that it exports, as `npm run generate` reads it from the sources.",
    ...(groups.length > 0 ? ["", `Types of the API's groups, as in \`coreV1.Pod\`: ${groups.join(", ")}.`] : []),
    ...(resources.length > 0 ? ["", `Resources, by which clients are typed: ${resources.sort().join(", ")}.`] : []),
  ];
  sections.sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  return [...lines, ...sections.flatMap(([name, text]) => ["", `## ${name}`, "", text])].join("\n").concat("\n");
}

const resource = /^export declare const (\w+): ResourceRef<(\w+)>;$/gm;

/** As Markdown: what the doc comment says, and the declaration. */
function declarationOf(name: string, file: string, text: string): string {
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
  return `${said ? `${said}\n\n` : ""}\`\`\`ts\n${code}\n\`\`\``;
}
