import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HttpsServer } from "../apiserver/http/https-server.ts";
import { ClientAuthorities } from "../apiserver/http/peer-certificate.ts";
import { systemClock } from "../client/system-clock.ts";
import { openAuthority } from "../cluster/certificates.ts";
import { kubeconfigText } from "../cluster/kubeconfig-file.ts";
import type { ClusterCore } from "./cluster-core.ts";
import type { Served, ServedUser, ServeOptions } from "./served.ts";

/** The HTTPS edge of one cluster. Clients look at its certificate by the machine's clock; it looks at theirs by the cluster's time. */
export class ServedCluster implements Served {
  readonly url: string;
  readonly port: number;
  readonly kubeConfig: string;
  readonly kubeconfigPath: string;
  readonly certificateAuthority: string;
  readonly #https: HttpsServer;
  readonly #directory: string;
  readonly #core: ClusterCore;

  private constructor(core: ClusterCore, https: HttpsServer, host: string, port: number, kubeConfig: string, directory: string) {
    this.#core = core;
    this.#https = https;
    this.port = port;
    this.url = urlOf(host, port);
    this.kubeConfig = kubeConfig;
    this.#directory = directory;
    this.kubeconfigPath = join(directory, "kubeconfig");
    this.certificateAuthority = core.state.keys.authority.certificate;
  }

  static async start(core: ClusterCore, admin: ServedUser, { port = 0, host = "127.0.0.1" }: ServeOptions): Promise<ServedCluster> {
    const { keys, logger, time } = core.state;
    const serving = await openAuthority(keys.authority, systemClock).issue({
      commonName: "kube-apiserver",
      usages: ["server"],
      dnsNames: ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"],
      addresses: [...new Set(["127.0.0.1", "::1", "10.96.0.1", host])],
    });
    const https = new HttpsServer({
      handle: (request) => core.gate.handle(request, core.server.server),
      upgrade: (request) => core.server.server.upgrade(request),
      certificate: serving.certificate,
      key: serving.key,
      clientAuthorities: new ClientAuthorities(keys.authority.certificate, undefined),
      logger: logger.child({ component: "https" }),
      ...(time.virtual ? { clock: time } : {}),
    });
    const listening = await https.listen(port, host);
    const kubeConfig = await kubeconfigFor(core, admin, urlOf(host, listening));
    const directory = await mkdtemp(join(tmpdir(), "kybern-testing-"));
    await writeFile(join(directory, "kubeconfig"), kubeConfig, { mode: 0o600 });
    return new ServedCluster(core, https, host, listening, kubeConfig, directory);
  }

  kubeconfigFor(user: ServedUser): Promise<string> {
    return kubeconfigFor(this.#core, user, this.url);
  }

  async close(): Promise<void> {
    await this.#https.close(AbortSignal.abort());
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function urlOf(host: string, port: number): string {
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

async function kubeconfigFor(core: ClusterCore, { name, groups }: ServedUser, url: string): Promise<string> {
  const { keys, time } = core.state;
  const organizations = groups.filter((group) => group !== "system:authenticated");
  const pair = await openAuthority(keys.authority, time).issue({ commonName: name, organizations, usages: ["client"] });
  return kubeconfigText("kybern-testing", url, keys.authority.certificate, { name, pair });
}
