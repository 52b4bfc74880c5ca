import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Readable } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { openRemoteCommand } from "./remote-command.ts";
import { SpdyConnection } from "./spdy-connection.ts";
import type { SpdyStream } from "./spdy-stream.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A stream server that acts once these streams are open. */
async function streamServer(
  types: string[],
  act: (streams: Record<string, SpdyStream>, connection: SpdyConnection) => void,
): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(404).end("404 page not found\n"));
  servers.push(server);
  server.on("upgrade", (request, socket, head) => {
    expect(request.headers).toMatchObject({ upgrade: "SPDY/3.1", "x-stream-protocol-version": "v4.channel.k8s.io" });
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
    const streams: Record<string, SpdyStream> = {};
    const connection = new SpdyConnection(socket, {
      role: "server",
      head,
      onStream(stream) {
        streams[stream.headers.streamtype ?? ""] = stream;
        if (types.every((type) => streams[type])) act(streams, connection);
      },
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/exec/token`;
}

async function text(stream: Readable | undefined): Promise<string> {
  let all = "";
  for await (const chunk of stream ?? []) all += chunk;
  return all;
}

const failure = (code: string) =>
  JSON.stringify({ status: "Failure", reason: "NonZeroExitCode", details: { causes: [{ reason: "ExitCode", message: code }] } });

describe("openRemoteCommand", () => {
  it("tells the exit code after the output", async () => {
    const url = await streamServer(["error", "stdin", "stdout", "stderr"], async (streams, connection) => {
      streams.stdout?.write(`in: ${await text(streams.stdin)}`);
      streams.stderr?.write("err");
      streams.error?.end(failure("42"));
      connection.close();
    });
    const session = await openRemoteCommand(url, { tty: false, stdin: true, stdout: true, stderr: true });
    session.stdin?.end("hello");
    const [out, err, code] = await Promise.all([text(session.stdout), text(session.stderr), session.done]);
    expect({ out, err, code }).toEqual({ out: "in: hello", err: "err", code: 42 });
  });

  it("sends terminal sizes, and has no stderr with a terminal", async () => {
    const url = await streamServer(["error", "stdout", "resize"], (streams, connection) => {
      streams.resize?.once("data", (line) => {
        streams.stdout?.end(String(line));
        streams.error?.end('{"metadata":{},"status":"Success"}');
        connection.close();
      });
    });
    const session = await openRemoteCommand(url, { tty: true, stdin: false, stdout: true, stderr: true });
    expect(session.stderr).toBeUndefined();
    session.resize(80, 24);
    expect(await text(session.stdout)).toBe('{"Width":80,"Height":24}\n');
    expect(await session.done).toBe(0);
  });

  it("rejects with the runtime's message, and when the connection ends without a status", async () => {
    const refusing = await streamServer(["error"], (streams, connection) => {
      streams.error?.end(JSON.stringify({ status: "Failure", reason: "InternalError", message: "container is in CONTAINER_EXITED state" }));
      connection.close();
    });
    const refused = await openRemoteCommand(refusing, { tty: false, stdin: false, stdout: false, stderr: false });
    await expect(refused.done).rejects.toMatchObject({ code: "Unknown", message: "container is in CONTAINER_EXITED state" });
    const dying = await streamServer(["error"], (_streams, connection) => connection.destroy());
    await expect(
      openRemoteCommand(dying, { tty: false, stdin: false, stdout: false, stderr: false }).then(({ done }) => done),
    ).rejects.toMatchObject({ code: "Unavailable" });
  });

  it("says what a server answered that doesn't stream", async () => {
    const server = createServer((_request, response) => response.writeHead(404).end("404 page not found\n"));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/exec/expired`;
    await expect(openRemoteCommand(url, { tty: false, stdin: false, stdout: true, stderr: true })).rejects.toThrow(
      "the container runtime refused to stream: 404 404 page not found",
    );
  });
});
