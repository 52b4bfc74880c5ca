import { connect, createServer } from "node:net";
import { PassThrough } from "node:stream";
import { CoreV1Api, Exec, KubeConfig, Log, makeInformer, PortForward } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster, whyNoContainers } from "./harness/cluster.ts";

const why = whyNoContainers();
const namespace = "default";

describe.skipIf(why)(`@kubernetes/client-node${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  let config: KubeConfig;
  let core: CoreV1Api;

  beforeAll(async () => {
    cluster = await TestCluster.start();
    cluster.importImages("busybox");
    config = new KubeConfig();
    config.loadFromFile(cluster.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
    await core.createNamespacedPod({
      namespace,
      body: {
        metadata: { name: "web" },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: "web",
              image: "busybox",
              imagePullPolicy: "IfNotPresent",
              command: ["sh", "-c", "echo started; mkdir /www; echo hello > /www/index.html; httpd -f -h /www -p 8080"],
            },
          ],
        },
      },
    });
    await cluster.until("the pod is ready", async () => {
      const pod = await core.readNamespacedPod({ name: "web", namespace });
      return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
    });
  });
  afterAll(() => cluster?.delete());

  it("creates, reads, updates and deletes", async () => {
    const created = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "settings" }, data: { a: "1" } } });
    expect(created.metadata?.uid).toBeTruthy();
    const replaced = await core.replaceNamespacedConfigMap({ name: "settings", namespace, body: { ...created, data: { a: "2" } } });
    expect(replaced.data).toEqual({ a: "2" });
    const list = await core.listNamespacedConfigMap({ namespace, fieldSelector: "metadata.name=settings" });
    expect(list.items.map((item) => item.data)).toEqual([{ a: "2" }]);
    await core.deleteNamespacedConfigMap({ name: "settings", namespace });
    await expect(core.readNamespacedConfigMap({ name: "settings", namespace })).rejects.toMatchObject({ code: 404 });
  });

  it("follows changes with an informer", async () => {
    const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () => core.listNamespacedConfigMap({ namespace }));
    const seen: string[] = [];
    informer.on("add", (object) => seen.push(`add ${object.metadata?.name}`));
    informer.on("update", (object) => seen.push(`update ${object.metadata?.name} ${object.data?.n}`));
    informer.on("delete", (object) => seen.push(`delete ${object.metadata?.name}`));
    await informer.start();
    await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "watched" }, data: { n: "1" } } });
    await core.replaceNamespacedConfigMap({ name: "watched", namespace, body: { metadata: { name: "watched" }, data: { n: "2" } } });
    await core.deleteNamespacedConfigMap({ name: "watched", namespace });
    await cluster.until("all three events have come", () => seen.includes("delete watched"));
    await informer.stop();
    expect(seen.filter((line) => line.includes("watched"))).toEqual(["add watched", "update watched 2", "delete watched"]);
  });

  it("runs commands", async () => {
    const status = await new Promise((resolve, reject) => {
      new Exec(config)
        .exec(namespace, "web", "web", ["sh", "-c", "exit 4"], new PassThrough(), new PassThrough(), null, false, resolve)
        .catch(reject);
    });
    expect(status).toMatchObject({ status: "Failure", reason: "NonZeroExitCode" });
    // The client ends the streams of a command that is over.
    const echoed = new PassThrough();
    let output = "";
    echoed.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    const stdin = new PassThrough();
    stdin.write("through standard input\n");
    const socket = await new Exec(config).exec(namespace, "web", "web", ["cat"], echoed, new PassThrough(), stdin, false);
    await cluster.until("the command's output has come", () => output !== "");
    socket.close();
    expect(output).toContain("through standard input\n");
  });

  it("reads logs", async () => {
    const stream = new PassThrough();
    let output = "";
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    await new Log(config).log(namespace, "web", "web", stream, { follow: false, tailLines: 10 });
    await cluster.until("the log has come", () => output.includes("started\n"));
  });

  it("forwards ports", async () => {
    const forward = new PortForward(config);
    const server = createServer((socket) => {
      forward.portForward(namespace, "web", [8080], socket, null, socket).catch(() => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = server.address() as { port: number };
      const answer = await new Promise<string>((resolve, reject) => {
        const socket = connect(port, "127.0.0.1", () => socket.write("GET /index.html HTTP/1.0\r\n\r\n"));
        let text = "";
        socket.on("data", (chunk) => {
          text += chunk.toString();
          if (text.includes("hello")) resolve(text);
        });
        socket.on("error", reject);
        socket.on("close", () => resolve(text));
      });
      expect(answer).toContain("hello\n");
    } finally {
      server.close();
    }
  });
});
