import type { AggregatedResource } from "../discovery.ts";

interface ListedResource {
  name: string;
  singularName?: string;
  namespaced?: boolean;
  group?: string;
  version?: string;
  kind: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
}

/** The resources of an APIResourceList as aggregated discovery shows them: subresources with what they are of. */
export function resourcesOfList(list: unknown): AggregatedResource[] {
  const { resources = [] } = list as { resources?: ListedResource[] };
  const found = new Map<string, AggregatedResource>();
  for (const { name, kind, group = "", version = "", namespaced, singularName = "", verbs, shortNames, categories } of resources) {
    const responseKind = { group, version, kind };
    const [main = "", subresource] = name.split("/");
    if (subresource === undefined) {
      found.set(main, {
        resource: main,
        responseKind,
        scope: namespaced ? "Namespaced" : "Cluster",
        singularResource: singularName,
        verbs,
        ...(shortNames ? { shortNames } : {}),
        ...(categories ? { categories } : {}),
      });
      continue;
    }
    const parent = found.get(main);
    // One that comes before what it is of stands for it.
    if (!parent) {
      const scope = namespaced ? "Namespaced" : "Cluster";
      const subresources = [{ subresource, responseKind, verbs }];
      found.set(main, {
        resource: main,
        responseKind: { group: "", version: "", kind: "" },
        scope,
        singularResource: "",
        verbs: [],
        subresources,
      });
      continue;
    }
    parent.subresources = [...(parent.subresources ?? []), { subresource, responseKind, verbs }];
  }
  return [...found.values()];
}
