import { X509Certificate } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { certificatesigningrequests, nodes, selfsubjectreviews } from "../api/refs.ts";
import { createHttpClient } from "../client/http-client.ts";
import type { ServerConnection } from "../client/kubeconfig.ts";
import { systemClock, systemRandom } from "../client/system-clock.ts";
import { recordingLogger } from "../client/testing/recording-logger.ts";
import type { KeyPair } from "./certificate.ts";
import { CertificateStore } from "./certificates.ts";
import { connectAsNode, keepCertificates, servingStem } from "./node-identity.ts";
import { type RunningComponent, runComponent } from "./run-component.ts";
import { TestControlPlane, until } from "./testing/test-control-plane.ts";

describe("the identity of a node that joins", () => {
  let cluster: TestControlPlane;
  let controllers: RunningComponent | undefined;
  const stopping = new AbortController();
  const { signal } = stopping;
  const told: string[] = [];
  const deps = {
    clock: systemClock,
    random: systemRandom,
    logger: recordingLogger(),
    signal,
    tell: (text: string) => told.push(text),
  };
  const storeOf = (name: string) => new CertificateStore(join(cluster.directory, name), systemClock);
  const join1 = (connection = cluster.admin) => connectAsNode(deps, { connection, nodeName: "n1", certificates: storeOf("n1"), signal });
  const requests = async () => (await cluster.client.list(certificatesigningrequests)).items;
  const userOf = async (connection: ServerConnection) => {
    const client = createHttpClient(connection, deps);
    try {
      return (await client.create(selfsubjectreviews, { metadata: {} })).status?.userInfo;
    } finally {
      client.close();
    }
  };

  beforeAll(async () => {
    cluster = await TestControlPlane.start();
    await cluster.certificates.authority("kubelet-serving-ca");
    await cluster.client.create(nodes, { metadata: { name: "n1" } });
  });
  afterAll(async () => {
    stopping.abort();
    await controllers?.stop();
    await cluster?.delete();
  });

  it("is refused with the reason when a person denies it", async () => {
    const joining = join1().catch((error: Error) => `${error.name}: ${error.message}`);
    await until("it has asked", async () => (await requests()).length === 1);
    const [request] = await requests();
    const name = request?.metadata.name as string;
    await cluster.client.patch(
      certificatesigningrequests,
      name,
      {
        type: "application/merge-patch+json",
        body: { status: { conditions: [{ type: "Denied", status: "True", reason: "Unknown", message: "who is that?" }] } },
      },
      { subresource: "approval" },
    );
    expect(await joining).toBe(`UsageError: the certificate request ${name} of this node was refused: who is that?`);
    await cluster.client.delete(certificatesigningrequests, name);
  });

  it("is requested with an administrator's kubeconfig, once", async () => {
    controllers = await runComponent(deps, {
      component: "controllers",
      connection: cluster.admin,
      dataDirectory: join(cluster.directory, "controllers"),
      nodeName: "",
      port: 10250,
      pkiDirectory: join(cluster.directory, "pki"),
    });
    const connection = await join1();
    expect(connection.server).toBe(cluster.admin.server);
    expect(await userOf(connection)).toMatchObject({ username: "system:node:n1", groups: ["system:nodes", "system:authenticated"] });
    expect(await join1()).toEqual(connection);
    expect(await requests()).toHaveLength(1);
    // The node's own kubeconfig is used as it is, for no other node.
    const elsewhere = { connection, nodeName: "n1", certificates: storeOf("elsewhere"), signal };
    expect(await connectAsNode(deps, elsewhere)).toBe(connection);
    await expect(connectAsNode(deps, { connection, nodeName: "n2", certificates: storeOf("n2"), signal })).rejects.toThrow(
      "the kubeconfig is that of system:node:n1: name the node so with --node-name",
    );
  });

  it("shows the API server a certificate of the authority for node agents, as soon as the node has told its addresses", async () => {
    const pairs: KeyPair[] = [];
    const certificate = {
      commonName: "system:node:n1",
      organizations: ["system:nodes"],
      usages: ["server" as const],
      dnsNames: ["n1"],
      addresses: ["10.9.0.1"],
    };
    const keeping = new AbortController();
    const store = storeOf("n1");
    const keeper = keepCertificates(deps, {
      connection: cluster.admin,
      nodeName: "n1",
      certificates: store,
      serving: certificate,
      signal: keeping.signal,
      use: ({ serving }) => {
        if (serving) pairs.push(serving);
      },
    });
    await until("it has asked", async () => (await requests()).length === 2);
    expect(pairs).toEqual([]);
    await cluster.client.patch(
      nodes,
      "n1",
      { type: "application/merge-patch+json", body: { status: { addresses: [{ type: "InternalIP", address: "10.9.0.1" }] } } },
      { subresource: "status" },
    );
    await keeper.settled;
    keeping.abort();
    await keeper.ended;
    const issued = new X509Certificate(pairs[0]?.certificate as string);
    const serving = new X509Certificate((await cluster.certificates.authority("kubelet-serving-ca")).certificate);
    const ca = new X509Certificate((await cluster.certificates.authority()).certificate);
    expect(issued.verify(serving.publicKey)).toBe(true);
    expect(issued.verify(ca.publicKey)).toBe(false);
    expect(issued.checkIP("10.9.0.1")).toBe("10.9.0.1");
    expect(issued.checkHost("n1")).toBe("n1");
    expect(issued.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(await store.issuedElsewhere(servingStem, certificate)).toEqual(pairs[0]);
    expect(await store.issuedElsewhere(servingStem, { ...certificate, addresses: ["10.9.0.2"] })).toBeUndefined();
    expect(told.filter((text) => text.includes("waiting"))).toEqual([]);
  });
});
