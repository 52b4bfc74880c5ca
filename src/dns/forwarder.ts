import { createSocket } from "node:dgram";
import { createConnection } from "node:net";
import type { Clock } from "../machinery/clock.ts";
import type { Random } from "../machinery/random.ts";
import type { Upstream, Upstreams } from "./upstreams.ts";
import { idOf, isResponse, parseQuery, type Query, rcodeOf, rcodes, timesToLive, writeQuery } from "./wire.ts";

export interface ForwarderDeps {
  clock: Clock;
  random: Random;
  upstreams: Upstreams;
}

/** What is asked of the upstream servers; also the key under which its answer is kept. */
export interface ForwardedQuestion {
  name: string;
  type: number;
  edns: Query["edns"];
  checkingDisabled: boolean;
  /** The client asked by TCP: the answer may be long. */
  tcp: boolean;
}

/** `refused`: too much is under way. `failed`: no server answered. */
export type Forwarded = Buffer | "refused" | "failed";

/** CoreDNS's usual limits: a thousand questions at a time, answers kept for at most 30 seconds. */
const mostPending = 1000;
const longestKeptSeconds = 30;
const mostKept = 4096;
const attemptMilliseconds = 2_000;
/** A server that failed is asked last for this long. */
const avoidMilliseconds = 10_000;

interface Kept {
  response: Buffer;
  offsets: readonly number[];
  keptAt: number;
  expiresAt: number;
}

/** Asks upstream servers, one question once, however many clients wait for it. */
export class Forwarder {
  readonly #deps: ForwarderDeps;
  readonly #kept = new Map<string, Kept>();
  readonly #pending = new Map<string, Promise<Forwarded>>();
  readonly #open = new Set<() => void>();
  /** Until when a server is asked last. */
  readonly #avoided = new Map<string, number>();

  constructor(deps: ForwarderDeps) {
    this.#deps = deps;
  }

  ask(question: ForwardedQuestion): Promise<Forwarded> {
    const { name, type, edns, checkingDisabled, tcp } = question;
    const key = `${name.toLowerCase()} ${type} ${edns ? (edns.dnssecOk ? "d" : "e") : ""}${checkingDisabled ? "c" : ""}${tcp ? "t" : ""}`;
    const kept = this.#recall(key);
    if (kept) return Promise.resolve(kept);
    const pending = this.#pending.get(key);
    if (pending) return pending;
    const servers = this.#servers();
    if (servers.length === 0) return Promise.resolve("failed");
    if (this.#pending.size >= mostPending) return Promise.resolve("refused");
    const asking = this.#askEach(servers, question)
      .then((response) => {
        if (typeof response !== "string") this.#keep(key, response);
        return response;
      })
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, asking);
    return asking;
  }

  /** Ends what is under way: those who wait get `failed`. */
  close(): void {
    for (const end of [...this.#open]) end();
  }

  #servers(): Upstream[] {
    const now = this.#deps.clock.now();
    const avoided = (server: Upstream) => ((this.#avoided.get(`${server.address} ${server.port}`) ?? 0) > now ? 1 : 0);
    return [...this.#deps.upstreams.list()].sort((a, b) => avoided(a) - avoided(b));
  }

  async #askEach(servers: readonly Upstream[], question: ForwardedQuestion): Promise<Forwarded> {
    let last: Buffer | undefined;
    for (const server of servers) {
      const response = await this.#askOne(server, question);
      if (response && rcodeOf(response) !== rcodes.serverFailure && rcodeOf(response) !== rcodes.refused) return response;
      if (!response) this.#avoided.set(`${server.address} ${server.port}`, this.#deps.clock.now() + avoidMilliseconds);
      last = response ?? last;
    }
    return last ?? "failed";
  }

  /** Undefined when the server doesn't answer in time. */
  #askOne(server: Upstream, question: ForwardedQuestion): Promise<Buffer | undefined> {
    const [high = 0, low = 0] = this.#deps.random.bytes(2);
    const id = (high << 8) | low;
    const message = writeQuery(id, question.name, question.type, question.edns, question.checkingDisabled);
    const wanted = question.name.toLowerCase();
    const accepts = (response: Buffer) => {
      if (idOf(response) !== id || !isResponse(response)) return false;
      const echoed = parseQuery(response);
      return echoed?.name.toLowerCase() === wanted && echoed.type === question.type;
    };
    return new Promise((resolve) => {
      const socket = question.tcp
        ? openTcp(server, message, (response) => check(response), end)
        : openUdp(server, message, (response) => check(response), end);
      const timer = this.#deps.clock.setTimeout(() => end(), attemptMilliseconds);
      const finish = (response: Buffer | undefined) => {
        if (!this.#open.delete(abort)) return;
        timer.cancel();
        socket.close();
        resolve(response);
      };
      const abort = () => finish(undefined);
      this.#open.add(abort);
      function end() {
        abort();
      }
      // Anything else on this port is somebody's guess: wait for the real one.
      function check(response: Buffer) {
        if (accepts(response)) finish(response);
      }
    });
  }

  #recall(key: string): Buffer | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    const now = this.#deps.clock.now();
    if (now >= kept.expiresAt) {
      this.#kept.delete(key);
      return undefined;
    }
    // The most recently used are the last to go.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const age = Math.floor((now - kept.keptAt) / 1000);
    if (age === 0) return kept.response;
    const copy = Buffer.from(kept.response);
    for (const offset of kept.offsets) copy.writeUInt32BE(Math.max(0, copy.readUInt32BE(offset) - age), offset);
    return copy;
  }

  #keep(key: string, response: Buffer): void {
    const rcode = rcodeOf(response);
    if (rcode !== rcodes.noError && rcode !== rcodes.nameError) return;
    const { offsets, leastSeconds } = timesToLive(response);
    const seconds = Math.min(leastSeconds ?? 0, longestKeptSeconds);
    if (seconds === 0) return;
    const now = this.#deps.clock.now();
    this.#kept.set(key, { response, offsets, keptAt: now, expiresAt: now + seconds * 1000 });
    if (this.#kept.size > mostKept) this.#kept.delete(this.#kept.keys().next().value as string);
  }
}

interface OpenSocket {
  close(): void;
}

/** A socket of its own for each question: its port is part of what a forger would have to guess. */
function openUdp(server: Upstream, message: Buffer, onResponse: (response: Buffer) => void, onEnd: () => void): OpenSocket {
  const socket = createSocket(server.address.includes(":") ? "udp6" : "udp4");
  let closed = false;
  socket.on("message", onResponse);
  socket.on("error", onEnd);
  socket.connect(server.port, server.address, (error?: Error | null) => {
    if (error) onEnd();
    else if (!closed) socket.send(message);
  });
  return {
    close() {
      closed = true;
      socket.close();
    },
  };
}

function openTcp(server: Upstream, message: Buffer, onResponse: (response: Buffer) => void, onEnd: () => void): OpenSocket {
  const socket = createConnection({ host: server.address, port: server.port });
  let received = Buffer.alloc(0);
  socket.on("connect", () => {
    const framed = Buffer.allocUnsafe(message.length + 2);
    framed.writeUInt16BE(message.length, 0);
    message.copy(framed, 2);
    socket.write(framed);
  });
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < 2) return;
    const length = received.readUInt16BE(0);
    if (received.length >= length + 2) onResponse(received.subarray(2, length + 2));
  });
  socket.on("error", onEnd);
  socket.on("close", onEnd);
  return { close: () => socket.destroy() };
}
