/** The texts that OpenAPI documents and `kubectl explain` show: taken from the declarations of the published JavaScript client. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Descriptions, TypeDescription } from "../src/machinery/schema/descriptions.ts";
import { parameterReference } from "../src/machinery/schema/openapi-parameters.ts";
import { operationsReference } from "../src/machinery/schema/openapi-paths.ts";
import type { RawTable } from "../src/machinery/tables.ts";

type Tables = Readonly<Record<string, Readonly<Record<string, RawTable>>>>;

/** The descriptions of parameters, and of all types of the tables that the client knows. `models` is its folder of generated models. */
export function readDescriptions(models: string, tables: Tables): Descriptions {
  const methods = join(models, "..", "types", "ObjectParamAPI.d.ts");
  const source = existsSync(methods) ? readFileSync(methods, "utf8") : "";
  const descriptions: Record<string, TypeDescription> = {
    ...parameterDescriptions(source),
    [operationsReference]: { fields: operationDescriptions(source) },
  };
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

/** The method of the client that tells of each group of parameters. */
const tellers: Readonly<Record<string, string>> = {
  list: "CoreV1ApiListNamespacedPod",
  create: "CoreV1ApiCreateNamespacedPod",
  patch: "CoreV1ApiPatchNamespacedPod",
  delete: "CoreV1ApiDeleteNamespacedPod",
  PodAttachOptions: "CoreV1ApiConnectGetNamespacedPodAttach",
  PodExecOptions: "CoreV1ApiConnectGetNamespacedPodExec",
  PodPortForwardOptions: "CoreV1ApiConnectGetNamespacedPodPortforward",
  PodProxyOptions: "CoreV1ApiConnectGetNamespacedPodProxy",
  ServiceProxyOptions: "CoreV1ApiConnectGetNamespacedServiceProxy",
  NodeProxyOptions: "CoreV1ApiConnectGetNodeProxy",
  PodLogOptions: "CoreV1ApiReadNamespacedPodLog",
};

/** `source` declares what the client's methods take. */
function parameterDescriptions(source: string): Record<string, TypeDescription> {
  const descriptions: Record<string, TypeDescription> = {};
  for (const [group, teller] of Object.entries(tellers)) {
    const start = source.indexOf(`interface ${teller}Request {`);
    if (start < 0) continue;
    const fields: Record<string, string> = {};
    for (const [, text = "", name = ""] of source.slice(start, source.indexOf("\n}", start)).matchAll(parameterComment)) {
      const [told = ""] = plain(text).split("\nDefaults to:");
      fields[name.replace(/^_/, "")] = told.replace(/&(?:#(x?)(\w+)|(\w+));/g, entityText);
    }
    descriptions[parameterReference(group)] = { fields };
  }
  return descriptions;
}

/** Operations that the documents describe in the client's words. */
const describedOperations = ["getServiceAccountIssuerOpenIDKeyset", "getServiceAccountIssuerOpenIDConfiguration"];

function operationDescriptions(source: string): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const name of describedOperations) {
    const [, text] = new RegExp(`${comment}${name}\\(`).exec(source) ?? [];
    if (text !== undefined) fields[name] = plain(text.split(" * @param", 1)[0] as string);
  }
  return fields;
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

const parameterComment = new RegExp(`${comment}(\\w+)\\??:`, "g");
const entities: Readonly<Record<string, string>> = { quot: '"', amp: "&", lt: "<", gt: ">" };

function entityText(whole: string, hex: string | undefined, code: string | undefined, name = ""): string {
  return code === undefined ? (entities[name] ?? whole) : String.fromCodePoint(Number.parseInt(code, hex ? 16 : 10));
}

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
      // The client's generator makes spaces of line ends: one or two, before an even indentation.
      .replace(/(?<=\S) {2,}(?=\S)/g, (spaces) => (spaces.length % 2 === 1 ? "\n" : "\n\n") + spaces.slice(2 - (spaces.length % 2)))
  );
}
