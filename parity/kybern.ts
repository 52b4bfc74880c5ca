import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rawTables } from "../src/api/tables.ts";
import { systemClock, systemRandom } from "../src/client/system-clock.ts";
import { CertificateStore } from "../src/cluster/certificates.ts";
import { startControlPlane } from "../src/cluster/control-plane.ts";
import { parseAdmission } from "../src/cluster/options.ts";
import type { ServerFlags as ApiServerFlags } from "../src/cluster/server-flags.ts";
import { parseServerFlags } from "../src/cluster/server-flags.ts";
import { silentLogger } from "../src/machinery/logger.ts";
import { readDescriptions } from "../tools/descriptions.ts";
import type { AccessWorld } from "./access-world.ts";
import { type Target, targetAt } from "./run.ts";
import type { ServerFlags } from "./sequences.ts";
import type { WebhookServer } from "./webhook-server.ts";

/** From the published client, so that nothing has to be built first. */
const models = join(dirname(fileURLToPath(import.meta.resolve("@kubernetes/client-node"))), "gen", "models");

const token = "admintoken";

export interface KybernOptions {
  /** Flags of the API server. */
  serverFlags?: ApiServerFlags;
  flags?: ServerFlags;
  world?: AccessWorld;
}

/** kybern's API server alone, as the reference runs: no controllers, no scheduler, a memory store. */
export async function startKybern(
  webhooks: WebhookServer,
  port = 0,
  { flags, world, serverFlags }: KybernOptions = {},
): Promise<Target & { stop(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), "kybern-parity-"));
  const tokenAuthFile = join(directory, "tokens.csv");
  writeFileSync(tokenAuthFile, `${token},admin,admin-uid,"system:masters"\n`);
  const deps = { clock: systemClock, random: systemRandom, logger: silentLogger };
  const ownPort = port || (await freePort());
  const controlPlane = await startControlPlane(deps, {
    certificates: new CertificateStore(join(directory, "pki"), systemClock),
    bindAddresses: ["127.0.0.1"],
    port: ownPort,
    advertiseAddress: "127.0.0.1",
    tlsNames: [],
    serviceClusterIpRange: "10.97.0.0/16",
    nodePortRange: "30000-32767",
    issuer: "https://kubernetes.default.svc",
    tokenAuthFile,
    ...(flags ? parseAdmission(flags.enable, undefined, join(import.meta.dirname, "corpus", flags.configuration)) : {}),
    notActedOn: () => undefined,
    legacyVersions: false,
    ...(serverFlags ? { flags: serverFlags } : {}),
    ...(world ? { flags: parseServerFlags(world.flags) } : {}),
    descriptions: () => readDescriptions(models, rawTables),
  });
  const target = targetAt(`https://127.0.0.1:${ownPort}`, token, webhooks, 0, world);
  return {
    ...target,
    async stop() {
      target.http.close();
      await controlPlane.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
