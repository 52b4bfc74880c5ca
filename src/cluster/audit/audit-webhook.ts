import { type Agent, request as httpRequest } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { AuditEvent } from "../../apiserver/audit/audit-event.ts";
import type { ServerConnection } from "../../client/kubeconfig.ts";
import { loadConnection } from "../../client/load-kubeconfig.ts";
import { type Clock, pause } from "../../machinery/clock.ts";
import type { Logger } from "../../machinery/logger.ts";

const tries = 5;
const backoffFactor = 1.5;
const timeoutMilliseconds = 30_000;

/** Sends audit events to a server as lists, again after a while when it can't take them. */
export class AuditWebhook {
  readonly #connection: ServerConnection;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #backoff: number;
  readonly #agent: Agent | undefined;
  readonly #closing = new AbortController();

  constructor(deps: { clock: Clock; logger: Logger }, flags: { configFile: string; initialBackoffMilliseconds: number }) {
    this.#connection = loadConnection({ clock: deps.clock, kubeconfig: flags.configFile });
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#backoff = flags.initialBackoffMilliseconds;
    const { server, certificateAuthority, clientCertificate, clientKey, insecureSkipTlsVerify, tlsServerName } = this.#connection;
    if (server.startsWith("https:")) {
      this.#agent = new HttpsAgent({
        keepAlive: true,
        maxSockets: 4,
        ...(certificateAuthority ? { ca: certificateAuthority } : {}),
        ...(clientCertificate && clientKey ? { cert: clientCertificate, key: clientKey } : {}),
        ...(insecureSkipTlsVerify ? { rejectUnauthorized: false } : {}),
        ...(tlsServerName ? { servername: tlsServerName } : {}),
      });
    }
  }

  async send(events: readonly AuditEvent[]): Promise<void> {
    const body = `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${events.map(({ text }) => text).join(",")}]}`;
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#post(body);
        return;
      } catch (error) {
        if (attempt === tries || this.#closing.signal.aborted || (error instanceof Refusal && !error.isPassing)) throw error;
        this.#logger.warn("audit events could not be sent; trying again", { attempt, error });
        await pause(this.#clock, this.#backoff * backoffFactor ** (attempt - 1), this.#closing.signal);
      }
    }
  }

  close(): void {
    this.#closing.abort();
    this.#agent?.destroy();
  }

  async #post(body: string): Promise<void> {
    const { server, token } = this.#connection;
    const bearer = typeof token === "function" ? await token() : token;
    const secure = server.startsWith("https:");
    await new Promise<void>((resolve, reject) => {
      const outgoing = (secure ? httpsRequest : httpRequest)(
        server,
        {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(body),
            accept: "application/json, */*",
            ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
          },
          timeout: timeoutMilliseconds,
          ...(this.#agent ? { agent: this.#agent } : {}),
        },
        (response) => {
          response.resume();
          response.on("error", reject);
          response.on("end", () => {
            const { statusCode: status = 0 } = response;
            if (status >= 200 && status < 300) resolve();
            else reject(new Refusal(status));
          });
        },
      );
      outgoing.on("timeout", () => outgoing.destroy(new Error("the audit webhook does not answer")));
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }
}

class Refusal extends Error {
  readonly isPassing: boolean;

  constructor(status: number) {
    super(`the audit webhook answered ${status}`);
    this.isPassing = status === 429 || status >= 500;
  }
}
