import type { ResourceDefinition } from "../api/define-resource.ts";
import { apiVersionOf } from "../machinery/resource-ref.ts";
import { byVersionPriority } from "../machinery/version-priority.ts";
import { type Versions, withAggregated } from "./aggregation/merged-groups.ts";
import type { ServerContext } from "./context.ts";

const kinds = {
  versions: "APIVersions",
  groupList: "APIGroupList",
  resourceList: "APIResourceList",
} as const;

/** Everything that discovery names: what the catalog serves, then what is served by conversion. */
function* shown(server: ServerContext): IterableIterator<ResourceDefinition> {
  for (const { definition } of server.catalog.all()) yield definition;
  const { legacy } = server.options;
  if (legacy) yield* legacy.definitions(server.catalog);
}

/** The groups that are served here or by aggregated servers, each with its versions, the one to prefer first. */
export function servedGroups(server: ServerContext): Versions[] {
  return withAggregated(server.aggregatedApis, ownGroups(server));
}

/** The groups that this server serves itself, in the order of the catalog, each with its versions, newest first. */
export function ownGroups(server: ServerContext): Versions[] {
  const groups = new Map<string, Set<string>>();
  const custom = new Map<string, Set<string>>();
  for (const { group, version, published } of shown(server)) {
    const among = published && !groups.has(group) ? custom : groups;
    const versions = among.get(group) ?? new Set<string>();
    among.set(group, versions);
    versions.add(version);
  }
  // Those of custom resources come by their names.
  const ordered = [...groups, ...[...custom].sort(([a], [b]) => (a < b ? -1 : 1))];
  return ordered.map(([group, versions]) => ({ group, versions: [...versions].sort(byVersionPriority) }));
}

/** `/api` */
export function coreVersions(server: ServerContext): object {
  return {
    kind: kinds.versions,
    versions: servedGroups(server).find(({ group }) => group === "")?.versions ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: server.options.serverAddress }],
  };
}

/** `/apis` */
export function groupList(server: ServerContext): object {
  const groups = servedGroups(server).filter(({ group }) => group !== "");
  return { kind: kinds.groupList, apiVersion: "v1", groups: groups.map(groupOf) };
}

/** `/apis/GROUP`; undefined when it isn't served. */
export function apiGroup(server: ServerContext, name: string): object | undefined {
  const found = servedGroups(server).find(({ group }) => group === name && group !== "");
  return found && { kind: "APIGroup", apiVersion: "v1", ...groupOf(found) };
}

function groupOf({ group, versions }: Versions) {
  const named = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: named, preferredVersion: named[0] };
}

/** `/api/v1` and `/apis/GROUP/VERSION`; undefined when it isn't served. */
export function resourceList(server: ServerContext, group: string, version: string): object | undefined {
  const resources: object[] = [];
  for (const definition of shown(server)) {
    if (definition.group === group && definition.version === version) resources.push(...resourceEntries(server, definition));
  }
  if (resources.length === 0) return undefined;
  const apiVersion = group === "" ? {} : { apiVersion: "v1" };
  return { kind: kinds.resourceList, ...apiVersion, groupVersion: apiVersionOf({ group, version }), resources };
}

function resourceEntries(server: ServerContext, definition: ResourceDefinition): object[] {
  const { resource, singular, namespaced, kind, verbs, shortNames, categories, subresources } = definition;
  const main = {
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs,
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
    ...(verbs.includes("watch") ? { storageVersionHash: storageVersionHash(server, definition) } : {}),
  };
  const subs = Object.entries(subresources ?? {}).map(([name, sub]) => ({
    name: `${resource}/${name}`,
    singularName: "",
    namespaced,
    ...(sub.group !== undefined ? { group: sub.group, version: sub.version } : {}),
    kind: sub.kind,
    verbs: sub.verbs,
  }));
  return [main, ...subs];
}

/** The version in which each of these is stored, where it isn't the one that is served first. */
const storedVersions: Readonly<Record<string, string>> = {
  events: "/v1/Event",
  "events.events.k8s.io": "/v1/Event",
  "horizontalpodautoscalers.autoscaling": "autoscaling/v2/HorizontalPodAutoscaler",
  "mutatingadmissionpolicies.admissionregistration.k8s.io": "admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy",
  "mutatingadmissionpolicybindings.admissionregistration.k8s.io": "admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicyBinding",
  "customresourcedefinitions.apiextensions.k8s.io": "apiextensions.k8s.io/v1beta1/CustomResourceDefinition",
};

/** Clients compare it: half of the hash of the type that objects are stored in. */
function storageVersionHash({ platform }: ServerContext, definition: ResourceDefinition): string {
  const { group, kind, resource } = definition;
  const version = definition.storageVersion ?? definition.version;
  const qualified = group === "" ? resource : `${resource}.${group}`;
  const hash = platform.sha256(storedVersions[qualified] ?? `${group}/${version}/${kind}`);
  const bytes = Array.from({ length: 8 }, (_, index) => Number.parseInt(hash.slice(index * 2, index * 2 + 2), 16));
  return btoa(String.fromCharCode(...bytes));
}

export interface ResponseKind {
  group: string;
  version: string;
  kind: string;
}

export interface AggregatedSubresource {
  subresource: string;
  responseKind: ResponseKind;
  verbs: string[];
}

export interface AggregatedResource {
  resource: string;
  responseKind: ResponseKind;
  scope: "Namespaced" | "Cluster";
  singularResource: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: AggregatedSubresource[];
}

export interface AggregatedVersion {
  version: string;
  resources?: AggregatedResource[];
  freshness: "Current" | "Stale";
}

export interface DiscoveryList {
  kind: "APIGroupDiscoveryList";
  apiVersion: string;
  metadata: object;
  items: { metadata: { name?: string }; versions: AggregatedVersion[] }[];
}

/** Aggregated discovery of `/api` (`core`) or `/apis`: everything in one answer. */
export function aggregatedDiscovery(server: ServerContext, core: boolean, version: "v2"): DiscoveryList {
  const items = servedGroups(server)
    .filter(({ group }) => (group === "") === core)
    .map(({ group, versions }) => ({
      metadata: group === "" ? {} : { name: group },
      versions: versions.map(
        (name) =>
          server.remoteDiscovery.find(group, name) ?? {
            version: name,
            resources: aggregatedResources(server, group, name),
            freshness: "Current" as const,
          },
      ),
    }));
  return { kind: "APIGroupDiscoveryList", apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items };
}

function aggregatedResources(server: ServerContext, group: string, version: string): AggregatedResource[] {
  const resources: AggregatedResource[] = [];
  for (const definition of shown(server)) {
    if (definition.group !== group || definition.version !== version) continue;
    const { resource, kind, namespaced, singular, verbs, shortNames, categories, subresources } = definition;
    const own = definition.published ? { group, version } : { group: "", version: "" };
    const subs = Object.entries(subresources ?? {}).map(([subresource, sub]) => ({
      subresource,
      responseKind: { group: sub.group ?? own.group, version: sub.version ?? own.version, kind: sub.kind },
      verbs: sub.verbs,
    }));
    resources.push({
      resource,
      responseKind: { ...own, kind },
      scope: namespaced ? "Namespaced" : "Cluster",
      singularResource: singular,
      verbs,
      ...(shortNames ? { shortNames } : {}),
      ...(categories ? { categories } : {}),
      ...(subs.length > 0 ? { subresources: subs } : {}),
    });
  }
  return resources;
}
