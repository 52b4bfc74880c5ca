import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildImages, type CommandResult, main, root, run, signalGroup } from "./cluster.ts";

/** A network namespace that stands for another machine: a cable leads from it to this one, its default route is this machine. */
export class OtherMachine {
  readonly name: string;
  /** This machine's address on the cable. */
  readonly hostAddress: string;
  readonly address: string;
  /** The cable's end on this machine. */
  readonly link: string;

  private constructor(subnet: string) {
    this.name = `kybern-test-${process.pid}`;
    this.link = `kyt${process.pid}`;
    this.hostAddress = `${subnet}.1`;
    this.address = `${subnet}.2`;
  }

  static make(): OtherMachine {
    const machine = new OtherMachine(freeSubnet());
    try {
      machine.#connect();
    } catch (error) {
      machine.delete();
      throw error;
    }
    return machine;
  }

  #connect(): void {
    must("ip", "netns", "add", this.name);
    must("ip", "link", "add", this.link, "type", "veth", "peer", "name", "eth0", "netns", this.name);
    must("ip", "addr", "add", `${this.hostAddress}/24`, "dev", this.link);
    must("ip", "link", "set", this.link, "up");
    this.ok("ip", "link", "set", "lo", "up");
    this.ok("ip", "addr", "add", `${this.address}/24`, "dev", "eth0");
    this.ok("ip", "link", "set", "eth0", "up");
    this.ok("ip", "route", "add", "default", "via", this.hostAddress);
  }

  /** The command line by which something runs there. It shares the mounts of this machine, which containers need. */
  enter(...command: string[]): [string, string[]] {
    return ["nsenter", [`--net=/run/netns/${this.name}`, ...command]];
  }

  run(...command: string[]): CommandResult {
    return run(...this.enter(...command));
  }

  ok(...command: string[]): string {
    return succeeded(command, this.run(...command));
  }

  /** What a URL answers there. */
  get(url: string): string {
    const script = `
      const response = await fetch(process.argv[1], { headers: { connection: "close" }, signal: AbortSignal.timeout(5000) });
      process.stdout.write(await response.text());`;
    return this.ok(process.execPath, "--input-type=module", "-e", script, url);
  }

  delete(): void {
    run("ip", ["link", "del", this.link]);
    run("ip", ["netns", "del", this.name]);
  }
}

/** `kybern run COMPONENT` on another machine, with a data directory of its own: a node unless told. */
export class TestNode {
  readonly name = "second";
  readonly #component: "node" | "proxy";
  readonly directory = mkdtempSync(join(tmpdir(), "kybern-node-"));
  readonly #machine: OtherMachine;
  readonly #kubeconfig: string;
  #process: ChildProcess | undefined;
  #output = "";

  constructor(machine: OtherMachine, kubeconfig: string, component: "node" | "proxy" = "node") {
    this.#component = component;
    this.#machine = machine;
    this.#kubeconfig = kubeconfig;
  }

  get output(): string {
    return this.#output;
  }

  /** What everything of this node on its machine is named after. */
  get id(): string {
    return (JSON.parse(readFileSync(join(this.directory, "cluster.json"), "utf8")) as { id: string }).id;
  }

  /** Resolves when it says that it runs. */
  async start(): Promise<void> {
    this.#output = "";
    const command = ["run", this.#component, "--kubeconfig", this.#kubeconfig, "--data", this.directory, "--node-name", this.name];
    const child = spawn(...this.#machine.enter(process.execPath, main, ...command), {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#process = child;
    await new Promise<void>((resolve, reject) => {
      const onData = (chunk: Buffer) => {
        this.#output += chunk.toString();
        if (this.#output.includes(`${this.#component} runs against`)) resolve();
      };
      child.stdout.on("data", onData);
      child.stderr.on("data", onData);
      child.on("exit", (code) => reject(new Error(`kybern run ${this.#component} ended with ${code}:\n${this.#output}`)));
    });
  }

  async signal(signal: NodeJS.Signals): Promise<number | null> {
    return await signalGroup(this.#process, signal);
  }

  stop(): Promise<number | null> {
    return this.signal("SIGINT");
  }

  importImages(...names: string[]): void {
    buildImages();
    for (const name of names)
      this.#machine.ok(process.execPath, main, "image", "import", join(root, "build", "images", `${name}.tar`), "--data", this.directory);
  }

  /** Stops it and removes every trace of it from its machine. */
  async delete(): Promise<void> {
    await this.stop();
    if (existsSync(join(this.directory, "cluster.json")))
      this.#machine.ok(process.execPath, main, "down", "--delete", "--data", this.directory);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The administrator's kubeconfig with another address of the API server. */
export function kubeconfigFor(file: string, kubeconfig: string, address: string): void {
  writeFileSync(file, readFileSync(kubeconfig, "utf8").replace("https://127.0.0.1:", `https://${address}:`), { mode: 0o600 });
}

/** A /24 of the range for tests between networks (RFC 2544) that this machine has no address in. */
function freeSubnet(): string {
  const taken = must("ip", "-o", "-4", "addr");
  for (let step = 0; step < 256; step++) {
    const subnet = `198.18.${(process.pid + step) % 256}`;
    if (!taken.includes(` ${subnet}.`)) return subnet;
  }
  throw new Error("no free range within 198.18.0.0/16");
}

function must(command: string, ...args: string[]): string {
  return succeeded([command, ...args], run(command, args));
}

function succeeded(command: readonly string[], { code, stdout, stderr }: CommandResult): string {
  if (code !== 0) throw new Error(`${command.join(" ")} failed: ${stderr}${stdout}`);
  return stdout;
}
