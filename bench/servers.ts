import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { build } from "esbuild";
import { CertificateStore } from "../src/cluster/certificates.ts";
import { systemClock } from "../src/cluster/system-clock.ts";
import { type Endpoint, Http2Client } from "./http2-client.ts";

const root = join(import.meta.dirname, "..");

/** Which parts run: the API server with its store alone, or everything that a cluster without nodes has. */
export type Parts = "apiserver" | "all";

/** A server under test. */
export interface Server {
  readonly endpoint: Endpoint;
  /** From the start of the API server's process to the first answered request. */
  readonly readyMilliseconds: number;
  /** Its processes by name. */
  readonly processes: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Something that serves the Kubernetes API, over data of its own that outlive a stop. */
export interface Contender {
  readonly name: string;
  start(directory: string, parts: Parts): Promise<Server>;
}

class Processes {
  readonly #children = new Map<string, ChildProcess>();
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
    mkdirSync(directory, { recursive: true });
  }

  spawn(name: string, command: string, args: readonly string[]): ChildProcess {
    const log = openSync(join(this.#directory, `${name}.log`), "a");
    const child = spawn(command, args, { stdio: ["ignore", log, log] });
    this.#children.set(name, child);
    return child;
  }

  get pids(): Map<string, number> {
    return new Map([...this.#children].map(([name, child]) => [name, child.pid as number]));
  }

  /** Ends the processes one after another, the last one started first. */
  async stop(): Promise<void> {
    for (const child of [...this.#children.values()].reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await exited;
      clearTimeout(timer);
    }
  }

  failure(name: string): Error | undefined {
    const child = this.#children.get(name);
    if (child?.exitCode === null && child.signalCode === null) return undefined;
    return new Error(`${name} ended:\n${readFileSync(join(this.#directory, `${name}.log`), "utf8").slice(-2000)}`);
  }
}

/** Waits for a request that finds the API; each try is a new connection. */
async function untilReady(processes: Processes, name: string, endpoint: () => Endpoint): Promise<number> {
  const begun = performance.now();
  while (performance.now() - begun < 60_000) {
    const failure = processes.failure(name);
    if (failure) throw failure;
    try {
      const client = await Http2Client.connect(endpoint());
      const { status } = await client.request("GET", "/api/v1/namespaces/default");
      client.close();
      if (status === 200) return performance.now() - begun;
    } catch {
      // not there yet
    }
    await sleep(5);
  }
  throw new Error(`${name} did not become ready`);
}

/** kybern, as it is built; from a bundle of the sources when it isn't. */
export async function kybern(port: number, nodeFlags: readonly string[]): Promise<Contender> {
  let program = [join(root, "dist", "main.js"), "up", "--nodes", "none", "--log-level", "warn"];
  const isBuilt = existsSync(program[0] as string);
  if (!isBuilt) {
    const outdir = join(root, "build", "bench");
    await build({
      entryPoints: { "control-plane": join(root, "bench", "control-plane.ts") },
      outdir,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node22",
      packages: "external",
      sourcemap: "linked",
      sourcesContent: false,
      minifySyntax: true,
      minifyWhitespace: true,
      logLevel: "error",
    });
    program = [join(outdir, "control-plane.js")];
  }
  return {
    name: "kybern",
    async start(directory, parts) {
      const processes = new Processes(directory);
      const components = parts === "all" ? "apiserver,controllers,scheduler" : "apiserver";
      const args = isBuilt
        ? ["--data", directory, "--port", String(port), "--components", components]
        : [directory, String(port), components];
      processes.spawn("kybern", process.execPath, [...nodeFlags, ...program, ...args]);
      const file = (name: string) => readFileSync(join(directory, "pki", name), "utf8");
      const endpoint = () => ({ port, authority: file("ca.crt"), certificate: file("admin.crt"), key: file("admin.key") });
      try {
        const readyMilliseconds = await untilReady(processes, "kybern", endpoint);
        return { endpoint: endpoint(), readyMilliseconds, processes: processes.pids, stop: () => processes.stop() };
      } catch (error) {
        await processes.stop();
        throw error;
      }
    },
  };
}

/** kube-apiserver with etcd, and with the scheduler and the controller manager where they are asked for and there. */
export function upstream(binaries: string, port: number): Contender {
  const [etcdPort, peerPort, schedulerPort, managerPort] = [port + 1, port + 2, port + 3, port + 4] as const;
  return {
    name: "kube-apiserver + etcd",
    async start(directory, parts) {
      const processes = new Processes(directory);
      const pki = join(directory, "pki");
      const certificates = new CertificateStore(pki, systemClock);
      const authority = (await certificates.authority()).certificate;
      await certificates.tokenKey();
      await certificates.certificate("server", {
        commonName: "kube-apiserver",
        usages: ["server"],
        dnsNames: ["localhost"],
        addresses: ["127.0.0.1"],
      });
      const admin = await certificates.certificate("admin", {
        commonName: "kubernetes-admin",
        organizations: ["system:masters"],
        usages: ["client"],
      });
      const endpoint: Endpoint = { port, authority, certificate: admin.certificate, key: admin.key };
      const etcd = `http://127.0.0.1:${etcdPort}`;
      try {
        processes.spawn("etcd", join(binaries, "etcd"), [
          ...["--data-dir", join(directory, "etcd"), "--listen-client-urls", etcd, "--advertise-client-urls", etcd],
          ...["--listen-peer-urls", `http://127.0.0.1:${peerPort}`, "--initial-advertise-peer-urls", `http://127.0.0.1:${peerPort}`],
          ...["--initial-cluster", `default=http://127.0.0.1:${peerPort}`, "--log-level", "warn"],
        ]);
        await untilHealthy(processes, etcd);
        const file = (name: string) => join(pki, name);
        processes.spawn("kube-apiserver", join(binaries, "kube-apiserver"), [
          ...["--etcd-servers", etcd, "--secure-port", String(port), "--bind-address", "127.0.0.1", "--cert-dir", directory],
          ...["--tls-cert-file", file("server.crt"), "--tls-private-key-file", file("server.key"), "--client-ca-file", file("ca.crt")],
          ...["--service-account-issuer", "https://kubernetes.default.svc", "--service-account-key-file", file("sa.key")],
          ...["--service-account-signing-key-file", file("sa.key"), "--authorization-mode", "Node,RBAC"],
          ...["--service-cluster-ip-range", "10.97.0.0/16", "--enable-aggregator-routing=false"],
        ]);
        const readyMilliseconds = await untilReady(processes, "kube-apiserver", () => endpoint);
        if (parts === "all") {
          const kubeconfig = join(directory, "kubeconfig");
          writeFileSync(kubeconfig, kubeconfigOf(endpoint, pki));
          for (const [name, itsPort] of [
            ["kube-scheduler", schedulerPort],
            ["kube-controller-manager", managerPort],
          ] as const) {
            const binary = join(binaries, name);
            if (!existsSync(binary)) continue;
            processes.spawn(name, binary, ["--kubeconfig", kubeconfig, "--secure-port", String(itsPort), "--bind-address", "127.0.0.1"]);
          }
        }
        return { endpoint, readyMilliseconds, processes: processes.pids, stop: () => processes.stop() };
      } catch (error) {
        await processes.stop();
        throw error;
      }
    },
  };
}

async function untilHealthy(processes: Processes, url: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    const failure = processes.failure("etcd");
    if (failure) throw failure;
    const healthy = await fetch(`${url}/health`).then(
      (response) => response.ok,
      () => false,
    );
    if (healthy) return;
    await sleep(50);
  }
  throw new Error("etcd did not become ready");
}

function kubeconfigOf({ port }: Endpoint, pki: string): string {
  return JSON.stringify({
    kind: "Config",
    apiVersion: "v1",
    clusters: [{ name: "bench", cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority": join(pki, "ca.crt") } }],
    users: [{ name: "admin", user: { "client-certificate": join(pki, "admin.crt"), "client-key": join(pki, "admin.key") } }],
    contexts: [{ name: "bench", context: { cluster: "bench", user: "admin" } }],
    "current-context": "bench",
  });
}
