import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebhookClient } from "../apiserver/webhook-client.ts";
import { systemClock } from "../client/system-clock.ts";
import { CertificateStore } from "./certificates.ts";
import { createNodePlatform } from "./platform.ts";

let directory: string;
let server: Server;
let authority: string;
let own: string;
let client: WebhookClient;
let port: number;
const seen: { host: string | undefined; name: string | false; certified: boolean; url: string | undefined }[] = [];
let close: () => void;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "kybern-webhook-"));
  const certificates = new CertificateStore(directory, systemClock);
  const { certificate, key } = await certificates.certificate("webhook", {
    commonName: "webhook",
    usages: ["server"],
    dnsNames: ["hooks.default.svc"],
  });
  own = certificate;
  authority = (await certificates.authority()).certificate;
  server = createServer({ cert: certificate, key, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    const { socket, headers, url } = request;
    const tls = socket as import("node:tls").TLSSocket & { servername: string | false };
    seen.push({ host: headers.host, name: tls.servername, certified: tls.getPeerCertificate().subject !== undefined, url });
    if (url?.startsWith("/slow")) return;
    if (url?.startsWith("/elsewhere")) {
      response.writeHead(307, { location: "/inner" }).end();
      return;
    }
    response.writeHead(200, { "content-type": "application/json" });
    response.end('{"answered":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
  const platform = createNodePlatform({
    tokenKey: await certificates.tokenKey(),
    authority,
    clientCertificate: () => ({ certificate, key }),
  });
  close = () => platform.close();
  client = new WebhookClient({ platform, clock: systemClock, resolve: () => `127.0.0.1:${port}` });
});

afterAll(async () => {
  close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true, force: true });
});

const post = (target: object, timeoutSeconds = 5) => client.post({ target, body: { asked: true }, timeoutSeconds, userAgent: "test" });

describe("webhooks over HTTPS", () => {
  it("are reached under the name of their service, without showing who calls", async () => {
    const service = { namespace: "default", name: "hooks", path: "/x" };
    await expect(post({ service, caBundle: btoa(authority) })).resolves.toEqual({ answered: true });
    expect(seen).toEqual([{ host: "hooks.default.svc:443", name: "hooks.default.svc", certified: false, url: "/x?timeout=5s" }]);
  });

  it("lead nowhere else", async () => {
    seen.length = 0;
    const service = { namespace: "default", name: "hooks", path: "/elsewhere" };
    await expect(post({ service, caBundle: btoa(authority) })).rejects.toThrow();
    expect(seen.map(({ url }) => url)).toEqual(["/elsewhere?timeout=5s"]);
  });

  it("are trusted by their authority and name only", async () => {
    const service = { namespace: "default", name: "hooks" };
    await expect(post({ service })).rejects.toThrow(
      'Post "https://hooks.default.svc:443/?timeout=5s": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    );
    await expect(post({ service: { ...service, name: "other" }, caBundle: btoa(authority) })).rejects.toThrow(
      /^Post "https:\/\/other\.default\.svc:443\/\?timeout=5s": tls: failed to verify certificate: x509: /,
    );
    await expect(post({ url: `https://127.0.0.1:${port}/x`, caBundle: btoa(authority) })).rejects.toThrow(
      /tls: failed to verify certificate/,
    );
  });

  it("are trusted by their own certificate, as envtest gives it out", async () => {
    const service = { namespace: "default", name: "hooks" };
    await expect(post({ service, caBundle: btoa(own) })).resolves.toEqual({ answered: true });
  });

  it("are not waited for longer than told", async () => {
    const service = { namespace: "default", name: "hooks", path: "/slow" };
    await expect(post({ service, caBundle: btoa(authority) }, 1)).rejects.toThrow(
      'Post "https://hooks.default.svc:443/slow?timeout=1s": context deadline exceeded',
    );
  });
});
