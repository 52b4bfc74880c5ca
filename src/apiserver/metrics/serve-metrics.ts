import type { ResourceDefinition } from "../../api/define-resource.ts";
import { StatusError } from "../../machinery/errors.ts";
import { type MetricFamily, type NamedSamples, type Sample, single } from "../../machinery/metrics.ts";
import { groupResource } from "../../machinery/resource-ref.ts";
import { keyOfServed } from "../catalog.ts";
import type { ServerContext } from "../context.ts";
import { flowControlFamilies } from "../flow-control/flow-control-metrics.ts";
import { plain } from "../health.ts";
import type { ApiRequest, ApiResponse } from "../request.ts";
import { gitVersion, versionInfo } from "../version.ts";

/** Of upstream's metrics: `[type, help]` by name, as kube-apiserver tells them. */
type Facts = Readonly<Record<string, { type: MetricFamily["type"]; help: string }>>;

/** `/metrics`. Nothing of it is made, or loaded, before it is asked for. */
export async function metrics(server: ServerContext, request: ApiRequest): Promise<ApiResponse> {
  if (request.method === "DELETE") {
    server.metrics.requests.reset();
    const response = plain(200, "metrics reset\n");
    delete response.headers["x-content-type-options"];
    return response;
  }
  const { metricsText } = server.options;
  if (!metricsText) throw new StatusError(404, "NotFound", "the server could not find the requested resource", {});
  const facts = (await import("./upstream-metrics.json", { with: { type: "json" } })).default as Facts;
  const text = await metricsText(withFacts(familiesOf(server), facts));
  const response = plain(200, text, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
  delete response.headers["x-content-type-options"];
  return response;
}

/** Families that have samples, by name, and how many there are. */
function withFacts(named: readonly NamedSamples[], facts: Facts): MetricFamily[] {
  const families = named.map((family) => ({ ...(facts[family.name] as MetricFamily), ...family }));
  const registered = "registered_metrics_total";
  families.push({ ...(facts[registered] as MetricFamily), name: registered, samples: () => stabilities(families) });
  return families.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** How many families there are of each stability, which their help texts tell. */
function stabilities(families: readonly MetricFamily[]): Sample[] {
  const found = new Map<string, number>();
  for (const { help } of families) {
    const [, stability = "", deprecated = ""] = /^(?:EXPERIMENTAL: )?\[([A-Z]+)\](?: \(Deprecated since ([\d.]+)\))?/.exec(help) ?? [];
    if (stability === "") continue;
    const key = `${stability} ${deprecated}`;
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  return Array.from(found, ([key, value]) => {
    const [stability = "", deprecated = ""] = key.split(" ");
    return { labels: { deprecated_version: deprecated, stability_level: stability }, value };
  });
}

function familiesOf(server: ServerContext): NamedSamples[] {
  const { flowControl } = server;
  return [
    ...server.metrics.families(),
    ...server.aggregatedApis.families(),
    ...server.allocators.families(),
    ...(flowControl ? flowControlFamilies(flowControl) : []),
    ...(server.auditor?.families() ?? [single("apiserver_audit_event_total", () => 0)]),
    ...storedObjects(server),
    ...server.options.moreMetrics(),
    buildInfo,
    compatibility,
  ];
}

const buildInfo: NamedSamples = {
  name: "kubernetes_build_info",
  *samples() {
    const { major, minor, gitCommit, gitTreeState, buildDate, goVersion, compiler, platform } = versionInfo;
    const labels = {
      build_date: buildDate,
      compiler,
      git_commit: gitCommit,
      git_tree_state: gitTreeState,
      git_version: gitVersion,
      go_version: goVersion,
      major,
      minor,
      platform,
    };
    yield { labels, value: 1 };
  },
};

const compatibility: NamedSamples = {
  name: "version_info",
  *samples() {
    const { emulationMajor, emulationMinor, minCompatibilityMajor, minCompatibilityMinor } = versionInfo;
    const labels = {
      binary: gitVersion.replace(/^v([\d.]+).*/, "$1"),
      component: "kube",
      emulation: `${emulationMajor}.${emulationMinor}`,
      min_compat: `${minCompatibilityMajor}.${minCompatibilityMinor}`,
    };
    yield { labels, value: 1 };
  },
};

/** How many objects there are of each resource: under the name of today, and under the one that it had. */
function storedObjects(server: ServerContext): NamedSamples[] {
  const stored = () => {
    const root = server.store.root();
    const counted = new Map<string, { definition: ResourceDefinition; value: number }>();
    for (const served of server.catalog.all()) {
      const { definition } = served;
      if (!served.stored || counted.has(definition.storageName)) continue;
      counted.set(definition.storageName, { definition, value: root.count(keyOfServed(served, "", "")) });
    }
    return [...counted.values()];
  };
  return [
    {
      name: "apiserver_resource_objects",
      samples: () => stored().map(({ definition: { group, resource }, value }) => ({ labels: { group, resource }, value })),
    },
    {
      // One tree has them all: it is as new for each.
      name: "apiserver_watch_cache_resource_version",
      samples: () => {
        const { revision } = server.store;
        return stored().map(({ definition: { group, resource } }) => ({ labels: { group, resource }, value: revision }));
      },
    },
    {
      name: "apiserver_storage_objects",
      samples: () => stored().map(({ definition, value }) => ({ labels: { resource: groupResource(definition) }, value })),
    },
  ];
}
