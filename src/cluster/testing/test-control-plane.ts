import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "../../client/client.ts";
import type { ServerConnection } from "../../client/kubeconfig.ts";
import { systemClock, systemRandom } from "../../client/system-clock.ts";
import { sleep } from "../../machinery/clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { CertificateStore } from "../certificates.ts";
import { type ControlPlane, type ControlPlaneOptions, startControlPlane } from "../control-plane.ts";

/** A control plane on a port of loopback. */
export function planeOptions(certificates: CertificateStore, port: number): ControlPlaneOptions {
  return {
    certificates,
    bindAddresses: ["127.0.0.1"],
    port,
    advertiseAddress: "127.0.0.1",
    tlsNames: [],
    serviceClusterIpRange: "10.97.0.0/16",
    nodePortRange: "30000-32767",
    issuer: "https://kubernetes.default.svc",
    notActedOn: () => undefined,
  };
}

/** A store in memory and an API server that listens, for components that run by themselves. */
export class TestControlPlane {
  readonly directory: string;
  readonly certificates: CertificateStore;
  readonly controlPlane: ControlPlane;
  readonly client: Client;
  /** As an administrator, over HTTPS. */
  readonly admin: ServerConnection;

  private constructor(parts: Pick<TestControlPlane, "directory" | "certificates" | "controlPlane" | "client" | "admin">) {
    this.directory = parts.directory;
    this.certificates = parts.certificates;
    this.controlPlane = parts.controlPlane;
    this.client = parts.client;
    this.admin = parts.admin;
  }

  static async start(): Promise<TestControlPlane> {
    const directory = await mkdtemp(join(tmpdir(), "kybern-control-plane-"));
    const certificates = new CertificateStore(join(directory, "pki"), systemClock);
    const port = await freePort();
    const controlPlane = await startControlPlane(
      { clock: systemClock, random: systemRandom, logger: silentLogger },
      planeOptions(certificates, port),
    );
    const pair = await certificates.certificate("admin", { commonName: "admin", organizations: ["system:masters"], usages: ["client"] });
    const admin = {
      server: `https://127.0.0.1:${port}`,
      certificateAuthority: controlPlane.authority.certificate,
      clientCertificate: pair.certificate,
      clientKey: pair.key,
    };
    return new TestControlPlane({
      directory,
      certificates,
      controlPlane,
      client: controlPlane.clientAs("test", ["system:masters"]),
      admin,
    });
  }

  async delete(): Promise<void> {
    await this.controlPlane.stop();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Looks again and again until the condition holds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = systemClock.now() + 20_000;
  let trouble: unknown;
  for (;;) {
    try {
      if (await condition()) return;
    } catch (error) {
      trouble = error;
    }
    if (systemClock.now() > deadline) throw new Error(`not within 20 s: ${what}`, { cause: trouble });
    await sleep(systemClock, 20);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}
