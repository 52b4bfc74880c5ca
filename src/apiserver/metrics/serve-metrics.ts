import { StatusError } from "../../machinery/errors.ts";
import { type MetricFamily, type NamedSamples, type Sample, single } from "../../machinery/metrics.ts";
import type { ServerContext } from "../context.ts";
import { flowControlFamilies } from "../flow-control/flow-control-metrics.ts";
import { plain } from "../health.ts";
import { parseAccept } from "../negotiate.ts";
import type { ApiRequest, ApiResponse } from "../request.ts";
import { gitVersion, versionInfo } from "../version.ts";
import { featureGates } from "./feature-gates.ts";
import { storedObjects } from "./stored-objects-metrics.ts";
import { uneventfulMetrics } from "./uneventful-metrics.ts";

/** What kube-apiserver tells of its metrics, by name. */
type Facts = Readonly<Record<string, { type: MetricFamily["type"]; help: string }>>;

/** `/metrics`. Nothing of it is made, or loaded, before it is asked for. */
export function metrics(server: ServerContext, request: ApiRequest): Promise<ApiResponse> {
  return answer(server, request, familiesOf, () => server.metrics.requests.reset());
}

/** `/metrics/slis` */
export function healthMetrics(server: ServerContext, request: ApiRequest): Promise<ApiResponse> {
  const { health } = server.metrics;
  return answer(
    server,
    request,
    () => health.families(),
    () => health.reset(),
  );
}

async function answer(
  server: ServerContext,
  request: ApiRequest,
  families: (server: ServerContext) => NamedSamples[] | Promise<NamedSamples[]>,
  reset: () => void,
): Promise<ApiResponse> {
  if (request.method === "DELETE") {
    reset();
    const response = plain(200, "metrics reset\n");
    delete response.headers["x-content-type-options"];
    return response;
  }
  const { metricsText, processStarted } = server.options;
  if (!metricsText) throw new StatusError(404, "NotFound", "the server could not find the requested resource", {});
  const facts = (await import("./upstream-metrics.json", { with: { type: "json" } })).default as Facts;
  const text = await metricsText(withFacts(await families(server), facts));
  const response = plain(200, text, `text/plain; version=0.0.4; charset=utf-8; escaping=${escapingOf(request)}`);
  delete response.headers["x-content-type-options"];
  if (processStarted !== undefined) response.headers["process-start-time-unix"] = String(Math.floor(processStarted / 1000));
  return response;
}

const escapings = new Set(["allow-utf-8", "dots", "underscores", "values"]);

/** How a client takes names of other characters, of which there are none: the last one said up to the form that it gets. */
function escapingOf({ headers }: ApiRequest): string {
  let escaping = "underscores";
  for (const { type, parameters } of parseAccept(headers.accept ?? "")) {
    if (parameters.escaping !== undefined && escapings.has(parameters.escaping)) ({ escaping } = parameters as { escaping: string });
    if (type === "text/plain" && (parameters.version ?? "0.0.4") === "0.0.4") break;
  }
  return escaping;
}

/** The families in the order of their names, with what is told of each. */
function withFacts(named: readonly NamedSamples[], facts: Facts): MetricFamily[] {
  const families = named.map((family) => ({ ...(facts[family.name] as MetricFamily), ...family }));
  const registered = families.find(({ name }) => name === "registered_metrics_total");
  if (registered) registered.samples = () => stabilities(families);
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

async function familiesOf(server: ServerContext): Promise<NamedSamples[]> {
  const { flowControl } = server;
  return [
    ...server.metrics.families(),
    ...server.aggregatedApis.families(),
    ...server.allocators.families(),
    ...(flowControl ? flowControlFamilies(flowControl) : []),
    ...(server.auditor?.families() ?? [single("apiserver_audit_event_total", () => 0)]),
    ...(await storedObjects(server)),
    ...uneventfulMetrics(),
    await featureGates(),
    ...server.options.moreMetrics(),
    // Filled in when all are known.
    { name: "registered_metrics_total", samples: () => [] },
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
