import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import type { Duplex } from "node:stream";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import type { Node } from "../api/core/v1.ts";
import type { NodeProxy } from "../apiserver/options.ts";
import { type ApiRequest, type ApiResponse, isBytes, type UpgradeRequest, type UpgradeTarget } from "../apiserver/request.ts";
import { StatusError } from "../machinery/errors.ts";
import type { Logger } from "../machinery/logger.ts";
import type { CertificateStore, KeptCertificate } from "./certificates.ts";
import { proxiedLink, withProxiedLinks } from "./proxied-links.ts";
import { simulatedLabel } from "./simulated-label.ts";

export interface NodeProxyOptions {
  certificates: CertificateStore;
  logger: Logger;
  /** The node's object, if there is one of that name. */
  node(name: string): Node | undefined;
}

/** How long a node agent or pod may take to accept a connection. */
const connectMilliseconds = 30_000;

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

/** Headers of one connection, not of the request. */
const hopHeaders = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Headers that are the API server's business: who asks, and how it answers. */
const ownHeaders = new Set(["authorization", "host", "content-length", "accept-encoding", "expect"]);

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

  async forward(node: string, path: string, request: ApiRequest): Promise<ApiResponse> {
    const target = this.#nodeTarget(node, request.query.get("insecureSkipTLSVerifyBackend") === "true");
    const options = { ...target, agent: this.#agent, path, method: request.method, headers: passedHeaders(request) };
    try {
      return await answerOf(options, true, request);
    } catch (error) {
      const method = request.method === "GET" ? "Get" : request.method;
      throw unreachable(500, `${method} "https://${target.host}:${target.port}${path}": ${dialText(error, target.host, target.port)}`);
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
      throw unreachable(503, `error trying to reach service: ${dialText(error, target.host, target.port)}`);
    }
    return throughProxy(response, address, request);
  }

  async upgrade(target: UpgradeTarget, request: UpgradeRequest): Promise<void> {
    const { host, port, ...tls } = this.#nodeTarget(target.node, false);
    try {
      await this.#relay({ ...tls, host, port, path: target.path, headers: upgradeHeaders(request) }, true, request);
    } catch (error) {
      throw unreachable(500, `error dialing backend: ${dialText(error, host, port)}`);
    }
  }

  async upgradeTo(address: string, path: string, request: UpgradeRequest, scheme: "http" | "https"): Promise<void> {
    const target = addressTarget(address);
    const headers = { ...forwardedHeaders(request), ...upgradeHeaders(request) };
    try {
      await this.#relay(
        { ...target, path, headers, rejectUnauthorized: false, servername: "" } as RequestOptions,
        scheme === "https",
        request,
      );
    } catch (error) {
      throw unreachable(503, `error trying to reach service: ${dialText(error, target.host, target.port)}`);
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
    const host =
      addresses.find(({ type }) => type === "InternalIP")?.address ?? addresses.find(({ type }) => type === "ExternalIP")?.address;
    if (!host) {
      const known = addresses.map(({ type, address }) => `{${type} ${address}}`).join(" ");
      throw unreachable(500, `no preferred addresses found; known addresses: [${known}]`);
    }
    return {
      host,
      port: daemonEndpoints?.kubeletEndpoint?.Port ?? 10_250,
      ca: this.#authorities,
      cert: this.#identity.current.certificate,
      key: this.#identity.current.key,
      rejectUnauthorized: !unverified,
      // A certificate for the address or for the node's name will do.
      checkServerIdentity: (_: string, certificate: PeerCertificate) =>
        checkServerIdentity(host, certificate) && checkServerIdentity(name, certificate),
    };
  }

  /**
   * Sends an upgrade request on and joins both connections when it is accepted; a refusal is passed on. Rejects when there was no
   * answer at all.
   */
  #relay(options: RequestOptions, secure: boolean, request: UpgradeRequest): Promise<void> {
    const client = request.connection as Duplex;
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? httpsRequest : httpRequest)({ ...options, method: request.method, agent: false });
      limitConnecting(outgoing);
      const onClose = () => outgoing.destroy();
      client.once("close", onClose);
      outgoing.on("error", reject);
      outgoing.on("upgrade", (response, connection, head) => {
        client.removeListener("close", onClose);
        outgoing.removeListener("error", reject);
        client.write(headText(response));
        if (head.length > 0) client.write(head);
        if (request.head.length > 0) connection.write(request.head);
        join(client, connection, (error) => this.#options.logger.debug("a proxied connection broke off", { error: error.message }));
        resolve();
      });
      outgoing.on("response", (response) => {
        response.headers.connection = "close";
        // The answer's end is the connection's.
        client.write(headText(response, new Set(["connection", "keep-alive", "transfer-encoding"]), "Connection: close\r\n"));
        response.pipe(client);
        resolve();
      });
      outgoing.end();
    });
  }
}

/** Passes bytes both ways, each to its end; what breaks on one side breaks the other. */
function join(a: Duplex, b: Duplex, onError: (error: Error) => void): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    from.pipe(to);
    from.on("error", (error) => {
      onError(error);
      to.destroy();
    });
    from.on("close", () => {
      // Closed without an end: cut off. Otherwise what it sent is still on its way.
      if (!from.readableEnded) to.destroy();
    });
  }
}

function answerOf(options: RequestOptions, secure: boolean, request: ApiRequest): Promise<ApiResponse> {
  return new Promise((resolve, reject) => {
    const outgoing = (secure ? httpsRequest : httpRequest)({ ...options, ...(request.signal ? { signal: request.signal } : {}) });
    limitConnecting(outgoing);
    outgoing.on("error", reject);
    outgoing.on("response", (response) => {
      const headers: ApiResponse["headers"] = {};
      for (const [name, value] of Object.entries(response.headers)) if (value !== undefined && !hopHeaders.has(name)) headers[name] = value;
      resolve({ status: response.statusCode ?? 502, headers, body: { form: "source", source: response } });
    });
    const { body } = request;
    outgoing.end(body === undefined || isBytes(body) ? body : JSON.stringify(body));
  });
}

/** A host that doesn't answer must not hold up a client for minutes; an answer may take as long as it likes. */
function limitConnecting(outgoing: ReturnType<typeof httpRequest>): void {
  outgoing.on("socket", (socket) => {
    if (!socket.connecting) return;
    socket.setTimeout(connectMilliseconds, () => outgoing.destroy(new Error("i/o timeout")));
    socket.once("connect", () => socket.setTimeout(0));
  });
}

function addressTarget(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}

function passedHeaders(request: ApiRequest): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (!hopHeaders.has(name) && !ownHeaders.has(name) && !name.startsWith("impersonate-")) headers[name] = value;
  }
  const { body } = request;
  if (body !== undefined) headers["content-length"] = String(isBytes(body) ? body.length : Buffer.byteLength(JSON.stringify(body)));
  return headers;
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

function upgradeHeaders(request: UpgradeRequest): Record<string, string> {
  const headers = passedHeaders(request);
  headers.connection = "Upgrade";
  headers.upgrade = request.headers.upgrade ?? "";
  if (request.method === "POST") headers["content-length"] = "0";
  return headers;
}

/** What the proxied server says of other origins is not said in the API server's name. */
const originHeaders = ["credentials", "headers", "methods", "origin"].map((what) => `access-control-allow-${what}`);

/** An answer of a pod, with redirects and links of pages that lead through the proxy. */
function throughProxy(response: ApiResponse, address: string, request: ApiRequest): ApiResponse {
  const { headers, body } = response;
  for (const name of originHeaders) delete headers[name];
  const prefix = /^\/api\/v1\/namespaces\/[^/]+\/[^/]+\/[^/]+\/proxy/.exec(request.path)?.[0];
  if (prefix === undefined) return response;
  const place = { prefix, address, host: request.headers.host ?? "" };
  if (typeof headers.location === "string") headers.location = proxiedLink(headers.location, place);
  const isPage = /^text\/html\b/.test(String(headers["content-type"] ?? "")) && headers["content-encoding"] === undefined;
  if (!isPage || body.form !== "source") return response;
  delete headers["content-length"];
  return { ...response, body: { form: "source", source: withProxiedLinks(body.source, place) } };
}

function headText(response: IncomingMessage, without: ReadonlySet<string> = new Set(), added = ""): string {
  let text = `HTTP/1.1 ${response.statusCode} ${response.statusMessage}\r\n${added}`;
  const { rawHeaders } = response;
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (!without.has((rawHeaders[i] as string).toLowerCase())) text += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`;
  }
  return `${text}\r\n`;
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
  return message;
}
