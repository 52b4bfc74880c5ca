import { createServer, type Server, type ServerResponse } from "node:http";
import { type Clock, formatTime } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import type { ServiceHealth } from "./service-proxy.ts";

/** What the proxy's health is read from. */
export interface ProxyHealth {
  /** When the rules were last known to be right, in milliseconds since the epoch; undefined before the first time. */
  lastUpdated: number | undefined;
  /** Since when a change waits to be written; undefined when none does. */
  waitingSince: number | undefined;
  /** This node is being deleted: load balancers should leave it. */
  nodeDeleted: boolean;
}

/** A change may wait this long before the proxy counts as unhealthy: twice upstream's full sync period of 30 seconds. */
const staleMilliseconds = 60_000;

export interface HealthDeps {
  clock: Clock;
  logger: Logger;
  health: () => ProxyHealth;
}

/** `/healthz` and `/livez` as kube-proxy's, and one small server for each health check node port. */
export class HealthServers {
  readonly #deps: HealthDeps;
  readonly #checks = new Map<number, { server: Server; check: ServiceHealth }>();
  #healthz: Server | undefined;

  constructor(deps: HealthDeps) {
    this.#deps = deps;
  }

  /** Serves the proxy's own health. Answers the port, which the system chooses when 0 is given. */
  async listen(address: { host: string; port: number }): Promise<number> {
    const server = createServer((request, response) => {
      const { lastUpdated, waitingSince, nodeDeleted } = this.#deps.health();
      const path = request.url?.split("?")[0];
      if (path !== "/healthz" && path !== "/livez") return answer(response, 404, { error: "not found" });
      const now = this.#deps.clock.now();
      const healthy = lastUpdated !== undefined && (waitingSince === undefined || now - waitingSince < staleMilliseconds);
      const eligible = path === "/livez" || !nodeDeleted;
      answer(response, healthy && eligible ? 200 : 503, {
        lastUpdated: formatTime(healthy ? now : (lastUpdated ?? 0)),
        currentTime: formatTime(now),
        ...(path === "/healthz" ? { nodeEligible: !nodeDeleted } : {}),
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(address.port, address.host, resolve);
    });
    this.#healthz = server;
    const bound = server.address();
    return typeof bound === "object" && bound ? bound.port : address.port;
  }

  /** Opens and closes servers so that they are those of the services given. */
  setChecks(checks: readonly ServiceHealth[]): void {
    const wanted = new Map(checks.map((check) => [check.port, check]));
    for (const [port, { server }] of this.#checks) {
      if (wanted.has(port)) continue;
      server.close();
      server.closeAllConnections();
      this.#checks.delete(port);
    }
    for (const [port, check] of wanted) {
      const known = this.#checks.get(port);
      if (known) known.check = check;
      else this.#open(port, check);
    }
  }

  #open(port: number, first: ServiceHealth): void {
    const entry = { server: createServer(), check: first };
    entry.server.on("request", (_, response: ServerResponse) => {
      const { namespace, name, localEndpoints } = entry.check;
      answer(response, localEndpoints > 0 ? 200 : 503, {
        service: { namespace, name },
        localEndpoints,
        serviceProxyHealthy: this.#deps.health().lastUpdated !== undefined,
      });
    });
    entry.server.on("error", (error) => {
      this.#deps.logger.error("a service's health check port can't be opened", { port, service: first.name, error: error.message });
    });
    entry.server.listen(port);
    this.#checks.set(port, entry);
  }

  async close(): Promise<void> {
    this.setChecks([]);
    const server = this.#healthz;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "Content-Type": "application/json", "X-Content-Type-Options": "nosniff" });
  response.end(JSON.stringify(body));
}
