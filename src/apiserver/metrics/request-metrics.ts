import { Count, counts, HistogramTally, type Labels, type NamedSamples, type Sample, single, Tallies } from "../../machinery/metrics.ts";
import type { ServedResource } from "../catalog.ts";
import { type ApiRequest, booleanParameter, isBytes } from "../request.ts";
import type { RequestInfo } from "../route.ts";

const durationBounds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const ownDurationBounds = durationBounds.slice(2);
const sizeBounds = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/** Fifty thousand bytes, then one more for each hundred thousand up to the largest body. */
const bodyBounds = Array.from({ length: 31 }, (_, at) => 50_000 + at * 100_000);

const reportedVerbs: Readonly<Record<string, string>> = {
  get: "GET",
  list: "LIST",
  watch: "WATCH",
  create: "POST",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETE",
};
const writingVerbs: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", APPLY: "patch" };
const connectSubresources = new Set(["attach", "exec", "log", "portforward", "proxy"]);
const knownValidations = new Set(["Ignore", "Strict", "Warn"]);

const pathVerbs = new Set(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** Paths that aren't resources and are counted, and the subresource that they are counted as. */
const countedPaths: Readonly<Record<string, string>> = {
  "/healthz": "/healthz",
  "/livez": "/livez",
  "/readyz": "/readyz",
  "/openapi/v3": "openapi/v3",
};

const plainNames = ["component", "group", "resource", "scope", "subresource", "verb", "version"];

/** How many requests there are now. */
export interface RequestNumbers {
  inflight(): { reads: number; writes: number };
  waiting(): { reads: number; writes: number };
}

/** Where requests that are alike are counted. */
interface Places {
  labels: Labels;
  /** Without the time that others took; absent of watches and of what is only tried. */
  ownSeconds: HistogramTally | undefined;
  /** Of answers; absent where requests write. */
  sizes: HistogramTally | undefined;
  /** Of requests; absent where they read. */
  bodies: HistogramTally | undefined;
  validations: Tallies<HistogramTally> | undefined;
  ofItself: Tallies<Count>;
}

/** What is counted of requests that are alike. */
export class RequestSeries {
  readonly labels: Labels;
  /** How many had each status code. */
  readonly codes = new Map<number, number>();
  readonly seconds = new HistogramTally(durationBounds);
  readonly #places: Places;

  constructor(places: Places) {
    this.labels = places.labels;
    this.#places = places;
  }

  /** `bytes`: of the answer, where it has any and they are known. */
  finished(request: ApiRequest, status: number, seconds: number, bytes: number | undefined): void {
    const { query, body, identity } = request;
    const { ownSeconds, sizes, bodies, validations, ofItself } = this.#places;
    this.refused(status);
    this.seconds.observe(seconds);
    ownSeconds?.observe(seconds - (request.elsewhereMilliseconds ?? 0) / 1000);
    if (bytes !== undefined) sizes?.observe(bytes);
    // A body in a form that nobody takes is not read.
    if (status !== 415 && (body === undefined || isBytes(body))) bodies?.observe(body?.length ?? 0);
    if (validations) {
      const validation = query.size > 0 ? query.get("fieldValidation") : null;
      validations.of(validation !== null && knownValidations.has(validation) ? validation : "").observe(seconds);
    }
    if (identity?.name !== "system:apiserver") return;
    const { group = "", resource = "", subresource = "", verb = "" } = this.labels;
    ofItself.of(group, resource, subresource, verb).value++;
  }

  /** There was no place for the request. */
  refused(status: number): void {
    this.codes.set(status, (this.codes.get(status) ?? 0) + 1);
  }
}

/** Counts the requests that the server answers, under upstream's names and labels. */
export class RequestMetrics {
  readonly #numbers: RequestNumbers;
  readonly #terminations = new Tallies(["code", ...plainNames], () => new Count());
  /** Connections that TLS refused. */
  handshakeErrors = 0;
  /** Requests that were worked on to their end, though they had been given up. */
  endedLate = 0;
  readonly #series: RequestSeries[] = [];
  /** By what requests are told apart quickly: a resource may be made anew, and its requests go on to be counted together. */
  #quick = new WeakMap<ServedResource, Map<string, RequestSeries[]>>();
  readonly #byLabels = new Tallies<{ series?: RequestSeries }>(
    ["dry_run", "group", "resource", "scope", "subresource", "verb", "version"],
    () => ({}),
  );
  readonly #ownSeconds = new Tallies(plainNames, () => new HistogramTally(ownDurationBounds));
  readonly #sizes = new Tallies(plainNames, () => new HistogramTally(sizeBounds));
  readonly #longRunning = new Tallies(plainNames, () => new Count());
  readonly #bodies = new Tallies(["group", "resource", "verb"], () => new HistogramTally(bodyBounds));
  readonly #validations = new Tallies(["field_validation"], () => new HistogramTally(ownDurationBounds));
  readonly #deprecated = new Tallies(["group", "version", "resource", "subresource", "removed_release"], () => new Count());
  readonly #ofItself = new Tallies(["group", "resource", "subresource", "verb"], () => new Count());

  constructor(numbers: RequestNumbers) {
    this.#numbers = numbers;
  }

  /** Counts from zero again. */
  reset(): void {
    this.#series.length = 0;
    this.#quick = new WeakMap();
    for (const tallies of [this.#byLabels, this.#ownSeconds, this.#sizes, this.#bodies, this.#validations, this.#ofItself]) tallies.clear();
  }

  /** Of a request that the resource takes. */
  ofResource(resource: ServedResource, info: RequestInfo, request: ApiRequest): RequestSeries {
    const { subresource } = info;
    let quick = this.#quick.get(resource);
    if (quick === undefined) {
      quick = new Map();
      this.#quick.set(resource, quick);
    }
    let known = quick.get(subresource);
    if (known === undefined) {
      known = [];
      quick.set(subresource, known);
    }
    const verb = verbOf(info, request);
    const scope = info.parts.length > 1 || verb === "POST" ? "resource" : info.namespace === "" ? "cluster" : "namespace";
    const dryRun = dryRunOf(request.query);
    for (const one of known) {
      const { labels } = one;
      if (labels.verb === verb && labels.scope === scope && labels.dry_run === dryRun) return one;
    }
    const { group, version } = resource.definition;
    const isRead = verb === "GET" || verb === "LIST" || (verb === "WATCH" && !resource.custom);
    const series = this.#seriesOf("apiserver", dryRun, group, resource.definition.resource, scope, subresource, verb, version, isRead);
    known.push(series);
    return series;
  }

  /** Of a request for something else; undefined where it isn't counted. */
  ofPath(path: string, method: string): RequestSeries | undefined {
    const subresource = countedPaths[path] ?? (path.startsWith("/openapi/v3/") ? "openapi/v3/" : undefined);
    if (subresource === undefined) return undefined;
    return this.#seriesOf("", "", "", "", "", subresource, pathVerbOf(method), "", true);
  }

  /** Of a request for a path, any path, that found no place. */
  ofRefusedPath(method: string): RequestSeries {
    return this.#seriesOf("apiserver", "", "", "", "", "", pathVerbOf(method), "", true);
  }

  /** Of a request for all groups, or all versions of the core's, with what is in them. */
  ofDiscovery(path: string, method: string): RequestSeries {
    return this.#seriesOf("apiserver", "", "", "", "", path.slice(1), pathVerbOf(method), "", true);
  }

  /** A version, or a kind, that is on its way out was asked for. */
  deprecated(group: string, version: string, resource: string, subresource: string, notice: string): void {
    const [, removed = ""] = /unavailable in v([\d.]+)\+/.exec(notice) ?? [];
    this.#deprecated.of(group, version, resource, subresource, removed).value = 1;
  }

  /** A request was given up because it took too long, or found no place. */
  terminated({ labels }: RequestSeries, code: number): void {
    const of = (name: string) => (name === "component" ? "apiserver" : (labels[name] ?? ""));
    this.#terminations.of(String(code), ...plainNames.map(of)).value++;
  }

  /** A request that lasts begins. Returns what tells of its end. */
  opened(info: RequestInfo, request: ApiRequest, resource: ServedResource): () => void {
    const { group, version, resource: name } = resource.definition;
    const scope = info.name !== "" ? "resource" : info.namespace === "" ? "cluster" : "namespace";
    const running = this.#longRunning.of("apiserver", group, name, scope, info.subresource, verbOf(info, request), version);
    running.value++;
    return () => {
      running.value--;
    };
  }

  families(): NamedSamples[] {
    const all = this.#series;
    return [
      {
        name: "apiserver_request_total",
        *samples() {
          for (const { labels, codes } of all)
            for (const [code, value] of codes) yield { labels: { code: String(code), ...labels }, value };
        },
      },
      observed("apiserver_request_duration_seconds", () => all.map(({ labels, seconds }) => [labels, seconds])),
      observed("apiserver_request_sli_duration_seconds", () => this.#ownSeconds.entries()),
      observed("apiserver_response_sizes", () => this.#sizes.entries()),
      observed("apiserver_request_body_size_bytes", () => this.#bodies.entries()),
      observed("field_validation_request_duration_seconds", () => this.#validations.entries()),
      counts("apiserver_requested_deprecated_apis", this.#deprecated),
      counts("apiserver_selfrequest_total", this.#ofItself),
      {
        name: "apiserver_current_inflight_requests",
        samples: () => byKind(this.#numbers.inflight()),
      },
      { name: "apiserver_current_inqueue_requests", samples: () => byKind(this.#numbers.waiting()) },
      counts("apiserver_request_terminations_total", this.#terminations),
      {
        name: "apiserver_request_post_timeout_total",
        samples: () => (this.endedLate > 0 ? [{ labels: { source: "timeout-handler", status: "ok" }, value: this.endedLate }] : []),
      },
      single("apiserver_tls_handshake_errors_total", () => this.handshakeErrors),
      counts("apiserver_longrunning_requests", this.#longRunning),
    ];
  }

  #seriesOf(
    component: string,
    dryRun: string,
    group: string,
    resource: string,
    scope: string,
    subresource: string,
    verb: string,
    version: string,
    isRead: boolean,
  ): RequestSeries {
    const place = this.#byLabels.of(dryRun, group, resource, scope, subresource, verb, version);
    if (place.series) return place.series;
    const plain = [component, group, resource, scope, subresource, verb, version];
    const writing = verb === "DELETE" ? (scope === "resource" ? "delete" : "delete_collection") : writingVerbs[verb];
    const writes = resource === "" ? undefined : writing;
    place.series = new RequestSeries({
      labels: { component, dry_run: dryRun, group, resource, scope, subresource, verb, version },
      ownSeconds: verb === "WATCH" || dryRun !== "" ? undefined : this.#ownSeconds.of(...plain),
      sizes: isRead ? this.#sizes.of(...plain) : undefined,
      bodies: writes === undefined ? undefined : this.#bodies.of(group, resource, writes),
      validations: writes === undefined || verb === "DELETE" ? undefined : this.#validations,
      ofItself: this.#ofItself,
    });
    this.#series.push(place.series);
    return place.series;
  }
}

function dryRunOf(query: URLSearchParams): string {
  if (query.get("dryRun") === null) return "";
  return query.getAll("dryRun").every((value) => value === "All") ? "All" : "invalid";
}

function pathVerbOf(method: string): string {
  if (method === "HEAD") return "GET";
  return pathVerbs.has(method) ? method : "other";
}

/** Requests that are alike have their places before the first has ended: until then nothing is said. */
function observed(name: string, tallies: () => Iterable<readonly [Labels, HistogramTally]>): NamedSamples {
  return {
    name,
    *samples() {
      for (const [labels, tally] of tallies()) if (tally.count > 0) yield* tally.samples(labels);
    },
  };
}

function byKind({ reads, writes }: { reads: number; writes: number }): Sample[] {
  return [
    { labels: { request_kind: "mutating" }, value: writes },
    { labels: { request_kind: "readOnly" }, value: reads },
  ];
}

function verbOf(info: RequestInfo, request: ApiRequest): string {
  if (connectSubresources.has(info.subresource)) return "CONNECT";
  if (info.verb === "patch" && request.headers["content-type"] === "application/apply-patch+yaml") return "APPLY";
  if (info.verb === "get" && request.query.size > 0 && booleanParameter(request.query, "watch")) return "WATCH";
  return reportedVerbs[info.verb] ?? "other";
}
