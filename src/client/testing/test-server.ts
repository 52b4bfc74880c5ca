import { webcrypto } from "node:crypto";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** A request as both protocols give it to a test's handler. */
export type Handler = (request: http.IncomingMessage, response: http.ServerResponse, body: string) => void;

export interface TestServer {
  port: number;
  /** Raw connections, to be cut or held up. */
  sockets: Set<Socket>;
  /** HTTP/2 sessions. */
  sessions: Set<http2.ServerHttp2Session>;
  /** How many connections have been made. */
  connections: number;
  close(): Promise<void>;
}

export interface TestCertificate {
  cert: string;
  key: string;
}

export async function makeCertificate(): Promise<TestCertificate> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  x509.cryptoProvider.set(webcrypto as never);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: "01",
    name: "CN=test",
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
    signingAlgorithm: algorithm,
    keys: keys as never,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
        { type: "dns", value: "api.test" },
      ]),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey)).toString("base64");
  const key = `-----BEGIN PRIVATE KEY-----\n${pkcs8.replace(/.{64}/g, "$&\n")}\n-----END PRIVATE KEY-----\n`;
  return { cert: certificate.toString("pem"), key };
}

type Listener = (request: http.IncomingMessage, response: http.ServerResponse) => void;

function makeServer(protocol: "h2" | "https" | "http", certificate: TestCertificate | undefined, listener: Listener) {
  if (protocol === "http") return http.createServer(listener);
  if (protocol === "https") return https.createServer({ ...certificate }, listener);
  return http2.createSecureServer({ ...certificate }, listener as never);
}

/** A server on a loopback port: h2 over TLS, HTTP/1.1 over TLS, or plain. */
export async function startTestServer(
  protocol: "h2" | "https" | "http",
  handler: Handler,
  certificate?: TestCertificate,
  port = 0,
): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const sessions = new Set<http2.ServerHttp2Session>();
  const listener = (request: http.IncomingMessage, response: http.ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => handler(request, response, Buffer.concat(chunks).toString()));
    request.on("error", () => undefined);
    response.on("error", () => undefined);
  };
  const server = makeServer(protocol, certificate, listener);
  const result: TestServer = {
    port,
    sockets,
    sessions,
    connections: 0,
    close: () => {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  server.on("connection", (socket: Socket) => {
    result.connections++;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("session", (session: http2.ServerHttp2Session) => {
    sessions.add(session);
    session.on("error", () => undefined);
    session.once("close", () => sessions.delete(session));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve());
  });
  result.port = (server.address() as AddressInfo).port;
  return result;
}
