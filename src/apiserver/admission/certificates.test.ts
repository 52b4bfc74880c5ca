import { describe, expect, it } from "vitest";
import type { Identity } from "../request.ts";
import { TestServer } from "../testing/test-server.ts";

const base = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const csr = (name: string, extra: object = {}) => ({
  metadata: { name },
  spec: { request: btoa("request"), signerName: "example.com/own", usages: ["client auth"], ...extra },
});
const condition = (type: string) => ({ type, status: "True", reason: "Test", message: "a test" });

/** Who may do everything with requests, and use those signers. */
async function allow(test: TestServer, identity: Identity, verb: string, signers: string[]) {
  const rules = [
    {
      apiGroups: ["certificates.k8s.io"],
      resources: ["certificatesigningrequests", "certificatesigningrequests/approval", "certificatesigningrequests/status"],
      verbs: ["*"],
    },
    { apiGroups: ["certificates.k8s.io"], resources: ["signers"], resourceNames: signers, verbs: [verb] },
  ];
  await test.post("/apis/rbac.authorization.k8s.io/v1/clusterroles", { metadata: { name: identity.name }, rules });
  await test.post("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", {
    metadata: { name: identity.name },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: identity.name },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: identity.name }],
  });
}

describe("certificate signing requests", () => {
  it("say who made them, whatever is sent, and nobody changes that", async () => {
    const test = await TestServer.started();
    const forged = { username: "system:node:n1", groups: ["system:nodes"], uid: "forged", extra: { a: ["b"] } };
    const made = await test.post(base, { ...csr("a", forged), status: { certificate: btoa("x"), conditions: [condition("Approved")] } });
    expect(made.body.spec).toEqual({ ...csr("a").spec, username: "admin", groups: ["system:masters", "system:authenticated"] });
    expect(made.body.status).toEqual({});
    const changed = await test.patch(`${base}/a`, "merge", {
      metadata: { labels: { x: "y" } },
      spec: forged,
      status: { conditions: [condition("Approved")] },
    });
    expect(changed.body).toMatchObject({ metadata: { labels: { x: "y" } }, spec: { username: "admin" } });
    expect(changed.body.status).toEqual({});
  });

  it("are decided by `approval` and issued by `status` alone, and a decision stays", async () => {
    const test = await TestServer.started();
    await test.post(base, csr("a"));
    const invalid = (why: string) => `CertificateSigningRequest.certificates.k8s.io "a" is invalid: status.conditions: Forbidden: ${why}`;
    expect((await test.patch(`${base}/a/status`, "merge", { status: { conditions: [condition("Approved")] } })).body.message).toBe(
      invalid('updates may not add a condition of type "Approved"'),
    );
    const approved = await test.patch(`${base}/a/approval`, "merge", {
      status: { certificate: btoa("x"), conditions: [condition("Approved")] },
    });
    expect(approved.body.status).toEqual({
      conditions: [{ ...condition("Approved"), lastUpdateTime: "2026-01-01T00:00:00Z", lastTransitionTime: "2026-01-01T00:00:00Z" }],
    });
    for (const subresource of ["approval", "status"]) {
      expect((await test.patch(`${base}/a/${subresource}`, "merge", { status: { conditions: [] } })).body.message).toBe(
        invalid('updates may not remove a condition of type "Approved"'),
      );
    }
    expect((await test.patch(`${base}/a/status`, "merge", { status: { certificate: btoa("certificate") } })).body.status).toMatchObject({
      certificate: btoa("certificate"),
      conditions: [{ type: "Approved" }],
    });
  });

  it("are approved and signed by who may use their signer, by its name or its domain", async () => {
    const test = await TestServer.started();
    await test.post(base, csr("a"));
    const approver: Identity = { name: "approver", groups: [] };
    const signer: Identity = { name: "signer", groups: [] };
    const stranger: Identity = { name: "stranger", groups: [] };
    await allow(test, approver, "approve", ["example.com/own"]);
    await allow(test, signer, "sign", ["example.com/*"]);
    await allow(test, stranger, "approve", ["other.com/*"]);
    const approval = { status: { conditions: [condition("Approved")] } };
    for (const identity of [signer, stranger]) {
      expect((await test.patch(`${base}/a/approval`, "merge", approval, { identity: identity })).body).toMatchObject({
        code: 403,
        message:
          'certificatesigningrequests.certificates.k8s.io "a" is forbidden: user not permitted to approve requests with signerName "example.com/own"',
      });
    }
    expect((await test.patch(`${base}/a/approval`, "merge", approval, { identity: approver })).status).toBe(200);
    const certificate = { status: { certificate: btoa("certificate") } };
    expect((await test.patch(`${base}/a/status`, "merge", certificate, { identity: approver })).body).toMatchObject({
      code: 403,
      message:
        'certificatesigningrequests.certificates.k8s.io "a" is forbidden: user not permitted to sign requests with signerName "example.com/own"',
    });
    expect((await test.patch(`${base}/a/status`, "merge", certificate, { identity: signer })).status).toBe(200);
  });
});
