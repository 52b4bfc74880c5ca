import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createWebSocketStream } from "ws";
import { type Clock, every } from "../../machinery/clock.ts";
import type { SpdyConnection } from "../streaming/spdy-connection.ts";
import type { SpdyStream } from "../streaming/spdy-stream.ts";
import type { StreamingDeps } from "./remote-command.ts";
import { RequestRefusal } from "./request-refusal.ts";
import { acceptSpdy, acceptWebSocket, isWebSocket, negotiateProtocol, serveSpdy, spdyProtocol, type UpgradeRequest } from "./upgrade.ts";
import { WebSocketChannels } from "./web-socket-channels.ts";

const spdyName = "portforward.k8s.io";
/** SPDY as the messages of a WebSocket. */
const tunnelName = "SPDY/3.1+portforward.k8s.io";
const channelNames = ["v4.channel.k8s.io", "v4.base64.channel.k8s.io"];
const pingMilliseconds = 30_000;

/** Connects to a port of the pod; its errors say why it couldn't. */
type Connect = (port: number, signal: AbortSignal) => Promise<Duplex>;

/** `/portForward/{namespace}/{pod}`. Rejects with `RequestRefusal` before anything was answered. */
export async function servePortForward(
  { lookup, runtime, clock }: StreamingDeps,
  [namespace = "", podName = ""]: readonly string[],
  upgrade: UpgradeRequest,
): Promise<void> {
  const sandbox = await lookup.sandbox(lookup.pod(namespace, podName));
  const connect: Connect = async (port, signal) => {
    try {
      return await runtime.portForward(sandbox, port, signal);
    } catch (error) {
      throw new Error(`error forwarding port ${port} to pod ${sandbox}, uid : ${(error as Error).message}`, { cause: error });
    }
  };
  if (!isWebSocket(upgrade)) {
    const protocol = spdyProtocol(upgrade, [spdyName]);
    await forwardOverSpdy((onStream) => acceptSpdy(upgrade, protocol, onStream, clock), connect, clock);
    return;
  }
  const header = upgrade.request.headers["sec-websocket-protocol"];
  const protocol = negotiateProtocol(header, "Sec-WebSocket-Protocol", [tunnelName, ...channelNames]);
  if (protocol !== tunnelName) {
    await forwardOverChannels(upgrade, protocol, connect, clock);
    return;
  }
  const webSocket = await acceptWebSocket(upgrade, protocol);
  const tunnel = createWebSocketStream(webSocket);
  await forwardOverSpdy((onStream) => serveSpdy(tunnel, Buffer.alloc(0), onStream, clock), connect, clock);
}

/** Each connection of the client is a pair of streams, for data and for what went wrong, that carry the same request id. */
async function forwardOverSpdy(
  serve: (onStream: (stream: SpdyStream) => void) => SpdyConnection,
  connect: Connect,
  clock: Clock,
): Promise<void> {
  const gone = new AbortController();
  const halves = new Map<string, SpdyStream>();
  const connection = serve((stream) => {
    // Errors of streams end their connections, by `pipeline`, and with the whole connection all of them.
    stream.on("error", () => {});
    const { streamtype: type = "", port = "", requestid: requestId = "" } = stream.headers;
    if (!isPort(port) || (type !== "data" && type !== "error")) {
      stream.destroy();
      return;
    }
    if (type === "error") stream.resume();
    const other = halves.get(requestId);
    if (!other || other.headers.streamtype === type) {
      halves.set(requestId, stream);
      return;
    }
    halves.delete(requestId);
    const [data, error] = type === "data" ? [stream, other] : [other, stream];
    forward(data, error, Number(data.headers.port), connect, gone.signal).catch(() => {
      // Told to the client on the error stream.
    });
  });
  every(clock, pingMilliseconds, gone.signal, () => {
    connection.ping().catch(() => {
      // The connection is gone.
    });
  });
  await connection.closed;
  gone.abort();
}

/** One forwarded connection, each direction to its end. */
async function forward(data: SpdyStream, error: SpdyStream, port: number, connect: Connect, signal: AbortSignal): Promise<void> {
  try {
    const target = await connect(port, signal);
    if (signal.aborted) {
      target.destroy();
      return;
    }
    const dropped = () => target.destroy();
    signal.addEventListener("abort", dropped, { once: true });
    await Promise.all([pipeline(data, target, { end: true }), pipeline(target, data, { end: true })]).finally(() =>
      signal.removeEventListener("abort", dropped),
    );
  } catch (failure) {
    if (!error.destroyed) error.write((failure as Error).message);
    data.resume();
    data.end();
  } finally {
    error.end();
  }
}

/** WebSocket without SPDY: the ports stand in the query, each once, with a channel for its data and one for its errors. */
async function forwardOverChannels(upgrade: UpgradeRequest, protocol: string, connect: Connect, clock: Clock): Promise<void> {
  const ports = upgrade.query.getAll("port").flatMap((list) => list.split(","));
  if (ports.length === 0) throw new RequestRefusal(400, 'query parameter "port" is required');
  for (const port of ports) if (!isPort(port)) throw new RequestRefusal(400, `port ${JSON.stringify(port)} must be 1-65535`);
  if (ports.length > 100) throw new RequestRefusal(400, "at most 100 ports can be forwarded over one connection");
  const connection = new WebSocketChannels(await acceptWebSocket(upgrade, protocol), protocol, clock);
  const gone = new AbortController();
  connection.closed.then(
    () => gone.abort(),
    () => gone.abort(),
  );
  const inputs = ports.map((_, index) => connection.readable(index * 2));
  // Each channel begins with the number of its port.
  for (const [index, port] of ports.entries()) {
    const number = Buffer.alloc(2);
    number.writeUInt16LE(Number(port));
    connection.send(index * 2, number);
    connection.send(index * 2 + 1, number);
  }
  await Promise.all(
    ports.map(async (port, index) => {
      try {
        const target = await connect(Number(port), gone.signal);
        gone.signal.addEventListener("abort", () => target.destroy(), { once: true });
        const input = inputs[index] as (typeof inputs)[number];
        // Only the client's going ends the input: the forwarded side decides when it is over.
        await Promise.race([pipeline(input, target), pipeline(target, connection.writable(index * 2))]);
      } catch (error) {
        connection.send(index * 2 + 1, Buffer.from((error as Error).message));
        inputs[index]?.resume();
      }
    }),
  );
  connection.close();
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}
