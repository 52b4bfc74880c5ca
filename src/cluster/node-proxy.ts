import type { RequestOptions } from "node:http";
import { Agent } from "node:https";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type { Node } from "../api/core/v1.ts";
import { networkErrorText } from "../apiserver/network-error-text.ts";
import type { NodeProxy } from "../apiserver/options.ts";
import type { ApiRequest, ApiResponse, UpgradeRequest, UpgradeTarget } from "../apiserver/request.ts";
import { booleanOption, unverifiedOption } from "../apiserver/subresources/log-options.ts";
import { agentPort, preferredAddress } from "../apiserver/subresources/proxy-target.ts";
import { StatusError } from "../machinery/errors.ts";
import type { Logger } from "../machinery/logger.ts";
import type { CertificateStore, KeptCertificate } from "./certificates.ts";
import { proxiedLink, withProxiedLinks } from "./proxied-links.ts";
import { addressTarget, answerOf, passedHeaders, relay, upgradeHeaders } from "./proxied-request.ts";
import { simulatedLabel } from "./simulated-label.ts";

export interface NodeProxyOptions {
  certificates: CertificateStore;
  logger: Logger;
  /** The node's object, if there is one of that name. */
  node(name: string): Node | undefined;
}

/** The API server's way to node agents, with its own client certificate, and to pods. */
export async function createNodeProxy(options: NodeProxyOptions): Promise<NodeProxy & { close(): void }> {
  const { certificates } = options;
  const [authority, servingAuthority, identity] = await Promise.all([
    certificates.authority(),
    certificates.authority("kubelet-serving-ca"),
    certificates.keep("apiserver-kubelet-client", {
      commonName: "kube-apiserver-kubelet-client",
      organizations: ["system:masters"],
      usages: ["client"],
    }),
  ]);
  return new AgentProxy(options, [authority.certificate, servingAuthority.certificate], identity);
}

const proxyFailure = "error trying to reach service";

class AgentProxy implements NodeProxy {
  readonly #options: NodeProxyOptions;
  /** This machine's agent shows a certificate of the first, those that have joined one of the second. */
  readonly #authorities: string[];
  readonly #identity: KeptCertificate;
  readonly #agent = new Agent({ keepAlive: true, timeout: 0 });

  constructor(options: NodeProxyOptions, authorities: string[], identity: KeptCertificate) {
    this.#options = options;
    this.#authorities = authorities;
    this.#identity = identity;
  }

  async forward(node: string, path: string, request: ApiRequest, isProxied = false): Promise<ApiResponse> {
    const target = this.#nodeTarget(node, !isProxied && booleanOption(request.query.get(unverifiedOption)));
    const options = { ...target, agent: this.#agent, path, method: request.method, headers: passedHeaders(request) };
    try {
      return await answerOf(options, true, request);
    } catch (error) {
      const why = dialText(error, target.host, target.port);
      if (isProxied) throw unreachable(503, `${proxyFailure}: ${why}`);
      const method = request.method === "GET" ? "Get" : request.method;
      throw unreachable(500, `${method} "https://${target.host}:${target.port}${path}": ${why}`);
    }
  }

  async forwardTo(address: string, path: string, request: ApiRequest, scheme: "http" | "https"): Promise<ApiResponse> {
    const target = addressTarget(address);
    // Who runs in a pod signs its own certificate: upstream doesn't check it either.
    const options = {
      ...target,
      path,
      method: request.method,
      headers: forwardedHeaders(request),
      agent: false,
      rejectUnauthorized: false,
      servername: "",
    };
    let response: ApiResponse;
    try {
      response = await answerOf(options, scheme === "https", request);
    } catch (error) {
      throw unreachable(503, `${proxyFailure}: ${dialText(error, target.host, target.port)}`);
    }
    return throughProxy(response, address, request);
  }

  async upgrade(target: UpgradeTarget, request: UpgradeRequest): Promise<void> {
    const { host, port, ...tls } = this.#nodeTarget(target.node, false);
    try {
      await relay({ ...tls, host, port, path: target.path, headers: upgradeHeaders(request) }, true, request, this.#options.logger);
    } catch (error) {
      throw unreachable(500, `error dialing backend: ${dialText(error, host, port)}`);
    }
  }

  async upgradeTo(address: string, path: string, request: UpgradeRequest, scheme: "http" | "https"): Promise<void> {
    const target = addressTarget(address);
    const headers = { ...forwardedHeaders(request), ...upgradeHeaders(request) };
    try {
      const options = { ...target, path, headers, rejectUnauthorized: false, servername: "" } as RequestOptions;
      await relay(options, scheme === "https", request, this.#options.logger);
    } catch (error) {
      throw unreachable(503, `${proxyFailure}: ${dialText(error, target.host, target.port)}`);
    }
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Where a node's agent is, and how to know that it is the one. */
  #nodeTarget(name: string, unverified: boolean) {
    const node = this.#options.node(name);
    if (!node) throw new StatusError(404, "NotFound", `nodes "${name}" not found`, { name, kind: "nodes" });
    if (node.metadata.labels?.[simulatedLabel] === "true")
      throw new StatusError(
        501,
        "NotImplemented",
        `node "${name}" is simulated: its containers have no output, run no commands and open no ports`,
      );
    const { addresses = [], daemonEndpoints } = node.status ?? {};
    const host = preferredAddress(addresses);
    if (!host) {
      const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(" ");
      throw unreachable(500, `no preferred addresses found; known addresses: [${known}]`);
    }
    return {
      host,
      port: daemonEndpoints?.kubeletEndpoint?.Port || agentPort,
      ca: this.#authorities,
      cert: this.#identity.current.certificate,
      key: this.#identity.current.key,
      rejectUnauthorized: !unverified,
      // A certificate for the address or for the node's name will do.
      checkServerIdentity: (_: string, certificate: PeerCertificate) =>
        checkServerIdentity(host, certificate) && checkServerIdentity(name, certificate),
    };
  }
}

/** What a pod is told of the way that a request took. */
function forwardedHeaders(request: ApiRequest): Record<string, string> {
  const headers = passedHeaders(request);
  const { host } = request.headers;
  if (host) headers.host = host;
  if (request.remoteAddress) headers["x-forwarded-for"] = [headers["x-forwarded-for"], request.remoteAddress].filter(Boolean).join(", ");
  headers["x-forwarded-uri"] = request.path;
  return headers;
}

/** What the proxied server says of other origins is not said in the API server's name. */
const originHeaders = ["credentials", "headers", "methods", "origin"].map((what) => `access-control-allow-${what}`);

/** An answer of a pod, with redirects and links of pages that lead through the proxy. */
function throughProxy(response: ApiResponse, address: string, request: ApiRequest): ApiResponse {
  const { headers, body } = response;
  for (const name of originHeaders) delete headers[name];
  const prefix = /^\/api\/v1\/(?:namespaces\/[^/]+\/[^/]+|nodes)\/[^/]+\/proxy/.exec(request.path)?.[0];
  if (prefix === undefined) return response;
  const place = { prefix, address, host: request.headers.host ?? "" };
  if (typeof headers.location === "string") headers.location = proxiedLink(headers.location, place);
  const isPage = /^text\/html\b/.test(String(headers["content-type"] ?? "")) && headers["content-encoding"] === undefined;
  if (!isPage || body.form !== "source") return response;
  delete headers["content-length"];
  return { ...response, body: { form: "source", source: withProxiedLinks(body.source, place) } };
}

function unreachable(code: number, message: string): StatusError {
  return new StatusError(code, code === 503 ? "ServiceUnavailable" : "", message);
}

const dialTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "connect: connection timed out",
};

/** A failed connection in the words of Go. */
function dialText(error: unknown, host: string, port: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const known = code === undefined ? undefined : dialTexts[code];
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  if (known) return `dial tcp ${address}: ${known}`;
  if (message === "i/o timeout") return `dial tcp ${address}: i/o timeout`;
  return networkErrorText(error);
}
