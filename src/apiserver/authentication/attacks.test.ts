import { describe, expect, it } from "vitest";
import type { ClientCertificate, Identity } from "../request.ts";
import { pod } from "../testing/pods.ts";
import { TestServer, testPlatform } from "../testing/test-server.ts";

const accounts = "/api/v1/namespaces/default/serviceaccounts";
const whoAmI = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const nobody = { identity: undefined } as unknown as { identity: Identity };
const bearer = (token: string) => ({ ...nobody, headers: { authorization: `Bearer ${token}` } });

async function tokenOf(test: TestServer, spec: object = {}): Promise<string> {
  const made = await test.post(`${accounts}/default/token`, { spec });
  return (made.body.status as unknown as { token: string }).token;
}

const reviewOf = async (test: TestServer, token: string) =>
  (await test.post("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token } })).body.status as unknown as { error?: string };

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("tokens of service accounts", () => {
  it("end with their pod", async () => {
    const test = await TestServer.started();
    await test.post("/api/v1/namespaces/default/pods", pod("p"));
    const token = await tokenOf(test, { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } });
    expect((await test.get("/api", bearer(token))).status).toBe(403);
    await test.delete("/api/v1/namespaces/default/pods/p?gracePeriodSeconds=0");
    expect((await test.get("/api", bearer(token))).status).toBe(401);
    expect((await reviewOf(test, token)).error).toBe("[invalid bearer token, service account token has been invalidated]");
    await test.post("/api/v1/namespaces/default/pods", pod("p"));
    expect((await test.get("/api", bearer(token))).status).toBe(401);
  });

  it("end with their time", async () => {
    const test = await TestServer.started();
    const token = await tokenOf(test, { expirationSeconds: 600 });
    await test.clock.advance(661_000);
    expect((await test.get("/api", bearer(token))).status).toBe(401);
    expect((await reviewOf(test, token)).error).toBe("[invalid bearer token, service account token has expired]");
  });

  it("are for their audience alone", async () => {
    const test = await TestServer.started({ issuer: "https://cluster" });
    const token = await tokenOf(test, { audiences: ["vault"] });
    expect((await test.get("/api", bearer(token))).status).toBe(401);
    expect((await reviewOf(test, token)).error).toBe(
      '[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["https://cluster"]]',
    );
  });

  it("of another issuer are nobody's, whoever signed them", async () => {
    const test = await TestServer.started();
    const claims = { iss: "https://other", aud: ["x"], sub: "system:serviceaccount:default:default" };
    expect((await test.get("/api", bearer(await testPlatform.signToken(claims)))).status).toBe(401);
  });

  it("in a Secret end with it, and when it is marked", async () => {
    const test = await TestServer.started();
    const { uid } = (await test.get(`${accounts}/default`)).body.metadata as { uid: string };
    const at = "kubernetes.io/serviceaccount";
    const token = await testPlatform.signToken({
      iss: "kubernetes/serviceaccount",
      sub: "system:serviceaccount:default:default",
      [`${at}/namespace`]: "default",
      [`${at}/secret.name`]: "s",
      [`${at}/service-account.name`]: "default",
      [`${at}/service-account.uid`]: uid,
    });
    expect((await reviewOf(test, token)).error).toBe("[invalid bearer token, Token has been invalidated]");
    const secret = (data: string) => ({
      metadata: { name: "s", annotations: { "kubernetes.io/service-account.name": "default" } },
      type: "kubernetes.io/service-account-token",
      data: { token: btoa(data) },
    });
    const secrets = "/api/v1/namespaces/default/secrets";
    await test.post(secrets, secret("another"));
    expect((await reviewOf(test, token)).error).toBe("[invalid bearer token, Token does not match server's copy]");
    await test.patch(`${secrets}/s`, "merge", { data: { token: btoa(token) } });
    expect((await test.get("/api", bearer(token))).status).toBe(403);
    await test.clock.advance(0);
    expect((await test.get(`${secrets}/s`)).body.metadata.labels).toEqual({ "kubernetes.io/legacy-token-last-used": "2026-01-01" });
    await test.patch(`${secrets}/s`, "merge", { metadata: { labels: { "kubernetes.io/legacy-token-invalid-since": "2026-01-01" } } });
    expect((await test.get("/api", bearer(token))).status).toBe(401);
  });

  it("that are forged are nobody's", async () => {
    const test = await TestServer.started();
    const [head = "", body = "", signature = ""] = (await tokenOf(test)).split(".");
    const own = JSON.parse(Buffer.from(body, "base64url").toString()) as object;
    const master = encode({ ...own, sub: "system:serviceaccount:kube-system:default" });
    for (const forged of [
      `${encode({ alg: "none" })}.${body}.`,
      `${encode({ alg: "HS256", kid: "x" })}.${body}.${signature}`,
      `${encode({ alg: "ES256", kid: "../../sa.pub" })}.${body}.${signature}`,
      `${head}.${master}.`,
      `${head}.${body}`,
      `${head}.e30.${signature}`,
    ]) {
      expect((await test.get("/api", bearer(forged))).status).toBe(401);
    }
  });
});

describe("front proxies", () => {
  const certificate = (more: Partial<ClientCertificate> = {}): ClientCertificate => ({
    commonName: "proxy",
    organizations: [],
    fingerprint: "abc",
    isOfClient: false,
    isOfFrontProxy: true,
    ...more,
  });
  const headers = { "x-remote-user": "jane", "x-remote-group": "system:masters" };
  const frontProxy = {
    clientCA: "",
    allowedNames: ["proxy"],
    usernameHeaders: ["X-Remote-User"],
    uidHeaders: ["X-Remote-Uid"],
    groupHeaders: ["X-Remote-Group"],
    extraHeaderPrefixes: ["X-Remote-Extra-"],
  };

  it("are believed with their certificate alone", async () => {
    const test = await TestServer.started({ authentication: { frontProxy } });
    const ask = (request: object) => test.post(whoAmI, {}, { ...nobody, headers, ...request });
    expect((await ask({ clientCertificate: certificate() })).body.status).toEqual({
      userInfo: { username: "jane", groups: ["system:masters", "system:authenticated"] },
    });
    expect((await ask({})).status).toBe(403);
    expect((await ask({ invalidCertificate: true })).status).toBe(401);
    expect((await ask({ clientCertificate: certificate({ commonName: "stranger" }) })).status).toBe(401);
    const ofClient = { organizations: ["system:masters"], isOfClient: true, isOfFrontProxy: false };
    expect((await ask({ clientCertificate: certificate(ofClient) })).body.status).toEqual({
      userInfo: {
        username: "proxy",
        groups: ["system:masters", "system:authenticated"],
        extra: { "authentication.kubernetes.io/credential-id": ["X509SHA256=abc"] },
      },
    });
  });

  it("aren't there unless they are named", async () => {
    const test = await TestServer.started();
    expect((await test.post(whoAmI, {}, { ...nobody, headers, clientCertificate: certificate() })).status).toBe(401);
  });

  it("tell a group with a comma from two groups", async () => {
    const test = await TestServer.started({ authentication: { frontProxy } });
    const request = {
      ...nobody,
      clientCertificate: certificate(),
      headers: { "x-remote-user": "jane", "x-remote-group": "cn=a,ou=b, system:masters" },
      rawHeaders: ["X-Remote-User", "jane", "X-Remote-Group", "cn=a,ou=b", "x-remote-group", "system:masters"],
    };
    expect((await test.post(whoAmI, {}, request)).body.status).toMatchObject({
      userInfo: { groups: ["cn=a,ou=b", "system:masters", "system:authenticated"] },
    });
  });
});
