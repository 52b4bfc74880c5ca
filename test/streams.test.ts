import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { run, TestCluster, whyNoContainers } from "./harness/cluster.ts";

const why = whyNoContainers();

const container = (name: string, script: string, extra: object = {}) => ({
  name,
  image: "busybox",
  imagePullPolicy: "IfNotPresent",
  command: ["sh", "-c", script],
  ...extra,
});
const pod = (name: string, spec: object) =>
  JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name }, spec: { terminationGracePeriodSeconds: 0, ...spec } });

describe.skipIf(why)(`streams${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  let scratch: string;

  /** A shell pipeline with kubectl in it as `$K`; 124 is the exit code of one that doesn't end. */
  const pipeline = (script: string, seconds = 20) =>
    run("timeout", [String(seconds), "sh", "-c", `K="kubectl --kubeconfig ${cluster.kubeconfig}"; ${script}`]);
  const create = (name: string, spec: object) => {
    cluster.feed(pod(name, spec), "create", "-f", "-");
    cluster.ok("wait", "--for=condition=Ready", `pod/${name}`, "--timeout=60s");
  };
  /** Resident memory of the whole of kybern, in MB. */
  const memory = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${cluster.pid}/status`, "utf8"))?.[1]) / 1024;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "kybern-streams-"));
    cluster = await TestCluster.start();
    cluster.importImages("busybox");
    create("box", { containers: [container("c", "sleep 100000")] });
  });
  afterAll(async () => {
    await cluster?.delete();
    rmSync(scratch, { recursive: true, force: true });
  });

  it.each([
    ["WebSocket", ":"],
    ["SPDY", "export KUBECTL_REMOTE_COMMAND_WEBSOCKETS=false"],
  ])("exec over %s ends with the command, whatever input is left", (_, setting) => {
    for (let i = 0; i < 5; i++) {
      const result = pipeline(`${setting}; yes | $K exec -i box -- sh -c 'head -n 1; exit 5'`);
      expect(result).toMatchObject({ code: 5, stdout: "y\n" });
    }
    expect(pipeline(`${setting}; yes | $K exec -i box -- head -n 1`)).toMatchObject({ code: 0, stdout: "y\n" });
    expect(pipeline(`${setting}; head -c 150000 /dev/zero | $K exec -i box -- true`)).toMatchObject({ code: 0, stdout: "" });
  });

  it("attach ends with the container, whatever input is left", () => {
    const flags = "-i --rm --restart=Never --image=busybox --image-pull-policy=IfNotPresent";
    const result = pipeline(`yes | $K run greedy ${flags} -- sh -c 'sleep 1; head -n 1; exit 3'`, 40);
    expect(result.code).toBe(3);
    expect(result.stdout).toMatch(/^y\n(y\n)?pod "greedy" deleted( from default namespace)?\n$/);
  });

  it("exec tells the command's exit code, and why there is none", () => {
    expect(cluster.kubectl("exec", "box", "--", "sh", "-c", "kill -9 $$")).toMatchObject({
      code: 137,
      stderr: "command terminated with exit code 137\n",
    });
    expect(cluster.kubectl("exec", "box", "--", "sh", "-c", "nonexistent")).toMatchObject({
      code: 127,
      stderr: "sh: nonexistent: not found\ncommand terminated with exit code 127\n",
    });
    expect(cluster.kubectl("exec", "box", "--", "sh", "-c", "/etc/passwd").code).toBe(126);
    const absent = cluster.kubectl("exec", "box", "--", "nonexistent");
    expect(absent.code).toBe(1);
    expect(absent.stderr).toMatch(
      /^error: Internal error occurred: error executing command in container: failed to exec in container: failed to start exec "[0-9a-f]{64}": OCI runtime exec failed: exec failed: unable to start container process: exec: "nonexistent": executable file not found in \$PATH: unknown\n$/,
    );
    // Newer clients look themselves, and say what there is.
    expect(cluster.kubectl("exec", "box", "-c", "other", "--", "true").stderr).toMatch(
      /^(error|Error from server \(BadRequest\)): container other is not valid for pod box( out of: c)?\n$/,
    );
  });

  it("exec ends when its container does", () => {
    create("mortal", { restartPolicy: "Never", containers: [container("c", "until [ -e /tmp/end ]; do sleep 0.1; done")] });
    const result = pipeline(`$K exec mortal -- sh -c 'echo before; touch /tmp/end; sleep 1000'`);
    expect(result).toMatchObject({ code: 137, stdout: "before\n", stderr: "command terminated with exit code 137\n" });
    cluster.ok("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/mortal", "--timeout=30s");
    expect(cluster.kubectl("exec", "mortal", "--", "true").stderr).toBe(
      "error: cannot exec into a container in a completed pod; current phase is Succeeded\n",
    );
  });

  it("exec waits for a slow reader, in bounded memory", async () => {
    const script = "dd if=/dev/zero bs=1M count=400 2>/dev/null";
    const reader = spawn("kubectl", ["--kubeconfig", cluster.kubeconfig, "exec", "box", "--", "sh", "-c", script]);
    reader.stdout.pause();
    const before = memory();
    let most = before;
    for (let i = 0; i < 30; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      most = Math.max(most, memory());
    }
    expect(most - before).toBeLessThan(100);
    let length = 0;
    for await (const chunk of reader.stdout) length += (chunk as Buffer).length;
    expect(length).toBe(400 * 1024 * 1024);
  });

  it("port-forward ends when its pod is deleted", async () => {
    create("served", {
      terminationGracePeriodSeconds: 1,
      containers: [container("c", "mkdir /www; echo hi >/www/index.html; httpd -f -p 80 -h /www")],
    });
    const forward = spawn("kubectl", ["--kubeconfig", cluster.kubeconfig, "port-forward", "served", ":80"]);
    const ended = new Promise<number | null>((resolve) => forward.once("close", resolve));
    let stderr = "";
    forward.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const port = await new Promise<string>((resolve) => {
      forward.stdout.on("data", (chunk: Buffer) => {
        const match = /127\.0\.0\.1:(\d+)/.exec(chunk.toString());
        if (match) resolve(match[1] as string);
      });
    });
    const url = `http://127.0.0.1:${port}/index.html`;
    const get = () => fetch(url, { headers: { connection: "close" } });
    await cluster.until("the pod answers", async () => (await (await get()).text()) === "hi\n");
    cluster.ok("delete", "pod", "served", "--wait");
    await expect(get()).rejects.toThrow("fetch failed");
    expect(await ended).toBe(1);
    expect(stderr).toMatch(/error: lost connection to pod\n$/);
  });

  it("cp: a directory, both ways", () => {
    const source = join(scratch, "tree");
    mkdirSync(join(source, "deep", "deeper"), { recursive: true });
    mkdirSync(join(source, "empty"));
    const files: Record<string, Buffer> = {
      "a.txt": Buffer.from("text\n"),
      "deep/with space": randomBytes(2_000_000),
      "deep/deeper/nothing": Buffer.alloc(0),
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(source, name), content);
    cluster.ok("cp", source, "box:/tmp/tree");
    const sums = cluster.ok("exec", "box", "--", "sh", "-c", "cd /tmp/tree && find . -type f -exec sha256sum {} +");
    for (const [name, content] of Object.entries(files)) {
      expect(sums).toContain(`${createHash("sha256").update(content).digest("hex")}  ./${name}\n`);
    }
    const back = join(scratch, "back");
    cluster.ok("cp", "box:/tmp/tree", back);
    const list = (directory: string) => readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
    expect(list(back)).toEqual(list(source));
    for (const [name, content] of Object.entries(files)) expect(readFileSync(join(back, name)).equals(content)).toBe(true);
  });

  it("logs: since, tail, timestamps, and of all containers with their names before", () => {
    const once = (name: string) => container(name, `echo ${name}-1; sleep 4; echo ${name}-2; sleep 0.5; echo ${name}-err >&2`);
    const spec = { restartPolicy: "Never", initContainers: [container("init", "echo ready")], containers: [once("one"), once("two")] };
    cluster.feed(pod("talkers", spec), "create", "-f", "-");
    cluster.ok("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/talkers", "--timeout=60s");
    const all = cluster.ok("logs", "talkers", "--all-containers", "--prefix").trimEnd().split("\n");
    expect(all.toSorted()).toEqual(
      ["init] ready", "one] one-1", "one] one-2", "one] one-err", "two] two-1", "two] two-2", "two] two-err"].map(
        (line) => `[pod/talkers/${line}`,
      ),
    );
    expect(cluster.ok("logs", "talkers", "-c", "one", "--tail=2")).toBe("one-2\none-err\n");
    const stamped = cluster.ok("logs", "talkers", "-c", "two", "--timestamps").trimEnd().split("\n");
    for (const line of stamped) expect(line).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z two-/);
    const [first = "", second = ""] = stamped.map((line) => line.split(" ")[0] as string);
    expect(Date.parse(second) - Date.parse(first)).toBeGreaterThan(3500);
    expect(cluster.ok("logs", "talkers", "-c", "two", `--since-time=${second}`)).toBe("two-2\ntwo-err\n");
    const age = Math.ceil((Date.now() - Date.parse(second)) / 1000);
    expect(cluster.ok("logs", "talkers", "-c", "two", `--since=${age + 3}s`)).toBe("two-2\ntwo-err\n");
    const none = cluster.kubectl("logs", "talkers");
    expect(none.stderr).toBe('Defaulted container "one" out of: one, two, init (init)\n');
    expect(none.stdout).toContain("one-1\n");
    const unknown = cluster.kubectl("logs", "talkers", "-c", "three");
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toMatch(/^error: container three is not valid for pod talkers( out of: one, two, init \(init\))?\n$/);
  });

  it("logs -f ends with the container, and --previous has what it wrote", async () => {
    const script =
      "n=$(cat /state/n 2>/dev/null || echo 0); echo $((n + 1)) >/state/n; echo life $n; [ $n -lt 1 ] && sleep 3 && exit 1; sleep 100000";
    const mount = { volumeMounts: [{ name: "state", mountPath: "/state" }] };
    create("reborn", { volumes: [{ name: "state", emptyDir: {} }], containers: [container("c", script, mount)] });
    expect(pipeline("$K logs -f reborn")).toMatchObject({ code: 0, stdout: "life 0\n" });
    await cluster.until("it runs again", () => cluster.ok("logs", "reborn") === "life 1\n");
    expect(cluster.ok("logs", "--previous", "reborn")).toBe("life 0\n");
    expect(cluster.kubectl("logs", "--previous", "box").stderr).toBe(
      'Error from server (BadRequest): previous terminated container "c" in pod "box" not found\n',
    );
  });

  it("logs -f shows every line once while the log is rotated", () => {
    // 60 MB in half a minute: twice or thrice a new file begins.
    const script = `sleep 2; i=0; while [ $i -lt 30 ]; do awk -v i=$i 'BEGIN { s = sprintf("%1000s", ""); for (n = 0; n < 2000; n++) print i * 2000 + n s }'; i=$((i + 1)); sleep 0.7; done`;
    create("rotated", { restartPolicy: "Never", containers: [container("c", script)] });
    const uid = cluster.ok("get", "pod", "rotated", "-o", "jsonpath={.metadata.uid}");
    const result = pipeline("$K logs -f rotated | tr -d ' '", 100);
    expect(result.code).toBe(0);
    const lines = result.stdout.trimEnd().split("\n");
    expect(lines.length).toBe(60_000);
    expect(lines.findIndex((line, index) => line !== String(index))).toBe(-1);
    const files = run("find", [cluster.directory, "-path", `*${uid}/c/*`])
      .stdout.trimEnd()
      .split("\n");
    expect(files.length).toBeGreaterThan(1);
  });
});
