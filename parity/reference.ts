import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Http } from "./http.ts";
import { freePort } from "./kybern.ts";

export interface Reference {
  url: string;
  token: string;
  stop(): Promise<void>;
}

const patienceMilliseconds = 60_000;

/** A kube-apiserver over an etcd of its own, of the binaries in a directory, with these flags beside those it needs. */
export async function startReference(binaries: string, directory: string, flags: Readonly<Record<string, string>>): Promise<Reference> {
  mkdirSync(directory, { recursive: true });
  const [port, etcdPort, peerPort] = [await freePort(), await freePort(), await freePort()];
  const key = join(directory, "sa.key");
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(key, privateKey.export({ format: "pem", type: "pkcs8" }));
  const tokens = join(directory, "tokens.csv");
  const token = "admintoken";
  writeFileSync(tokens, `${token},admin,admin-uid,"system:masters"\n`);
  const etcd = run(binaries, directory, "etcd", {
    "data-dir": join(directory, "etcd"),
    "listen-client-urls": `http://127.0.0.1:${etcdPort}`,
    "advertise-client-urls": `http://127.0.0.1:${etcdPort}`,
    "listen-peer-urls": `http://127.0.0.1:${peerPort}`,
    "initial-advertise-peer-urls": `http://127.0.0.1:${peerPort}`,
    "initial-cluster": `default=http://127.0.0.1:${peerPort}`,
  });
  const server = run(binaries, directory, "kube-apiserver", {
    "etcd-servers": `http://127.0.0.1:${etcdPort}`,
    "secure-port": String(port),
    "bind-address": "127.0.0.1",
    "cert-dir": join(directory, "certificates"),
    "service-account-issuer": "https://kubernetes.default.svc",
    "service-account-key-file": key,
    "service-account-signing-key-file": key,
    "token-auth-file": tokens,
    "service-cluster-ip-range": "10.97.0.0/16",
    "enable-admission-plugins": "NodeRestriction",
    ...flags,
  });
  const stop = async () => {
    for (const child of [server, etcd]) await ended(child);
  };
  const url = `https://127.0.0.1:${port}`;
  const http = new Http(url);
  const deadline = Date.now() + patienceMilliseconds;
  for (;;) {
    const ready = await http.ask({ method: "GET", path: "/readyz", headers: { authorization: `Bearer ${token}` } }).catch(() => undefined);
    if (ready?.status === 200) break;
    if (server.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`kube-apiserver didn't start: see ${directory}/kube-apiserver.log`);
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  http.close();
  return { url, token, stop };
}

function run(binaries: string, directory: string, name: string, flags: Readonly<Record<string, string>>): ChildProcess {
  const log = openSync(join(directory, `${name}.log`), "w");
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  return spawn(join(binaries, name), args, { stdio: ["ignore", log, log] });
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exit;
}
