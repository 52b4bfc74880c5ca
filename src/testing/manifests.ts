import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { AnyObject, KubeObject } from "../machinery/object.ts";

/** YAML or JSON text of any number of documents, objects, lists of objects, or any of these in arrays. */
export type Manifests = string | KubeObject | AnyObject | readonly Manifests[];

/** The objects, in an order in which they can be made: what others lie in or are of comes first. */
export function objectsOf(manifests: Manifests): AnyObject[] {
  const objects = [...flatten(manifests)];
  return objects
    .map((object, index) => ({ object, index }))
    .sort((a, b) => rank(a.object) - rank(b.object) || a.index - b.index)
    .map(({ object }) => object);
}

function* flatten(manifests: Manifests): Generator<AnyObject> {
  if (typeof manifests === "string") {
    for (const document of parseAllDocuments(manifests)) {
      const [error] = "errors" in document ? document.errors : [];
      if (error) throw new Error(`the manifest is no YAML: ${error.message}`, { cause: error });
      const value = document.toJS() as Manifests | null;
      if (value !== null && value !== undefined) yield* flatten(checked(value));
    }
  } else if (Array.isArray(manifests)) {
    for (const each of manifests as readonly Manifests[]) yield* flatten(each);
  } else if (typeof manifests !== "object" || manifests === null || ArrayBuffer.isView(manifests) || "then" in manifests) {
    throw new TypeError(`manifests are text in YAML or JSON, objects, or arrays of these; not ${kindOf(manifests)}`);
  } else {
    const object = manifests as AnyObject;
    if (Array.isArray(object.items) && object.kind?.endsWith("List")) yield* flatten(object.items as Manifests);
    else if (object.apiVersion && object.kind && object.metadata) yield object;
    else throw new Error(`an object needs apiVersion, kind and metadata: ${JSON.stringify(object).slice(0, 200)}`);
  }
}

/** A text within a document is no manifest. */
function checked(value: Manifests): Manifests {
  if (typeof value === "object") return value;
  const isPath = typeof value === "string" && /\.(ya?ml|json)$/.test(value);
  throw new Error(
    `a manifest is an object; not ${JSON.stringify(value)}${isPath ? `: read the file first, or start the cluster with { install: ${JSON.stringify(value)} }` : ""}`,
  );
}

function kindOf(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  if ("then" in value) return "a promise: await it first";
  return "bytes: read files as text, in utf8";
}

const first = [
  "CustomResourceDefinition",
  "Namespace",
  "ServiceAccount",
  "ClusterRole",
  "Role",
  "ClusterRoleBinding",
  "RoleBinding",
  "ConfigMap",
  "Secret",
];
const last = ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"];

function rank({ kind = "" }: AnyObject): number {
  const early = first.indexOf(kind);
  if (early >= 0) return early;
  return first.length + (last.includes(kind) ? 1 : 0);
}

/** The text of a file, or of all YAML and JSON files below a directory. */
export function readManifests(path: string): string[] {
  if (!statSync(path).isDirectory()) return [readFileSync(path, "utf8")];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .sort()
    .map((name) => readFileSync(join(path, name), "utf8"));
}
