import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(fileURLToPath(new URL(".", import.meta.url)), "..", "..");
export const main = join(root, "dist", "main.js");

/** Why tests with real containers can't run here; undefined when they can. */
export function whyNoContainers(): string | undefined {
  if (process.platform !== "linux") return "real containers need Linux";
  if (process.getuid?.() !== 0) return "real containers need root";
  for (const command of ["containerd", "runc", "nft", "ip"]) if (!onPath(command)) return `${command} is not installed: run kybern setup`;
  return whyNoKubectl();
}

/** Why tests with kubectl can't run here. */
export function whyNoKubectl(): string | undefined {
  if (!existsSync(main)) return "dist/ is not built: run npm run build";
  return onPath("kubectl") ? undefined : "kubectl is not installed";
}

function onPath(command: string): boolean {
  const directories = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return directories.some((directory) => existsSync(join(directory, command)));
}

export interface CommandResult {
  stdout: string;
  stderr: string;
  code: number;
}

/** A cluster started as a person starts one, by the built command, in a data directory of its own. */
export class TestCluster {
  readonly directory: string;
  readonly kubeconfig: string;
  readonly #arguments: string[];
  #process: ChildProcess | undefined;
  #output = "";

  constructor(...extra: string[]) {
    this.directory = mkdtempSync(join(tmpdir(), "kybern-test-"));
    this.kubeconfig = join(this.directory, "kubeconfig");
    this.#arguments = extra;
  }

  static async start(...extra: string[]): Promise<TestCluster> {
    const cluster = new TestCluster(...extra);
    await cluster.start();
    return cluster;
  }

  get output(): string {
    return this.#output;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Runs `kybern up` until it says that the cluster is running. */
  async start(...extra: string[]): Promise<void> {
    this.#output = "";
    const child = spawn(process.execPath, [main, "up", "--data", this.directory, ...this.#arguments, ...extra], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      const onData = (chunk: Buffer) => {
        this.#output += chunk.toString();
        if (this.#output.includes("The cluster is running")) resolve();
      };
      child.stdout.on("data", onData);
      child.stderr.on("data", onData);
      child.on("exit", (code) => reject(new Error(`kybern up ended with ${code}:\n${this.#output}\n${this.logs()}`)));
    });
  }

  /** Sends a signal to the process group, as Ctrl-C on a terminal does, and waits for its end. */
  async signal(signal: NodeJS.Signals): Promise<number | null> {
    return await signalGroup(this.#process, signal);
  }

  stop(): Promise<number | null> {
    return this.signal("SIGINT");
  }

  /** Stops the cluster and removes every trace of it. */
  async delete(): Promise<void> {
    await this.stop();
    const result = this.kybern("down", "--delete", "--data", this.directory);
    if (result.code !== 0) throw new Error(`kybern down --delete failed: ${result.stderr}`);
    rmSync(this.directory, { recursive: true, force: true });
    rmSync(`${this.directory}-kubectl-cache`, { recursive: true, force: true });
  }

  kybern(...args: string[]): CommandResult {
    return run(process.execPath, [main, ...args]);
  }

  /** kubectl keeps what it discovers by the server's port, which another cluster may have had. */
  get #flags(): string[] {
    return ["--kubeconfig", this.kubeconfig, "--cache-dir", `${this.directory}-kubectl-cache`];
  }

  kubectl(...args: string[]): CommandResult {
    return run("kubectl", [...this.#flags, ...args]);
  }

  /** kubectl that must succeed; gives what it prints. */
  ok(...args: string[]): string {
    const result = this.kubectl(...args);
    if (result.code !== 0) throw new Error(`kubectl ${args.join(" ")} failed: ${result.stderr}${result.stdout}`);
    return result.stdout;
  }

  /** kubectl with text on its standard input. */
  feed(input: string | Buffer, ...args: string[]): CommandResult {
    return run("kubectl", [...this.#flags, ...args], input);
  }

  json<T = { items: unknown[] }>(...args: string[]): T {
    return JSON.parse(this.ok(...args, "-o", "json")) as T;
  }

  /** Looks again and again until the condition holds. */
  async until(what: string, condition: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
    const deadline = performance.now() + seconds * 1000;
    let trouble = "";
    for (;;) {
      try {
        if (await condition()) return;
        trouble = "";
      } catch (error) {
        // Perhaps not there yet.
        trouble = `: ${error instanceof Error ? error.message : String(error)}`;
      }
      if (performance.now() > deadline) {
        const state = this.kubectl("get", "pods,services,events", "-A", "-o", "wide").stdout;
        throw new Error(`not within ${seconds} s: ${what}${trouble}\n${state}\n${this.logs()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  importImages(...names: string[]): void {
    buildImages();
    for (const name of names) {
      const result = this.kybern("image", "import", join(root, "build", "images", `${name}.tar`), "--data", this.directory);
      if (result.code !== 0) throw new Error(`image import failed: ${result.stderr}`);
    }
  }

  logs(): string {
    return ["kybern.log", "node.log"]
      .map((name) => {
        const file = join(this.directory, "logs", name);
        return existsSync(file) ? `--- ${name}\n${readFileSync(file, "utf8").split("\n").slice(-30).join("\n")}` : "";
      })
      .join("\n");
  }
}

/** Builds the examples' images, unless they are there. */
export function buildImages(): void {
  execFileSync(process.execPath, [join(root, "tools", "build-images.ts")], { stdio: "ignore", cwd: root });
}

/** Sends a signal to a process and its children, and waits for its end: the exit code, null when a signal ended it. */
export async function signalGroup(child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<number | null> {
  if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  process.kill(-child.pid, signal);
  return await ended;
}

export function run(command: string, args: string[], input?: string | Buffer): CommandResult {
  const result = spawnSync(command, args, { ...(input === undefined ? {} : { input }), maxBuffer: 512 * 1024 * 1024 });
  if (result.error) throw result.error;
  return { stdout: result.stdout.toString(), stderr: result.stderr.toString(), code: result.status ?? -1 };
}
