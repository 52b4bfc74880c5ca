import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "../../../machinery/clock.ts";
import { silentLogger } from "../../../machinery/logger.ts";
import { type Bridge, ensureBridge, removeBridge } from "../bridge.ts";
import { type CommandRunner, inNetworkNamespace, runCommand } from "../command.ts";
import { networkNames } from "../names.ts";

/** Why tests with a real kernel can't run here; undefined when they can. */
export function whyNoTestNetwork(): string | undefined {
  if (process.getuid?.() !== 0) return "needs root";
  const name = `kybt-${process.pid}-probe`;
  try {
    execFileSync("ip", ["netns", "add", name], { stdio: "ignore" });
  } catch {
    return "needs the ip tool and network namespaces";
  }
  try {
    execFileSync("ip", ["netns", "exec", name, "nft", "list", "ruleset"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "needs the nft tool";
  } finally {
    execFileSync("ip", ["netns", "del", name]);
  }
}

/** The addresses of the test network, all of them within 10.98.0.0/16. */
export const testRanges = {
  clusterCidr: "10.98.0.0/17",
  podCidr: "10.98.1.0/24",
  serviceCidr: "10.98.128.0/20",
  nodeIp: "10.98.200.1",
  outsideIp: "10.98.200.2",
};

/** A machine with the cluster's bridge, pods on it, and a neighbour outside: each a network namespace. */
export class TestNetwork {
  readonly clusterId: string;
  readonly node: CommandRunner;
  readonly directory = mkdtempSync(join(tmpdir(), "kybern-network-"));
  readonly #prefix: string;
  readonly #namespaces: string[] = [];
  readonly #servers: { kill(): void; ended: Promise<void> }[] = [];
  readonly #clock: Clock;
  bridge!: Bridge;

  private constructor(clusterId: string, clock: Clock) {
    this.clusterId = clusterId;
    this.#clock = clock;
    this.#prefix = `kybt-${process.pid}-${clusterId}`;
    this.node = inNetworkNamespace(this.namespace("node"));
  }

  static async create(clusterId: string, clock: Clock): Promise<TestNetwork> {
    const network = new TestNetwork(clusterId, clock);
    await network.addNamespace("node");
    await network.addNamespace("outside");
    await runCommand([
      "ip",
      "link",
      "add",
      "eth0",
      "netns",
      network.namespace("node"),
      "type",
      "veth",
      "peer",
      "eth0",
      "netns",
      network.namespace("outside"),
    ]);
    await network.#configure("node", `${testRanges.nodeIp}/24`);
    await network.#configure("outside", `${testRanges.outsideIp}/24`);
    // The neighbour knows the way to services' external addresses, not to pods.
    await network.in("outside")(["ip", "route", "add", "10.98.240.0/24", "via", testRanges.nodeIp]);
    // A new namespace begins with what the machine has, whoever changed that.
    await network.node(["sh", "-c", "echo 0 > /proc/sys/net/ipv4/ip_forward; echo 0 > /proc/sys/net/ipv6/conf/all/forwarding"]);
    network.bridge = await ensureBridge(network.deps, network.bridgeOptions);
    return network;
  }

  get deps() {
    return { run: this.node, clock: this.#clock, logger: silentLogger };
  }

  get bridgeOptions() {
    return {
      clusterId: this.clusterId,
      podCidrs: [testRanges.podCidr],
      serviceCidrs: [testRanges.serviceCidr],
      runDirectory: join(this.directory, "run"),
    };
  }

  namespace(name: string): string {
    return `${this.#prefix}-${name}`;
  }

  /** Runs commands in a pod, in `outside`, or in `node`. */
  in(name: string): CommandRunner {
    return inNetworkNamespace(this.namespace(name));
  }

  /** A pod on the bridge with this address. */
  async addPod(name: string, ip: string): Promise<void> {
    await this.addNamespace(name);
    const port = `v-${name}`;
    await runCommand([
      "ip",
      "link",
      "add",
      port,
      "netns",
      this.namespace("node"),
      "type",
      "veth",
      "peer",
      "eth0",
      "netns",
      this.namespace(name),
    ]);
    await this.node(["ip", "link", "set", port, "master", networkNames(this.clusterId).bridge, "up"]);
    await this.node(["ip", "link", "set", port, "type", "bridge_slave", "hairpin", "on"]);
    await this.#configure(name, `${ip}/24`);
    await this.in(name)(["ip", "route", "add", "default", "via", this.bridge.addresses[0] as string]);
  }

  /** TCP and UDP servers that answer a connection or packet with `<name> <the peer's address>`; TCP then repeats each line it gets. */
  async serve(name: string, port: number): Promise<void> {
    const script = `
      const net = require("net"), dgram = require("dgram");
      net.createServer((s) => { s.on("error", () => {}); s.write(${JSON.stringify(name)} + " " + s.remoteAddress.replace("::ffff:", "") + "\\n"); s.pipe(s); })
        .listen(${port}, "0.0.0.0", () => {
          const u = dgram.createSocket("udp4", (m, r) => u.send(${JSON.stringify(name)} + " " + r.address, r.port, r.address));
          u.bind(${port}, () => console.log("ready"));
        });`;
    const child = spawn("ip", ["netns", "exec", this.namespace(name), process.execPath, "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    this.#servers.push({ kill: () => child.kill("SIGKILL"), ended });
    await new Promise<void>((resolve, reject) => {
      child.stdout.once("data", () => resolve());
      child.once("exit", (code) => reject(new Error(`the server of ${name} ended: ${code}`)));
    });
  }

  /** What a server said first on a new TCP connection, or `refused`, or `timeout`. */
  async connect(from: string, ip: string, port: number): Promise<string> {
    const script = 'exec 3<>"/dev/tcp/$1/$2" && read -r -t 2 line <&3 && echo "$line"';
    return await this.#ask(from, script, ip, port);
  }

  /** What a server answered to one UDP packet, or `refused`, or `timeout`. */
  async send(from: string, ip: string, port: number): Promise<string> {
    const script = 'exec 3<>"/dev/udp/$1/$2"; echo hello >&3; dd bs=512 count=1 status=none <&3';
    return await this.#ask(from, script, ip, port);
  }

  async #ask(from: string, script: string, ip: string, port: number): Promise<string> {
    try {
      return (await this.in(from)(["timeout", "1", "bash", "-c", script, "bash", ip, String(port)])).trim() || "timeout";
    } catch (error) {
      const text = String(error);
      return text.includes("refused") ? "refused" : text.includes("exit code 124") || text.includes("timed out") ? "timeout" : text;
    }
  }

  /** Another namespace, with nothing but its loopback. */
  async addNamespace(name: string): Promise<void> {
    await runCommand(["ip", "netns", "add", this.namespace(name)]);
    this.#namespaces.push(this.namespace(name));
    await this.in(name)(["ip", "link", "set", "lo", "up"]);
  }

  async #configure(name: string, address: string): Promise<void> {
    await this.in(name)(["ip", "-batch", "-"].slice(0, 3), { input: `addr add ${address} dev eth0\nlink set eth0 up\n` });
  }

  async close(): Promise<void> {
    for (const server of this.#servers) server.kill();
    await Promise.all(this.#servers.map((server) => server.ended));
    await removeBridge(this.deps, this.bridgeOptions);
    for (const namespace of this.#namespaces) await runCommand(["ip", "netns", "del", namespace]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
