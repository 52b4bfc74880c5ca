import { StatusError } from "../machinery/errors.ts";
import type { HttpClient } from "./http-client.ts";
import { type Discover, PartialDiscoveryError, type ServedResource } from "./served-resource.ts";
import { errorOfResponse } from "./server-response.ts";

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const accept = `${aggregated},application/json`;

interface GroupDiscoveryList {
  items?: { metadata?: { name?: string }; versions?: VersionDiscovery[] }[];
}

interface VersionDiscovery {
  version: string;
  freshness?: string;
  resources?: {
    resource: string;
    responseKind?: { group?: string; version?: string; kind?: string };
    scope: string;
    verbs?: string[];
  }[];
}

interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean; verbs?: string[]; group?: string; version?: string }[];
}

interface GroupList {
  groups?: { name: string; preferredVersion?: { version: string }; versions?: { version: string }[] }[];
}

/**
 * Asks a server what it serves: in two requests where it tells all at once, group by group where it doesn't. The preferred version
 * of a group comes first. Rejects with `PartialDiscoveryError` when some groups can't be told.
 */
export function discoverOver(client: Pick<HttpClient, "request">): Discover {
  return async () => {
    const found: ServedResource[] = [];
    const failures = new Map<string, string>();
    const parts = await Promise.all([core(client), groups(client)]);
    for (const part of parts) {
      found.push(...part.found);
      for (const [groupVersion, failure] of part.failures) failures.set(groupVersion, failure);
    }
    if (failures.size > 0) throw new PartialDiscoveryError(found, failures);
    return found;
  };
}

interface Part {
  found: ServedResource[];
  failures: Map<string, string>;
}

async function core(client: Pick<HttpClient, "request">): Promise<Part> {
  const { isAggregated, body } = await read(client, "/api");
  if (isAggregated) return fromAggregated(body as GroupDiscoveryList);
  const versions = (body as { versions?: string[] }).versions ?? [];
  return await fromLists(
    client,
    versions.map((version) => ({ group: "", version })),
  );
}

async function groups(client: Pick<HttpClient, "request">): Promise<Part> {
  const { isAggregated, body } = await read(client, "/apis");
  if (isAggregated) return fromAggregated(body as GroupDiscoveryList);
  const groupVersions = ((body as GroupList).groups ?? []).flatMap(({ name, preferredVersion, versions = [] }) => {
    const preferred = preferredVersion?.version;
    const ordered = [...versions].sort((a, b) => Number(b.version === preferred) - Number(a.version === preferred));
    return ordered.map(({ version }) => ({ group: name, version }));
  });
  return await fromLists(client, groupVersions);
}

function fromAggregated(list: GroupDiscoveryList): Part {
  const found: ServedResource[] = [];
  const failures = new Map<string, string>();
  for (const { metadata, versions = [] } of list.items ?? []) {
    const group = metadata?.name ?? "";
    for (const { version, resources = [], freshness } of versions) {
      if (freshness === "Stale") failures.set(group === "" ? version : `${group}/${version}`, "stale GroupVersion discovery");
      for (const { resource, responseKind, scope, verbs = [] } of resources) {
        if (!responseKind?.kind) continue;
        found.push({ group, version, resource, kind: responseKind.kind, namespaced: scope === "Namespaced", verbs });
      }
    }
  }
  return { found, failures };
}

async function fromLists(client: Pick<HttpClient, "request">, groupVersions: readonly { group: string; version: string }[]): Promise<Part> {
  const part: Part = { found: [], failures: new Map() };
  const lists = await Promise.all(
    groupVersions.map(async ({ group, version }) => {
      const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
      try {
        return (await read(client, path)).body as ResourceList;
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        part.failures.set(group === "" ? version : `${group}/${version}`, error.message);
        return {};
      }
    }),
  );
  for (const [index, { resources = [] }] of lists.entries()) {
    const { group, version } = groupVersions[index] as { group: string; version: string };
    for (const { name, kind, namespaced, verbs = [] } of resources) {
      if (!name.includes("/")) part.found.push({ group, version, resource: name, kind, namespaced, verbs });
    }
  }
  return part;
}

async function read(client: Pick<HttpClient, "request">, path: string): Promise<{ isAggregated: boolean; body: unknown }> {
  const { status, headers, body } = await client.request("GET", path, { headers: { accept } });
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk as Uint8Array);
  const text = new TextDecoder().decode(joined(chunks));
  if (status !== 200) throw errorOfResponse(status, text, 0);
  return { isAggregated: String(headers["content-type"] ?? "").includes("as=APIGroupDiscoveryList"), body: JSON.parse(text) };
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
