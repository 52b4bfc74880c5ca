import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { pods, serviceaccounts } from "../../api/refs.ts";
import { createHttpClient } from "../../client/http-client.ts";
import { systemClock, systemRandom } from "../../client/system-clock.ts";
import { silentLogger } from "../../machinery/logger.ts";
import { CertificateStore } from "../certificates.ts";
import { freePort } from "../testing/test-control-plane.ts";
import { startEnvtestApiServer } from "./api-server.ts";
import { parseGoFlags } from "./flags.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "kybern-envtest-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

it("serves with the certificates, authorities and token keys that envtest gives it", async () => {
  // As envtest does it: one authority for the server's certificate, another for those of clients, an RSA key for tokens.
  const servers = new CertificateStore(join(directory, "servers"), systemClock);
  const clients = new CertificateStore(join(directory, "clients"), systemClock);
  const serving = await servers.certificate("serving", { commonName: "kube-apiserver", usages: ["server"], addresses: ["127.0.0.1"] });
  const admin = await clients.certificate("admin", { commonName: "admin", organizations: ["system:masters"], usages: ["client"] });
  const tokenKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" });
  const at = (name: string) => join(directory, name);
  await writeFile(at("apiserver.crt"), serving.certificate);
  await writeFile(at("apiserver.key"), serving.key);
  await writeFile(at("client-cert-auth-ca.crt"), (await clients.authority()).certificate);
  await writeFile(at("sa-signer.key"), tokenKey);
  const port = await freePort();
  const flags = parseGoFlags([
    "--allow-privileged=true",
    "--authorization-mode=RBAC",
    "--bind-address=127.0.0.1",
    `--cert-dir=${directory}`,
    `--client-ca-file=${at("client-cert-auth-ca.crt")}`,
    "--disable-admission-plugins=ServiceAccount",
    "--etcd-servers=http://127.0.0.1:1",
    `--secure-port=${port}`,
    `--service-account-issuer=https://127.0.0.1:${port}/`,
    `--service-account-signing-key-file=${at("sa-signer.key")}`,
    "--service-cluster-ip-range=10.0.0.0/24",
  ]);
  const plane = await startEnvtestApiServer(flags, silentLogger);
  const connection = { server: `https://127.0.0.1:${port}`, certificateAuthority: (await servers.authority()).certificate };
  const client = createHttpClient(
    { ...connection, clientCertificate: admin.certificate, clientKey: admin.key },
    { clock: systemClock, random: systemRandom },
  );
  try {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p", namespace: "default" },
      spec: { containers: [{ name: "c", image: "i" }] },
    };
    expect((await client.create(pods, pod)).spec?.serviceAccountName).toBeUndefined();
    await client.create(serviceaccounts, { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "s", namespace: "default" } });
    const { body } = await client.request("GET", "/openid/v1/jwks");
    expect(JSON.parse(await text(body)).keys).toMatchObject([{ kty: "RSA", alg: "RS256" }]);
  } finally {
    client.close();
    await plane.stop();
  }
});

it("says what is missing or isn't to be had", async () => {
  const start = (...words: string[]) => startEnvtestApiServer(parseGoFlags(words), silentLogger);
  await expect(start("--audit-log-path=-")).rejects.toThrow("kybern's kube-apiserver has no flag --audit-log-path; it takes bind-address");
  await expect(start("--authorization-mode=ABAC")).rejects.toThrow('--authorization-mode takes RBAC and Node; not "ABAC"');
  await expect(start("--authorization-mode=RBAC")).rejects.toThrow("--tls-cert-file is required");
});
