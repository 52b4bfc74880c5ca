import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KeyPair } from "./test-certificates.ts";
import { startTestEdge, type TestEdge } from "./test-edge.ts";

/** The rows of docs/security.md that are about paths, headers and connections. */
describe("requests as an attacker writes them", () => {
  let edge: TestEdge;
  let certificates: TestEdge["certificates"];
  let port = 0;

  beforeAll(async () => {
    edge = await startTestEdge();
    ({ certificates, port } = edge);
  });
  afterAll(() => edge.close());

  /** What comes back on one connection until the server ends it, which a last request asks for. */
  const raw = (text: string, client: KeyPair | undefined) =>
    new Promise<string>((resolve) => {
      const pair = client ? { cert: client.certificate, key: client.key } : {};
      const socket = connect({ host: "127.0.0.1", port, ca: certificates.ca, ALPNProtocols: ["http/1.1"], ...pair });
      let answer = "";
      socket.on("data", (chunk: Buffer) => {
        answer += chunk.toString();
      });
      socket.on("error", () => resolve(answer));
      socket.on("close", () => resolve(answer));
      socket.write(text);
    });
  const get = async (path: string, client?: KeyPair, headers = "") => {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`, client);
    return { status: Number(answer.split(" ")[1]), text: answer.slice(answer.indexOf("\r\n\r\n") + 4) };
  };

  it.each([
    ["/livez/../api/v1/secrets", 404],
    ["/livez/%2e%2e/api/v1/secrets", 404],
    ["/livez;/../../api/v1/secrets", 404],
    ["/livez\\..\\api\\v1\\secrets", 404],
    ["//api/v1/secrets", 404],
    ["/./api/v1/secrets", 404],
    ["/API/v1/secrets", 404],
    ["/api/v1//secrets", 404],
    ["/api/v1;x/secrets", 404],
    ["/api/v1/secrets;x", 404],
    ["/api/v1/secrets%00", 404],
    ["/api/v1/namespaces/default/pods/../../kube-system/secrets", 404],
    // Paths are authorised as they are answered: decoded.
    ["/api/v1/%73ecrets", 200],
    ["/api/v1/namespaces/default%2Fsecrets", 200],
  ])("the path %s leads nowhere unseen", async (path, status) => {
    expect((await get(path)).status).toBe(403);
    expect((await get(path, certificates.admin)).status).toBe(status);
  });

  it.each([
    ["two lengths", "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"],
    ["a length and chunks", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["an unknown transfer encoding", "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"],
    ["chunks that aren't last", "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"],
    ["a space before a colon", "Impersonate-User : a\r\n\r\n"],
    ["a line without carriage return", "X: a\nImpersonate-User: b\r\n\r\n"],
    ["a carriage return in a value", "X: a\rImpersonate-User: b\r\n\r\n"],
    ["a folded line", "X: a\r\n Impersonate-User: b\r\n\r\n"],
    ["a NUL", "X: a\0b\r\n\r\n"],
    ["headers without end", `${"X: a\r\n".repeat(200_000)}\r\n`],
  ])("%s ends the connection, and what follows is no request", async (_what, rest) => {
    const smuggled = "GET /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const answer = await raw(`POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\n${rest}${smuggled}`, certificates.admin);
    expect(answer).not.toContain("NamespaceList");
    expect(answer).not.toMatch(/^HTTP\/1.1 2/);
  });

  it("headers of a front proxy count for nothing without its certificate", async () => {
    const headers = "X-Remote-User: admin\r\nX-Remote-Group: system:masters\r\n";
    expect((await get("/api/v1/secrets", undefined, headers)).text).toContain('User \\"system:anonymous\\" cannot list');
  });

  it("nobody is impersonated without permission, however the header is written", async () => {
    for (const name of ["Impersonate-User", "iMPERSONATE-uSER"]) {
      const { status, text } = await get("/api/v1/secrets", undefined, `${name}: admin\r\nImpersonate-Group: system:masters\r\n`);
      expect([status, text]).toEqual([403, expect.stringContaining("cannot impersonate")]);
    }
    const twice = await get("/api/v1/secrets", certificates.admin, "Impersonate-User: a\r\nImpersonate-User: admin\r\n");
    expect(twice.text).toContain('User \\"a\\" cannot list');
    const groups = await get("/api/v1/secrets", certificates.admin, "Impersonate-Group: system:masters\r\n");
    expect([groups.status, groups.text]).toEqual([400, expect.stringContaining("without impersonating a user name")]);
  });

  it("keys of a user's extra may be called anything", async () => {
    const headers = "Impersonate-User: a\r\nImpersonate-Extra-__proto__: x\r\nImpersonate-Extra-constructor: y\r\n";
    expect((await get("/api/v1/secrets", certificates.admin, headers)).status).toBe(403);
    expect({}).not.toHaveProperty("x");
  });
});
