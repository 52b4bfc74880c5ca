import type http from "node:http";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Pod } from "../api/core/v1.ts";
import { configmaps, deployments, leases, nodes, pods } from "../api/refs.ts";
import { VirtualClock } from "../machinery/clock.ts";
import { seededRandom } from "../machinery/random.ts";
import type { WatchEvent } from "./client.ts";
import { createHttpClient, type HttpClient, type HttpClientOptions } from "./http-client.ts";
import type { ServerConnection } from "./kubeconfig.ts";
import { type Handler, makeCertificate, startTestServer, type TestCertificate, type TestServer } from "./testing/test-server.ts";

let certificate: TestCertificate;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  certificate = await makeCertificate();
});

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Protocol = "h2" | "https" | "http";

interface Setup {
  server: TestServer;
  client: HttpClient;
  clock: VirtualClock;
  seen: string[];
}

async function setup(
  protocol: Protocol,
  handler: Handler,
  connection: Partial<ServerConnection> = {},
  options: Partial<HttpClientOptions> = {},
): Promise<Setup> {
  const seen: string[] = [];
  const server = await startTestServer(
    protocol,
    (request, response, body) => {
      seen.push(`${request.method} ${request.url}${body ? ` ${body}` : ""}`);
      handler(request, response, body);
    },
    certificate,
  );
  const clock = new VirtualClock();
  const client = createHttpClient(
    {
      server: `${protocol === "http" ? "http" : "https"}://127.0.0.1:${server.port}`,
      certificateAuthority: certificate.cert,
      ...connection,
    },
    { clock, random: seededRandom(1), userAgent: "kybern-test/1", ...options },
  );
  closing.push(
    () => server.close(),
    () => client.close(),
  );
  return { server, client, clock, seen };
}

function answer(response: http.ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

const pod = (name: string, resourceVersion = "1"): Pod => ({
  metadata: { namespace: "default", name, resourceVersion },
  spec: { containers: [] },
});

/** Lets real sockets move, under a clock that stands still, until a condition holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe.each<Protocol>(["h2", "https", "http"])("over %s", (protocol) => {
  it("reads and writes", async () => {
    const { client, seen } = await setup(protocol, (request, response, body) => {
      if (request.method === "GET" && request.url?.includes("labelSelector"))
        answer(response, { metadata: { resourceVersion: "9" }, items: [pod("a")] });
      else answer(response, body && request.method !== "DELETE" && request.method !== "PATCH" ? body : pod("a"));
    });
    expect(await client.get(pods, "a", { namespace: "default" })).toEqual(pod("a"));
    const list = await client.list(pods, { labelSelector: "app in (a,b)", limit: 5 });
    expect(list).toEqual({ metadata: { resourceVersion: "9" }, items: [pod("a")] });
    const created = await client.create(pods, pod("a"), { dryRun: true, fieldManager: "me" });
    expect(created).toEqual({ ...pod("a"), apiVersion: "v1", kind: "Pod" });
    await client.update(deployments, { metadata: { namespace: "x", name: "web" } } as never, { subresource: "status" });
    await client.patch(nodes, "n1", { type: "application/merge-patch+json", body: { a: 1 } });
    await client.delete(pods, "a", { namespace: "default", gracePeriodSeconds: 0, preconditions: { uid: "u" } });
    await client.deleteCollection(configmaps, { namespace: "default", labelSelector: "a=b", propagationPolicy: "Background" });
    await client.post(pods, "a", "binding", { metadata: { namespace: "default", name: "a" } });
    expect(seen).toEqual([
      "GET /api/v1/namespaces/default/pods/a",
      "GET /api/v1/pods?labelSelector=app%20in%20(a%2Cb)&limit=5",
      `POST /api/v1/namespaces/default/pods?dryRun=All&fieldManager=me ${JSON.stringify({ ...pod("a"), apiVersion: "v1", kind: "Pod" })}`,
      'PUT /apis/apps/v1/namespaces/x/deployments/web/status {"metadata":{"namespace":"x","name":"web"},"apiVersion":"apps/v1","kind":"Deployment"}',
      'PATCH /api/v1/nodes/n1 {"a":1}',
      'DELETE /api/v1/namespaces/default/pods/a {"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"preconditions":{"uid":"u"}}',
      'DELETE /api/v1/namespaces/default/configmaps?labelSelector=a%3Db {"kind":"DeleteOptions","apiVersion":"v1","propagationPolicy":"Background"}',
      'POST /api/v1/namespaces/default/pods/a/binding {"metadata":{"namespace":"default","name":"a"}}',
    ]);
  });

  it("sends who it is", async () => {
    let tokens = 0;
    const got: http.IncomingHttpHeaders[] = [];
    const { client } = await setup(
      protocol,
      (request, response) => {
        got.push(request.headers);
        answer(response, pod("a"));
      },
      { token: async () => `t${++tokens}` },
    );
    await client.get(nodes, "n");
    await client.patch(nodes, "n", { type: "application/strategic-merge-patch+json", body: {} });
    expect(got).toMatchObject([
      { authorization: "Bearer t1", "user-agent": "kybern-test/1", accept: "application/json" },
      { authorization: "Bearer t2", "content-type": "application/strategic-merge-patch+json" },
    ]);
  });

  it("throws the server's Status, and one of its own for other answers", async () => {
    const { client } = await setup(protocol, (request, response) => {
      if (request.url?.endsWith("/a"))
        answer(response, { kind: "Status", message: 'pods "a" not found', reason: "NotFound", code: 404 }, 404);
      else answer(response, "upstream is on fire", 502);
    });
    await expect(client.get(pods, "a", { namespace: "default" })).rejects.toMatchObject({
      reason: "NotFound",
      message: 'pods "a" not found',
    });
    await expect(client.get(leases, "b", { namespace: "default" })).rejects.toMatchObject({
      code: 502,
      reason: "InternalError",
      message:
        'an error on the server ("upstream is on fire") has prevented the request from succeeding (get leases.coordination.k8s.io b)',
    });
  });

  it("waits as long as Retry-After says", async () => {
    let busy = 2;
    const { client, clock, seen } = await setup(protocol, (_request, response) => {
      if (busy-- > 0) answer(response, "", 429, { "retry-after": "3" });
      else answer(response, pod("a"));
    });
    const got = client.create(pods, pod("a"));
    await until(() => clock.nextTimer() === clock.now() + 3000);
    await clock.advance(3000);
    await until(() => clock.nextTimer() === clock.now() + 3000);
    expect(seen).toHaveLength(2);
    await clock.advance(3000);
    expect(await got).toEqual(pod("a"));
    expect(seen).toHaveLength(3);
  });

  it("gives up a call after its time, and at the caller's wish", async () => {
    const { client, clock, seen } = await setup(protocol, () => undefined, {}, { requestTimeoutSeconds: 5 });
    const stop = new AbortController();
    const late = client.get(nodes, "n");
    const unwanted = client.get(nodes, "m", { signal: stop.signal });
    const outcomes = [expect(late).rejects.toMatchObject({ code: 504, reason: "Timeout" }), expect(unwanted).rejects.toThrow("enough")];
    await until(() => seen.length === 2);
    stop.abort(new Error("enough"));
    await clock.advance(5000);
    await Promise.all(outcomes);
  });

  it("watches: events as they come, however they are cut, until the server ends it", async () => {
    const events = [
      { type: "ADDED", object: pod("ä", "5") },
      { type: "BOOKMARK", object: { metadata: { resourceVersion: "9" } } },
    ];
    const { client, seen } = await setup(protocol, (_request, response) => {
      response.writeHead(200);
      const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
      for (let i = 0; i < bytes.length; i += 7) response.write(bytes.subarray(i, i + 7));
      response.end();
    });
    const got: WatchEvent<Pod>[] = [];
    for await (const event of client.watch(pods, { resourceVersion: "4", allowWatchBookmarks: true, timeoutSeconds: 300 })) got.push(event);
    expect(got).toEqual(events);
    expect(seen).toEqual(["GET /api/v1/pods?watch=true&resourceVersion=4&allowWatchBookmarks=true&timeoutSeconds=300"]);
  });

  it("throws an ERROR event and a refusal of a watch", async () => {
    const expired = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version: 1 (9)" };
    const { client } = await setup(protocol, (request, response) => {
      if (request.url?.includes("pods")) answer(response, `${JSON.stringify({ type: "ERROR", object: expired })}\n`);
      else answer(response, "", 403);
    });
    const next = (ref: typeof pods | typeof nodes) =>
      client
        .watch(ref as typeof pods, {})
        [Symbol.asyncIterator]()
        .next();
    await expect(next(pods)).rejects.toMatchObject({ code: 410, reason: "Expired", message: expired.message });
    await expect(next(nodes)).rejects.toThrow("the server refused this request (get nodes)");
  });

  it("fails a watch at once when the server goes away, and connects anew", async () => {
    const { client, server, seen } = await setup(protocol, (request, response) => {
      if (!request.url?.includes("watch")) return answer(response, pod("a"));
      response.writeHead(200);
      response.write(`${JSON.stringify({ type: "ADDED", object: pod("a") })}\n`);
    });
    const watch = client.watch(pods, {})[Symbol.asyncIterator]();
    expect((await watch.next()).value).toMatchObject({ type: "ADDED" });
    const next = expect(watch.next()).rejects.toMatchObject({ code: 503, reason: "ServiceUnavailable" });
    for (const socket of server.sockets) socket.destroy();
    await next;
    expect(await client.get(nodes, "n")).toEqual(pod("a"));
    expect(seen).toHaveLength(2);
  });

  it("takes a silent watch for dead, one with bookmarks for alive", async () => {
    let bookmark = () => {};
    const { client, clock } = await setup(
      protocol,
      (_request, response) => {
        response.writeHead(200);
        bookmark = () => response.write('{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7"}}}\n');
        bookmark();
      },
      {},
      { watchSilenceSeconds: 20 },
    );
    const watch = client.watch(pods, { allowWatchBookmarks: true })[Symbol.asyncIterator]();
    await watch.next();
    await clock.advance(15_000);
    bookmark();
    await watch.next();
    await clock.advance(10_000);
    const next = expect(watch.next()).rejects.toThrow(
      /^Get "http.*watch=true&allowWatchBookmarks=true": no event and no bookmark for 20 s$/,
    );
    await clock.advance(10_000);
    await next;
  });

  it("ends a watch at the caller's wish, and gives the stream back", async () => {
    let closed = 0;
    const { client } = await setup(protocol, (_request, response) => {
      response.on("close", () => closed++);
      response.writeHead(200);
      response.write(`${JSON.stringify({ type: "ADDED", object: pod("a") })}\n`);
    });
    const stop = new AbortController();
    const watch = client.watch(pods, { signal: stop.signal })[Symbol.asyncIterator]();
    await watch.next();
    const next = watch.next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    for await (const _event of client.watch(pods, {})) break;
    await until(() => closed === 2);
  });
});

describe("connections", () => {
  it("carry all requests and watches of h2 on one", async () => {
    const { client, server } = await setup("h2", (request, response) => {
      if (!request.url?.includes("watch")) return answer(response, pod("a"));
      response.writeHead(200);
      response.write('{"type":"BOOKMARK","object":{"metadata":{}}}\n');
    });
    const watches = Array.from({ length: 20 }, () => client.watch(pods, {})[Symbol.asyncIterator]());
    await Promise.all([...watches.map((watch) => watch.next()), ...Array.from({ length: 20 }, () => client.get(nodes, "n"))]);
    expect(server.connections).toBe(1);
  });

  it("are kept alive in HTTP/1.1", async () => {
    const { client, server } = await setup("https", (_request, response) => answer(response, pod("a")));
    await client.get(nodes, "n");
    await client.get(nodes, "n");
    // One to find out what the server speaks, one to speak it.
    expect(server.connections).toBe(2);
  });

  it("are left at GOAWAY: open watches end, new requests take a new one", async () => {
    const { client, server } = await setup("h2", (request, response) => {
      if (!request.url?.includes("watch")) return answer(response, pod("a"));
      response.writeHead(200);
      response.write('{"type":"BOOKMARK","object":{"metadata":{}}}\n');
    });
    const watch = client.watch(pods, {})[Symbol.asyncIterator]();
    await watch.next();
    const [session] = server.sessions;
    session?.goaway(0, 2 ** 31 - 1);
    while (server.connections === 1) await client.get(nodes, "n");
    const next = expect(watch.next()).rejects.toMatchObject({ code: 503 });
    session?.destroy();
    await next;
  });

  it("are given up when the peer no longer answers", async () => {
    const { client, clock, server } = await setup("h2", (_request, response) => {
      response.writeHead(200);
      response.write('{"type":"BOOKMARK","object":{"metadata":{}}}\n');
    });
    const watch = client.watch(pods, {})[Symbol.asyncIterator]();
    await watch.next();
    const next = expect(watch.next()).rejects.toThrow("http2: client connection lost");
    for (const socket of server.sockets) socket.pause();
    await clock.advance(45_000);
    await next;
  });

  it("are tried again for reads while the server is away, not for writes", async () => {
    const { client, clock, server } = await setup("http", () => undefined);
    await server.close();
    await expect(client.create(pods, pod("a"))).rejects.toMatchObject({
      code: 503,
      message: `Post "http://127.0.0.1:${server.port}/api/v1/namespaces/default/pods": connect ECONNREFUSED 127.0.0.1:${server.port}`,
    });
    const got = client.get(nodes, "n");
    await until(() => (clock.nextTimer() ?? Infinity) <= clock.now() + 200);
    const again = await startTestServer("http", (_request, response) => answer(response, pod("n")), undefined, server.port);
    closing.push(() => again.close());
    await clock.advance(200);
    expect(await got).toEqual(pod("n"));
  });

  it("check the server's certificate and show the client's", async () => {
    const handler: Handler = (_request, response) => answer(response, pod("a"));
    const { server } = await setup("h2", handler);
    const to = (connection: Partial<ServerConnection>) => {
      const client = createHttpClient(
        { server: `https://127.0.0.1:${server.port}`, ...connection },
        { clock: new VirtualClock(), random: seededRandom(1) },
      );
      closing.push(() => client.close());
      return client.get(nodes, "n");
    };
    await expect(to({})).rejects.toThrow(/self-signed certificate/);
    expect(await to({ insecureSkipTlsVerify: true })).toEqual(pod("a"));
    expect(await to({ certificateAuthority: certificate.cert, tlsServerName: "api.test" })).toEqual(pod("a"));
    await expect(to({ certificateAuthority: certificate.cert, tlsServerName: "other.test" })).rejects.toThrow(/other\.test/);
  });

  it("end with the client", async () => {
    const { client } = await setup("h2", (_request, response) => {
      response.writeHead(200);
      response.write('{"type":"BOOKMARK","object":{"metadata":{}}}\n');
    });
    const watch = client.watch(pods, {})[Symbol.asyncIterator]();
    await watch.next();
    const next = expect(watch.next()).rejects.toMatchObject({ code: 503 });
    client.close();
    await next;
    await expect(client.get(nodes, "n")).rejects.toThrow("the client is closed");
  });
});

describe("a raw request", () => {
  it("goes to any path below the server's", async () => {
    const { client, seen } = await setup("http", (_request, response) => answer(response, "ok", 418));
    const response = await client.request("GET", "/healthz?verbose");
    let text = "";
    for await (const chunk of response.body) text += chunk;
    expect([response.status, text, seen]).toEqual([418, "ok", ["GET /healthz?verbose"]]);
  });
});
