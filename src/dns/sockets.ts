import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Server, type Socket } from "node:net";
import type { Clock, Timer } from "../machinery/clock.ts";
import type { Logger } from "../machinery/logger.ts";

export interface ListenAddress {
  host: string;
  /** 0: the system chooses; TCP and UDP get the same one. */
  port: number;
}

/** Answers a message, or nothing at all. A plain value is sent at once: most answers need no promise. */
export type MessageHandler = (message: Buffer, transport: "udp" | "tcp") => Buffer | undefined | Promise<Buffer | undefined>;

const mostConnections = 500;
const idleMilliseconds = 10_000;
/** Questions under way on one connection; reading stops beyond. */
const mostPerConnection = 100;

export interface SocketDeps {
  clock: Clock;
  logger: Logger;
  handle: MessageHandler;
}

/** One UDP and one TCP server on one address. */
export class DnsSockets {
  readonly #deps: SocketDeps;
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();
  #closed = false;

  private constructor(deps: SocketDeps, address: ListenAddress) {
    this.#deps = deps;
    this.#udp = createSocket({ type: address.host.includes(":") ? "udp6" : "udp4", recvBufferSize: 1024 * 1024 });
    this.#udp.on("message", (message, peer) => this.#onPacket(message, peer.port, peer.address));
    this.#tcp = createServer((socket) => this.#onConnection(socket));
    this.#tcp.maxConnections = mostConnections;
  }

  static async listen(deps: SocketDeps, address: ListenAddress): Promise<{ sockets: DnsSockets; port: number }> {
    for (let attempt = 0; ; attempt++) {
      const sockets = new DnsSockets(deps, address);
      try {
        return { sockets, port: await sockets.#bind(address) };
      } catch (error) {
        await sockets.close();
        // The port that the system chose for UDP may be taken for TCP.
        if (address.port !== 0 || attempt === 10)
          throw new Error(`DNS can't listen on ${address.host} port ${address.port}: ${String(error)}`);
      }
    }
  }

  async #bind({ host, port }: ListenAddress): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#udp.once("error", reject);
      this.#udp.bind({ address: host, port }, resolve);
    });
    const bound = this.#udp.address().port;
    await new Promise<void>((resolve, reject) => {
      this.#tcp.once("error", reject);
      this.#tcp.listen(bound, host, resolve);
    });
    this.#udp.on("error", (error) => this.#deps.logger.error("the DNS server's UDP socket failed", { error: error.message }));
    this.#tcp.on("error", (error) => this.#deps.logger.error("the DNS server's TCP socket failed", { error: error.message }));
    return bound;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const connection of this.#connections) connection.destroy();
    await Promise.all([
      new Promise<void>((resolve) => this.#tcp.close(() => resolve())),
      new Promise<void>((resolve) => this.#udp.close(() => resolve())),
    ]);
  }

  #onPacket(message: Buffer, port: number, address: string): void {
    const send = (answer: Buffer | undefined) => {
      // A client that is gone is no concern of ours; the kernel tells of it all the same.
      if (answer && !this.#closed) this.#udp.send(answer, port, address, () => {});
    };
    const answer = this.#deps.handle(message, "udp");
    if (answer instanceof Promise) answer.then(send, (error: unknown) => this.#failed(error));
    else send(answer);
  }

  #onConnection(socket: Socket): void {
    this.#connections.add(socket);
    let received: Buffer = Buffer.alloc(0);
    let pending = 0;
    let idle: Timer | undefined;
    const rest = () => {
      idle?.cancel();
      idle = this.#deps.clock.setTimeout(() => socket.destroy(), idleMilliseconds);
    };
    const send = (answer: Buffer | undefined) => {
      pending--;
      if (answer && !socket.destroyed) {
        const length = Buffer.allocUnsafe(2);
        length.writeUInt16BE(answer.length, 0);
        socket.write(Buffer.concat([length, answer]));
      }
      if (pending < mostPerConnection) socket.resume();
    };
    rest();
    socket.on("data", (chunk: Buffer) => {
      rest();
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      while (received.length >= 2) {
        const end = 2 + received.readUInt16BE(0);
        if (received.length < end) break;
        const message = received.subarray(2, end);
        received = received.subarray(end);
        if (++pending >= mostPerConnection) socket.pause();
        const answer = this.#deps.handle(message, "tcp");
        if (answer instanceof Promise) {
          answer.then(send, (error: unknown) => {
            send(undefined);
            this.#failed(error);
          });
        } else send(answer);
      }
    });
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      idle?.cancel();
      this.#connections.delete(socket);
    });
  }

  #failed(error: unknown): void {
    this.#deps.logger.error("a DNS question could not be answered", { error: String(error) });
  }
}
