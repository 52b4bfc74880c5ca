import { Agent } from "node:https";
import type { AggregatedServers, AggregatedTarget } from "../apiserver/aggregation/aggregated-api.ts";
import type { ApiRequest, ApiResponse, UpgradeRequest } from "../apiserver/request.ts";
import type { Logger } from "../machinery/logger.ts";
import type { CertificateStore, KeptCertificate } from "./certificates.ts";
import { systemAuthorities } from "./platform.ts";
import { addressTarget, answerOf, passedHeaders, relay, upgradeHeaders } from "./proxied-request.ts";

/** The name in the certificate by which aggregated API servers know this one. */
export const frontProxyName = "front-proxy-client";

/** The way to aggregated API servers, with the certificate that the front-proxy authority has signed. */
export async function createAggregatedServers(
  certificates: CertificateStore,
  logger: Logger,
): Promise<AggregatedServers & { authority: string; close(): void }> {
  const [{ certificate }, identity] = await Promise.all([
    certificates.authority("front-proxy-ca"),
    certificates.keep(frontProxyName, { commonName: frontProxyName, usages: ["client"] }, "front-proxy-ca"),
  ]);
  return new FrontProxy(certificate, identity, logger);
}

class FrontProxy implements AggregatedServers {
  readonly authority: string;
  readonly #identity: KeptCertificate;
  readonly #logger: Logger;
  readonly #agent = new Agent({ keepAlive: true, timeout: 0, maxCachedSessions: 100 });

  constructor(authority: string, identity: KeptCertificate, logger: Logger) {
    this.authority = authority;
    this.#identity = identity;
    this.#logger = logger;
  }

  forward(target: AggregatedTarget, path: string, request: ApiRequest, user: Record<string, string | string[]>): Promise<ApiResponse> {
    const headers = { ...passedHeaders(request), ...user };
    return answerOf({ ...this.#connection(target), agent: this.#agent, path, method: request.method, headers }, true, request);
  }

  upgrade(target: AggregatedTarget, path: string, request: UpgradeRequest, user: Record<string, string | string[]>): Promise<void> {
    const headers = { ...upgradeHeaders(request), ...user };
    return relay({ ...this.#connection(target), path, headers }, true, request, this.#logger);
  }

  close(): void {
    this.#agent.destroy();
  }

  #connection({ address, serverName, caBundle, insecure }: AggregatedTarget) {
    const { certificate, key } = this.#identity.current;
    return {
      ...addressTarget(address),
      servername: serverName,
      allowPartialTrustChain: true,
      ...(insecure ? { rejectUnauthorized: false } : { ca: caBundle === undefined ? systemAuthorities() : caBundle }),
      cert: certificate,
      key,
    };
  }
}
