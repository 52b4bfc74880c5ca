import type { DeclaredBehaviour, ResourceBehaviour, ResourceDefinition, ResourceFacts } from "./define-resource.ts";
import { genericRow } from "./generic-row.ts";
import { handWritten } from "./hand-written.ts";
import facts from "./resources.json" with { type: "json" };
import { rawTables } from "./tables.ts";

/** Names under which upstream stores what it doesn't store under the resource's own name. */
const storageNames: Readonly<Record<string, string>> = {
  endpoints: "services/endpoints",
  nodes: "minions",
  replicationcontrollers: "controllers",
  services: "services/specs",
  "ingresses.networking.k8s.io": "ingress",
  "apiservices.apiregistration.k8s.io": "apiregistration.k8s.io/apiservices",
  "customresourcedefinitions.apiextensions.k8s.io": "apiextensions.k8s.io/customresourcedefinitions",
};

/** The definitions of all built-in resources: the generated facts joined with the behaviours written by hand. */
export function builtInResources(): ResourceDefinition[] {
  const declared = new Map<string, DeclaredBehaviour>();
  for (const one of handWritten) declared.set(keyOf(one.group, one.version, one.resource), one);
  return (facts as unknown as ResourceFacts[]).map((fact) => {
    const one = declared.get(keyOf(fact.group, fact.version, fact.resource)) ?? declared.get(keyOf(fact.group, undefined, fact.resource));
    return defineBuiltIn(fact, one);
  });
}

function defineBuiltIn(fact: ResourceFacts, declared: DeclaredBehaviour | undefined): ResourceDefinition {
  const type = typeReference(fact);
  const behaviour: ResourceBehaviour = {
    allowUnconditionalUpdate: true,
    countsGenerations: hasSpecAndStatus(type),
    ...declared?.behaviour,
  };
  if (!behaviour.row) {
    const row = genericRow(fact);
    if (row) behaviour.row = row;
  }
  return { ...fact, type, storageName: storageNameOf(fact), behaviour, ...(declared?.converter ? { converter: declared.converter } : {}) };
}

function keyOf(group: string, version: string | undefined, resource: string): string {
  return `${group}/${version ?? "*"}/${resource}`;
}

/** `api/rbac/v1#Role`: the folder of a group is the first part of its name. */
function typeReference({ group, version, kind }: ResourceFacts): string {
  const folder = group === "" ? "core" : group.split(".")[0];
  return `api/${folder}/${version}#${kind}`;
}

function hasSpecAndStatus(type: string): boolean {
  const [file = "", name = ""] = type.split("#");
  const fields = rawTables[file]?.[name]?.fields;
  return fields?.spec !== undefined && fields.status !== undefined;
}

/** Resources that are one thing in two versions or groups (autoscalers, events) share the name: it doesn't tell the group. */
function storageNameOf({ group, resource }: ResourceFacts): string {
  return storageNames[group === "" ? resource : `${resource}.${group}`] ?? resource;
}
