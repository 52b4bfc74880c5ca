import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandResult, root, run } from "./harness/cluster.ts";

const main = join(root, "dist", "main.js");
const nobody = 65_534;
const isRoot = process.getuid?.() === 0;

/** An ordinary user: oneself, or for root another one. */
const asUser = isRoot ? { uid: nobody, gid: nobody } : {};

function whyNotAsUser(): string | undefined {
  if (!existsSync(main)) return "dist/ is not built: run npm run build";
  if (process.platform !== "linux") return "it is about Linux";
  const { status } = spawnSync(process.execPath, [main, "version"], asUser);
  return status === 0 ? undefined : "an ordinary user can't read this directory";
}

const kybern = (...args: string[]): CommandResult => run(process.execPath, [main, ...args]);

describe.skipIf(!existsSync(main))("what a person types", () => {
  it("is explained where it is wrong, in a line or two", () => {
    const lines = (...args: string[]) => kybern(...args).stderr.trim();
    expect(lines("upp")).toBe("error: unknown command 'upp'\n(Did you mean up?)\n(kybern --help lists the commands)");
    expect(lines("up", "--node", "none")).toContain("error: unknown option '--node'");
    expect(lines("up", "--node", "none")).toContain("(kybern up --help lists its options)");
    expect(lines("up", "--nodes", "real")).toBe('kybern: --nodes takes host, none, simulated or simulated=N; not "real"');
    expect(lines("up", "--port", "70000")).toBe('kybern: a port is a number from 1 to 65535; not "70000"');
    expect(lines("up", "--store", "disk")).toBe('kybern: --store takes lmdb or memory; not "disk"');
    expect(lines("up", "--log-level", "loud")).toBe('kybern: --log-level takes debug, info, warn, error; not "loud"');
    expect(lines("up", "--advertise-address", "here")).toBe(
      'kybern: --advertise-address takes an IPv4 address such as 10.0.0.1; not "here"',
    );
    expect(lines("up", "--token-auth-file", "/none")).toBe("kybern: --token-auth-file: there is no /none");
    expect(lines("up", "--containerd", "/none")).toBe("kybern: --containerd: there is no /none");
    expect(lines("run", "kubelet", "--kubeconfig", "/none")).toBe(
      'kybern: there is no component "kubelet"; there are node, proxy, dns, scheduler, controllers',
    );
    expect(lines("run", "node", "--kubeconfig", "/none")).toBe("kybern: the kubeconfig /none can't be used: there is no file /none");
    expect(lines("status", "--data", "/none")).toBe("kybern: there is no cluster in /none: start one with kybern up");
    expect(lines("image", "import", "/none")).toBe("kybern: there is no file /none");
    expect(lines("types", "/none")).toBe("kybern: there is no file /none");
    expect(kybern("up", "--nodes", "real").code).toBe(2);
  });

  it("prints the types of a definition", () => {
    const { stdout, code } = kybern("types", join(root, "test", "clients", "operator", "manifests", "basket.yaml"));
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^import \{ defineKind, type KubeObject \} from "kybern\/client";\n\nexport interface Basket extends KubeObject \{\n/,
    );
    expect(stdout).toContain("export const basketsV1beta1 = defineKind<BasketV1beta1>({ ");
  });

  it("has help for every command", () => {
    const help = kybern("--help");
    expect(help.code).toBe(0);
    for (const name of ["up", "down", "status", "setup", "kubeconfig", "run", "image", "types", "version"]) {
      expect(help.stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
      const own = kybern(name, "--help");
      expect(own.code, name).toBe(0);
      expect(own.stdout, name).toContain(`Usage: kybern ${name}`);
    }
  });
});

const why = whyNotAsUser();

describe.skipIf(why)(`without root${why ? ` (${why})` : ""}`, () => {
  let home: string;
  beforeAll(() => {
    home = mkdtempSync(join(tmpdir(), "kybern-user-"));
    chmodSync(home, 0o755);
    if (isRoot) chownSync(home, nobody, nobody);
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  const options = () => ({ ...asUser, cwd: "/", env: { PATH: process.env.PATH, HOME: home } });
  const asked = (...args: string[]) => {
    const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...args], { ...options(), input: "" });
    return { stdout: stdout.toString(), stderr: stderr.toString(), code: status };
  };

  it("says in one line what real containers need, and how to do without", () => {
    for (const [args, instead] of [
      [["up", "--setup"], "npm start -- --nodes simulated"],
      [["up"], "kybern up --nodes simulated"],
    ] as const) {
      const { stdout, stderr, code } = asked(...args);
      expect({ stdout, code }).toEqual({ stdout: "", code: 2 });
      expect(stderr).toMatch(/^kybern: real containers need root[^\n]*: run the same as root[^\n]*\n$/);
      expect(stderr).toContain(`, or run simulated nodes instead: ${instead}\n`);
    }
  });

  it("runs simulated nodes, each step a plain line, and continues at the next start", async () => {
    for (const first of [true, false]) {
      const child = spawn(process.execPath, [main, "up", "--setup", "--nodes", "simulated=2"], {
        ...options(),
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      await new Promise<void>((resolve, reject) => {
        const onData = (chunk: Buffer) => {
          output += chunk.toString();
          if (output.includes("Ctrl-C stops it")) resolve();
        };
        child.stdout.on("data", onData);
        child.stderr.on("data", onData);
        child.once("exit", (code) => reject(new Error(`kybern up ended with ${code}:\n${output}`)));
      });
      const directory = join(home, ".local/share/kybern");
      const port = /https:\/\/127\.0\.0\.1:(\d+)/.exec(output)?.[1];
      expect(output.split("\n").slice(0, 12)).toEqual([
        `✔ data directory: ${first ? "made" : "continuing with"} ${directory}`,
        `✔ API server: https://127.0.0.1:${port}`,
        "✔ controllers",
        "✔ scheduler",
        "✔ simulated nodes: 2 nodes",
        "",
        `The cluster is running at https://127.0.0.1:${port}`,
        "",
        `  export KUBECONFIG=${directory}/kubeconfig`,
        "",
        "  kubectl get nodes",
        "  kubectl create deployment hello --image=busybox -- sleep infinity",
      ]);
      expect(asked("kubeconfig").stdout).toBe(readFileSync(join(directory, "kubeconfig"), "utf8"));
      const status = JSON.parse(asked("status", "-o", "json").stdout);
      expect(status.running).toMatchObject({ process: child.pid, server: `https://127.0.0.1:${port}` });
      expect(status.certificates.map(({ name }: { name: string }) => name)).toContain("apiserver");
      const text = asked("status").stdout;
      expect(text).toMatch(/^ {2}apiserver +until \d{4}-\d\d-\d\d$/m);
      expect(text).toContain("stored, but nothing acts on them:\n");
      expect(text).toMatch(/^ {2}networkpolicies\.networking\.k8s\.io +nothing enforces it in this cluster$/m);
      expect(asked("up", "--nodes", "simulated").stderr).toBe(
        `kybern: a cluster already runs in ${directory} (process ${child.pid}); stop it with kybern down\n`,
      );
      child.kill("SIGINT");
      expect(await ended).toBe(0);
      expect(output).toMatch(/stopped\n$/);
    }
    expect(asked("down", "--delete").stdout).toContain("is deleted, with all that belonged to it");
    expect(existsSync(join(home, ".local/share/kybern"))).toBe(false);
  });
});
