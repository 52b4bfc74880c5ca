import { connect as connectHttp2 } from "node:http2";
import { request as requestHttp1 } from "node:https";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { configMap } from "../testing/pods.ts";
import type { KeyPair } from "./test-certificates.ts";
import { startTestEdge, type TestEdge } from "./test-edge.ts";

const url = "/api/v1/namespaces/default/configmaps";

describe("the HTTPS edge", () => {
  let edge: TestEdge;
  let test: TestEdge["test"];
  let certificates: TestEdge["certificates"];
  let port = 0;

  beforeAll(async () => {
    edge = await startTestEdge();
    ({ test, certificates, port } = edge);
  });
  afterAll(() => edge.close());

  const http1 = (method: string, path: string, body?: string | Buffer, client: KeyPair | null = certificates.admin) =>
    new Promise<{ status: number; text: string; version: string }>((resolve, reject) => {
      const headers = body === undefined ? {} : { "content-type": "application/json" };
      const options = {
        host: "127.0.0.1",
        port,
        method,
        path,
        headers,
        ca: certificates.ca,
        cert: client?.certificate,
        key: client?.key,
        agent: false,
      };
      const request = requestHttp1(options as object, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text, version: response.httpVersion }));
      });
      request.on("error", reject);
      request.end(body);
    });

  it("speaks HTTP/1.1 with client certificates", async () => {
    expect(await http1("POST", url, JSON.stringify(configMap("one")))).toMatchObject({ status: 201, version: "1.1" });
    expect(JSON.parse((await http1("GET", `${url}/one`)).text)).toMatchObject({ kind: "ConfigMap", metadata: { name: "one" } });
    expect((await http1("GET", "/api", undefined, null)).text).toContain('User \\"system:anonymous\\" cannot get path');
    expect((await http1("GET", "/api", undefined, certificates.stranger)).status).toBe(401);
    const head = await http1("HEAD", `${url}/one`);
    // As upstream: objects have no HEAD.
    expect([head.status, head.text]).toEqual([405, ""]);
  });

  it("warns in any alphabet, with HTTP/1.1 and HTTP/2", async () => {
    const body = JSON.stringify({ ...configMap("named"), 日本: 1 });
    const path = `${url}?dryRun=All`;
    const connection = { ca: certificates.ca, cert: certificates.admin.certificate, key: certificates.admin.key };
    const headers = { "content-type": "application/json" };
    const first = await new Promise<string | string[] | undefined>((resolve, reject) => {
      const options = { host: "127.0.0.1", port, method: "POST", path, headers, agent: false, ...connection };
      const sent = requestHttp1(options, (response) => resolve(response.resume().headers.warning));
      sent.on("error", reject).end(body);
    });
    const session = connectHttp2(`https://127.0.0.1:${port}`, connection);
    const second = await new Promise<string | string[] | undefined>((resolve, reject) => {
      const stream = session.request({ ":method": "POST", ":path": path, ...headers });
      stream.on("response", (answer) => resolve(answer.warning)).on("error", reject);
      stream.resume().end(body);
    });
    session.close();
    for (const warning of [first, second])
      expect(Buffer.from(String(warning), "latin1").toString()).toBe('299 - "unknown field \\"日本\\""');
  });

  it("refuses bodies that are too large", async () => {
    const { status, text } = await http1("POST", url, Buffer.alloc(3 * 1024 * 1024 + 1, 32));
    expect(status).toBe(413);
    expect(JSON.parse(text)).toMatchObject({ reason: "RequestEntityTooLarge", message: "Request entity too large: limit is 3145728" });
  });

  it("refuses upgrades with an answer", async () => {
    const answer = await new Promise<number>((resolve, reject) => {
      const request = requestHttp1({
        host: "127.0.0.1",
        port,
        path: "/api/v1/namespaces/default/pods/none/exec?command=ls",
        headers: { connection: "Upgrade", upgrade: "SPDY/3.1" },
        ca: certificates.ca,
        cert: certificates.admin.certificate,
        key: certificates.admin.key,
        agent: false,
      });
      request.on("response", (response) => resolve(response.statusCode ?? 0));
      request.on("error", reject);
      request.end();
    });
    expect(answer).toBe(404);
  });

  it("speaks HTTP/2, and streams watches over it", async () => {
    const session = connectHttp2(`https://127.0.0.1:${port}`, {
      ca: certificates.ca,
      cert: certificates.admin.certificate,
      key: certificates.admin.key,
    });
    const stream = session.request({ ":path": `${url}?watch=1&labelSelector=two` });
    const frames = new Promise<string[]>((resolve) => {
      let text = "";
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        const lines = text.split("\n").filter((line) => line !== "");
        if (lines.length === 2) resolve(lines);
      });
    });
    await new Promise((resolve) => stream.on("response", resolve));
    await test.post(url, configMap("two", {}, { two: "yes" }));
    await test.delete(`${url}/two`);
    expect((await frames).map((line) => JSON.parse(line).type)).toEqual(["ADDED", "DELETED"]);
    stream.close();
    const list = session.request({ ":path": url });
    let text = "";
    for await (const chunk of list) text += chunk;
    expect(JSON.parse(text)).toMatchObject({ kind: "ConfigMapList" });
    session.close();
  });

  it("sends lists that are larger than its buffers, whole and in order", async () => {
    for (let i = 0; i < 30; i++) await test.post(url, configMap(`big${i}`, { x: String(i).repeat(25_000) }));
    const { text } = await http1("GET", url);
    const { items } = JSON.parse(text) as { items: { metadata: { name: string }; data?: Record<string, string> }[] };
    const big = items.filter(({ metadata }) => metadata.name.startsWith("big"));
    expect(big).toHaveLength(30);
    for (const { metadata, data } of big) expect(data).toEqual({ x: metadata.name.slice(3).repeat(25_000) });
    const session = connectHttp2(`https://127.0.0.1:${port}`, {
      ca: certificates.ca,
      cert: certificates.admin.certificate,
      key: certificates.admin.key,
    });
    const stream = session.request({ ":path": url });
    const chunks: Buffer[] = [];
    // A client that is slow: buffers are filled again only when they have gone out.
    for await (const chunk of stream) {
      chunks.push(chunk as Buffer);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(Buffer.concat(chunks).toString()).toBe(text);
    session.close();
  });
});
