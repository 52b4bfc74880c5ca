import type { ResourceDefinition } from "../../api/define-resource.ts";
import type { NamedSamples } from "../../machinery/metrics.ts";
import { groupResource } from "../../machinery/resource-ref.ts";
import { keyOfServed } from "../catalog.ts";
import type { ServerContext } from "../context.ts";
import { stepsInSlices } from "../slices.ts";

interface Figures {
  definition: ResourceDefinition;
  objects: number;
  bytes: number;
}

/** How many objects there are of each resource, under the name of today and under the one that it had, and how large they are. */
export async function storedObjects(server: ServerContext): Promise<NamedSamples[]> {
  const { revision } = server.store;
  const all = await stepsInSlices(server, look(server));
  const ofResources = (name: string, value: (figures: Figures) => number): NamedSamples => ({
    name,
    samples: () =>
      all.map((figures) => ({
        labels: { group: figures.definition.group, resource: figures.definition.resource },
        value: value(figures),
      })),
  });
  return [
    ofResources("apiserver_resource_objects", ({ objects }) => objects),
    ofResources("apiserver_resource_size_estimate_bytes", ({ bytes }) => bytes),
    // One tree has them all: it is as new for each.
    ofResources("apiserver_watch_cache_resource_version", () => revision),
    {
      name: "apiserver_storage_objects",
      samples: () => all.map(({ definition, objects }) => ({ labels: { resource: groupResource(definition) }, value: objects })),
    },
  ];
}

/** Each resource once, whatever its versions. A step for each object. */
function* look({ store, catalog }: ServerContext): Generator<void, Figures[]> {
  const root = store.root();
  const found = new Map<string, Figures>();
  for (const served of catalog.all()) {
    const { definition } = served;
    if (!served.stored || found.has(definition.storageName)) continue;
    const figures: Figures = { definition, objects: 0, bytes: 0 };
    found.set(definition.storageName, figures);
    for (const { storedSize } of root.range(keyOfServed(served, "", ""))) {
      figures.objects++;
      figures.bytes += storedSize;
      yield;
    }
  }
  return [...found.values()];
}
