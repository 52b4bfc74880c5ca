import type { TokenRequest } from "../../api/authentication/v1.ts";
import type { Pod, ServiceAccountTokenProjection } from "../../api/core/v1.ts";
import { serviceaccounts } from "../../api/refs.ts";
import type { Client } from "../../client/client.ts";
import type { Clock } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";
import { nameOf, namespaceOf, uidOf } from "../../machinery/object.ts";

/** A token is renewed after a day, however long it lives. */
const maxAgeMilliseconds = 24 * 3600 * 1000;
/** The share of its life after which a token is renewed. */
const renewalShare = 0.8;
const defaultExpirationSeconds = 3600;

interface IssuedToken {
  token: string;
  /** Counts up with each token that the server gave. */
  generation: number;
  renewAt: number;
  expiresAt: number;
}

/** Tokens bound to pods, from the server's TokenRequest, kept in memory until they must be renewed. */
export class ServiceAccountTokens {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #byPod = new Map<string, Map<string, IssuedToken>>();
  #generation = 0;

  constructor({ client, clock, logger }: { client: Client; clock: Clock; logger: Logger }) {
    this.#client = client;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The token to show to the pod now. While the server can't be asked, the old one goes on as long as it is valid. */
  async get(pod: Pod, projection: ServiceAccountTokenProjection): Promise<{ token: string; generation: number }> {
    const account = pod.spec?.serviceAccountName || "default";
    const expirationSeconds = projection.expirationSeconds ?? defaultExpirationSeconds;
    const key = JSON.stringify([account, projection.audience ?? "", expirationSeconds]);
    const kept = this.#byPod.get(uidOf(pod))?.get(key);
    if (kept && this.#clock.now() < kept.renewAt) return kept;
    try {
      const issued = await this.#request(pod, account, projection.audience, expirationSeconds);
      const tokens = this.#byPod.get(uidOf(pod)) ?? new Map<string, IssuedToken>();
      this.#byPod.set(uidOf(pod), tokens.set(key, issued));
      return issued;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (!kept || this.#clock.now() >= kept.expiresAt) throw new Error(`failed to fetch token: ${text}`);
      this.#logger.warn("a service account token could not be renewed; the old one is still valid", {
        pod: nameOf(pod),
        namespace: namespaceOf(pod),
        error: text,
      });
      return kept;
    }
  }

  forget(podUid: string): void {
    this.#byPod.delete(podUid);
  }

  async #request(pod: Pod, account: string, audience: string | undefined, expirationSeconds: number): Promise<IssuedToken> {
    const namespace = namespaceOf(pod);
    const request: TokenRequest = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      metadata: { name: account, namespace },
      spec: {
        audiences: audience ? [audience] : [],
        expirationSeconds,
        boundObjectRef: { apiVersion: "v1", kind: "Pod", name: nameOf(pod), uid: uidOf(pod) },
      },
    };
    const answer = await this.#client.post<TokenRequest>(serviceaccounts, account, "token", request, { namespace });
    if (!answer.status?.token || !answer.status.expirationTimestamp) throw new Error("the server answered without a token");
    const expiresAt = Date.parse(answer.status.expirationTimestamp);
    const lifeMilliseconds = (answer.spec?.expirationSeconds ?? expirationSeconds) * 1000;
    const issuedAt = expiresAt - lifeMilliseconds;
    return {
      token: answer.status.token,
      generation: ++this.#generation,
      renewAt: Math.min(issuedAt + lifeMilliseconds * renewalShare, issuedAt + maxAgeMilliseconds),
      expiresAt,
    };
  }
}
