import { describe, expect, it } from "vitest";
import type { CertificateSigningRequest } from "../../api/certificates/v1.ts";
import { certificatesigningrequests, clusterrolebindings, clusterroles, nodes } from "../../api/refs.ts";
import type { Identity } from "../../apiserver/request.ts";
import { createInProcessClient } from "../../client/in-process-client.ts";
import { parseCertificateRequest } from "../../machinery/certificate-request.ts";
import { type HarnessDeps, ServerHarness } from "../testing/server-harness.ts";
import { startCertificateApprover } from "./approver.ts";
import { startCertificateCleaner } from "./cleaner.ts";
import type { CertificateIssuer, RequestedCertificate } from "./requested-certificate.ts";
import { startCertificateSigner } from "./signer.ts";

function der(tag: number, ...parts: (Uint8Array | string)[]): Uint8Array {
  const content = parts.flatMap((part) => [...(typeof part === "string" ? new TextEncoder().encode(part) : part)]);
  const length = content.length < 128 ? [content.length] : [0x82, content.length >> 8, content.length & 255];
  return Uint8Array.from([tag, ...length, ...content]);
}

/** A request with a common name, whose organization is any text. The key and the signature are empty: on virtual time nobody looks at them. */
function pemOf(commonName: string, text: string): string {
  const identifier = der(6, Uint8Array.from([0x55, 4, 3]));
  const organization = der(6, Uint8Array.from([0x55, 4, 10]));
  const name = (type: Uint8Array, value: string) => der(0x31, der(0x30, type, der(12, value)));
  const subject = der(0x30, name(identifier, commonName), name(organization, text));
  const request = der(
    0x30,
    der(0x30, der(2, Uint8Array.from([0])), subject, der(0x30)),
    der(0x30, identifier),
    der(3, Uint8Array.from([0])),
  );
  return `-----BEGIN CERTIFICATE REQUEST-----\n${btoa(String.fromCharCode(...request))}\n-----END CERTIFICATE REQUEST-----\n`;
}
const textOf = (pem: string) => parseCertificateRequest(pem).organizations[0] ?? "";

/** What is requested lies in requests and certificates as JSON here. */
const issuer: CertificateIssuer = {
  async read(request) {
    try {
      return JSON.parse(textOf(request)) as RequestedCertificate;
    } catch {
      return undefined;
    }
  },
  issue: async (request, options) =>
    `-----BEGIN CERTIFICATE-----\n${btoa(JSON.stringify({ request: textOf(request), ...options }))}\n-----END CERTIFICATE-----\n`,
};
const issued = (request: CertificateSigningRequest) => {
  const body = atob(request.status?.certificate ?? "").split("\n")[1] ?? "";
  return JSON.parse(atob(body)) as { authority: string; usages: string[]; notBefore: number; notAfter: number };
};

const nodeOne: RequestedCertificate = {
  commonName: "system:node:n1",
  organizations: ["system:nodes"],
  dnsNames: [],
  addresses: [],
  emails: [],
  uris: [],
};
const asNode = (name: string): Identity => ({ name: `system:node:${name}`, groups: ["system:nodes", "system:authenticated"] });
const clientSigner = "kubernetes.io/kube-apiserver-client-kubelet";
const servingSigner = "kubernetes.io/kubelet-serving";

const approver = (deps: HarnessDeps) => startCertificateApprover({ ...deps, issuer });
const signer = (deps: HarnessDeps) => startCertificateSigner({ ...deps, issuer });

/** A cluster with node n1 at 10.0.0.1 and n2 at 10.0.0.2. */
async function setup(...starts: ((deps: HarnessDeps) => ReturnType<typeof approver>)[]) {
  const harness = await ServerHarness.started(...starts);
  const clientOf = (identity: Identity) => createInProcessClient({ handle: (request) => harness.server.server.handle(request), identity });
  const setAddresses = (name: string, ...addresses: string[]) =>
    harness.client.patch(
      nodes,
      name,
      {
        type: "application/merge-patch+json",
        body: { status: { addresses: addresses.map((address) => ({ type: "InternalIP", address })) } },
      },
      { subresource: "status" },
    );
  for (const [name, address] of [
    ["n1", "10.0.0.1"],
    ["n2", "10.0.0.2"],
  ] as const) {
    await harness.client.create(nodes, { metadata: { name } });
    await setAddresses(name, address);
  }
  /** What somebody asks for, and what has become of it. */
  const request = async (
    identity: Identity | undefined,
    spec: { signerName: string; usages: string[]; requested: object | string; expirationSeconds?: number },
  ) => {
    const { requested, usages, ...rest } = spec;
    const wanted = typeof requested === "string" ? nodeOne : { ...nodeOne, ...requested };
    const text = typeof requested === "string" ? requested : JSON.stringify(wanted);
    const made = await (identity ? clientOf(identity) : harness.client).create(certificatesigningrequests, {
      metadata: { generateName: "csr-" },
      spec: {
        ...rest,
        request: btoa(pemOf(wanted.commonName, text)),
        usages: usages as NonNullable<CertificateSigningRequest["spec"]["usages"]>,
      },
    });
    await harness.rest();
    return made.metadata.name as string;
  };
  const conditions = async (name: string) =>
    (await harness.get(certificatesigningrequests, name)).status?.conditions?.map(
      ({ type, reason, message }) => `${type} ${reason}: ${message}`,
    ) ?? [];
  const whyNot = () => harness.logger.lines.filter(({ message }) => message === "a certificate request is not approved");
  return { harness, clientOf, setAddresses, request, conditions, whyNot };
}

const clientUsages = ["digital signature", "client auth"];
const servingUsages = ["digital signature", "server auth"];

describe("certificates of nodes", () => {
  it("a client certificate is approved for who may ask for one, and issued by the cluster's authority", async () => {
    const { harness, request, conditions } = await setup(approver, signer);
    const name = await request(undefined, { signerName: clientSigner, usages: clientUsages, requested: {} });
    expect(await conditions(name)).toEqual(["Approved AutoApproved: Auto approving kubelet client certificate after SubjectAccessReview."]);
    const now = harness.clock.now();
    const certificate = issued(await harness.get(certificatesigningrequests, name));
    expect(certificate).toMatchObject({ authority: "cluster", usages: clientUsages });
    expect(certificate.notBefore).toBeLessThan(now - 299_000);
    expect(Math.round((certificate.notAfter - now) / 86_400_000)).toBe(365);
    const short = await request(undefined, { signerName: clientSigner, usages: clientUsages, requested: {}, expirationSeconds: 3600 });
    expect(Math.round((issued(await harness.get(certificatesigningrequests, short)).notAfter - now) / 1000)).toBe(3600);
    await harness.stop();
  });

  it("a node renews its own client certificate, and gets none of another node, once it may", async () => {
    const { harness, request, conditions } = await setup(approver);
    const own = await request(asNode("n1"), { signerName: clientSigner, usages: clientUsages, requested: {} });
    await expect(request(asNode("n2"), { signerName: clientSigner, usages: clientUsages, requested: {} })).rejects.toThrow(
      "is forbidden: can only create a node CSR with CN=system:node:n2",
    );
    expect(await conditions(own)).toEqual([]);
    await harness.client.create(clusterroles, {
      metadata: { name: "renew" },
      rules: [{ apiGroups: ["certificates.k8s.io"], resources: ["certificatesigningrequests/selfnodeclient"], verbs: ["create"] }],
    });
    await harness.client.create(clusterrolebindings, {
      metadata: { name: "renew" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "renew" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: "system:nodes" }],
    });
    await harness.pass(20_000);
    expect(await conditions(own)).toEqual([
      "Approved AutoApproved: Auto approving self kubelet client certificate after SubjectAccessReview.",
    ]);
    await harness.stop();
  });

  it("a serving certificate is approved for the node's own name and addresses, and issued by an authority of its own", async () => {
    const { harness, request, conditions } = await setup(approver, signer);
    const requested = { dnsNames: ["n1"], addresses: ["10.0.0.1"] };
    const name = await request(asNode("n1"), { signerName: servingSigner, usages: servingUsages, requested });
    expect(await conditions(name)).toEqual([
      "Approved AutoApproved: Auto approving kubelet serving certificate for the node's own name and addresses.",
    ]);
    expect(issued(await harness.get(certificatesigningrequests, name))).toMatchObject({ authority: "serving", usages: servingUsages });
    await harness.stop();
  });

  it("approves no serving certificate for other names, addresses, users or usages", async () => {
    const { harness, request, conditions, whyNot, setAddresses } = await setup(approver);
    await setAddresses("n2", "10.0.0.2", "10.0.0.9");
    await setAddresses("n1", "10.0.0.1", "10.0.0.9");
    const serving = { signerName: servingSigner, usages: servingUsages };
    const own = { dnsNames: ["n1"], addresses: ["10.0.0.1"] };
    const cases: [identity: Identity | undefined, spec: Parameters<typeof request>[1], why: string][] = [
      [
        asNode("n1"),
        { ...serving, requested: { ...own, dnsNames: ["n1", "kubernetes.default.svc"] } },
        "kubernetes.default.svc is not the node's name",
      ],
      [asNode("n1"), { ...serving, requested: { ...own, addresses: ["10.96.0.1"] } }, "10.96.0.1 is not among the node's addresses"],
      [asNode("n1"), { ...serving, requested: { ...own, addresses: ["10.0.0.9"] } }, "10.0.0.9 is an address of node n2 too"],
      [undefined, { ...serving, requested: own }, "another user than the node asks for it"],
      [asNode("n3"), { ...serving, requested: { commonName: "system:node:n3", dnsNames: ["n3"] } }, "there is no node n3"],
      [asNode("n1"), { ...serving, requested: {} }, "a serving certificate needs a DNS name or an IP address"],
      [
        asNode("n1"),
        { ...serving, requested: { ...own, emails: ["a@b"] } },
        "a node's serving certificate has no e-mail addresses and no URIs",
      ],
      [asNode("n1"), { ...serving, requested: { ...own, organizations: ["system:masters"] } }, "its organization is not system:nodes"],
      [undefined, { ...serving, requested: { ...own, commonName: "n1" } }, "its common name does not begin with system:node:"],
      [asNode("n1"), { ...serving, usages: clientUsages, requested: own }, 'its usages are not "digital signature" and "server auth"'],
      [asNode("n1"), { ...serving, requested: "nonsense" }, "it can't be read, or is not signed with its own key"],
      [
        undefined,
        { signerName: clientSigner, usages: clientUsages, requested: own },
        "a node's client certificate has no names beside its subject",
      ],
    ];
    for (const [identity, spec, why] of cases) {
      const name = await request(identity, spec);
      expect(await conditions(name), why).toEqual([]);
      expect(whyNot().at(-1)?.fields, why).toMatchObject({ request: name, why });
    }
    await harness.stop();
  });

  it("waits for the node to tell its addresses", async () => {
    const { harness, request, conditions, setAddresses } = await setup(approver);
    const name = await request(asNode("n1"), { signerName: servingSigner, usages: servingUsages, requested: { addresses: ["10.0.0.5"] } });
    expect(await conditions(name)).toEqual([]);
    await setAddresses("n1", "10.0.0.5");
    await harness.rest();
    expect(await conditions(name)).toHaveLength(1);
    await harness.stop();
  });

  it("signs what a person has approved, but nobody into system:masters", async () => {
    const { harness, request, conditions } = await setup(signer);
    const approve = async (name: string) => {
      const current = await harness.get(certificatesigningrequests, name);
      const condition = { type: "Approved", status: "True", reason: "ByHand", message: "fine" };
      await harness.client.update(
        certificatesigningrequests,
        { ...current, status: { conditions: [condition] } },
        { subresource: "approval" },
      );
      await harness.rest();
    };
    const signerName = "kubernetes.io/kube-apiserver-client";
    const jane = await request(undefined, { signerName, usages: clientUsages, requested: { commonName: "jane", organizations: ["dev"] } });
    expect((await harness.get(certificatesigningrequests, jane)).status).toEqual({});
    await approve(jane);
    expect(issued(await harness.get(certificatesigningrequests, jane))).toMatchObject({ authority: "cluster" });
    const root = await request(undefined, {
      signerName,
      usages: clientUsages,
      requested: { commonName: "x", organizations: ["system:masters"] },
    });
    await approve(root);
    expect(await conditions(root)).toEqual([
      "Approved ByHand: fine",
      "Failed SignerValidationFailure: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed",
    ]);
    const foreign = await request(undefined, { signerName: "example.com/own", usages: clientUsages, requested: {} });
    await approve(foreign);
    expect((await harness.get(certificatesigningrequests, foreign)).status?.certificate).toBeUndefined();
    await harness.stop();
  });

  it("deletes requests an hour after they were decided, a day after nobody did", async () => {
    const { harness, request } = await setup(approver, signer, startCertificateCleaner);
    const done = await request(undefined, { signerName: clientSigner, usages: clientUsages, requested: {} });
    const pending = await request(undefined, { signerName: "example.com/own", usages: clientUsages, requested: {} });
    await harness.pass(3_590_000, 600_000);
    expect((await harness.names(certificatesigningrequests)).sort()).toEqual([done, pending].sort());
    await harness.pass(20_000, 10_000);
    expect(await harness.names(certificatesigningrequests)).toEqual([pending]);
    await harness.pass(23 * 3_600_000, 3_600_000);
    expect(await harness.names(certificatesigningrequests)).toEqual([]);
    await harness.stop();
  });
});
