import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, rm, writeFile } from "node:fs/promises";
import { get as httpGet } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { systemClock } from "../client/system-clock.ts";
import { whyNoContainers } from "../node/runtime/testing/real-containers.ts";
import { CertificateStore } from "./certificates.ts";
import { AgentCluster, type RunningPod } from "./testing/agent-cluster.ts";

const skip = whyNoContainers() ?? (spawnSync("kubectl", ["version", "--client"]).status === 0 ? undefined : "kubectl is not installed");

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

describe.skipIf(skip !== undefined)(`kubectl's way to containers${skip === undefined ? "" : ` (skipped: ${skip})`}`, () => {
  let cluster: AgentCluster;
  let web: RunningPod;

  beforeAll(async () => {
    cluster = await AgentCluster.start(21_950);
    const setUp = "busybox ln -s /bin/busybox /bin/tar; echo hello >/tmp/index.html; busybox httpd -p 8080 -h /tmp";
    web = await cluster.run("web", [
      { name: "main", command: ["sh", "-c", `${setUp}; echo started; echo problem >&2; exec sleep 1000`] },
      { name: "once", command: ["sh", "-c", "while read line; do echo got $line; done; echo end"], stdin: true, stdinOnce: true },
      { name: "twice", command: ["sh", "-c", "while read line; do echo got $line; done; echo end"], stdin: true, stdinOnce: true },
    ]);
  }, 60_000);
  afterAll(async () => {
    await cluster?.delete();
  }, 60_000);

  function start(args: readonly string[], webSockets = true): ChildProcess {
    const flag = String(webSockets);
    return spawn("kubectl", args, {
      env: {
        ...process.env,
        KUBECONFIG: cluster.kubeconfig,
        KUBECTL_REMOTE_COMMAND_WEBSOCKETS: flag,
        KUBECTL_PORT_FORWARD_WEBSOCKETS: flag,
      },
    });
  }

  async function kubectl(args: readonly string[], webSockets = true, input?: string | Buffer): Promise<Result> {
    const child = start(args, webSockets);
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (piece) => {
      stdout += piece;
    });
    child.stderr?.on("data", (piece) => {
      stderr += piece;
    });
    child.stdin?.end(input ?? "");
    const [code] = await once(child, "close");
    return { code, stdout, stderr };
  }

  describe.each([
    ["WebSocket", true],
    ["SPDY", false],
  ])("over %s", (_name, webSockets) => {
    it("keeps stdout and stderr apart and tells the exit code", async () => {
      const result = await kubectl(["exec", "web", "-c", "main", "--", "sh", "-c", "echo out; echo err >&2; exit 5"], webSockets);
      expect(result).toEqual({ code: 5, stdout: "out\n", stderr: "err\ncommand terminated with exit code 5\n" });
    });

    it("says why a command doesn't start", async () => {
      const { code, stderr } = await kubectl(["exec", "web", "-c", "main", "--", "/nope"], webSockets);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^error: Internal error occurred: error executing command in container: failed to exec in container: .*\/nope/,
      );
    });

    it("passes a large input to its end", async () => {
      const bytes = randomBytes(32 * 1024 * 1024);
      const { stdout, code } = await kubectl(["exec", "-i", "web", "-c", "main", "--", "sha256sum"], webSockets, bytes);
      expect({ stdout, code }).toEqual({ stdout: `${createHash("sha256").update(bytes).digest("hex")}  -\n`, code: 0 });
    });

    it("copies files both ways", async () => {
      const [source, back] = [join(cluster.containers.directory, "source"), join(cluster.containers.directory, "back")];
      const bytes = randomBytes(300_000);
      await writeFile(source, bytes);
      expect((await kubectl(["cp", "-c", "main", source, "web:/tmp/copy"], webSockets)).code).toBe(0);
      expect((await kubectl(["cp", "-c", "main", "web:/tmp/copy", back], webSockets)).code).toBe(0);
      expect((await readFile(back)).equals(bytes)).toBe(true);
      await rm(back);
    });

    it("attaches, and the container sees the end of its input", async () => {
      const name = webSockets ? "once" : "twice";
      const { stdout, code } = await kubectl(["attach", "-i", "-q", "web", "-c", name], webSockets, "one\ntwo\n");
      expect({ stdout, code }).toEqual({ stdout: "got one\ngot two\nend\n", code: 0 });
    });

    it("forwards ports, several connections at once", async () => {
      const child = start(["port-forward", "pod/web", ":8080"], webSockets);
      try {
        const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
        const port = /127\.0\.0\.1:(\d+)/.exec(String(line))?.[1];
        const pages = await Promise.all(Array.from({ length: 5 }, () => page(Number(port))));
        expect(pages).toEqual(new Array(5).fill("hello\n"));
      } finally {
        child.kill();
        await once(child, "close");
      }
    });

    it("says when a port doesn't answer", async () => {
      const child = start(["port-forward", "pod/web", ":9"], webSockets);
      const [line] = await once(child.stdout as NodeJS.ReadableStream, "data");
      const port = Number(/127\.0\.0\.1:(\d+)/.exec(String(line))?.[1]);
      let stderr = "";
      child.stderr?.on("data", (piece) => {
        stderr += piece;
      });
      const closed = once(child, "close");
      await page(port).catch(() => "");
      await Promise.race([closed, page(port).catch(() => "")]);
      child.kill();
      await closed;
      expect(stderr).toContain(`error forwarding port 9 to pod ${web.sandboxId}, uid : failed to connect to localhost:9`);
    });
  });

  it("follows a log until the container has ended", async () => {
    const pod = await cluster.run("brief", [
      { name: "main", command: ["sh", "-c", "echo one; read line; echo two"], stdin: true, stdinOnce: true },
    ]);
    const following = kubectl(["logs", "-f", "brief"]);
    const session = await cluster.containers.runtime.attach(pod.containerIds.main as string, {
      tty: false,
      stdin: true,
      stdout: true,
      stderr: true,
    });
    session.stdout?.resume();
    session.stderr?.resume();
    session.stdin?.end("go\n");
    expect(await following).toEqual({ code: 0, stdout: "one\ntwo\n", stderr: "" });
  });

  it("passes on what is wrong with a log", async () => {
    expect((await kubectl(["logs", "web", "-c", "main", "--previous"])).stderr).toBe(
      'Error from server (BadRequest): previous terminated container "main" in pod "web" not found\n',
    );
    expect((await kubectl(["logs", "web", "-c", "main", "--tail=1", "--limit-bytes=4"])).stdout).toMatch(/^(star|prob)$/);
  });

  it("reaches the agent and the pods themselves", async () => {
    const raw = async (path: string) => {
      const { stdout, stderr } = await kubectl(["get", "--raw", path]);
      return stdout || stderr;
    };
    expect(await raw("/api/v1/nodes/n1/proxy/healthz")).toBe("ok");
    expect(await raw("/api/v1/nodes/n1/proxy/metrics/resource")).toContain(
      'container_memory_working_set_bytes{container="main",namespace="default",pod="web"} ',
    );
    expect(await raw("/api/v1/nodes/n2/proxy/healthz")).toBe('Error from server (NotFound): nodes "n2" not found\n');
    expect(await raw("/api/v1/namespaces/default/pods/web:8080/proxy/index.html")).toBe("hello\n");
    expect(await raw("/api/v1/namespaces/default/pods/web:81/proxy/")).toBe(
      `Error from server (ServiceUnavailable): error trying to reach service: dial tcp ${web.pod.status?.podIP}:81: connect: connection refused\n`,
    );
  });

  /** What the messages of a WebSocket to the agent say, by channel, until it is closed. */
  async function converse(path: string, protocol: string, send: (socket: WebSocket) => void = () => {}): Promise<Map<number, string>> {
    const certificates = new CertificateStore(join(cluster.containers.directory, "pki"), systemClock);
    const [authority, admin] = [
      await certificates.authority(),
      await certificates.certificate("admin", { commonName: "kubernetes-admin", usages: ["client"] }),
    ];
    const socket = new WebSocket(`wss://127.0.0.1:${cluster.server.port}${path}`, [protocol], {
      ca: authority.certificate,
      cert: admin.certificate,
      key: admin.key,
    });
    const said = new Map<number, string>();
    socket.on("message", (message: Buffer) => {
      const base64 = protocol.includes("base64");
      const channel = base64 ? Number(message.toString("latin1", 0, 1)) : (message[0] as number);
      const text = base64 ? Buffer.from(message.toString("latin1", 1), "base64").toString() : message.toString("latin1", 1);
      said.set(channel, (said.get(channel) ?? "") + text);
      if (said.get(0)?.includes("hello\n")) socket.close();
    });
    await once(socket, "open");
    expect(socket.protocol).toBe(protocol);
    send(socket);
    await once(socket, "close");
    return said;
  }

  it("speaks the older WebSocket protocols too", async () => {
    const echo = "/exec/default/web/main?command=echo&command=hi&output=1&error=1";
    expect(await converse(echo, "v4.channel.k8s.io")).toEqual(
      new Map([
        [1, "hi\n"],
        [3, '{"metadata":{},"status":"Success"}'],
      ]),
    );
    expect((await converse(echo, "v4.base64.channel.k8s.io")).get(1)).toBe("hi\n");
    expect(await converse(echo, "channel.k8s.io")).toEqual(new Map([[1, "hi\n"]]));
    const said = await converse("/portForward/default/web?port=8080", "v4.channel.k8s.io", (socket) => {
      socket.send(Buffer.from("\0GET /index.html HTTP/1.0\r\n\r\n"));
    });
    expect(said.get(0)?.slice(0, 2)).toBe("\x90\x1f");
    expect(said.get(0)).toMatch(/\r\n\r\nhello\n$/);
  });
});

function page(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    httpGet({ port, path: "/index.html", agent: false }, async (response) => {
      let text = "";
      for await (const piece of response) text += piece;
      resolve(text);
    }).on("error", reject);
  });
}
