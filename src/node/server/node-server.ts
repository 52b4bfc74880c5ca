import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { Duplex } from "node:stream";
import type { Pod } from "../../api/core/v1.ts";
import { ClientAuthorities } from "../../apiserver/http/peer-certificate.ts";
import type { Component, ComponentDeps } from "../../client/client.ts";
import type { PodFiles } from "../pods/pod-files.ts";
import type { ContainerRuntime } from "../runtime/runtime.ts";
import { StatsProvider } from "../stats/stats-provider.ts";
import { AccessControl } from "./access.ts";
import { AgentRoutes } from "./agent-routes.ts";
import { PodLookup } from "./pod-lookup.ts";
import { servePortForward } from "./port-forward.ts";
import { serveAttach, serveExec } from "./remote-command.ts";
import { RequestRefusal } from "./request-refusal.ts";
import { refuseUpgrade, type UpgradeRequest } from "./upgrade.ts";

export interface NodeServerDeps extends ComponentDeps {
  nodeName: string;
  /** 0: a free one is taken. */
  port: number;
  /** Where to listen. */
  addresses: readonly string[];
  /** PEM. */
  certificate: string;
  key: string;
  /** PEM certificates that client certificates must chain to. */
  clientCA: string;
  runtime: ContainerRuntime;
  files: PodFiles;
  pods(): readonly Pod[];
  /** Where pods' cgroups are; absent: pods' usage is told as the sum of their containers'. */
  cgroups?: { pathOf(pod: Pod): string };
  /** The directory that `/logs/` shows: `/var/log` when absent. */
  hostLogs?: string;
}

export interface NodeServer extends Component {
  readonly port: number;
  /** New connections get this certificate. */
  renew(certificate: string, key: string): void;
}

/** The agent's HTTPS API, as the kubelet's: logs, exec, attach, port-forward, statistics. Resolves when it listens. */
export async function startNodeServer(deps: NodeServerDeps): Promise<NodeServer> {
  const server = new AgentServer(deps);
  const port = await server.listen();
  return { port, renew: (certificate, key) => server.renew(certificate, key), stop: () => server.stop() };
}

const upgrades = { exec: serveExec, attach: serveAttach, portForward: servePortForward } as const;

class AgentServer {
  readonly #deps: NodeServerDeps;
  readonly #access: AccessControl;
  readonly #lookup: PodLookup;
  readonly #routes: AgentRoutes;
  readonly #servers: Server[] = [];
  /** Connections that speak another protocol by now: the servers know them no longer. */
  readonly #upgraded = new Set<Duplex>();
  readonly #onAbort = () => {
    this.#cut();
  };

  constructor(deps: NodeServerDeps) {
    const { client, clock, runtime, nodeName } = deps;
    this.#deps = deps;
    this.#access = new AccessControl({ client, clock, nodeName, authorities: new ClientAuthorities(deps.clientCA) });
    this.#lookup = new PodLookup(deps.pods, runtime);
    const stats = new StatsProvider(deps);
    this.#routes = new AgentRoutes({
      lookup: this.#lookup,
      runtime,
      clock,
      stats,
      pods: deps.pods,
      nodeName,
      hostLogs: deps.hostLogs ?? "/var/log",
      logger: deps.logger,
    });
  }

  async listen(): Promise<number> {
    const { addresses, signal } = this.#deps;
    let { port } = this.#deps;
    try {
      for (const address of addresses) {
        const server = this.#newServer();
        this.#servers.push(server);
        await new Promise<void>((resolve, reject) => {
          server.once("error", reject);
          server.listen(port, address, () => {
            server.removeListener("error", reject);
            resolve();
          });
        });
        const bound = server.address();
        if (typeof bound === "object" && bound) ({ port } = bound);
      }
    } catch (error) {
      await this.stop();
      throw error;
    }
    if (signal.aborted) this.#cut();
    else signal.addEventListener("abort", this.#onAbort, { once: true });
    return port;
  }

  renew(certificate: string, key: string): void {
    for (const server of this.#servers) server.setSecureContext({ cert: certificate, key, ca: this.#deps.clientCA, minVersion: "TLSv1.2" });
  }

  async stop(): Promise<void> {
    this.#deps.signal.removeEventListener("abort", this.#onAbort);
    const closed = this.#servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    this.#cut();
    await Promise.all(closed);
  }

  #cut(): void {
    for (const server of this.#servers) {
      server.close();
      server.closeAllConnections();
    }
    for (const socket of this.#upgraded) socket.destroy();
  }

  #newServer(): Server {
    const { certificate, key, clientCA, logger } = this.#deps;
    const server = createServer({
      cert: certificate,
      key,
      ca: clientCA,
      requestCert: true,
      // A bearer token does as well: who it is is found out request by request.
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
      ALPNProtocols: ["http/1.1"],
      keepAliveTimeout: 120_000,
      noDelay: true,
    });
    server.on("request", (request, response) => {
      this.#serve(request, response).catch((error: unknown) => this.#refuse(request, response, error));
    });
    server.on("upgrade", (request, socket, head) => this.#serveUpgrade(request, socket, head));
    server.on("tlsClientError", (error) => logger.debug("TLS handshake failed", { error: error.message }));
    return server;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", (error) => this.#deps.logger.debug("an answer could not be sent", { error: error.message }));
    const { path, query } = locate(request);
    await this.#access.check(request, path);
    const [kind = ""] = path.slice(1).split("/");
    if (kind in upgrades) throw new RequestRefusal(400, "unable to upgrade: missing upgrade headers in request");
    await this.#routes.serve(request, path, query, response);
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const { status, text } = this.#told(request, error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" });
    response.end(text);
  }

  #serveUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", (error) => this.#deps.logger.debug("an upgraded connection failed", { error: error.message }));
    this.#upgraded.add(socket);
    socket.on("close", () => this.#upgraded.delete(socket));
    const upgrade: UpgradeRequest = { request, socket, head, ...locate(request), answered: false };
    this.#converse(upgrade).catch((error: unknown) => {
      const { status, text } = this.#told(request, error);
      if (upgrade.answered) socket.destroy();
      else refuseUpgrade(socket, status, text);
    });
  }

  async #converse(upgrade: UpgradeRequest): Promise<void> {
    await this.#access.check(upgrade.request, upgrade.path);
    const [kind = "", ...names] = upgrade.path.slice(1).split("/").map(decodeURIComponent);
    if (!Object.hasOwn(upgrades, kind)) throw new RequestRefusal(404, "404 page not found\n");
    const { clock, runtime, logger } = this.#deps;
    await upgrades[kind as keyof typeof upgrades]({ lookup: this.#lookup, runtime, clock, logger }, names, upgrade);
  }

  /** An error as the client hears of it. What nobody expected is logged. */
  #told({ url = "" }: IncomingMessage, error: unknown): { status: number; text: string } {
    if (error instanceof RequestRefusal) return { status: error.status, text: error.message };
    const text = error instanceof Error ? error.message : String(error);
    this.#deps.logger.warn("a request to the node agent failed", { path: url.split("?")[0], error: text });
    return { status: 500, text };
  }
}

function locate({ url = "/" }: IncomingMessage): { path: string; query: URLSearchParams } {
  const question = url.indexOf("?");
  return question < 0
    ? { path: url, query: new URLSearchParams() }
    : { path: url.slice(0, question), query: new URLSearchParams(url.slice(question + 1)) };
}
