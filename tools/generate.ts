/**
 * Generates the type tables and the TypeScript types of every API group from `tools/facts/`, and the API reference from the doc comments.
 *
 *   npm run generate          writes the files
 *   npm run generate:check    regenerates in memory and fails when a file differs
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { apiReference } from "./api-reference.ts";

interface FactField {
  ref?: string;
  type?: string;
  format?: string;
  items?: string;
  itemsEnum?: string[];
  values?: string;
  proto?: number;
  protoName?: string;
  required?: boolean;
  enum?: string[];
  default?: unknown;
  patchMergeKey?: string;
  patchStrategy?: string;
  listType?: string;
  listMapKeys?: string[];
  mapType?: string;
  inlined?: boolean;
}

interface FactType {
  fields?: Record<string, FactField>;
  scalar?: { type?: string; format?: string };
  proto?: string;
  gvk?: { group: string; version: string; kind: string }[];
  inline?: Record<string, { proto: number; message: string }>;
  mapType?: string;
  unions?: unknown;
}

interface WireType {
  fields: Record<string, { type: string; id: number; rule?: string; keyType?: string }>;
}

interface Facts {
  version: string;
  types: Record<string, FactType>;
  wireOnly: [string, WireType][] | Record<string, WireType>;
}

interface FactResource {
  group: string;
  version: string;
  resource: string;
  kind: string;
  singular: string;
  namespaced: boolean;
}

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const facts: Facts = JSON.parse(readFileSync(join(root, "tools/facts/kubernetes-1.36-schema.json"), "utf8"));
/** What the Go types say beyond the OpenAPI documents: pointers, which zero values JSON leaves out, named types. */
const goFacts: { types: Record<string, Record<string, object>> } = JSON.parse(
  readFileSync(join(root, "tools/facts/kubernetes-1.36-go.json"), "utf8"),
);
/** In which order the Go types have their fields, where it isn't that of the protobuf numbers. */
const orderFacts: { types: Record<string, string[]> } = JSON.parse(
  readFileSync(join(root, "tools/facts/kubernetes-1.36-order.json"), "utf8"),
);
const resources: FactResource[] = JSON.parse(readFileSync(join(root, "tools/facts/kubernetes-1.36-resources.json"), "utf8"));

interface Place {
  /** Folder and file stem below src/, for example `api/core/v1`. */
  file: string;
  /** Short type name, for example `Pod`. */
  name: string;
}

const machineryPackages = /^io\.k8s\.apimachinery\.pkg\.(apis\.meta\.v1|runtime|util\.intstr|api\.resource|version)\.(\w+)$/;

/** Where a type of the facts lives in the source tree. */
function placeOf(typeName: string): Place {
  const machinery = machineryPackages.exec(typeName);
  if (machinery) return { file: "machinery/meta/v1", name: machinery[1] === "version" ? "VersionInfo" : (machinery[2] as string) };
  const api =
    /^io\.k8s\.api\.(\w+)\.(\w+)\.(\w+)$/.exec(typeName) ??
    /^io\.k8s\.(?:apiextensions-apiserver|kube-aggregator)\.pkg\.apis\.(\w+)\.(\w+)\.(\w+)$/.exec(typeName);
  if (!api) throw new Error(`no place for ${typeName}`);
  return { file: `api/${api[1]}/${api[2]}`, name: api[3] as string };
}

const scalarTypes: Record<string, string> = {
  string: "string",
  boolean: "boolean",
  integer: "number",
  number: "number",
  object: "Record<string, unknown>",
  "string:byte": "string",
  "integer:int32": "number",
  "integer:int64": "number",
};

const specialTypes: Record<string, string> = {
  Quantity: "string",
  Time: "string",
  MicroTime: "string",
  Duration: "string",
  IntOrString: "number | string",
  RawExtension: "Record<string, unknown>",
  FieldsV1: "Record<string, unknown>",
  JSON: "unknown",
  JSONSchemaPropsOrBool: "JSONSchemaProps | boolean",
  JSONSchemaPropsOrArray: "JSONSchemaProps | JSONSchemaProps[]",
  JSONSchemaPropsOrStringArray: "JSONSchemaProps | string[]",
};

class TypeFile {
  readonly file: string;
  readonly imports = new Map<string, Set<string>>();
  readonly lines: string[] = [];

  constructor(file: string) {
    this.file = file;
  }

  reference(typeName: string): string {
    const scalar = scalarTypes[typeName];
    if (scalar) return scalar;
    if (typeName.startsWith("array:")) return `${parenthesize(this.reference(typeName.slice(6)))}[]`;
    const { file, name } = placeOf(typeName);
    if (file !== this.file) {
      const names = this.imports.get(file) ?? new Set();
      this.imports.set(file, names.add(name));
    }
    return name;
  }

  fieldType(field: FactField): string {
    if (field.ref) return this.reference(field.ref);
    switch (field.type) {
      case "array":
        if (field.itemsEnum) return `(${field.itemsEnum.map((v) => JSON.stringify(v)).join(" | ")})[]`;
        return `${parenthesize(this.reference(field.items as string))}[]`;
      case "map":
        return `Record<string, ${this.reference(field.values as string)}>`;
      default: {
        const scalar = scalarTypes[field.type as string];
        if (!scalar) throw new Error(`unknown field type ${JSON.stringify(field)}`);
        return scalar;
      }
    }
  }
}

function parenthesize(type: string): string {
  return type.includes("|") ? `(${type})` : type;
}

const banner = "// Generated from tools/facts/kubernetes-1.36-schema.json by `npm run generate`. Do not edit.\n";

function relative(fromFile: string, toFile: string): string {
  const from = fromFile.split("/").slice(0, -1);
  const to = toFile.split("/");
  while (from.length > 0 && from[0] === to[0]) {
    from.shift();
    to.shift();
  }
  return (from.length === 0 ? "./" : "../".repeat(from.length)) + to.join("/");
}

const outputs = new Map<string, string>();
const typeFiles = new Map<string, TypeFile>();
const tables = new Map<string, Record<string, unknown>>();

for (const typeName of Object.keys(facts.types).sort()) {
  const fact = facts.types[typeName] as FactType;
  const { file, name } = placeOf(typeName);
  let out = typeFiles.get(file);
  if (!out) {
    out = new TypeFile(file);
    typeFiles.set(file, out);
    tables.set(file, {});
  }
  (tables.get(file) as Record<string, unknown>)[name] = tableOf(fact, goFacts.types[typeName] ?? {}, orderFacts.types[typeName]);
  if (specialTypes[name]) {
    out.lines.push(`export type ${name} = ${specialTypes[name]};\n`);
    continue;
  }
  if (!fact.fields) {
    out.lines.push(`export type ${name} = ${fact.scalar?.type === "string" ? "string" : "unknown"};\n`);
    continue;
  }
  const isKind = fact.fields.kind !== undefined && fact.fields.apiVersion !== undefined && fact.gvk !== undefined;
  out.lines.push(`export interface ${name} {`);
  for (const [fieldName, field] of Object.entries(fact.fields)) {
    const required = field.required === true || (isKind && fieldName === "metadata");
    const key = /^[A-Za-z_$][\w$]*$/.test(fieldName) ? fieldName : JSON.stringify(fieldName);
    out.lines.push(`  ${key}${required ? "" : "?"}: ${out.fieldType(field)};`);
  }
  out.lines.push("}\n");
}

/** The table form of a type: the fact with short type references, without what the runtime does not read. */
function tableOf(fact: FactType, goFields: Record<string, object>, order: readonly string[] | undefined): unknown {
  const short = (ref: string): string => {
    if (scalarTypes[ref]) return ref;
    if (ref.startsWith("array:")) return `array:${short(ref.slice(6))}`;
    const { file, name } = placeOf(ref);
    return `${file}#${name}`;
  };
  const fields: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(fact.fields ?? {})) {
    fields[key] = {
      ...field,
      ...(field.ref ? { ref: short(field.ref) } : {}),
      ...(field.items ? { items: short(field.items) } : {}),
      ...(field.values ? { values: short(field.values) } : {}),
      ...goFields[key],
    };
  }
  return { ...fact, ...(fact.fields ? { fields } : {}), ...(order ? { order } : {}) };
}

for (const [file, out] of typeFiles) {
  const imports = [...out.imports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([from, names]) => `import type { ${[...names].sort().join(", ")} } from "${relative(file, from)}.ts";\n`);
  outputs.set(`src/${file}.ts`, `${banner}${imports.join("")}\n${out.lines.join("\n")}`);
  outputs.set(`src/${file}.json`, `${JSON.stringify(tables.get(file))}\n`);
}

const wireOnly = Array.isArray(facts.wireOnly) ? Object.fromEntries(facts.wireOnly) : facts.wireOnly;
outputs.set("src/machinery/meta/wire-only.json", `${JSON.stringify(wireOnly)}\n`);

// Every served resource: one file of declarations, and the typed references that clients use.
outputs.set("src/api/resources.json", `${JSON.stringify(resources)}\n`);

// How upstream's server has types in memory: what its messages show of values.
const internal: { types: object } = JSON.parse(readFileSync(join(root, "tools/facts/kubernetes-1.36-internal.json"), "utf8"));
outputs.set("src/api/internal-forms.json", `${JSON.stringify(internal.types)}\n`);

// The objects that every cluster starts with: roles, bindings, flow schemas, priority classes.
outputs.set(
  "src/controllers/bootstrap/objects.json",
  `${JSON.stringify(JSON.parse(readFileSync(join(root, "tools/facts/bootstrap-1.36.json"), "utf8")))}\n`,
);

const files = [...typeFiles.keys()].filter((f) => f.startsWith("api/")).sort();
outputs.set(
  "src/api/tables.ts",
  `${banner}import type { RawTable } from "../machinery/tables.ts";\nimport meta from "../machinery/meta/v1.json" with { type: "json" };\n${files
    .map((f) => `import ${tableVariable(f)} from "./${f.slice(4)}.json" with { type: "json" };\n`)
    .join(
      "",
    )}\n/** Every type table, by the file part of a type reference (\`api/core/v1\` in \`api/core/v1#Pod\`). */\nexport const rawTables = {\n  "machinery/meta/v1": meta,\n${files.map((f) => `  ${JSON.stringify(f)}: ${tableVariable(f)},\n`).join("")}} as unknown as Record<string, Record<string, RawTable>>;\n`,
);

function tableVariable(file: string): string {
  return file.slice(4).replace(/\/(\w)/g, (_, c: string) => c.toUpperCase());
}

const kindType = new Map<string, Place>();
for (const [typeName, fact] of Object.entries(facts.types)) {
  for (const gvk of fact.gvk ?? []) {
    const place = placeOf(typeName);
    if (!kindType.has(`${gvk.group}/${gvk.version}/${gvk.kind}`) || place.file.startsWith("api/")) {
      kindType.set(`${gvk.group}/${gvk.version}/${gvk.kind}`, place);
    }
  }
}

const refImports = new Map<string, Set<string>>();
const refLines: string[] = [];
for (const r of resources) {
  const place = kindType.get(`${r.group}/${r.version}/${r.kind}`);
  if (!place) throw new Error(`no type for ${r.group}/${r.version} ${r.kind}`);
  const clash = resources.find((o) => o !== r && o.resource === r.resource);
  const suffix =
    clash && (r.group === "events.k8s.io" || (r.version === "v1" && r.group === "autoscaling"))
      ? r.group === "events.k8s.io"
        ? "EventsV1"
        : "V1"
      : "";
  const typeName = suffix ? `${place.name}${suffix}` : place.name;
  const names = refImports.get(place.file) ?? new Set();
  refImports.set(place.file, names.add(suffix ? `${place.name} as ${typeName}` : place.name));
  const fields = [
    `group: ${JSON.stringify(r.group)}`,
    `version: ${JSON.stringify(r.version)}`,
    `resource: ${JSON.stringify(r.resource)}`,
    `kind: ${JSON.stringify(r.kind)}`,
    `namespaced: ${r.namespaced}`,
  ];
  refLines.push(`export const ${r.resource}${suffix}: ResourceRef<${typeName}> = { ${fields.join(", ")} };`);
}
outputs.set(
  "src/api/refs.ts",
  `${banner.replace("schema", "resources")}import type { ResourceRef } from "../machinery/resource-ref.ts";\n${[...refImports]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([file, names]) => `import type { ${[...names].sort().join(", ")} } from "${relative("api/refs", file)}.ts";\n`)
    .join("")}\n${refLines.join("\n")}\n`,
);

const check = process.argv.includes("--check");
let different = 0;

function settle(files: ReadonlyMap<string, string>): void {
  for (const [path, text] of files) {
    const target = join(root, path);
    if ((existsSync(target) ? readFileSync(target, "utf8") : undefined) === text) continue;
    different++;
    if (check) console.error(`${path} differs from what tools/generate.ts makes; run npm run generate`);
    else {
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, text);
    }
  }
}

settle(outputs);
// Of the types that have just been written.
const reference = apiReference(root);
settle(reference);
const count = outputs.size + reference.size;
console.log(check ? `${count} generated files checked, ${different} differ` : `${count} files, ${different} written`);
if (check && different > 0) process.exit(1);
