import type { Component, ComponentDeps } from "../client/client.ts";
import type { InformerFactory } from "../client/informer.ts";
import { ClusterRecords } from "./cluster-records.ts";
import { Forwarder } from "./forwarder.ts";
import { DnsSockets, type ListenAddress } from "./sockets.ts";
import { type UpstreamOptions, Upstreams } from "./upstreams.ts";
import {
  type Answer,
  adaptResponse,
  addressRecords,
  idOf,
  isResponse,
  isTruncated,
  parseQuery,
  type Query,
  rcodeOf,
  rcodes,
  writeAnswer,
  writeError,
} from "./wire.ts";

export interface DnsOptions {
  /** `cluster.local` when absent. */
  clusterDomain?: string;
  listen: readonly ListenAddress[];
  /** `/etc/resolv.conf` when absent. */
  upstreams?: UpstreamOptions;
  /** Further addresses that lead here, such as the cluster address of the DNS service: never asked as upstream. */
  ownAddresses?: readonly string[];
  /** Of the cluster's own records. 5, as CoreDNS, when absent. */
  ttlSeconds?: number;
}

/** A running DNS server. */
export interface DnsComponent extends Component {
  /** Where it listens, with the ports that the system chose. */
  readonly addresses: readonly ListenAddress[];
  /** Resolves when it knows the cluster's names. Until then questions about them fail, and clients ask again. */
  whenReady(): Promise<void>;
}

/** The cluster's DNS server: services, endpoints and pods from informers' caches, everything else from upstream servers. */
export async function startDns(deps: ComponentDeps & { informers: InformerFactory }, options: DnsOptions): Promise<DnsComponent> {
  const domain = (options.clusterDomain ?? "cluster.local").toLowerCase().replace(/^\.+|\.+$/g, "");
  const own = options.listen.map(({ host, port }) => ({ address: host, port }));
  for (const address of options.ownAddresses ?? []) own.push({ address, port: 53 });
  const upstreams = new Upstreams(options.upstreams ?? { file: "/etc/resolv.conf" }, own, deps.clock, deps.logger);
  await upstreams.refresh();
  const records = new ClusterRecords(deps.informers, deps.clock, {
    domain,
    ttlSeconds: options.ttlSeconds ?? 5,
    addresses: options.listen.map(({ host }) => host),
  });
  const forwarder = new Forwarder({ clock: deps.clock, random: deps.random, upstreams });
  const responder = new Responder(deps, records, forwarder);
  const opened: DnsSockets[] = [];
  const addresses: ListenAddress[] = [];
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      records.close();
      forwarder.close();
      await Promise.all(opened.map((sockets) => sockets.close()));
    })();
    return stopped;
  };
  try {
    for (const address of options.listen) {
      const socketDeps = {
        clock: deps.clock,
        logger: deps.logger,
        handle: (message: Buffer, transport: "udp" | "tcp") => responder.handle(message, transport),
      };
      const { sockets, port } = await DnsSockets.listen(socketDeps, address);
      opened.push(sockets);
      addresses.push({ host: address.host, port });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const onAbort = () => {
    stop().catch((error: unknown) => deps.logger.error("the DNS server could not be stopped", { error: String(error) }));
  };
  if (deps.signal.aborted) onAbort();
  else deps.signal.addEventListener("abort", onAbort, { once: true });
  return {
    addresses,
    whenReady: () => records.whenSynced(),
    async stop() {
      deps.signal.removeEventListener("abort", onAbort);
      await stop();
    },
  };
}

/** Clients without EDNS take 512 bytes; others what they say, up to what passes every network in one piece. */
const smallestUdp = 512;
const largestUdp = 4096;
const longestMessage = 65_535;

const classIn = 1;
const badVersion = 16;

class Responder {
  readonly #records: ClusterRecords;
  readonly #forwarder: Forwarder;
  readonly #deps: ComponentDeps;

  constructor(deps: ComponentDeps, records: ClusterRecords, forwarder: Forwarder) {
    this.#deps = deps;
    this.#records = records;
    this.#forwarder = forwarder;
  }

  handle(message: Buffer, transport: "udp" | "tcp"): Buffer | undefined | Promise<Buffer | undefined> {
    const id = idOf(message);
    // An answer to an answer would go round for ever.
    if (id === undefined || isResponse(message)) return undefined;
    const opcode = (message.readUInt16BE(2) >> 11) & 15;
    if (opcode !== 0) return writeError(undefined, id, rcodes.notImplemented);
    const query = parseQuery(message);
    if (!query) return writeError(undefined, id, rcodes.formatError);
    if (query.edns && query.edns.version !== 0) return writeError(query, id, badVersion);
    if (query.class !== classIn) return writeError(query, id, rcodes.refused);
    const limit = transport === "tcp" ? longestMessage : Math.min(largestUdp, Math.max(smallestUdp, query.edns?.udpPayloadSize ?? 0));
    if (!this.#records.synced && (this.#records.owns(query.name.toLowerCase()) || query.name.toLowerCase().endsWith(".arpa"))) {
      return writeError(query, id, rcodes.serverFailure);
    }
    const found = this.#records.resolve(query.name, query.type);
    if (found.kind === "answer") return writeAnswer(query, this.#balance(found.answer), limit);
    if (found.kind === "alias") return this.#chase(query, found.records, found.target, limit, transport);
    return this.#forward(query, limit, transport);
  }

  async #forward(query: Query, limit: number, transport: "udp" | "tcp"): Promise<Buffer> {
    const response = await this.#ask(query, query.name, transport);
    if (response === "refused") return writeError(query, query.id, rcodes.refused);
    if (response === "failed") return writeError(query, query.id, rcodes.serverFailure);
    return adaptResponse(response, query, limit);
  }

  /** The addresses behind an alias to the world, with the alias. */
  async #chase(query: Query, aliases: Answer["answers"], target: string, limit: number, transport: "udp" | "tcp"): Promise<Buffer> {
    const response = await this.#ask(query, target, transport);
    if (typeof response === "string") return writeError(query, query.id, rcodes.serverFailure);
    const answers = [...aliases, ...addressRecords(response)];
    const answer = { rcode: rcodeOf(response), authoritative: true, answers, authorities: [], additionals: [] };
    const cut = isTruncated(response) && transport === "udp";
    return writeAnswer(query, answer, cut ? 0 : limit);
  }

  #ask(query: Query, name: string, transport: "udp" | "tcp") {
    return this.#forwarder.ask({
      name,
      type: query.type,
      edns: query.edns,
      checkingDisabled: (query.flags & 0x0010) !== 0,
      tcp: transport === "tcp",
    });
  }

  /** Clients take the first address: it must not be the same for all. Aliases stay in front. */
  #balance(answer: Answer): Answer {
    const { answers } = answer;
    const first = answers.findIndex((record) => record.type === "A" || record.type === "AAAA");
    const count = answers.length - first;
    if (first < 0 || count < 2) return answer;
    const turn = Math.floor(this.#deps.random.next() * count);
    if (turn === 0) return answer;
    const addresses = answers.slice(first);
    return { ...answer, answers: [...answers.slice(0, first), ...addresses.slice(turn), ...addresses.slice(0, turn)] };
  }
}
