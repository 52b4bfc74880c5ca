import type { ApiRequest, ApiResponse } from "../apiserver/request.ts";
import { answerError } from "../apiserver/respond.ts";
import { type RequestInfo, route } from "../apiserver/route.ts";
import type { ApiServer } from "../apiserver/server.ts";
import { nodeServicesUser } from "../cluster/cluster-objects.ts";
import { sleep } from "../machinery/clock.ts";
import type { ClusterTime } from "./cluster-time.ts";
import { FaultTable } from "./fault-table.ts";
import { RequestLog } from "./request-log.ts";

export interface RequestGateHooks {
  /** Before a request that changes something: whoever reacts to it must be there. */
  onWrite(): void;
  /** Before somebody outside reads leases. */
  onLeases(): Promise<void>;
  /** Somebody outside has begun to watch leases; what is returned is called at the end. */
  onLeaseWatch(): () => void;
}

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
  readonly log = new RequestLog();
  readonly #time: ClusterTime;
  readonly #hooks: RequestGateHooks;
  #closed = false;

  constructor(time: ClusterTime, hooks: RequestGateHooks) {
    this.#time = time;
    this.#hooks = hooks;
  }

  /** Throws once it is closed. */
  check(): void {
    if (this.#closed) throw new Error("the cluster has been stopped");
  }

  /** Nothing passes any more. */
  close(): void {
    this.#closed = true;
  }

  async handle(request: ApiRequest, server: ApiServer): Promise<ApiResponse> {
    this.check();
    const reads = request.method === "GET";
    if (!reads) this.#hooks.onWrite();
    const watch = reads && request.query.has("watch");
    const user = userOf(request);
    const component = isComponent(request, user);
    const info = watch || !this.faults.isEmpty ? infoOf(request) : undefined;
    const subject = info && { info, user, component };
    const trouble = subject && this.faults.meet(subject);
    if (trouble && trouble.delayMilliseconds > 0) await sleep(this.#time, trouble.delayMilliseconds, request.signal);
    const leases = reads && !component && request.path.startsWith(leasePath);
    this.#time.enter();
    let response: ApiResponse;
    try {
      if (leases) await this.#hooks.onLeases();
      response = trouble?.error ? answerError(server.context, request, trouble.error) : await server.handle(request);
    } finally {
      this.#time.leave();
    }
    const { method, path, query } = request;
    this.log.add({ at: this.#time.now(), user, method, path: query.size > 0 ? `${path}?${query}` : path, status: response.status });
    if (!watch || !subject) return response;
    const signals = [server.context.closing, ...(request.signal ? [request.signal] : [])];
    return this.faults.follow(subject, response, signals, leases ? this.#hooks.onLeaseWatch() : undefined);
  }
}

const leasePath = "/apis/coordination.k8s.io/";

function infoOf(request: ApiRequest): RequestInfo | undefined {
  try {
    return route(request);
  } catch {
    return undefined; // the server says what is wrong with it
  }
}

/** The cluster's own parts come in process. */
function isComponent(request: ApiRequest, user: string): boolean {
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
