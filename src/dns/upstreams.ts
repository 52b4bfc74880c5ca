import { readFile, stat } from "node:fs/promises";
import type { Clock } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";
import { canonicalAddress, familyOf } from "../node/network/address.ts";

export interface Upstream {
  address: string;
  port: number;
}

/** Servers by address, with an optional port; or a file in the form of resolv.conf, read again when it changes. */
export type UpstreamOptions = { servers: readonly (string | Upstream)[] } | { file: string };

/** At most this many are used, as by resolv.conf's readers. */
const mostServers = 3;
const checkPeriodMilliseconds = 5_000;

/** The name servers in a file of resolv.conf's form. */
export function parseResolvConf(text: string): Upstream[] {
  const found: Upstream[] = [];
  for (const line of text.split("\n")) {
    const [keyword, address = ""] = line.trim().split(/\s+/);
    // A scope, as in fe80::1%eth0, is part of the address here.
    if (keyword === "nameserver" && familyOf(address.split("%")[0] as string)) found.push({ address, port: 53 });
  }
  return found.slice(0, mostServers);
}

/** `1.2.3.4`, `1.2.3.4:5353`, `::1`, `[::1]:5353`. */
function parseUpstream(text: string): Upstream {
  const bracketed = /^\[(.+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+):(\d+)$/.exec(text);
  const address = bracketed?.[1] ?? text;
  if (!familyOf(address)) throw new Error(`"${text}" is not a name server such as 192.0.2.1 or 192.0.2.1:53`);
  return { address, port: Number(bracketed?.[2] ?? 53) };
}

/** The name servers that questions about the world go to, without those that lead back here. */
export class Upstreams {
  readonly #options: UpstreamOptions;
  readonly #own: readonly Upstream[];
  readonly #clock: Clock;
  readonly #logger: Logger;
  #list: readonly Upstream[] = [];
  #modified = -1;
  #checked = Number.NEGATIVE_INFINITY;
  #checking = false;

  constructor(options: UpstreamOptions, own: readonly Upstream[], clock: Clock, logger: Logger) {
    this.#options = options;
    this.#own = own;
    this.#clock = clock;
    this.#logger = logger;
    if ("servers" in options) this.#set(options.servers.map((one) => (typeof one === "string" ? parseUpstream(one) : one)));
  }

  /** The list as last read. A change of the file shows with the next question or the one after. */
  list(): readonly Upstream[] {
    if ("file" in this.#options && !this.#checking && this.#clock.now() - this.#checked >= checkPeriodMilliseconds) {
      this.#checking = true;
      // `refresh` never rejects.
      void this.refresh().then(() => {
        this.#checking = false;
      });
    }
    return this.#list;
  }

  /** Never rejects: without the file there is no one to ask. */
  async refresh(): Promise<void> {
    if (!("file" in this.#options)) return;
    const { file } = this.#options;
    this.#checked = this.#clock.now();
    try {
      const { mtimeMs } = await stat(file);
      if (mtimeMs === this.#modified) return;
      this.#set(parseResolvConf(await readFile(file, "utf8")));
      this.#modified = mtimeMs;
    } catch (error) {
      if (this.#modified !== -2) this.#logger.warn("no name servers for names outside the cluster", { file, error: String(error) });
      this.#modified = -2;
      this.#list = [];
    }
  }

  #set(servers: readonly Upstream[]): void {
    this.#list = servers.filter((server) => !this.#own.some((own) => own.port === server.port && same(own.address, server.address)));
    if (this.#list.length === 0) {
      this.#logger.warn("no name servers for names outside the cluster: questions about them fail at once");
    } else {
      this.#logger.info("names outside the cluster are asked for", {
        servers: this.#list.map(({ address, port }) => `${address}:${port}`),
      });
    }
  }
}

/** An address of all interfaces is every address of this machine, of which loopback is the one that resolv.conf names. */
function same(own: string, server: string): boolean {
  if (own === "0.0.0.0" || own === "::") return server.startsWith("127.") || server === "::1";
  return canonicalAddress(own) === canonicalAddress(server);
}
