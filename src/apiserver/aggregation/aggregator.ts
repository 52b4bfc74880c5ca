import type { Clock } from "../../machinery/clock.ts";
import { timeout } from "../../machinery/errors.ts";
import type { Logger } from "../../machinery/logger.ts";
import { concat } from "../bytes.ts";
import { plain } from "../health.ts";
import { networkErrorText } from "../network-error-text.ts";
import type { ApiRequest, ApiResponse, Identity, UpgradeRequest } from "../request.ts";
import { commonHeaders } from "../respond.ts";
import { decodePath } from "../route.ts";
import type { ServiceResolver } from "../service-resolver.ts";
import type { AggregatedApi, AggregatedServers, AggregatedTarget } from "./aggregated-api.ts";
import type { AggregatedApis } from "./aggregated-apis.ts";
import { inProcessAnswer } from "./in-process-answer.ts";
import { userHeaders } from "./user-headers.ts";

export interface AggregatorDeps {
  readonly apis: AggregatedApis;
  readonly resolve: ServiceResolver;
  /** Absent: this server has no way to others. */
  readonly servers: AggregatedServers | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a request may take to be answered, as with the API server's own. */
const answerMilliseconds = 60_000;
/** And one that only sees whether there is an answer. */
const checkMilliseconds = 5000;

/** Hands requests for the APIs of other servers over to them. They have been authorised. */
export class Aggregator {
  readonly #deps: AggregatorDeps;

  constructor(deps: AggregatorDeps) {
    this.#deps = deps;
  }

  /** The API that a path leads into, when another server has it. */
  find(path: string): AggregatedApi | undefined {
    const [root, prefix, group = "", version = ""] = path.split("/", 4);
    return root === "" && prefix === "apis" ? this.#deps.apis.find(group, version) : undefined;
  }

  async answer(api: AggregatedApi, request: ApiRequest, user: Identity, lasts: boolean): Promise<ApiResponse> {
    const target = this.#targetOf(api);
    if (!target || !this.#deps.servers) return unavailable();
    const headers = userHeaders(user);
    const forwarded = withoutUserHeaders(request);
    try {
      const answering = (signal: AbortSignal | undefined) =>
        (this.#deps.servers as AggregatedServers).forward(
          target,
          pathOf(request),
          { ...forwarded, ...(signal ? { signal } : {}) },
          headers,
        );
      const response = lasts ? await answering(request.signal) : await this.#within(request.signal, answering);
      if (response.status >= 300 && response.status < 400 && response.headers.location !== undefined) return refusedRedirect();
      if (request.wantObjects) return await inProcessAnswer(response, request.query.get("watch") === "true");
      const [own, theirs] = [commonHeaders["cache-control"], response.headers["cache-control"]];
      const both = theirs === undefined || theirs === own ? own : [own, ...[theirs].flat()];
      return { ...response, headers: { ...response.headers, "cache-control": both } };
    } catch (error) {
      if (error === late) throw timeout("Timeout: request did not complete within the allotted timeout");
      return plain(503, `error trying to reach service: ${networkErrorText(error)}\n`);
    }
  }

  /** Resolves with the answer of a refusal; with undefined when the connection was handed over. */
  async upgrade(api: AggregatedApi, request: UpgradeRequest, user: Identity): Promise<ApiResponse | undefined> {
    const target = this.#targetOf(api);
    if (!target || !this.#deps.servers) return unavailable();
    try {
      await this.#deps.servers.upgrade(target, pathOf(request), withoutUserHeaders(request), userHeaders(user));
      return undefined;
    } catch (error) {
      return plain(503, `error trying to reach service: ${networkErrorText(error)}\n`);
    }
  }

  /** Asks on the API server's own behalf whether the server of an APIService answers. Rejects with what is wrong. */
  async check(name: string): Promise<void> {
    const { apis, resolve, servers, clock } = this.#deps;
    const api = apis.get(name);
    if (!api) return;
    if (!servers) throw new Error("this server has no way to aggregated servers");
    const address = resolve(api.service);
    const path = `/apis/${api.group}/${api.version}`;
    const url = `https://${address}${path}`;
    const overdue = new AbortController();
    const timer = clock.setTimeout(() => overdue.abort(), checkMilliseconds);
    const request = { method: "GET", path, query: new URLSearchParams(), headers: {}, signal: overdue.signal };
    const failing = `failing or missing response from ${url}`;
    let response: ApiResponse;
    try {
      response = await servers.forward(targetAt(api, address), path, request, userHeaders(aggregatorUser));
    } catch (error) {
      const why = overdue.signal.aborted
        ? "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        : networkErrorText(error);
      throw new Error(`${failing}: Get ${JSON.stringify(url)}: ${why}`, { cause: error });
    } finally {
      timer.cancel();
    }
    await drain(response);
    if (response.status < 200 || response.status >= 300) throw new Error(`${failing}: bad status from ${url}: ${response.status}`);
  }

  /** An answer in JSON that the API server asks for itself; undefined for any other. Rejects when there is none. */
  async read(api: AggregatedApi, path: string, accept: string): Promise<{ type: string; body: unknown } | undefined> {
    const { servers, resolve } = this.#deps;
    if (!servers || !api.isAvailable) throw new Error("service unavailable");
    const target = targetAt(api, resolve(api.service));
    const request = { method: "GET", path, query: new URLSearchParams(), headers: { accept } };
    const response = await this.#within(undefined, (signal) =>
      servers.forward(target, path, { ...request, ...(signal ? { signal } : {}) }, userHeaders(aggregatorUser)),
    );
    const bytes = await drain(response);
    if (response.status === 503) throw new Error("service unavailable");
    if (response.status !== 200) return undefined;
    return { type: [response.headers["content-type"] ?? ""].flat().join(), body: JSON.parse(new TextDecoder().decode(bytes)) };
  }

  #targetOf(api: AggregatedApi): AggregatedTarget | undefined {
    if (!api.isAvailable) return undefined;
    try {
      return targetAt(api, this.#deps.resolve(api.service));
    } catch (error) {
      this.#deps.logger.warn("the service of an aggregated API can't be resolved", { apiService: api.name, error: String(error) });
      return undefined;
    }
  }

  async #within<T>(signal: AbortSignal | undefined, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const giveUp = new AbortController();
    const timer = this.#deps.clock.setTimeout(() => giveUp.abort(late), answerMilliseconds);
    try {
      return await ask(signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal);
    } catch (error) {
      throw giveUp.signal.aborted ? late : error;
    } finally {
      timer.cancel();
    }
  }
}

const late = new Error("no answer in time");
const aggregatorUser: Identity = { name: "system:kube-aggregator", groups: ["system:masters"] };

function targetAt({ service, caBundle, insecure }: AggregatedApi, address: string): AggregatedTarget {
  return { address, serverName: `${service.name}.${service.namespace}.svc`, caBundle, insecure };
}

function unavailable(): ApiResponse {
  return plain(503, "service unavailable\n");
}

/** Nobody who asks this server is sent elsewhere by another. */
function refusedRedirect(): ApiResponse {
  const response = plain(502, "the backend attempted to redirect this request, which is not permitted");
  delete response.headers["x-content-type-options"];
  return response;
}

/** As Go writes a path. */
function escapedPath(path: string): string {
  return encodeURI(path).replace(/[?#!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** The path goes as it was understood, and parameters by their names. */
function pathOf(request: ApiRequest): string {
  const { query } = request;
  const path = escapedPath(decodePath(request.path));
  const sorted = new URLSearchParams(query);
  sorted.sort();
  const text = sorted.toString();
  return text === "" ? path : `${path}?${text}`;
}

/** Nobody but this server says who asks; and it has seen the credentials. */
function withoutUserHeaders<T extends ApiRequest>(request: T): T {
  const headers = Object.entries(request.headers).filter(([name]) => !name.startsWith("x-remote-"));
  const { remoteAddress } = request;
  const result: Record<string, string> = Object.fromEntries(headers);
  if (remoteAddress) result["x-forwarded-for"] = [result["x-forwarded-for"], remoteAddress].filter(Boolean).join(", ");
  return { ...request, ...(request.signal ? { signal: request.signal } : {}), headers: result };
}

async function drain({ body }: ApiResponse): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  if (body.form === "source") for await (const chunk of body.source) chunks.push(chunk);
  return concat(chunks);
}
