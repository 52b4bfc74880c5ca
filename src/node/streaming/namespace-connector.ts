import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Clock, Timer } from "../../machinery/clock.ts";

export interface NamespaceConnectorOptions {
  clock: Clock;
  /** How long a helper process waits for another connection to its namespace. */
  idleMilliseconds?: number;
}

interface Attempt {
  resolve(socket: Socket): void;
  reject(error: Error): void;
}

interface Helper {
  child: ChildProcess;
  attempts: Map<number, Attempt>;
  idle: Timer | undefined;
}

interface Reply {
  id: number;
  error?: string;
}

/**
 * What runs inside the namespace: it connects, and hands the connection over. A socket stays in the namespace that it was made in,
 * so the data never pass through the helper. It must not read: what it read would be lost.
 */
const helperProgram = `
const { Socket } = require("node:net");
process.on("disconnect", () => process.exit());
process.on("message", ({ id, port }) => {
  const attempt = (hosts, errors) => {
    const [host, ...rest] = hosts;
    if (!host) return process.send({ id, error: errors.join(" ") });
    const socket = new Socket({ allowHalfOpen: true });
    socket.pause();
    const failed = (error) => attempt(rest, [...errors, (host.includes(":") ? "IPv6: " : "IPv4: ") + error.message]);
    socket.once("error", failed);
    socket.connect({ host, port }, () => {
      socket.off("error", failed);
      socket.on("error", () => {});
      process.send({ id }, socket);
    });
  };
  attempt(["127.0.0.1", "::1"], []);
});
`;

/**
 * Connects to ports on the loopback of other network namespaces, with whole TCP semantics: each half of a connection closes by
 * itself, which the port-forward of containerd 1.6 can't do. A helper process per namespace lives while it is used.
 */
export class NamespaceConnector {
  readonly #clock: Clock;
  readonly #idleMilliseconds: number;
  readonly #helpers = new Map<string, Helper>();
  #nextId = 1;

  constructor(options: NamespaceConnectorOptions) {
    this.#clock = options.clock;
    this.#idleMilliseconds = options.idleMilliseconds ?? 10_000;
  }

  /** Connects to a port on the loopback of the namespace at `path`, as `/proc/1/ns/net`. IPv4 first, then IPv6. */
  connect(path: string, port: number, signal?: AbortSignal): Promise<Socket> {
    signal?.throwIfAborted();
    const helper = this.#helpers.get(path) ?? this.#start(path);
    helper.idle?.cancel();
    helper.idle = undefined;
    const id = this.#nextId++;
    return new Promise<Socket>((resolve, reject) => {
      const onAbort = () => {
        // A connection that comes all the same is dropped.
        helper.attempts.set(id, { resolve: (socket) => socket.destroy(), reject: () => {} });
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const settled = () => signal?.removeEventListener("abort", onAbort);
      helper.attempts.set(id, {
        resolve(socket) {
          settled();
          resolve(socket);
        },
        reject(error) {
          settled();
          reject(error);
        },
      });
      helper.child.send({ id, port });
    });
  }

  /** Ends the helpers; connections stay. */
  close(): void {
    for (const [path, helper] of this.#helpers) this.#stop(path, helper);
  }

  #start(path: string): Helper {
    const { NODE_OPTIONS: _ignored, ...env } = process.env;
    const child = spawn("nsenter", [`--net=${path}`, process.execPath, "-e", helperProgram], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env,
    });
    const helper: Helper = { child, attempts: new Map(), idle: undefined };
    this.#helpers.set(path, helper);
    let stderr = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-1000);
    });
    child.on("message", (message, handle) => this.#receive(path, helper, message as Reply, handle));
    const failed = (text: string) => {
      if (this.#helpers.get(path) === helper) this.#helpers.delete(path);
      for (const { reject } of helper.attempts.values()) reject(new Error(`entering the network namespace ${path} failed: ${text}`));
      helper.attempts.clear();
    };
    child.on("error", (error) => failed(error.message));
    child.on("exit", (code) => failed(stderr.trim() || `exit code ${code}`));
    return helper;
  }

  #receive(path: string, helper: Helper, { id, error }: Reply, handle: unknown): void {
    const attempt = helper.attempts.get(id);
    helper.attempts.delete(id);
    if (handle instanceof Socket) {
      handle.allowHalfOpen = true;
      handle.setNoDelay(true);
      if (attempt) attempt.resolve(handle);
      else handle.destroy();
    } else {
      attempt?.reject(new Error(error ?? "the connection was lost"));
    }
    if (helper.attempts.size > 0) return;
    helper.idle = this.#clock.setTimeout(() => this.#stop(path, helper), this.#idleMilliseconds);
  }

  #stop(path: string, helper: Helper): void {
    helper.idle?.cancel();
    if (this.#helpers.get(path) === helper) this.#helpers.delete(path);
    if (helper.child.connected) helper.child.disconnect();
  }
}
