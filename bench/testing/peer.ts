import { setTimeout as sleep } from "node:timers/promises";
import { Http2Client } from "../http2-client.ts";
import type { Figure } from "../scenario.ts";
import type { Contender, Parts, Server } from "../servers.ts";

const namespaces = "/api/v1/namespaces";

async function onServer<T>(
  peer: Contender,
  directory: string,
  parts: Parts,
  work: (client: Http2Client, server: Server) => Promise<T>,
): Promise<T> {
  const server = await peer.start(directory, parts);
  try {
    const client = await Http2Client.connect(server.endpoint);
    try {
      return await work(client, server);
    } finally {
      client.close();
    }
  } finally {
    await server.stop();
  }
}

async function createThousand(client: Http2Client, namespace: string): Promise<void> {
  for (let index = 0; index < 1000; index++) {
    const body = JSON.stringify({ metadata: { name: `c-${index}` }, data: { key: `value ${index}` } });
    const { status } = await client.request("POST", `${namespaces}/${namespace}/configmaps`, { body });
    if (status !== 201) throw new Error(`a create was answered ${status}`);
  }
}

/** The same with kube-apiserver and etcd as envtest starts them: over HTTPS, there being no other way. */
export const peerMeasures: Readonly<Record<string, (peer: Contender, directory: string) => Promise<Figure>>> = {
  /** From the start of etcd on. */
  start: async (peer, directory) => {
    const begun = performance.now();
    return await onServer(peer, directory, "apiserver", async () => ({ value: performance.now() - begun, unit: "ms" }));
  },
  "create-1000": (peer, directory) =>
    onServer(peer, directory, "apiserver", async (client) => {
      const begun = performance.now();
      await createThousand(client, "default");
      return { value: performance.now() - begun, unit: "ms" };
    }),
  /** With kube-controller-manager: envtest has none, and there a namespace never goes. */
  "delete-namespace-1000": (peer, directory) =>
    onServer(peer, directory, "all", async (client) => {
      await client.request("POST", namespaces, { body: JSON.stringify({ metadata: { name: "full" } }) });
      await createThousand(client, "full");
      const begun = performance.now();
      await client.request("DELETE", `${namespaces}/full`);
      while (performance.now() - begun < 120_000) {
        const { status } = await client.request("GET", `${namespaces}/full`);
        if (status === 404) return { value: performance.now() - begun, unit: "ms" };
        await sleep(20);
      }
      throw new Error("the namespace did not go within two minutes");
    }),
};
