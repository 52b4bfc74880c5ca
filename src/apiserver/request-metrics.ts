import { HistogramTally, type MetricFamily, type Sample } from "../machinery/metrics.ts";
import type { ResourceCatalog } from "./catalog.ts";
import type { ApiRequest, ApiResponse } from "./request.ts";
import type { RequestInfo } from "./route.ts";

type Labels = Readonly<Record<string, string>>;

/** What is counted of requests that are alike. */
interface Series {
  labels: Labels;
  dryRun: string;
  /** How many had each status code. */
  codes: Map<number, number>;
  seconds: HistogramTally;
  sizes: HistogramTally | undefined;
}

const durationBounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const sizeBounds = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

const reportedVerbs: Readonly<Record<string, string>> = {
  get: "GET",
  list: "LIST",
  watch: "WATCH",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETECOLLECTION",
};
const connectSubresources = new Set(["attach", "exec", "portforward", "proxy"]);

const knownPaths = new Set([".well-known", "api", "apis", "healthz", "livez", "metrics", "openapi", "openid", "readyz", "version"]);

/** Counts the requests that the server answers, under upstream's names and labels. */
export class RequestMetrics {
  readonly #series = new Map<string, Series>();
  readonly #longRunning = new Map<string, { labels: Labels; count: number }>();
  readonly #inflight: () => { reads: number; writes: number };
  readonly #catalog: ResourceCatalog;

  constructor(catalog: ResourceCatalog, inflight: () => { reads: number; writes: number }) {
    this.#catalog = catalog;
    this.#inflight = inflight;
  }

  /** Counts from zero again. */
  reset(): void {
    this.#series.clear();
  }

  /** A request was answered. */
  finished(info: RequestInfo, request: ApiRequest, { status, body }: ApiResponse, seconds: number): void {
    const series = this.#seriesOf(info, request);
    series.codes.set(status, (series.codes.get(status) ?? 0) + 1);
    series.seconds.observe(seconds);
    if (body.form === "bytes") series.sizes?.observe(body.bytes.length);
    else if (body.form === "chunks") series.sizes?.observe(body.length);
  }

  /** A request that lasts begins. Returns what tells of its end. */
  opened(info: RequestInfo, request: ApiRequest): () => void {
    const labels = this.#labelsOf(info, request);
    const key = Object.values(labels).join(" ");
    let running = this.#longRunning.get(key);
    if (running === undefined) {
      running = { labels, count: 0 };
      this.#longRunning.set(key, running);
    }
    running.count++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      running.count--;
    };
  }

  families(): MetricFamily[] {
    const all = () => this.#series.values();
    return [
      {
        name: "apiserver_request_total",
        help: "Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.",
        type: "counter",
        *samples() {
          for (const { labels, dryRun, codes } of all()) {
            for (const [code, value] of codes) yield { labels: { code: String(code), dry_run: dryRun, ...labels }, value };
          }
        },
      },
      {
        name: "apiserver_request_duration_seconds",
        help: "Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.",
        type: "histogram",
        *samples(): Iterable<Sample> {
          for (const { labels, dryRun, seconds } of all()) {
            if (labels.verb !== "WATCH") yield* seconds.samples({ dry_run: dryRun, ...labels });
          }
        },
      },
      {
        name: "apiserver_response_sizes",
        help: "Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.",
        type: "histogram",
        *samples(): Iterable<Sample> {
          for (const { labels, sizes } of all()) if (sizes) yield* sizes.samples(labels);
        },
      },
      {
        name: "apiserver_current_inflight_requests",
        help: "Number of requests that are being worked on per request kind.",
        type: "gauge",
        samples: () => {
          const { reads, writes } = this.#inflight();
          return [
            { labels: { request_kind: "mutating" }, value: writes },
            { labels: { request_kind: "readOnly" }, value: reads },
          ];
        },
      },
      {
        name: "apiserver_longrunning_requests",
        help: "Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component.",
        type: "gauge",
        samples: () => [...this.#longRunning.values()].map(({ labels, count }) => ({ labels, value: count })),
      },
    ];
  }

  #seriesOf(info: RequestInfo, request: ApiRequest): Series {
    const verb = verbOf(info, request);
    const dryRun = request.query.get("dryRun") === "All" ? "All" : "";
    const { group, version, resource, subresource } = info;
    const quick = `${verb} ${group} ${version} ${resource} ${subresource} ${scopeOf(info)} ${dryRun}`;
    const series = info.isResourceRequest ? this.#series.get(quick) : undefined;
    if (series !== undefined) return series;
    const labels = this.#labelsOf(info, request);
    const key = `${labels.verb} ${labels.group} ${labels.version} ${labels.resource} ${labels.subresource} ${labels.scope} ${dryRun}`;
    let made = this.#series.get(key);
    if (made === undefined) {
      const sizes = verb === "GET" || verb === "LIST" ? new HistogramTally(sizeBounds) : undefined;
      made = { labels, dryRun, codes: new Map(), seconds: new HistogramTally(durationBounds), sizes };
      this.#series.set(key, made);
    }
    return made;
  }

  /** Labels of what is served only: what else clients think of would be series without end. */
  #labelsOf(info: RequestInfo, request: ApiRequest): Labels {
    const component = "apiserver";
    const verb = verbOf(info, request);
    const { group, version, resource, subresource } = info;
    if (info.isResourceRequest) {
      const served = this.#catalog.find(group, version, resource);
      if (served && (subresource === "" || Object.hasOwn(served.definition.subresources ?? {}, subresource))) {
        return { component, group, resource, scope: scopeOf(info), subresource, verb, version };
      }
    }
    const [first = ""] = info.path.split("/", 2).slice(1);
    const path = !info.isResourceRequest && knownPaths.has(first) ? `/${first}` : "";
    return { component, group: "", resource: "", scope: "", subresource: path, verb, version: "" };
  }
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

function verbOf(info: RequestInfo, request: ApiRequest): string {
  if (!info.isResourceRequest) return methods.has(request.method) ? request.method : "other";
  if (connectSubresources.has(info.subresource)) return "CONNECT";
  if (info.verb === "patch" && request.headers["content-type"]?.startsWith("application/apply-patch")) return "APPLY";
  return reportedVerbs[info.verb] ?? "other";
}

function scopeOf({ isResourceRequest, name, namespace, verb }: RequestInfo): string {
  if (!isResourceRequest) return "";
  if (name !== "" || verb === "create") return "resource";
  return namespace === "" ? "cluster" : "namespace";
}
