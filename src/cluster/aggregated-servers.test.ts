import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { createServer, request, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { apiservices, configmaps, services } from "../api/refs.ts";
import { TestControlPlane, until } from "./testing/test-control-plane.ts";

const path = "/apis/example.com/v1/things";
const things = { group: "example.com", version: "v1", resource: "things", kind: "Thing", namespaced: false };

/** What a request came with. */
interface Seen {
  user: string | undefined;
  certificate: string;
}

let plane: TestControlPlane;
let server: Server;
const seen: Seen[] = [];

beforeAll(async () => {
  plane = await TestControlPlane.start();
  const serving = { commonName: "aggregated", usages: ["server" as const], dnsNames: ["ext.default.svc"] };
  const { certificate: cert, key } = await plane.certificates.certificate("aggregated", serving);
  server = createServer({ cert, key, requestCert: true, rejectUnauthorized: false }, (incoming, response) => {
    const { headers, url = "" } = incoming;
    const peer = (incoming.socket as TLSSocket).getPeerCertificate();
    seen.push({ user: headers["x-remote-user"] as string | undefined, certificate: peer.raw?.toString("base64") ?? "" });
    response.writeHead(200, { "content-type": "application/json" });
    const resources = [{ name: "things", singularName: "thing", namespaced: true, kind: "Thing", verbs: ["list", "watch"] }];
    if (url === "/apis/example.com/v1") {
      response.end(JSON.stringify({ kind: "APIResourceList", apiVersion: "v1", groupVersion: "example.com/v1", resources }));
      return;
    }
    const thing = { kind: "Thing", apiVersion: "example.com/v1", metadata: { name: "a", resourceVersion: "1" } };
    if (url.includes("watch=true")) response.end(`${JSON.stringify({ type: "ADDED", object: thing })}\n`);
    else
      response.end(JSON.stringify({ kind: "ThingList", apiVersion: "example.com/v1", metadata: { resourceVersion: "1" }, items: [thing] }));
  });
  server.on("upgrade", (incoming, socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n${incoming.headers["x-remote-user"]}:`);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { client } = plane;
  await client.create(services, {
    metadata: { name: "ext", namespace: "default" },
    spec: { type: "ExternalName", externalName: "localhost" },
  });
  await client.create(apiservices, {
    metadata: { name: "v1.example.com" },
    spec: {
      group: "example.com",
      version: "v1",
      groupPriorityMinimum: 1000,
      versionPriority: 10,
      caBundle: Buffer.from(plane.controlPlane.authority.certificate).toString("base64"),
      service: { namespace: "default", name: "ext", port: (server.address() as AddressInfo).port },
    },
  });
  await until("the API is available", async () => {
    const { status } = await client.get(apiservices, "v1.example.com");
    return status?.conditions?.some(({ type, status: state }) => type === "Available" && state === "True") ?? false;
  });
});

afterAll(async () => {
  await plane.delete();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe("aggregated API servers", () => {
  it("are asked with the certificate whose authority the cluster publishes, and told who asks", async () => {
    const { data = {} } = await plane.client.get(configmaps, "extension-apiserver-authentication", { namespace: "kube-system" });
    const authority = new X509Certificate(data["requestheader-client-ca-file"] as string);
    await plane.client.list(things, { namespace: "default" });
    // The server itself asks too, for what is served.
    const { certificate } = seen.findLast(({ user }) => user === "test") as Seen;
    const shown = new X509Certificate(Buffer.from(certificate, "base64"));
    expect(shown.subject).toBe("CN=front-proxy-client");
    expect(JSON.parse(data["requestheader-allowed-names"] as string)).toEqual(["front-proxy-client"]);
    expect(shown.verify(authority.publicKey)).toBe(true);
  });

  it("answer clients in this process with objects and events", async () => {
    const { items } = await plane.client.list(things, { namespace: "default" });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(["a"]);
    const events: string[] = [];
    for await (const { type, object } of plane.client.watch(things, {
      namespace: "default",
      resourceVersion: "1",
      signal: new AbortController().signal,
    })) {
      events.push(`${type} ${object.metadata?.name}`);
    }
    expect(events).toEqual(["ADDED a"]);
  });

  it("are handed connections that are upgraded", async () => {
    const { server: url, certificateAuthority: ca, clientCertificate: cert, clientKey: key } = plane.admin;
    const outgoing = request(`${url}${path}/a/connect`, {
      ...{ ca, cert, key },
      agent: false,
      headers: { connection: "Upgrade", upgrade: "echo" },
    });
    outgoing.end();
    const [response, socket] = await once(outgoing, "upgrade");
    expect(response.statusCode).toBe(101);
    socket.write("hello");
    let text = "";
    await until("the echo", () => {
      text += socket.read()?.toString() ?? "";
      return text === "admin:hello";
    });
    socket.destroy();
  });

  it("are among what is served, and told of when they are gone", async () => {
    await until("the API is told of", () =>
      plane.controlPlane.served().some(({ group, kind }) => group === "example.com" && kind === "Thing"),
    );
    await plane.client.delete(apiservices, "v1.example.com");
    await until("the API is gone", () => plane.controlPlane.served().every(({ group }) => group !== "example.com"));
  });
});
