import { connect as connectHttp2 } from "node:http2";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestEdge, type TestEdge } from "./test-edge.ts";

const late =
  '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}';

describe("slow and malformed clients", () => {
  let edge: TestEdge;
  let certificates: TestEdge["certificates"];
  let port = 0;

  beforeAll(async () => {
    edge = await startTestEdge({ headersMilliseconds: 200, bodyMilliseconds: 200 });
    ({ certificates, port } = edge);
  });
  afterAll(() => edge.close());

  /** Sends what it is told over a connection of its own; resolves with what has come when the server closes it. */
  function talk(first: string, drip?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      let got = "";
      let dripping: ReturnType<typeof setInterval> | undefined;
      const { admin, ca } = certificates;
      const socket: TLSSocket = connect(
        { host: "127.0.0.1", port, ca, cert: admin.certificate, key: admin.key, ALPNProtocols: ["http/1.1"] },
        () => {
          socket.write(first);
          if (drip) dripping = setInterval(() => socket.write(drip), 20);
        },
      );
      socket.on("data", (chunk: Buffer) => {
        got += chunk.toString();
      });
      socket.on("error", (error: NodeJS.ErrnoException) => {
        if (error.code !== "ECONNRESET" && error.code !== "EPIPE") reject(error);
      });
      socket.on("close", () => {
        clearInterval(dripping);
        resolve(got);
      });
    });
  }

  it("closes a connection whose headers don't end", async () => {
    expect(await talk("GET /version HTTP/1.1\r\nHost: x\r\n", "X-A: b\r\n")).toBe("");
  });

  it("answers a body that doesn't end, and closes", async () => {
    const head =
      "POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";
    const got = await talk(head, " ");
    expect(got).toMatch(/^HTTP\/1\.1 504 /);
    expect(got).toContain(late);
  });

  it("answers a body that doesn't end over HTTP/2, and resets the stream", async () => {
    const { admin, ca } = certificates;
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca, cert: admin.certificate, key: admin.key });
    const stream = session.request({
      ":method": "POST",
      ":path": "/api/v1/namespaces/default/configmaps",
      "content-type": "application/json",
    });
    const dripping = setInterval(() => !stream.destroyed && stream.write(" "), 20);
    let got = "";
    let status: unknown;
    stream.on("response", (headers) => {
      status = headers[":status"];
    });
    stream.on("data", (chunk: Buffer) => {
      got += chunk.toString();
    });
    await new Promise<void>((resolve) => {
      stream.on("error", () => {});
      stream.on("close", () => resolve());
    });
    clearInterval(dripping);
    session.destroy();
    expect([status, got.trimEnd()]).toEqual([504, late]);
  });

  it("refuses headers that are too large, and what isn't HTTP, as upstream", async () => {
    expect(await talk(`GET /version HTTP/1.1\r\nHost: x\r\nX-A: ${"a".repeat(1024 * 1024)}\r\n\r\n`)).toContain(
      "431 Request Header Fields Too Large",
    );
    expect(await talk("nonsense\r\n\r\n")).toBe(
      "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n400 Bad Request",
    );
    const unknown = await talk("FOO /version HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(unknown).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n/);
    expect(unknown.split("\r\n\r\n")[1]?.trimEnd()).toBe(
      '{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the server does not allow this method on the requested resource","reason":"MethodNotAllowed","code":405,"details":{}}',
    );
    expect(await talk(`GET /version HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-A: ${"a".repeat(100_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 200 /,
    );
  });
});
