import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestCluster } from "../harness/cluster.ts";
import { whyNoBinaries } from "./binaries.ts";
import { freePort, ProgramProcess } from "./program-process.ts";

const own = join(import.meta.dirname, "cert-manager");

/** The definitions come from the module that the program was built of. */
function definitions(): string | undefined {
  const { status, stdout } = spawnSync("go", ["list", "-m", "-f", "{{.Dir}}", "github.com/cert-manager/cert-manager"], {
    cwd: own,
    encoding: "utf8",
  });
  return status === 0 && stdout.trim() !== "" ? join(stdout.trim(), "deploy", "crds") : undefined;
}

const directory = definitions();
const why = whyNoBinaries("cert-manager", "kubectl") ?? (directory ? undefined : "Go has not the module that the definitions are in");

const apiVersion = "cert-manager.io/v1";
const object = (kind: string, name: string, spec: object) => ({ apiVersion, kind, metadata: { name, namespace: "default" }, spec });
const webhookConfiguration = (kind: string, url: string) => ({
  apiVersion: "admissionregistration.k8s.io/v1",
  kind,
  metadata: {
    name: "cert-manager-webhook",
    annotations: { "cert-manager.io/inject-ca-from-secret": "cert-manager/cert-manager-webhook-ca" },
  },
  webhooks: [
    {
      name: "webhook.cert-manager.io",
      rules: [{ apiGroups: ["cert-manager.io"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["*/*"] }],
      admissionReviewVersions: ["v1"],
      sideEffects: "None",
      clientConfig: { url },
    },
  ],
});

describe.skipIf(why)(`cert-manager${why ? ` (${why})` : ""}`, () => {
  let cluster: TestCluster;
  const processes: ProgramProcess[] = [];
  const create = (...items: object[]) => cluster.feed(JSON.stringify({ apiVersion: "v1", kind: "List", items }), "apply", "-f", "-");

  beforeAll(async () => {
    cluster = await TestCluster.start("--components", "apiserver", "--nodes", "none", "--store", "memory");
    cluster.ok("create", "namespace", "cert-manager");
    const files = readdirSync(directory as string).filter((name) => name.endsWith(".yaml"));
    cluster.ok("apply", "--server-side", ...files.flatMap((name) => ["-f", join(directory as string, name)]));
    const port = String(await freePort());
    const url = `https://localhost:${port}`;
    create(
      webhookConfiguration("MutatingWebhookConfiguration", `${url}/mutate`),
      webhookConfiguration("ValidatingWebhookConfiguration", `${url}/validate`),
    );
    for (const part of ["controller", "webhook", "cainjector"]) {
      const at = join(cluster.directory, part);
      processes.push(ProgramProcess.start("cert-manager", at, () => [part, cluster.kubeconfig, port]));
    }
  });
  afterAll(async () => {
    await Promise.all(processes.map((one) => one.stop()));
    await cluster?.delete();
  });

  it("injects the authority of its webhook, and issues certificates of its own and of an authority", async () => {
    const selfSigned = object("Issuer", "selfsigned", { selfSigned: {} });
    await cluster.until("an issuer that the webhook takes", () => create(selfSigned).code === 0);
    const privateKey = { algorithm: "ECDSA", size: 256 };
    const ca = { isCA: true, commonName: "my-ca", secretName: "ca", privateKey, issuerRef: { name: "selfsigned" } };
    const leaf = { commonName: "leaf", dnsNames: ["leaf.example.com"], secretName: "leaf", issuerRef: { name: "ca" } };
    const created = create(
      object("Certificate", "ca", ca),
      object("Issuer", "ca", { ca: { secretName: "ca" } }),
      object("Certificate", "leaf", leaf),
    );
    expect(created.code, created.stderr).toBe(0);
    cluster.ok("wait", "--for=condition=Ready", "certificate/ca", "certificate/leaf", "--timeout=60s");
    const certificateOf = (secret: string) => {
      const { data } = cluster.json<{ data: Record<string, string> }>("get", "secret", secret);
      return new X509Certificate(Buffer.from(data["tls.crt"] as string, "base64"));
    };
    const [authority, issued] = [certificateOf("ca"), certificateOf("leaf")];
    expect([authority.subject, authority.issuer, authority.ca]).toEqual(["CN=my-ca", "CN=my-ca", true]);
    expect([issued.subject, issued.issuer, issued.subjectAltName]).toEqual(["CN=leaf", "CN=my-ca", "DNS:leaf.example.com"]);
    expect(issued.verify(authority.publicKey)).toBe(true);
  });

  it("refuses a certificate for nobody", () => {
    const nobody = object("Certificate", "nobody", { secretName: "x", issuerRef: { name: "ca" } });
    expect(create(nobody).stderr).toMatch(
      /admission webhook "webhook.cert-manager.io" denied the request: spec: Invalid value: "": at least one of commonName /,
    );
  });
});
