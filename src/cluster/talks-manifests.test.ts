import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { namespaces, serviceaccounts } from "../api/refs.ts";
import { systemClock, systemRandom } from "../client/system-clock.ts";
import { silentLogger } from "../machinery/logger.ts";
import { CertificateStore } from "./certificates.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { kubeconfigText } from "./kubeconfig-file.ts";
import { freePort, planeOptions } from "./testing/test-control-plane.ts";

const run = promisify(execFile);
const talks = join(import.meta.dirname, "../../examples/talks");
const hasKubectl = await run("kubectl", ["version", "--client"]).then(
  () => true,
  () => false,
);

describe.skipIf(!hasKubectl)("a present-day kubectl", () => {
  const directory = mkdtempSync(join(tmpdir(), "kybern-talks-"));
  const kubeconfig = join(directory, "kubeconfig");
  let plane: ControlPlane;

  beforeAll(async () => {
    const port = await freePort();
    const certificates = new CertificateStore(join(directory, "certificates"), systemClock);
    plane = await startControlPlane({ clock: systemClock, random: systemRandom, logger: silentLogger }, planeOptions(certificates, port));
    const pair = await certificates.certificate("admin", { commonName: "admin", organizations: ["system:masters"], usages: ["client"] });
    writeFileSync(kubeconfig, kubeconfigText("talks", `https://127.0.0.1:${port}`, plane.authority.certificate, { name: "admin", pair }));
  });

  afterAll(async () => {
    await plane.stop();
    rmSync(directory, { recursive: true });
  });

  it.each(readdirSync(talks))("creates what the %s talk shows, from its own files", { timeout: 30_000 }, async (talk) => {
    const client = plane.clientAs("admin", ["system:masters"]);
    await client.create(namespaces, { metadata: { name: talk } });
    await client.create(serviceaccounts, { metadata: { name: "default", namespace: talk } });
    const files = readdirSync(join(talks, talk));
    const { stdout } = await run("kubectl", [
      `--kubeconfig=${kubeconfig}`,
      `--namespace=${talk}`,
      "create",
      ...files.flatMap((file) => ["-f", join(talks, talk, file)]),
    ]);
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.split(" ")[1]),
    ).toEqual(files.map(() => "created"));
  });
});
