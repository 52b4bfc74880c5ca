import type { Readable, Writable } from "node:stream";
import { type Clock, every } from "../../machinery/clock.ts";
import type { Status } from "../../machinery/meta/v1.ts";
import type { SpdyStream } from "../streaming/spdy-stream.ts";
import { RequestRefusal } from "./request-refusal.ts";
import { acceptSpdy, acceptWebSocket, isWebSocket, negotiateProtocol, spdyProtocol, type UpgradeRequest } from "./upgrade.ts";
import { WebSocketChannels } from "./web-socket-channels.ts";

/** The client's side of an exec or attach. */
export interface RemoteStreams {
  stdin?: Readable;
  stdout?: Writable;
  stderr?: Writable;
  onResize(listener: (columns: number, rows: number) => void): void;
  /** Tells how it went, after all output, and ends the connection. */
  finish(status: Status): Promise<void>;
  /** Resolves when the client has gone. */
  closed: Promise<unknown>;
}

export interface WantedStreams {
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

const spdyProtocols = ["v4.channel.k8s.io", "v3.channel.k8s.io", "v2.channel.k8s.io", "channel.k8s.io"];
const webSocketProtocols = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "channel.k8s.io",
  "base64.channel.k8s.io",
];
/** How long a SPDY client may take to open its streams. */
const openMilliseconds = 30_000;
const pingMilliseconds = 30_000;

const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** Accepts the connection of an exec or attach. Rejects with `RequestRefusal` before anything was answered. */
export async function acceptRemoteStreams(upgrade: UpgradeRequest, wanted: WantedStreams, clock: Clock): Promise<RemoteStreams> {
  return isWebSocket(upgrade) ? await overWebSocket(upgrade, wanted, clock) : await overSpdy(upgrade, wanted, clock);
}

async function overWebSocket(upgrade: UpgradeRequest, wanted: WantedStreams, clock: Clock): Promise<RemoteStreams> {
  const header = upgrade.request.headers["sec-websocket-protocol"];
  const protocol = header === undefined ? "" : negotiateProtocol(header, "Sec-WebSocket-Protocol", webSocketProtocols);
  const connection = new WebSocketChannels(await acceptWebSocket(upgrade, protocol), protocol, clock);
  // The first size comes before there is a terminal to tell it to.
  let size: Buffer | undefined;
  let onSize = (data: Buffer) => {
    size = data;
  };
  connection.onMessage(channels.resize, (data) => onSize(data));
  const remote: RemoteStreams = {
    onResize(listener) {
      onSize = (data) => tellSize(data.toString(), listener);
      if (size) onSize(size);
    },
    async finish(status) {
      const text = statusText(status, protocol.startsWith("v"));
      if (text !== "") connection.send(channels.error, Buffer.from(text));
      connection.close();
      await connection.closed;
    },
    closed: connection.closed,
  };
  if (wanted.stdin) remote.stdin = connection.readable(channels.stdin);
  if (wanted.stdout) remote.stdout = connection.writable(channels.stdout);
  if (wanted.stderr) remote.stderr = connection.writable(channels.stderr);
  // The first message tells the client that the connection stands.
  connection.send(wanted.stdout ? channels.stdout : wanted.stderr ? channels.stderr : channels.error, Buffer.alloc(0));
  return remote;
}

async function overSpdy(upgrade: UpgradeRequest, wanted: WantedStreams, clock: Clock): Promise<RemoteStreams> {
  const protocol = spdyProtocol(upgrade, spdyProtocols);
  const resizes = wanted.tty && protocol >= "v3";
  const names = ["error", ...(["stdin", "stdout", "stderr"] as const).filter((name) => wanted[name]), ...(resizes ? ["resize"] : [])];
  const streams = new Map<string, SpdyStream>();
  let allOpen: () => void = () => {};
  const opened = new Promise<boolean>((resolve) => {
    allOpen = () => resolve(true);
    const timer = clock.setTimeout(() => resolve(false), openMilliseconds);
    upgrade.socket.once("close", () => {
      timer.cancel();
      resolve(false);
    });
  });
  const accept = (stream: SpdyStream) => {
    const name = stream.headers.streamtype ?? "";
    // What becomes of the connection is told by `closed`.
    stream.on("error", () => {});
    if (!names.includes(name) || streams.has(name)) {
      stream.destroy();
      return;
    }
    // The client's half of what is only written to: read, so that it can't hold up the others.
    if (name !== "stdin" && name !== "resize") stream.resume();
    streams.set(name, stream);
    if (streams.size === names.length) allOpen();
  };
  const connection = acceptSpdy(upgrade, protocol, accept, clock);
  if (!(await opened)) {
    connection.destroy();
    throw new Error("the client did not open its streams in time");
  }
  const gone = new AbortController();
  const closed = connection.closed.then(() => gone.abort());
  every(clock, pingMilliseconds, gone.signal, () => {
    connection.ping().catch(() => {
      // The connection is gone.
    });
  });
  const error = streams.get("error") as SpdyStream;
  const remote: RemoteStreams = {
    onResize(listener) {
      const resize = streams.get("resize");
      let text = "";
      resize?.on("data", (data: Buffer) => {
        // One JSON document after the other, with or without a line's end between them.
        text += data.toString();
        const documents = text.split(/(?<=\})/);
        text = documents.at(-1)?.endsWith("}") ? "" : (documents.pop() ?? "");
        for (const document of documents) tellSize(document, listener);
      });
    },
    async finish(status) {
      const text = statusText(status, protocol >= "v4");
      if (text !== "") error.write(text);
      const outputs = [error, streams.get("stdout"), streams.get("stderr")].filter((stream) => stream !== undefined);
      await Promise.all(outputs.map((stream) => ended(stream)));
      // Input that nobody wants any more must not keep the end from arriving.
      streams.get("stdin")?.resume();
      connection.close();
      await closed;
    },
    closed,
  };
  for (const name of ["stdin", "stdout", "stderr"] as const) {
    const stream = streams.get(name);
    if (stream) remote[name] = stream;
  }
  return remote;
}

/** Ends our half of a stream and waits until it has been sent, or can't be. */
function ended(stream: SpdyStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableFinished || stream.destroyed) {
      resolve();
      return;
    }
    stream.once("finish", () => resolve());
    stream.once("close", () => resolve());
    stream.end();
  });
}

/** The last word on the error stream: JSON from version 4 on; before, the failure's text. */
function statusText(status: Status, asJson: boolean): string {
  if (asJson) return JSON.stringify(status);
  return status.status === "Success" ? "" : (status.message ?? "");
}

function tellSize(text: string, listener: (columns: number, rows: number) => void): void {
  let size: { Width?: unknown; Height?: unknown };
  try {
    size = JSON.parse(text);
  } catch {
    return; // Nothing that says a size.
  }
  if (typeof size?.Width === "number" && typeof size.Height === "number") listener(size.Width, size.Height);
}

/** What the query of an exec or attach asks for. */
export function wantedStreams(query: URLSearchParams): WantedStreams {
  const asked = (name: string) => ["1", "true"].includes(query.get(name) ?? "");
  const tty = asked("tty");
  const wanted = { stdin: asked("input"), stdout: asked("output"), stderr: asked("error") && !tty, tty };
  if (!wanted.stdin && !wanted.stdout && !wanted.stderr) {
    throw new RequestRefusal(400, "you must specify at least 1 of stdin, stdout, stderr");
  }
  return wanted;
}
