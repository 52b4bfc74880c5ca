import { request } from "node:http";
import type { Duplex } from "node:stream";
import { type AttachOptions, RuntimeError, type StreamSession } from "../runtime/runtime.ts";
import { SpdyConnection } from "./spdy-connection.ts";

/** The protocol within the streams: an error stream that ends with a `Status`, and terminal sizes as JSON lines. */
const remoteCommandProtocol = "v4.channel.k8s.io";

/** `Status` as the error stream ends with, as far as it matters here. */
interface FinalStatus {
  status?: string;
  reason?: string;
  message?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}

/**
 * Opens the streams of an exec or attach at the URL that a runtime's `Exec` or `Attach` gave. SPDY rather than WebSocket: only
 * there one half of a stream can be closed, so that a command sees the end of its input.
 */
export async function openRemoteCommand(url: string, options: AttachOptions): Promise<StreamSession> {
  options.signal?.throwIfAborted();
  const { socket, head } = await upgrade(url, options.signal);
  const connection = new SpdyConnection(socket, { role: "client", head });
  try {
    const open = (streamType: string) => connection.openStream({ streamtype: streamType });
    const error = await open("error");
    const stdin = options.stdin ? await open("stdin") : undefined;
    const stdout = options.stdout ? await open("stdout") : undefined;
    const stderr = options.stderr && !options.tty ? await open("stderr") : undefined;
    const resize = options.tty ? await open("resize") : undefined;

    let canceled = false;
    const close = () => {
      canceled = true;
      connection.destroy();
    };
    const onAbort = () => close();
    options.signal?.addEventListener("abort", onAbort, { once: true });

    // Streams that only go one way: our half of those we read is of no use.
    for (const stream of [error, stdout, stderr]) stream?.end();
    for (const stream of [stdin, resize]) stream?.resume();

    const done = (async () => {
      try {
        const chunks: Buffer[] = [];
        try {
          for await (const chunk of error) chunks.push(chunk as Buffer);
        } catch (failure) {
          if (!canceled)
            throw new RuntimeError("Unavailable", `the connection to the container runtime broke: ${(failure as Error).message}`);
        }
        if (canceled) throw new RuntimeError("Canceled", "the session was closed");
        const code = exitCode(Buffer.concat(chunks).toString());
        // All output has been received when the runtime has ended the connection.
        await connection.closed;
        return code;
      } finally {
        options.signal?.removeEventListener("abort", onAbort);
      }
    })();
    // Whoever needs the outcome awaits it later, or never.
    done.catch(() => {});

    const session: StreamSession = {
      resize(columns, rows) {
        resize?.write(`${JSON.stringify({ Width: columns, Height: rows })}\n`);
      },
      done,
      close,
    };
    if (stdin) session.stdin = stdin;
    if (stdout) session.stdout = stdout;
    if (stderr) session.stderr = stderr;
    return session;
  } catch (error) {
    connection.destroy();
    throw new RuntimeError("Unavailable", `opening streams to the container runtime failed: ${(error as Error).message}`, { cause: error });
  }
}

function exitCode(text: string): number {
  if (text === "") throw new RuntimeError("Unavailable", "the connection to the container runtime ended without a status");
  let final: FinalStatus;
  try {
    final = JSON.parse(text) as FinalStatus;
  } catch {
    throw new RuntimeError("Unknown", text);
  }
  if (final.status === "Success") return 0;
  const code = final.details?.causes?.find((cause) => cause.reason === "ExitCode")?.message;
  if (final.reason === "NonZeroExitCode" && code !== undefined) return Number(code);
  throw new RuntimeError("Unknown", final.message ?? text);
}

function upgrade(url: string, signal: AbortSignal | undefined): Promise<{ socket: Duplex; head: Buffer }> {
  return new Promise((resolve, reject) => {
    const failed = (message: string, cause?: unknown) => reject(new RuntimeError("Unavailable", message, { cause }));
    const outgoing = request(url, {
      method: "POST",
      agent: false,
      ...(signal ? { signal } : {}),
      headers: { Connection: "Upgrade", Upgrade: "SPDY/3.1", "X-Stream-Protocol-Version": remoteCommandProtocol, "Content-Length": "0" },
    });
    outgoing.on("upgrade", (_response, socket, head) => resolve({ socket, head }));
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", (error) => failed(error.message, error));
      response.on("end", () =>
        failed(`the container runtime refused to stream: ${response.statusCode} ${Buffer.concat(chunks).toString().trim()}`),
      );
    });
    outgoing.on("error", (error) => failed(`the container runtime's stream server can't be reached: ${error.message}`, error));
    outgoing.end();
  });
}
