import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
import type { Random } from "../src/machinery/random.ts";
import { readDescriptions } from "../tools/descriptions.ts";
import type { AccessWorld } from "./access-world.ts";
import { type Target, targetAt } from "./run.ts";
import type { ServerFlags } from "./sequences.ts";
import type { WebhookServer } from "./webhook-server.ts";

/** From the published client, so that nothing has to be built first. */
const models = join(dirname(fileURLToPath(import.meta.resolve("@kubernetes/client-node"))), "gen", "models");

const token = "admintoken";
/** The first ports of the range are not drawn. */
const nodePorts = { first: 30_000, last: 32_767, kept: 86 };
/** Long enough for what one sequence draws. */
const rememberedDraws = 300;

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
  const deps = { clock: systemClock, random: withoutCoincidences(systemRandom), logger: silentLogger };
  const ownPort = port || (await freePort());
  const controlPlane = await startControlPlane(deps, {
    certificates: new CertificateStore(join(directory, "pki"), systemClock),
    bindAddresses: ["127.0.0.1"],
    port: ownPort,
    advertiseAddress: "127.0.0.1",
    tlsNames: [],
    serviceClusterIpRange: "10.97.0.0/16",
    nodePortRange: `${nodePorts.first}-${nodePorts.last}`,
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

/**
 * Random, but no draw gives a node port that a request of the corpus names, or that was drawn a moment ago: a comparison would take it
 * for the same port, or find it taken by a sequence beside it.
 */
function withoutCoincidences(random: Random): Random {
  const corpus = join(import.meta.dirname, "corpus");
  const files = readdirSync(corpus).filter((file) => file.endsWith(".ts"));
  const texts = files.map((file) => readFileSync(join(corpus, file), "utf8"));
  const named = new Set(texts.flatMap((text) => Array.from(text.matchAll(/\b3[0-2]\d{3}\b/g), ([port]) => Number(port))));
  const recent = new Set<number>();
  const count = nodePorts.last - nodePorts.first + 1 - nodePorts.kept;
  const next = (): number => {
    const value = random.next();
    const port = nodePorts.first + nodePorts.kept + Math.floor(value * count);
    if (named.has(port) || recent.has(port)) return next();
    recent.add(port);
    for (const oldest of recent) if (recent.size > rememberedDraws) recent.delete(oldest);
    return value;
  };
  return { next, bytes: (length) => random.bytes(length) };
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
