import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../src/client/system-clock.ts";
import { CertificateStore } from "../src/cluster/certificates.ts";
import type { Endpoint } from "./api-client.ts";
import { type Contender, Processes, untilReady } from "./servers.ts";

/** The scheduler's own limit on requests, 50 a second, is not what is measured. */
const unthrottled = ["--leader-elect=false", "--kube-api-qps=10000", "--kube-api-burst=10000"];

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
        if (parts !== "apiserver") {
          const kubeconfig = join(directory, "kubeconfig");
          writeFileSync(kubeconfig, kubeconfigOf(endpoint, pki));
          const components: [string, number, string[]][] = [["kube-scheduler", schedulerPort, unthrottled]];
          if (parts === "all") components.push(["kube-controller-manager", managerPort, []]);
          for (const [name, itsPort, flags] of components) {
            const binary = join(binaries, name);
            if (!existsSync(binary)) continue;
            const own = ["--kubeconfig", kubeconfig, "--secure-port", String(itsPort), "--bind-address", "127.0.0.1"];
            processes.spawn(name, binary, [...own, ...flags]);
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
