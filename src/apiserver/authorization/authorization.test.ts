import { describe, expect, it } from "vitest";
import { parseTokenFile } from "../authentication/token-file.ts";
import type { Identity } from "../request.ts";
import { pod } from "../testing/pods.ts";
import { TestServer, testPlatform } from "../testing/test-server.ts";

const rbac = "/apis/rbac.authorization.k8s.io/v1";
const bob: Identity = { name: "bob", groups: ["devs"] };
const as = (identity: Identity) => ({ identity });
const anonymous = { identity: undefined } as unknown as { identity: Identity };
const bearer = (token: string) => ({ ...anonymous, headers: { authorization: `Bearer ${token}` } });

async function withRole(rules: object[], subjects: object[]): Promise<TestServer> {
  const test = await TestServer.started();
  await test.post(`${rbac}/namespaces/default/roles`, { metadata: { name: "r" }, rules });
  await test.post(`${rbac}/namespaces/default/rolebindings`, {
    metadata: { name: "b" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
    subjects,
  });
  return test;
}

describe("who asks", () => {
  it("refuses unknown tokens and, where it must, the anonymous", async () => {
    const test = await TestServer.started();
    expect((await test.get("/api", bearer("nonsense"))).body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: "Unauthorized",
      reason: "Unauthorized",
      code: 401,
    });
    expect((await test.get("/api", anonymous)).body.message).toBe('forbidden: User "system:anonymous" cannot get path "/api"');
    const closed = await TestServer.started({ anonymous: false });
    expect((await closed.get("/readyz", anonymous)).status).toBe(401);
    expect((await test.get("/readyz", anonymous)).text).toBe("ok");
    expect((await test.get("/readyz", { ...anonymous, invalidCertificate: true })).status).toBe(401);
  });

  it("takes certificates and token files", async () => {
    const test = await TestServer.started({ authentication: { tokenFile: 'secret,ann,uid-1,"system:masters,x"\n' } });
    const who = async (request: object) =>
      ((await test.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, request)).body.status as unknown as { userInfo: object })
        .userInfo;
    expect(await who({ ...bearer("secret") })).toEqual({
      username: "ann",
      uid: "uid-1",
      groups: ["system:masters", "x", "system:authenticated"],
    });
    const clientCertificate = {
      commonName: "cert",
      organizations: ["system:masters"],
      uid: "7",
      fingerprint: "abc",
      isOfClient: true,
      isOfFrontProxy: false,
    };
    expect(await who({ ...anonymous, clientCertificate })).toEqual({
      username: "cert",
      uid: "7",
      groups: ["system:masters", "system:authenticated"],
      extra: { "authentication.kubernetes.io/credential-id": ["X509SHA256=abc"] },
    });
    expect(() => parseTokenFile("only-a-token\n")).toThrow("token auth file, line 1: a line needs a token, a user name and a user uid");
  });

  it("takes service-account tokens while what they are bound to lives", async () => {
    const test = await TestServer.started();
    await test.post("/api/v1/namespaces/default/pods", pod("p"));
    const made = await test.post("/api/v1/namespaces/default/serviceaccounts/default/token", {
      spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } },
    });
    expect(made.status).toBe(201);
    const { token, expirationTimestamp } = made.body.status as unknown as { token: string; expirationTimestamp: string };
    expect(expirationTimestamp).toBe("2026-01-01T01:00:00Z");
    const ask = () => test.get("/api/v1/namespaces/default/pods", bearer(token));
    expect((await ask()).body.message).toBe(
      'pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group "" in the namespace "default"',
    );
    await test.delete("/api/v1/namespaces/default/pods/p");
    expect((await ask()).status).toBe(401);
    const plain = await test.post("/api/v1/namespaces/default/serviceaccounts/default/token", { spec: {} });
    const unbound = (plain.body.status as unknown as { token: string }).token;
    expect((await test.get("/api", bearer(unbound))).status).toBe(403);
    // Clocks may differ by a minute.
    await test.clock.advance(3_659_000);
    expect((await test.get("/api", bearer(unbound))).status).toBe(403);
    await test.clock.advance(2_000);
    expect((await test.get("/api", bearer(unbound))).status).toBe(401);
    const foreign = await testPlatform.signToken({
      iss: "someone else",
      aud: ["x"],
      "kubernetes.io": { namespace: "default", serviceaccount: { name: "default" } },
    });
    expect((await test.get("/api", bearer(foreign))).status).toBe(401);
  });

  it("lets those impersonate who may", async () => {
    const test = await TestServer.started();
    const refused = await test.get("/api/v1/nodes", { headers: { "impersonate-user": "bob", "impersonate-group": "devs" } });
    expect(refused.body.message).toBe('nodes is forbidden: User "bob" cannot list resource "nodes" in API group "" at the cluster scope');
    const mayNot = await test.get("/api/v1/nodes", { ...as(bob), headers: { "impersonate-user": "admin" } });
    expect(mayNot.body.message).toBe(
      'nodes is forbidden: User "bob" cannot impersonate-on:user-info:list resource "nodes" in API group "" at the cluster scope',
    );
    const nobody = await test.get("/api", { headers: { "impersonate-group": "foo" } });
    expect(nobody.body).toMatchObject({
      code: 400,
      message:
        'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"foo"}, Extra:map[string][]string(nil)} without impersonating a user name',
    });
  });
});

describe("RBAC", () => {
  it("allows what a role says, in its namespace only, and follows changes", async () => {
    const test = await withRole(
      [{ apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list"] }],
      [{ kind: "Group", name: "devs" }],
    );
    expect((await test.get("/api/v1/namespaces/default/pods", as(bob))).status).toBe(200);
    expect((await test.get("/api/v1/namespaces/default/pods/x", as(bob))).status).toBe(404);
    expect((await test.get("/api/v1/pods", as(bob))).body.message).toBe(
      'pods is forbidden: User "bob" cannot list resource "pods" in API group "" at the cluster scope',
    );
    expect((await test.get("/api/v1/namespaces/default/pods/x/status", as(bob))).body.message).toBe(
      'pods "x" is forbidden: User "bob" cannot get resource "pods/status" in API group "" in the namespace "default"',
    );
    expect((await test.get("/apis/apps/v1/namespaces/default/deployments", as(bob))).body).toEqual({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message:
        'deployments.apps is forbidden: User "bob" cannot list resource "deployments" in API group "apps" in the namespace "default"',
      reason: "Forbidden",
      details: { group: "apps", kind: "deployments" },
      code: 403,
    });
    await test.delete(`${rbac}/namespaces/default/rolebindings/b`);
    expect((await test.get("/api/v1/namespaces/default/pods", as(bob))).status).toBe(403);
  });

  it("knows resource names, service accounts, non-resource URLs, and missing roles", async () => {
    const test = await withRole(
      [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["one"], verbs: ["get"] }],
      [{ kind: "ServiceAccount", name: "robot" }],
    );
    const robot = as({ name: "system:serviceaccount:default:robot", groups: [] });
    expect((await test.get("/api/v1/namespaces/default/configmaps/one", robot)).status).toBe(404);
    expect((await test.get("/api/v1/namespaces/default/configmaps/two", robot)).status).toBe(403);
    await test.post(`${rbac}/clusterroles`, { metadata: { name: "urls" }, rules: [{ nonResourceURLs: ["/api*"], verbs: ["get"] }] });
    const bindingOf = (name: string, role: string) => ({
      metadata: { name },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "bob" }],
    });
    await test.post(`${rbac}/clusterrolebindings`, bindingOf("b1", "urls"));
    await test.post(`${rbac}/clusterrolebindings`, bindingOf("b2", "gone"));
    expect((await test.get("/apis", as(bob))).status).toBe(200);
    expect((await test.get("/metrics", as(bob))).body.message).toBe(
      'forbidden: User "bob" cannot get path "/metrics": RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    );
  });

  it("keeps people from granting what they don't hold", async () => {
    const test = await withRole(
      [
        { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["create"] },
        { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
      ],
      [{ kind: "User", name: "bob" }],
    );
    const role = (name: string, verb: string) => ({ metadata: { name }, rules: [{ apiGroups: [""], resources: ["pods"], verbs: [verb] }] });
    expect((await test.post(`${rbac}/namespaces/default/roles`, role("less", "get"), as(bob))).status).toBe(201);
    expect((await test.post(`${rbac}/namespaces/default/roles`, role("more", "delete"), as(bob))).body.message).toBe(
      'roles.rbac.authorization.k8s.io "more" is forbidden: user "bob" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
    );
  });

  it("answers access reviews", async () => {
    const test = await withRole([{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }], [{ kind: "User", name: "bob" }]);
    const review = await test.post("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
      spec: { user: "bob", resourceAttributes: { verb: "get", resource: "pods", namespace: "default" } },
    });
    expect(review.body.status).toEqual({ allowed: true, reason: 'RBAC: allowed by RoleBinding "b/default" of Role "r" to User "bob"' });
    const self = await test.post(
      "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
      { spec: { resourceAttributes: { verb: "delete", resource: "pods", namespace: "default" } } },
      as({ name: "bob", groups: ["system:masters"] }),
    );
    expect(self.body.status).toMatchObject({ allowed: true });
  });
});

describe("the Node authorizer", () => {
  it("lets a node read what its pods use", async () => {
    const test = await TestServer.started();
    const node = as({ name: "system:node:n1", groups: ["system:nodes"] });
    const spec = {
      nodeName: "n1",
      volumes: [{ name: "v", secret: { secretName: "used" } }],
      containers: [{ name: "c", image: "i", envFrom: [{ configMapRef: { name: "env" } }] }],
    };
    await test.post("/api/v1/namespaces/default/pods", { metadata: { name: "p" }, spec });
    const get = async (url: string) => (await test.get(url, node)).body;
    expect(await get("/api/v1/namespaces/default/secrets/used")).toMatchObject({ code: 404 });
    expect(await get("/api/v1/namespaces/default/configmaps/env")).toMatchObject({ code: 404 });
    expect((await get("/api/v1/namespaces/default/secrets/other")).message).toBe(
      'secrets "other" is forbidden: User "system:node:n1" cannot get resource "secrets" in API group "" in the namespace "default": no relationship found between node \'n1\' and this object',
    );
    expect(await get("/api/v1/namespaces/default/pods/p")).toMatchObject({ kind: "Pod" });
    expect(await get("/api/v1/pods?fieldSelector=spec.nodeName%3Dn1")).toMatchObject({ kind: "PodList" });
    expect((await get("/api/v1/pods")).message).toMatch(/can only list\/watch pods with spec\.nodeName field selector$/);
    expect((await get("/api/v1/nodes/n2")).message).toMatch(/node 'n1' cannot read 'n2', only its own Node object$/);
    expect(await get("/api/v1/nodes/n1")).toMatchObject({ code: 404 });
    const token = await test.post("/api/v1/namespaces/default/serviceaccounts/default/token", { spec: {} }, node);
    expect(token.body.message).toBe('serviceaccounts "default" is forbidden: node requested token not bound to a pod');
    await test.delete("/api/v1/namespaces/default/pods/p?gracePeriodSeconds=0");
    expect(await get("/api/v1/namespaces/default/secrets/used")).toMatchObject({ code: 403 });
  });

  it("lets a node write only what is its own", async () => {
    const test = await TestServer.started();
    const node = as({ name: "system:node:n1", groups: ["system:nodes"] });
    expect((await test.post("/api/v1/nodes", { metadata: { name: "n1" } }, node)).status).toBe(201);
    expect((await test.post("/api/v1/nodes", { metadata: { name: "n2" } }, node)).body.message).toBe(
      'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
    );
    expect((await test.post("/api/v1/namespaces/default/pods", pod("x"), node)).body.message).toBe(
      'pods "x" is forbidden: pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
    );
    const label = await test.patch(
      "/api/v1/nodes/n1",
      "merge",
      { metadata: { labels: { "node-restriction.kubernetes.io/x": "y" } } },
      node,
    );
    expect(label.body.message).toBe('nodes "n1" is forbidden: is not allowed to modify labels: node-restriction.kubernetes.io/x');
  });
});
