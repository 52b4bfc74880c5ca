import { expect, it } from "vitest";
import { utf8 } from "../bytes.ts";
import type { NodeProxy } from "../options.ts";
import { TestServer } from "../testing/test-server.ts";

/** A server whose way to nodes tells where requests would have gone, and a node at an address. */
async function serverWithNode(address: string, agentPort?: number): Promise<TestServer> {
  const answer = (text: string) => Promise.resolve({ status: 200, headers: {}, body: { form: "bytes", bytes: utf8(text) } as const });
  const nodeProxy: NodeProxy = {
    forward: (node, path, _request, isProxied) => answer(`agent of ${node}: ${path} ${isProxied}`),
    forwardTo: (to, path, _request, scheme) => answer(`${scheme}://${to}${path}`),
    upgrade: () => Promise.resolve(),
  };
  const test = await TestServer.started({}, nodeProxy);
  await test.post("/api/v1/nodes", { metadata: { name: "n" } });
  const daemonEndpoints = agentPort === undefined ? {} : { daemonEndpoints: { kubeletEndpoint: { Port: agentPort } } };
  await test.patch("/api/v1/nodes/n/status", "merge", { status: { addresses: [{ type: "InternalIP", address }], ...daemonEndpoints } });
  return test;
}

it("takes requests for other ports of a node there, and those for its agent to the agent", async () => {
  const test = await serverWithNode("10.1.2.3");
  const ask = async (name: string) => (await test.get(`/api/v1/nodes/${name}/proxy/a/b?c=d`)).text;
  expect(await ask("n")).toBe("agent of n: /a/b?c=d true");
  expect(await ask("n:10250")).toBe("agent of n: /a/b?c=d true");
  expect(await ask("http:n:10250")).toBe("agent of n: /a/b?c=d true");
  expect(await ask("https:n:")).toBe("agent of n: /a/b?c=d true");
  expect(await ask("n:9100")).toBe("http://10.1.2.3:9100/a/b?c=d");
  expect(await ask("http:n:9100")).toBe("http://10.1.2.3:9100/a/b?c=d");
  expect(await ask("https:n:9100")).toBe("https://10.1.2.3:9100/a/b?c=d");
  expect((await test.get("/api/v1/nodes/n:9100/proxy")).headers.location).toBe("/api/v1/nodes/n:9100/proxy/");
});

it("knows the agent by the port that its node tells", async () => {
  const test = await serverWithNode("10.1.2.3", 4321);
  expect((await test.get("/api/v1/nodes/n:4321/proxy/x")).text).toBe("agent of n: /x true");
  expect((await test.get("/api/v1/nodes/n:10250/proxy/x")).text).toBe("http://10.1.2.3:10250/x");
});

it("goes to no port of the server's own machine by the node's name", async () => {
  const test = await serverWithNode("127.0.0.1");
  const { status, body } = await test.get("/api/v1/nodes/n:9100/proxy/x");
  expect([status, (body as unknown as { message: string }).message]).toEqual([400, "address not allowed"]);
});
