import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster, whyNoContainers } from "./harness/cluster.ts";

const why = whyNoContainers();

const deployment = (text: string) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: web
        image: busybox
        imagePullPolicy: IfNotPresent
        command: [sh, -c, "mkdir -p /www && echo ${text} > /www/index.html && trap 'sleep 1; exit 0' TERM; httpd -f -h /www -p 80 & wait"]
        ports: [{containerPort: 80}]
        readinessProbe: {httpGet: {path: /index.html, port: 80}, periodSeconds: 1}
        lifecycle: {preStop: {exec: {command: [sleep, "1"]}}}
`;

interface Load {
  stop(): Promise<{ answers: Record<string, number>; failures: string[] }>;
}

/** One request after another, each on a connection of its own, from a process of its own: kubectl here holds this one up. */
function startLoad(url: string): Load {
  const script = `
    const answers = {}, failures = [];
    let stop = false;
    process.on("SIGTERM", () => { stop = true; });
    while (!stop) {
      try {
        const response = await fetch(${JSON.stringify(url)}, { headers: { connection: "close" }, signal: AbortSignal.timeout(5000) });
        const text = (await response.text()).trim();
        answers[text] = (answers[text] ?? 0) + 1;
      } catch (error) {
        failures.push(String(error.cause ?? error));
      }
    }
    console.log(JSON.stringify({ answers, failures }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  return {
    async stop() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      return JSON.parse(output);
    },
  };
}

describe.skipIf(why)(`kubectl${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  let scratch: string;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "kybern-kubectl-"));
    cluster = await TestCluster.start();
    cluster.importImages("busybox");
    cluster.feed(deployment("one"), "apply", "-f", "-");
    cluster.ok("rollout", "status", "deployment/web", "--timeout=60s");
  });
  afterAll(async () => {
    await cluster?.delete();
    rmSync(scratch, { recursive: true, force: true });
  });

  it("get and describe", () => {
    expect(cluster.ok("get", "deployment", "web")).toMatch(/NAME\s+READY\s+UP-TO-DATE\s+AVAILABLE\s+AGE\nweb\s+2\/2\s+2\s+2/);
    expect(cluster.ok("get", "nodes")).toMatch(/Ready/);
    const described = cluster.ok("describe", "deployment", "web");
    expect(described).toContain("Replicas:               2 desired | 2 updated | 2 total | 2 available | 0 unavailable");
    expect(described).toMatch(/Normal\s+ScalingReplicaSet/);
    expect(cluster.ok("describe", "pod", "-l", "app=web")).toMatch(/Ready\s+True/);
  });

  it("apply again changes nothing; edit, label and annotate do", () => {
    expect(cluster.feed(deployment("one"), "apply", "-f", "-").stdout).toBe("deployment.apps/web unchanged\n");
    expect(cluster.ok("label", "deployment", "web", "tier=front")).toBe("deployment.apps/web labeled\n");
    expect(cluster.ok("annotate", "deployment", "web", "note=x")).toBe("deployment.apps/web annotated\n");
    expect(cluster.ok("get", "deployment", "web", "-o", "jsonpath={.metadata.labels.tier} {.metadata.annotations.note}")).toBe("front x");
  });

  it("scale and wait", async () => {
    cluster.ok("scale", "deployment/web", "--replicas=3");
    cluster.ok("rollout", "status", "deployment/web", "--timeout=60s");
    cluster.ok("wait", "--for=condition=Available", "deployment/web", "--timeout=30s");
    cluster.ok("scale", "deployment/web", "--replicas=2");
    await cluster.until(
      "two pods are left",
      () => cluster.ok("get", "pods", "-l", "app=web", "-o", "name").trim().split("\n").length === 2,
    );
  });

  it("exec: exit codes, and a large file through standard input", () => {
    expect(cluster.kubectl("exec", "deploy/web", "--", "sh", "-c", "exit 3").code).toBe(3);
    expect(cluster.ok("exec", "deploy/web", "--", "echo", "hello")).toBe("hello\n");
    const file = randomBytes(20 * 1024 * 1024);
    const result = cluster.feed(file, "exec", "-i", "deploy/web", "--", "sha256sum");
    expect(result.stdout).toBe(`${createHash("sha256").update(file).digest("hex")}  -\n`);
  });

  it("run -i ends by itself", () => {
    const result = cluster.feed(
      "x\n",
      "run",
      "-i",
      "--rm",
      "--restart=Never",
      "--image=busybox",
      "--image-pull-policy=IfNotPresent",
      "reader",
      "--",
      "cat",
    );
    expect(result.stdout).toContain("x\n");
    expect(result.code).toBe(0);
  });

  it("logs, followed to the end", () => {
    cluster.ok(
      "run",
      "talker",
      "--image=busybox",
      "--image-pull-policy=IfNotPresent",
      "--restart=Never",
      "--",
      "sh",
      "-c",
      "for i in 1 2 3; do echo line $i; sleep 0.3; done",
    );
    cluster.ok("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/talker", "--timeout=30s");
    expect(cluster.ok("logs", "-f", "talker")).toBe("line 1\nline 2\nline 3\n");
    expect(cluster.ok("logs", "--tail=1", "talker")).toBe("line 3\n");
  });

  it("cp, both ways", () => {
    const [pod] = cluster.ok("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[0].metadata.name}").split("\n");
    const file = join(scratch, "in");
    const content = randomBytes(300_000);
    writeFileSync(file, content);
    cluster.ok("cp", file, `${pod}:/tmp/in`);
    cluster.ok("cp", `${pod}:/tmp/in`, join(scratch, "out"));
    expect(readFileSync(join(scratch, "out")).equals(content)).toBe(true);
  });

  it("port-forward", async () => {
    const forward = spawn("kubectl", ["--kubeconfig", cluster.kubeconfig, "port-forward", "deploy/web", ":80"]);
    try {
      const port = await new Promise<string>((resolve, reject) => {
        forward.stdout.on("data", (chunk: Buffer) => {
          const match = /127\.0\.0\.1:(\d+)/.exec(chunk.toString());
          if (match) resolve(match[1] as string);
        });
        forward.on("exit", () => reject(new Error("kubectl port-forward ended")));
      });
      const response = await fetch(`http://127.0.0.1:${port}/index.html`);
      expect(await response.text()).toBe("one\n");
    } finally {
      forward.kill();
    }
  });

  it("rolls out under load without a failed request, and back", async () => {
    cluster.ok("expose", "deployment", "web", "--port=80");
    const address = cluster.ok("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}");
    await cluster.until("the service answers", async () => (await fetch(`http://${address}/index.html`)).ok);
    const load = startLoad(`http://${address}/index.html`);
    cluster.feed(deployment("two"), "apply", "-f", "-");
    cluster.ok("rollout", "status", "deployment/web", "--timeout=90s");
    await cluster.until(
      "only the new version answers",
      async () => (await (await fetch(`http://${address}/index.html`)).text()) === "two\n",
    );
    cluster.ok("rollout", "undo", "deployment/web");
    cluster.ok("rollout", "status", "deployment/web", "--timeout=90s");
    const { answers, failures } = await load.stop();
    expect(failures).toEqual([]);
    expect(Object.keys(answers).sort()).toEqual(["one", "two"]);
  });

  it("top, explain and api-resources", async () => {
    await cluster.until(
      "kubectl top has figures",
      () => /web-/.test(cluster.kubectl("top", "pods").stdout) && cluster.kubectl("top", "nodes").code === 0,
    );
    expect(cluster.ok("explain", "deployment.spec.replicas")).toContain("FIELD: replicas <integer>");
    expect(cluster.ok("api-resources", "--api-group=apps", "-o", "name").trim().split("\n")).toEqual([
      "controllerrevisions.apps",
      "daemonsets.apps",
      "deployments.apps",
      "replicasets.apps",
      "statefulsets.apps",
    ]);
  });
});
