/** The texts that OpenAPI documents and `kubectl explain` show: taken from the declarations of the published JavaScript client. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Descriptions, TypeDescription } from "../src/machinery/schema/descriptions.ts";
import type { RawTable } from "../src/machinery/tables.ts";

type Tables = Readonly<Record<string, Readonly<Record<string, RawTable>>>>;

/** The descriptions of all types of the tables that the client knows. `models` is its folder of generated models. */
export function readDescriptions(models: string, tables: Tables): Descriptions {
  const descriptions: Record<string, TypeDescription> = {};
  for (const [file, types] of Object.entries(tables)) {
    for (const [name, table] of Object.entries(types)) {
      const path = candidates(file, name)
        .map((candidate) => join(models, `${candidate}.d.ts`))
        .find(existsSync);
      const description = path === undefined ? undefined : parse(readFileSync(path, "utf8"), Object.keys(table.fields ?? {}));
      if (description) descriptions[`${file}#${name}`] = description;
    }
  }
  return descriptions;
}

/** The client's names for a type. Where two groups share a name, the group comes first. */
function candidates(file: string, name: string): string[] {
  const [group = "", version = ""] = file.split("/").slice(-2);
  const short = capital(version) + name;
  return [capital(group) + short, short];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const comment = /\/\*\*((?:[^*]|\*(?!\/))*)\*\/\s*/.source;
const typeComment = new RegExp(`${comment}export declare class`);
const fieldComment = new RegExp(`${comment}'(\\w+)'\\??:`, "g");

function parse(source: string, fields: readonly string[]): TypeDescription | undefined {
  const [, ofType] = typeComment.exec(source) ?? [];
  const ofFields: Record<string, string> = {};
  for (const [, text = "", property = ""] of source.matchAll(fieldComment)) {
    // Words that JavaScript reserves have an underscore before them there.
    const field = fields.includes(property) ? property : property.replace(/^_/, "");
    if (fields.includes(field)) ofFields[field] = plain(text);
  }
  if (ofType === undefined && Object.keys(ofFields).length === 0) return undefined;
  return { ...(ofType === undefined ? {} : { type: plain(ofType) }), ...(Object.keys(ofFields).length > 0 ? { fields: ofFields } : {}) };
}

function plain(text: string): string {
  return (
    text
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, ""))
      .join("\n")
      .trim()
      .replace(/\\(.)/g, "$1")
      // The client's generator makes spaces of line ends: two stand for a new paragraph.
      .replace(/(?<=\S) {2}(?=\S)/g, "\n\n")
  );
}
