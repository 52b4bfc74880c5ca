import { X509Certificate } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { TokenReview } from "../../api/authentication/v1.ts";
import type { SubjectAccessReview } from "../../api/authorization/v1.ts";
import type { ContainerState, Pod } from "../../api/core/v1.ts";
import type { Client } from "../../client/client.ts";
import { systemClock } from "../../client/system-clock.ts";
import type { KeyPair } from "../../cluster/certificate.ts";
import { CertificateStore } from "../../cluster/certificates.ts";
import { VirtualClock } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { seededRandom } from "../../machinery/random.ts";
import { identityLabels, podLabels } from "../pods/labels.ts";
import { PodFiles } from "../pods/pod-files.ts";
import { SimulatedRuntime } from "../runtime/simulated/simulated-runtime.ts";
import { type NodeServer, startNodeServer } from "./node-server.ts";

interface Answer {
  status: number;
  type: string;
  text: string;
}

describe("the node agent's API", () => {
  let directory: string;
  let server: NodeServer;
  let authority: string;
  let master: KeyPair;
  let reader: KeyPair;
  const clock = new VirtualClock();
  let pod: Pod;
  let logFile: string;
  /** What the API server was asked. */
  let asked: string[] = [];
  let allowed: (spec: SubjectAccessReview["spec"]) => boolean = () => true;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "kybern-agent-"));
    const certificates = new CertificateStore(directory, systemClock);
    ({ certificate: authority } = await certificates.authority());
    const client = (stem: string, commonName: string, organizations: string[] = []) =>
      certificates.certificate(stem, { commonName, organizations, usages: ["client"] });
    master = await client("master", "kube-apiserver-kubelet-client", ["system:masters"]);
    reader = await client("reader", "prometheus");
    const serving = await certificates.certificate("serving", {
      commonName: "system:node:n1",
      usages: ["server"],
      addresses: ["127.0.0.1"],
    });
    const runtime = new SimulatedRuntime({
      clock,
      script: { usage: () => ({ cpuNanoCores: 500_000_000, memoryBytes: 64 * 1024 * 1024 }) },
    });
    const files = new PodFiles(join(directory, "agent"));
    await mkdir(files.root);
    await mkdir(join(directory, "var-log"));
    await writeFile(join(directory, "var-log", "syslog"), "a line\n");
    pod = {
      metadata: { name: "web", namespace: "default", uid: "u1", creationTimestamp: "2026-01-01T00:00:00Z" },
      spec: {
        nodeName: "n1",
        containers: [
          { name: "main", image: "web" },
          { name: "next", image: "web" },
        ],
      },
    };
    await runtime.pullImage("web");
    const sandboxConfig = {
      metadata: { name: "web", namespace: "default", uid: "u1", attempt: 0 },
      labels: identityLabels(pod),
      logDirectory: files.logDirectory(pod),
    };
    const sandbox = await runtime.runPodSandbox(sandboxConfig);
    const labels = { ...identityLabels(pod), [podLabels.container]: "main" };
    const config = { name: "main", attempt: 0, image: "web", logPath: files.logPath("main", 0), labels };
    const id = await runtime.createContainer(sandbox, config, sandboxConfig);
    await runtime.startContainer(id);
    logFile = join(files.logDirectory(pod), files.logPath("main", 0));
    await mkdir(dirname(logFile), { recursive: true });
    setState("main", { running: {} }, {}, `containerd://${id}`);
    const stub: Pick<Client, "create"> = {
      async create<T>(ref: { kind: string }, object: T): Promise<T> {
        if (ref.kind === "TokenReview") {
          const { token } = (object as unknown as TokenReview).spec;
          asked.push(`token ${token}`);
          const user = { username: "system:serviceaccount:monitoring:metrics", groups: ["system:authenticated"] };
          return { ...object, status: token === "good" ? { authenticated: true, user } : { error: "invalid bearer token" } };
        }
        const { spec } = object as unknown as SubjectAccessReview;
        asked.push(`${spec.user} ${spec.resourceAttributes?.verb} nodes/${spec.resourceAttributes?.subresource}`);
        return { ...object, status: { allowed: allowed(spec) } };
      },
    };
    server = await startNodeServer({
      client: stub as Client,
      clock,
      random: seededRandom(1),
      logger: silentLogger,
      signal: new AbortController().signal,
      nodeName: "n1",
      port: 0,
      addresses: ["127.0.0.1"],
      ...serving,
      clientCA: authority,
      runtime,
      files,
      pods: () => [pod],
      hostLogs: join(directory, "var-log"),
    });
  });
  afterAll(async () => {
    await server?.stop();
    await rm(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    asked = [];
    allowed = () => true;
  });

  function setState(name: string, state: ContainerState, lastState: ContainerState = {}, containerID = ""): void {
    const others = (pod.status?.containerStatuses ?? []).filter((status) => status.name !== name);
    const status = { name, image: "web", imageID: "", ready: false, restartCount: 0, state, lastState, containerID };
    pod = { ...pod, status: { containerStatuses: [...others, status] } };
  }

  function get(path: string, credentials: { pair?: KeyPair; token?: string } = { pair: master }, method = "GET"): Promise<Answer> {
    const { pair, token } = credentials;
    return new Promise((resolve, reject) => {
      const options = {
        host: "127.0.0.1",
        port: server.port,
        path,
        method,
        ca: authority,
        agent: false as unknown as Agent,
        ...(pair ? { cert: pair.certificate, key: pair.key } : {}),
        ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}),
      };
      const outgoing = request(options, async (response) => {
        let text = "";
        for await (const piece of response) text += piece;
        resolve({ status: response.statusCode ?? 0, type: response.headers["content-type"] ?? "", text });
      });
      outgoing.on("error", reject);
      outgoing.end();
    });
  }

  describe("lets in", () => {
    it("nobody without credentials", async () => {
      expect(await get("/healthz", {})).toMatchObject({ status: 401, text: "Unauthorized" });
      expect(await get("/healthz", { token: "bad" })).toMatchObject({ status: 401, text: "Unauthorized" });
      expect(asked).toEqual(["token bad"]);
    });

    it("the API server, without asking it", async () => {
      expect(await get("/healthz")).toMatchObject({ status: 200, text: "ok" });
      expect(asked).toEqual([]);
    });

    it("who may use this node's subresource, and asks again when the answer is old", async () => {
      allowed = ({ user, resourceAttributes: attributes }) =>
        user === "prometheus" && attributes?.verb === "get" && attributes.subresource === "metrics" && attributes.name === "n1";
      expect((await get("/metrics/resource", { pair: reader })).status).toBe(200);
      expect((await get("/metrics/resource", { pair: reader })).status).toBe(200);
      expect(asked).toEqual(["prometheus get nodes/metrics"]);
      expect(await get("/pods", { pair: reader })).toMatchObject({
        status: 403,
        text: "Forbidden (user=prometheus, verb=get, resource=nodes, subresource(s)=[pods proxy])\n",
      });
      asked = [];
      await clock.advance(5 * 60_000);
      expect((await get("/metrics/resource", { pair: reader })).status).toBe(200);
      expect(asked).toEqual(["prometheus get nodes/metrics"]);
    });

    it("a token's user, and keeps who that is for two minutes", async () => {
      expect((await get("/stats/summary", { token: "good" })).status).toBe(200);
      expect((await get("/stats/summary", { token: "good" })).status).toBe(200);
      expect(asked).toEqual(["token good", "system:serviceaccount:monitoring:metrics get nodes/stats"]);
      await clock.advance(2 * 60_000);
      expect((await get("/stats/summary", { token: "good" })).status).toBe(200);
      expect(asked.slice(2)).toEqual(["token good"]);
    });
  });

  describe("answers logs", () => {
    const logs = (container: string, query = "") => get(`/containerLogs/default/web/${container}${query}`);

    it("of a running container", async () => {
      await writeFile(logFile, "2026-01-01T00:00:01Z stdout F one\n2026-01-01T00:00:02Z stderr F two\n");
      expect(await logs("main")).toEqual({ status: 200, type: "text/plain", text: "one\ntwo\n" });
      expect((await logs("main", "?tailLines=1&timestamps=true")).text).toBe("2026-01-01T00:00:02.000000000Z two\n");
      expect((await logs("main", "?stream=Stdout")).text).toBe("one\n");
      expect((await logs("main", "?sinceTime=2026-01-01T00:00:02Z")).text).toBe("two\n");
      expect((await logs("main", "?limitBytes=2")).text).toBe("on");
    });

    it("or says why there are none", async () => {
      const text = async (container: string, query?: string) => {
        const answer = await logs(container, query);
        return `${answer.status} ${answer.text}`;
      };
      expect(await text("main", "?previous=true")).toBe('400 previous terminated container "main" in pod "web" not found');
      expect(await text("next")).toBe('400 container "next" in pod "web" is not available');
      setState("next", { waiting: { reason: "ContainerCreating" } });
      expect(await text("next")).toBe('400 container "next" in pod "web" is waiting to start: ContainerCreating');
      setState("next", { waiting: { reason: "ImagePullBackOff" } });
      expect(await text("next")).toBe('400 container "next" in pod "web" is waiting to start: trying and failing to pull image');
      setState("next", { waiting: { reason: "ErrImagePull" } });
      expect(await text("next")).toBe('400 container "next" in pod "web" is waiting to start: image can\'t be pulled');
      setState("next", { waiting: { reason: "CrashLoopBackOff" } }, { terminated: { exitCode: 1, containerID: "containerd://gone" } });
      expect(await text("next")).toBe("400 unable to retrieve container logs for containerd://gone");
      setState("next", { terminated: { exitCode: 1 } });
      expect(await text("next")).toBe('400 container "next" in pod "web" is terminated');
      expect(await text("other")).toBe('404 container "other" not found in pod "web"');
      expect(await text("main", "?tailLines=-1")).toBe('422 {"message": "Invalid request."}');
      expect(await text("main", "?tailLines=x")).toBe('400 {"message": "Unable to decode query."}');
      expect((await get("/containerLogs/default/nope/main")).text).toBe('pod "nope" does not exist');
    });
  });

  it("tells usage as metrics-server reads it", async () => {
    const { text, type } = await get("/metrics/resource");
    expect(type).toBe("text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
    const names = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(names.map((line) => line.split(" ")[0])).toEqual([
      'container_cpu_usage_seconds_total{container="main",namespace="default",pod="web"}',
      'container_memory_working_set_bytes{container="main",namespace="default",pod="web"}',
      'container_start_time_seconds{container="main",namespace="default",pod="web"}',
      "node_cpu_usage_seconds_total",
      "node_memory_working_set_bytes",
      'pod_cpu_usage_seconds_total{namespace="default",pod="web"}',
      'pod_memory_working_set_bytes{namespace="default",pod="web"}',
      "resource_scrape_error",
    ]);
    expect(text).toContain('container_memory_working_set_bytes{container="main",namespace="default",pod="web"} 6.7108864e+07');
    expect(text).toContain("# HELP node_memory_working_set_bytes [STABLE] Current working set of the node in bytes\n");
  });

  it("tells rates after a second reading", async () => {
    const read = async () => JSON.parse((await get("/stats/summary?only_cpu_and_memory=true")).text).pods[0].containers[0].cpu;
    await clock.advance(10_000);
    await read();
    await clock.advance(10_000);
    expect((await read()).usageNanoCores).toBe(500_000_000);
  });

  it("shows its pods and the host's logs, and nothing beyond", async () => {
    expect(JSON.parse((await get("/pods")).text)).toMatchObject({
      kind: "PodList",
      apiVersion: "v1",
      items: [{ metadata: { name: "web" } }],
    });
    expect(JSON.parse((await get("/runningpods/")).text).items).toMatchObject([
      { metadata: { name: "web", namespace: "default", uid: "u1" }, spec: { containers: [{ name: "main" }] } },
    ]);
    expect((await get("/logs/")).text).toContain('<a href="syslog">syslog</a>\n');
    expect((await get("/logs/syslog")).text).toBe("a line\n");
    expect(await get("/logs/%2e%2e%2fagent")).toMatchObject({ status: 404, text: "404 page not found\n" });
    expect((await get("/nothing")).status).toBe(404);
    expect((await get("/pods", { pair: master }, "DELETE")).status).toBe(405);
    expect(await get("/exec/default/web/main?command=ls&output=1")).toMatchObject({
      status: 400,
      text: "unable to upgrade: missing upgrade headers in request",
    });
  });

  it("shows new connections a renewed certificate", async () => {
    const certificates = new CertificateStore(directory, systemClock);
    const renewed = await certificates.certificate("renewed", {
      commonName: "system:node:n1",
      usages: ["server"],
      addresses: ["127.0.0.1"],
    });
    server.renew(renewed.certificate, renewed.key);
    const shown = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port: server.port, ca: authority }, () => {
        resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? "");
        socket.destroy();
      });
      socket.on("error", reject);
    });
    expect(shown).toBe(new X509Certificate(renewed.certificate).fingerprint256);
  });
});
