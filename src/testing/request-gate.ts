import type { ApiRequest, ApiResponse } from "../apiserver/request.ts";
import { answerError } from "../apiserver/respond.ts";
import { type RequestInfo, route } from "../apiserver/route.ts";
import type { ApiServer } from "../apiserver/server.ts";
import { nodeServicesUser } from "../cluster/cluster-objects.ts";
import { sleep } from "../machinery/clock.ts";
import type { ClusterTime } from "./cluster-time.ts";
import { FaultTable } from "./faults.ts";

/** One request that was answered. */
export interface LoggedRequest {
  /** Milliseconds since the epoch, of the cluster's time. */
  at: number;
  user: string;
  method: string;
  /** With the query. */
  path: string;
  status: number;
}

const mostLogged = 5000;

const componentUsers = new Set([
  "system:apiserver",
  "system:kube-controller-manager",
  "system:kube-scheduler",
  "system:kybern",
  nodeServicesUser,
]);

/** What every request passes on its way to the API server: time stands still meanwhile, faults strike, and the log has it. */
export class RequestGate {
  readonly faults = new FaultTable();
  readonly #time: ClusterTime;
  /** Called before the first request that changes something: whoever reacts to it must be there. */
  readonly #onWrite: () => void;
  #log: LoggedRequest[] = [];
  #next = 0;

  constructor(time: ClusterTime, onWrite: () => void) {
    this.#time = time;
    this.#onWrite = onWrite;
  }

  /** The newest requests, oldest first. */
  get log(): LoggedRequest[] {
    return [...this.#log.slice(this.#next), ...this.#log.slice(0, this.#next)];
  }

  async handle(request: ApiRequest, server: ApiServer): Promise<ApiResponse> {
    if (request.method !== "GET") this.#onWrite();
    const watch = request.query.has("watch") && request.method === "GET";
    const user = userOf(request);
    const info = watch || !this.faults.isEmpty ? infoOf(request) : undefined;
    const subject = info && { info, user, component: isComponent(request, user) };
    const trouble = subject && this.faults.meet(subject);
    if (trouble && trouble.delayMilliseconds > 0) await sleep(this.#time, trouble.delayMilliseconds, request.signal);
    this.#time.enter();
    let response: ApiResponse;
    try {
      response = trouble?.error ? answerError(server.context, request, trouble.error) : await server.handle(request);
    } finally {
      this.#time.leave();
    }
    this.#remember(request, user, response.status);
    return watch && subject ? this.faults.follow(subject, response) : response;
  }

  #remember({ method, path, query }: ApiRequest, user: string, status: number): void {
    const entry = { at: this.#time.now(), user, method, path: query.size > 0 ? `${path}?${query}` : path, status };
    if (this.#log.length < mostLogged) this.#log.push(entry);
    else {
      this.#log[this.#next] = entry;
      this.#next = (this.#next + 1) % mostLogged;
    }
  }
}

function infoOf(request: ApiRequest): RequestInfo | undefined {
  try {
    return route(request);
  } catch {
    return undefined; // the server says what is wrong with it
  }
}

/** The cluster's own parts come in process. */
export function isComponent(request: ApiRequest, user: string): boolean {
  return request.identity !== undefined && (componentUsers.has(user) || user.startsWith("system:node:"));
}

/** Who asks, as far as it can be told without asking the server: it checks what is claimed here. */
function userOf({ identity, clientCertificate, headers }: ApiRequest): string {
  const impersonated = headers["impersonate-user"];
  if (impersonated) return impersonated;
  if (identity) return identity.name;
  if (clientCertificate) return clientCertificate.commonName;
  const claims = /^Bearer [^.]+\.([^.]+)\./.exec(headers.authorization ?? "")?.[1];
  if (claims === undefined) return "system:anonymous";
  try {
    return String(JSON.parse(atob(claims.replaceAll("-", "+").replaceAll("_", "/"))).sub);
  } catch {
    return "system:anonymous"; // no token of ours
  }
}
